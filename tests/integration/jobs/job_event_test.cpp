#include "common/core/text.h"
#include "common/intake/event_job_store.h"
#include "common/intake/event_jobs.h"
#include "common/messaging/dead_letter_store.h"
#include "common/messaging/inbox_store.h"

#include <gmock/gmock.h>

#include <map>

#include "tests/integration/jobs/job_fixture.h"
#include "tests/support/wait.h"

namespace calfleet::executor {
namespace {

using namespace std::chrono_literals;
using postgres::Access;
using postgres::Transaction;
using test_support::eventually;

/// The data is the verdict: "apply", "newer", "skip", "bury", "refuse" (schema) or "fail" (the
/// database's fault, once).
class WordBatch final : public intake::Batch {
public:
    explicit WordBatch(std::atomic<int>& failures)
        : failures_(failures) {}
    void clear() override { words_.clear(); }
    Result<std::string_view> add(const intake::Event& event) override {
        if (event.envelope.data == "\"refuse\"") return invalid("data: expected another word");
        words_.emplace_back(event.envelope.data);
        return *event.record.key;
    }
    void apply(
        Transaction& transaction,
        std::span<const std::uint32_t> chosen,
        std::span<intake::Verdict> verdicts
    ) override {
        static constexpr postgres::Statement kEffect{
            "test.word", "insert into effects (entity) values ($1)"};
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            const std::string& word = words_.at(chosen[i]);
            transaction.exec(kEffect, postgres::params(word));
            if (word == "\"newer\"")
                verdicts[i] = intake::Superseded{};
            else if (word == "\"skip\"")
                verdicts[i] = job::Discard{{"not_ours", "nothing to do"}};
            else if (word == "\"bury\"")
                verdicts[i] = job::DeadLetter{{"hopeless", "no way"}};
            else if (word == "\"fail\"" && failures_-- > 0)
                transaction.exec_text("select no_such_column");
            else
                verdicts[i] = intake::Applied{};
        }
    }

private:
    std::atomic<int>& failures_;
    std::vector<std::string> words_;
};

class WordBatches final : public intake::BatchFactory {
public:
    std::unique_ptr<intake::Batch> make_batch() override {
        return std::make_unique<WordBatch>(failures);
    }
    std::atomic<int> failures{0};
};

/// A record as Kafka would give it; keeps its own bytes.
struct Delivered {
    std::string id, value, time, company, key;
    std::vector<HeaderView> headers;
    RecordView view;

