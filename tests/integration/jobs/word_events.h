#pragma once
// Events whose data is the verdict about them, on their two ways: through a batch of intake, and
// put aside as jobs.

#include "common/core/text.h"
#include "common/intake/event_job_store.h"
#include "common/intake/event_jobs.h"
#include "common/intake/intake_transaction.h"
#include "common/messaging/dead_letter_replays.h"
#include "common/messaging/dead_letter_store.h"
#include "common/messaging/inbox_store.h"

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/integration/jobs/job_fixture.h"
#include "tests/support/wait.h"

namespace calfleet::executor {

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
        postgres::Transaction& transaction,
        std::span<const std::uint32_t> chosen,
        std::span<intake::Verdict> verdicts,
        Instant
    ) override {
        static constexpr postgres::Statement kEffect{
            "test.word", "insert into calfleet.effects (entity) values ($1)"};
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
    std::string id, value, time, company, key, replay;
    std::vector<HeaderView> headers;
    RecordView view;

    Delivered(
        std::string event_id,
        std::string word,
        CompanyId of,
        std::string entity = "a",
        Instant at = system_clock().now(),
        std::string replay_of = {}
    )
        : id(std::move(event_id))
        , value("\"" + word + "\"")
        , time(format_instant(at))
        , company(std::to_string(of.value))
        , key(std::move(entity))
        , replay(std::move(replay_of)) {
        headers = {
            {"ce_specversion", "1.0"},
            {"ce_id", id},
            {"ce_source", "/test"},
            {"ce_type", "words"},
            {"ce_time", time},
            {"ce_companyid", company},
            {"binary", std::string_view("\xff\x00z", 3)},
            {"empty", std::nullopt}};
        if (!replay.empty()) headers.push_back({"calfleet_replay", replay});
        view = {
            .topic = "words",
            .partition = 3,
            .offset = 17,
            .timestamp = system_clock().now(),
            .key = key,
            .value = value,
            .headers = headers};
    }
    Delivered(const Delivered&) = delete;
    Delivered& operator=(const Delivered&) = delete;
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
            {company, record.event_key()},
            std::chrono::floor<std::chrono::days>(now),
            messaging::InboxOutcome::Job};
        const auto added = desk_->transact(
            postgres::Access::company(company),
            [&](postgres::Transaction& transaction) {
                EXPECT_TRUE(replay || messaging::insert_seen(transaction, std::span(&row, 1)));
                intake::enqueue_event_jobs(transaction, kWorker, std::span(&job, 1), now);
            }
        );
        ASSERT_TRUE(added) << added.error().message;
    }
    /// Through a batch of intake, in one transaction of its own. A letter per record: 'A' applied,
    /// 'S' superseded, 'X' discarded, 'D' duplicate, 'L' dead letter, 'Q' queued; or "raced", or
    /// the error. why: put the only record aside for that.
    std::string
    deliver(std::initializer_list<const Delivered*> records, const Error* why = nullptr) {
        intake::IntakeBatch batch(std::string(kWorker), batches_.make_batch());
        intake::BatchRange range;
        for (const Delivered* record : records) {
            range.entries.push_back(static_cast<std::uint32_t>(batch.entries().size()));
            batch.add(record->view, {});
        }
        intake::IntakeTransaction transaction(std::string(kWorker), *desk_, *clock);
        const Instant due = clock->now() + std::chrono::minutes{1};
        const auto result = why == nullptr
                                ? transaction.run(batch, range)
                                : transaction.put_aside(batch, range, {.why = *why, .run_at = due});
        if (result.end == intake::RangeEnd::Raced) return "raced";
        if (result.end != intake::RangeEnd::Done) return result.error.message;
        std::string fates;
        for (const intake::Fate fate : result.receipt.fates)
            fates += "ASXDLQ"[static_cast<std::size_t>(fate)];
        return fates;
    }
    DeadLetterId only_letter() const {
        return DeadLetterId{
            parse_int64(database().ask("select id from calfleet.dead_letters")).value()};
    }
    /// As `calfleet dlq replay` takes it.
    void take(DeadLetterId letter) const {
        database().run(
            "update calfleet.dead_letters set state = 'replaying', replay_run = "
            "gen_random_uuid(), decided_at = now(), decided_by = 'anna' where id = " +
            std::to_string(letter.value)
        );
    }
    std::string letters() const {
        return database().ask("select coalesce(string_agg(company_id || ':' || state || failures, "
                              "' ' order by company_id, id), "
                              "'none') from calfleet.dead_letters");
    }
    void run_all() {
        intake::EventJobs jobs{std::string(kWorker), batches_};
        RunningExecutor executor(quick_settings(settings()));
        executor->add(std::string(intake::kEventJobKind), jobs);
        executor.start();
        EXPECT_TRUE(test_support::eventually(std::chrono::seconds{120}, [&] {
            return count("calfleet.jobs where attempts = 0") == 0;
        }));
    }
    std::string inbox() const {
        return database().ask(
            "select string_agg(outcome::text, ',' order by outcome) from calfleet.inbox"
        );
    }
    const Clock* clock{&system_clock()};
    WordBatches batches_;
};

} // namespace calfleet::executor