    Delivered(std::string event_id, std::string word, CompanyId of, std::string entity)
        : id(std::move(event_id))
        , value("\"" + word + "\"")
        , time(format_instant(system_clock().now()))
        , company(std::to_string(of.value))
        , key(std::move(entity)) {
        headers = {
            {"ce_specversion", "1.0"},
            {"ce_id", id},
            {"ce_source", "/test"},
            {"ce_type", "test.word"},
            {"ce_time", time},
            {"ce_companyid", company},
            {"binary", std::string_view("\xff\x00z", 3)},
            {"empty", std::nullopt}};
        view = {
            .topic = "words",
            .partition = 3,
            .offset = 17,
            .timestamp = system_clock().now(),
            .key = key,
            .value = value,
            .headers = headers};
    }
    Uuid event_key() const { return name_uuid({kWorker, "/test", id}); }
};

class EventJobsTest : public JobsTest {
protected:
    /// As intake does: inbox row 5 and the job, in one transaction.
    void
    put_aside(const Delivered& record, CompanyId company, std::optional<DeadLetterId> replay = {}) {
        intake::EventJob job;
        job.company = company;
        job.entity = record.key;
        job.event_key = record.event_key();
        job.event_id = record.id;
        job.record = record.view;
        job.replay_of = replay;
        const Instant now = system_clock().now();
        job.run_at = now;
        const messaging::InboxRow row{
            {record.event_key(), std::chrono::floor<std::chrono::days>(now)},
            company,
            messaging::InboxOutcome::Job};
        const auto added = desk_->transact(Access::company(company), [&](Transaction& transaction) {
            EXPECT_TRUE(replay || messaging::insert_seen(transaction, std::span(&row, 1)));
            intake::enqueue_event_jobs(transaction, kWorker, std::span(&job, 1), now);
        });
        ASSERT_TRUE(added) << added.error().message;
    }
    void run_all() {
        intake::EventJobs jobs{std::string(kWorker), batches_};
        RunningExecutor executor(quick_settings(settings()));
        executor->add(std::string(intake::kEventJobKind), jobs);
        executor.start();
        EXPECT_TRUE(eventually(20s, [&] { return count("calfleet.jobs where attempts = 0") == 0; })
        );
    }
    std::string inbox() const {
        return database().ask(
            "select string_agg(outcome::text, ',' order by outcome) from calfleet.inbox"
        );
    }
    WordBatches batches_;
};

TEST_F(EventJobsTest, AppliesTheRecordAndTellsTheInbox) {
    put_aside({"e1", "apply", CompanyId{1}, "a"}, CompanyId{1});
    run_all();
    EXPECT_EQ(count("calfleet.effects"), 1);
    EXPECT_EQ(inbox(), "1");
}

TEST_F(EventJobsTest, RemembersWhyNothingWasChanged) {
    put_aside({"e1", "newer", CompanyId{1}, "a"}, CompanyId{1});
    put_aside({"e2", "skip", CompanyId{2}, "b"}, CompanyId{2});
    run_all();
    EXPECT_EQ(inbox(), "2,3");
}

TEST_F(EventJobsTest, KeepsTheOrderOfAnEntitysEvents) {
    batches_.failures = 1;
    put_aside({"e1", "fail", CompanyId{1}, "a"}, CompanyId{1});
    put_aside({"e2", "apply", CompanyId{1}, "a"}, CompanyId{1});
    intake::EventJobs jobs{std::string(kWorker), batches_};
    RunningExecutor executor(quick_settings(settings()));
    executor->add(std::string(intake::kEventJobKind), jobs);
    executor.start();
    ASSERT_TRUE(eventually(20s, [&] { return count("calfleet.jobs where attempts = 1") == 1; }));
    EXPECT_EQ(states("a"), "parked,waiting");
    let_pass(100s);
    ASSERT_TRUE(eventually(20s, [&] { return count("calfleet.jobs") == 0; }));
    EXPECT_EQ(
        database().ask("select string_agg(entity, ',' order by id) from calfleet.effects"),
        "\"fail\",\"apply\""
    );
}

TEST_F(EventJobsTest, BuriesWithRecordUntouchedInTableAndTopic) {
    put_aside({"e1", "bury", CompanyId{1}, "a"}, CompanyId{1});
    run_all();
    EXPECT_EQ(inbox(), "4");
    EXPECT_EQ(count("calfleet.effects where entity is not null"), 1);
    const std::string same = "record_key = 'a' and record_value = '\"bury\"' and record_headers @> "
                             "'[{\"name\":\"ce_id\",\"text\":\"e1\"},{\"name\":\"empty\"},{"
                             "\"name\":\"binary\",\"base64\":\"/wB6\"}]'";
    EXPECT_EQ(
        count(
            "calfleet.dead_letters where reason_class = 'hopeless' and event_source = '/test' and "
            "event_type = 'test.word' "
            "and event_id = 'e1' and record_topic = 'words' and record_partition = 3 and "
            "record_offset = 17 and " +
            same
        ),
        1
    );
    EXPECT_EQ(
        count(
            "calfleet.outbox where topic = 'test-worker.dlq' and record_headers @> "
            "'[{\"name\":\"calfleet_dlq_class\",\"text\":\"hopeless\"}]' and " +
            same
        ),
        1
    );
}

TEST_F(EventJobsTest, BuriesWhatNoLongerFitsTheSchema) {
    put_aside({"e1", "refuse", CompanyId{1}, "a"}, CompanyId{1});
    run_all();
    EXPECT_EQ(database().ask("select reason_class from calfleet.dead_letters"), "schema");
}

TEST_F(EventJobsTest, DoesNotApplyWhatTheInboxKnowsAsDone) {
    put_aside({"e1", "apply", CompanyId{1}, "a"}, CompanyId{1});
    database().run("update calfleet.inbox set outcome = 1");
    run_all();
    EXPECT_EQ(count("calfleet.effects"), 0);
    EXPECT_EQ(count("calfleet.jobs"), 0);
}

TEST_F(EventJobsTest, ClosesTheDeadLetterItsReplayCameFrom) {
    const Delivered record("e1", "bury", CompanyId{1}, "a");
    put_aside(record, CompanyId{1});
    run_all();
    const DeadLetterId letter{
        parse_int64(database().ask("select id from calfleet.dead_letters")).value()};
    database().run("update calfleet.dead_letters set state = 'replaying'; update calfleet.inbox "
                   "set outcome = 5");
    const Delivered mended("e1", "apply", CompanyId{1}, "a");
    put_aside(mended, CompanyId{1}, letter);
    run_all();
    EXPECT_EQ(database().ask("select state || failures from calfleet.dead_letters"), "replayed1");
    EXPECT_EQ(inbox(), "1");
}

TEST_F(EventJobsTest, OpensTheDeadLetterAgainWhenItsReplayFails) {
    const Delivered record("e1", "bury", CompanyId{1}, "a");
    put_aside(record, CompanyId{1});
    run_all();
    const DeadLetterId letter{
        parse_int64(database().ask("select id from calfleet.dead_letters")).value()};
    database().run("update calfleet.dead_letters set state = 'replaying'; update calfleet.inbox "
                   "set outcome = 5");
    put_aside(record, CompanyId{1}, letter);
    run_all();
    EXPECT_EQ(database().ask("select state || failures from calfleet.dead_letters"), "open2");
    EXPECT_EQ(count("calfleet.outbox"), 2) << "published again: it failed again";
}

using DeadLetterStore = EventJobsTest;

messaging::DeadLetterRecord letter_of(const Delivered& record, CompanyId company) {
    messaging::DeadLetterRecord letter;
    letter.letter_key = record.event_key();
    letter.company = company;
    letter.reason = {"schema", std::string(2000, 'x')};
    letter.first_failed_at = letter.last_failed_at = system_clock().now();
    letter.record = record.view;
    return letter;
}

TEST_F(DeadLetterStore, TheSameFailureIsOneRowAndOneRecord) {
    const Delivered record("e1", "bury", CompanyId{1}, "a");
    const messaging::DeadLetterRecord twice[] = {
        letter_of(record, CompanyId{1}), letter_of(record, CompanyId{1})};
    for (int i = 0; i < 2; ++i)
        ASSERT_TRUE(desk_->transact(Access::company(CompanyId{1}), [&](Transaction& transaction) {
            messaging::record_dead_letters(transaction, kWorker, twice, system_clock().now());
        }));
    EXPECT_EQ(count("calfleet.dead_letters where octet_length(reason) <= 500"), 1);
    EXPECT_EQ(count("calfleet.outbox"), 1);
}

TEST_F(DeadLetterStore, ARowOfAnotherCompanyIsLeftAloneAndStopsNobody) {
    const Delivered record("e1", "bury", CompanyId{1}, "a");
    for (const CompanyId company : {CompanyId{1}, CompanyId{2}}) {
        const messaging::DeadLetterRecord letter = letter_of(record, company);
        const auto written =
            desk_->transact(Access::company(company), [&](Transaction& transaction) {
                messaging::record_dead_letters(
                    transaction, kWorker, std::span(&letter, 1), system_clock().now()
                );
            });
        EXPECT_TRUE(written) << written.error().message;
    }
    EXPECT_EQ(
        database().ask("select string_agg(company_id::text, ',') from calfleet.dead_letters"), "1"
    );
}

TEST_F(DeadLetterStore, ALetterOfAnUnknownCompanyIsKept) {
    const Delivered record("e1", "bury", CompanyId{1}, "a");
    const messaging::DeadLetterRecord letter = letter_of(record, CompanyId{});
    const auto written = desk_->transact(Access::companies({}), [&](Transaction& transaction) {
        messaging::record_dead_letters(
            transaction, kWorker, std::span(&letter, 1), system_clock().now()
        );
    });
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(count("calfleet.dead_letters where company_id is null"), 1);
}

} // namespace
} // namespace calfleet::executor
