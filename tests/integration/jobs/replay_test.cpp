// Replays of dead letters: who may pass the inbox once more, and that no letter is lost on the way.

#include <gmock/gmock.h>

#include "tests/integration/jobs/word_events.h"

namespace calfleet::executor {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr CompanyId kOurs{1};
constexpr CompanyId kTheirs{2};

class Replay : public EventJobsTest {
protected:
    /// A dead event that would now be applied; its letter.
    DeadLetterId dead_event(const std::string& id = "e1", CompanyId company = kOurs) {
        const Delivered record(id, "apply", company);
        database().run("insert into calfleet.effects (entity) values ('nothing')");
        EXPECT_EQ(deliver({&record}), "A");
        // As if the handler had refused it.
        database().run(
            "update calfleet.inbox set outcome = 4 where company_id = " +
            std::to_string(company.value) + " and event_key = '" + to_string(record.event_key()) +
            "'; delete from calfleet.effects"
        );
        messaging::DeadLetterRecord letter;
        const messaging::EventKey key{company, record.event_key()};
        letter.keys = messaging::letter_keys_of(key);
        letter.event_key = key.event;
        letter.company = company;
        letter.reason = {"hopeless", "no way"};
        letter.first_failed_at = letter.last_failed_at = system_clock().now();
        letter.event_source = "/test";
        letter.event_id = record.id;
        letter.record = record.view;
        time_ = record.time;
        const auto written = desk_->transact(
            postgres::Access::company(company),
            [&](postgres::Transaction& transaction) {
                messaging::record_dead_letters(
                    transaction, kWorker, std::span(&letter, 1), system_clock().now()
                );
            }
        );
        EXPECT_TRUE(written);
        return DeadLetterId{
            parse_int64(database().ask("select max(id) from calfleet.dead_letters")).value()};
    }
    /// The record of that event again, saying to be a replay of the letter.
    std::unique_ptr<Delivered> replay_of(
        const std::string& header,
        const std::string& id = "e1",
        CompanyId company = kOurs,
        const std::string& word = "apply"
    ) {
        auto record = std::make_unique<Delivered>(
            id, word, company, "a", parse_instant(time_).value(), header
        );
        record->view.offset = 4711;
        return record;
    }
    std::string number(DeadLetterId letter) const { return std::to_string(letter.value); }
    std::int64_t effects() const { return count("calfleet.effects"); }

    std::string time_;
};

TEST_F(Replay, PassesTheInboxOnceMoreAndClosesItsLetter) {
    const DeadLetterId letter = dead_event();
    const Delivered plain("e1", "apply", kOurs);
    EXPECT_EQ(deliver({&plain}), "D");
    take(letter);
    const auto replay = replay_of(number(letter));
    EXPECT_EQ(deliver({replay.get()}), "A");
    EXPECT_EQ(letters(), "1:replayed1");
    EXPECT_EQ(deliver({replay.get()}), "D");
    EXPECT_EQ(effects(), 1);
    EXPECT_EQ(inbox(), "1");
}

TEST_F(Replay, IsNotHeldBackByACopyOfTheEventInItsBatch) {
    const DeadLetterId letter = dead_event();
    take(letter);
    const Delivered plain("e1", "apply", kOurs);
    const auto replay = replay_of(number(letter));
    const auto forged = replay_of(number(letter), "e1", kOurs, "skip");
    EXPECT_EQ(deliver({&plain, forged.get(), replay.get(), replay.get()}), "DDAD");
    EXPECT_EQ(letters(), "1:replayed1");
    EXPECT_EQ(effects(), 1);
}

TEST_F(Replay, ThatFailsOpensItsLetterAgain) {
    const Delivered record("e1", "refuse", kOurs);
    EXPECT_EQ(deliver({&record}), "L");
    take(only_letter());
    time_ = record.time;
    const auto replay = replay_of(number(only_letter()), "e1", kOurs, "refuse");
    EXPECT_EQ(deliver({replay.get()}), "L");
    EXPECT_EQ(letters(), "1:open2");
    EXPECT_EQ(count("calfleet.outbox"), 2);
    EXPECT_EQ(inbox(), "4");
}

TEST_F(Replay, OfAnEventWhoseTimeIsOutOfRangeOpensItsLetterAgain) {
    const Instant long_ago = system_clock().now() - 40 * 24h;
    const Delivered record("e1", "apply", kOurs, "a", long_ago);
    EXPECT_EQ(deliver({&record}), "L");
    take(only_letter());
    time_ = record.time;
    const auto replay = replay_of(number(only_letter()));
    EXPECT_EQ(deliver({replay.get()}), "L");
    EXPECT_EQ(letters(), "1:open2");
}

TEST_F(Replay, OfARecordWithoutIdentityOpensItsLetterAgain) {
    Delivered record("e1", "apply", kOurs);
    record.headers[1].name = "ce_no";
    EXPECT_EQ(deliver({&record}), "L");
    take(only_letter());
    time_ = record.time;
    const auto replay = replay_of(number(only_letter()));
    replay->headers[1].name = "ce_no";
    EXPECT_EQ(deliver({replay.get()}), "L");
    EXPECT_EQ(letters(), "1:open2");
}

TEST_F(Replay, OfAnEventThatCameToAnotherEndIsSuperseded) {
    const DeadLetterId letter = dead_event();
    take(letter);
    database().run("update calfleet.inbox set outcome = 1");
    const auto replay = replay_of(number(letter));
    EXPECT_EQ(deliver({replay.get()}), "D");
    EXPECT_EQ(letters(), "1:superseded1");
}

TEST_F(Replay, ThatAnybodyCouldHaveWrittenPassesNothingAndSettlesNothing) {
    const DeadLetterId ours = dead_event("e1", kOurs);
    const DeadLetterId theirs = dead_event("e1", kTheirs);
    const DeadLetterId another = dead_event("e2", kOurs);
    const auto tried = [&](const std::string& header, const std::string& word = "apply") {
        const auto forged = replay_of(header, "e1", kOurs, word);
        static int others = 0; // of the other company: the transaction's scope has both
        const Delivered company("other" + std::to_string(++others), "apply", kTheirs);
        return deliver({forged.get(), &company});
    };
    EXPECT_EQ(tried(number(ours)), "DA") << "nobody is replaying it";
    take(theirs);
    take(another);
    EXPECT_EQ(tried(number(theirs)), "DA");
    EXPECT_EQ(tried(number(another)), "DA");
    EXPECT_EQ(tried("topic"), "DA");
    EXPECT_EQ(tried("999999"), "DA");
    EXPECT_EQ(tried("9223372036854775807"), "DA");
    EXPECT_EQ(tried("-1"), "DA");
    EXPECT_EQ(tried(number(ours) + " "), "DA");
    take(ours);
    EXPECT_EQ(tried(number(ours), "skip"), "DA") << "not the record of the letter";
    database().run("update calfleet.dead_letters set replay_run = null");
    EXPECT_EQ(tried(number(ours)), "DA") << "no run";
    EXPECT_EQ(letters(), "1:replaying1 1:replaying1 2:replaying1");
}

TEST_F(Replay, WithOtherHeadersOrTopicThanItsLetterPassesNothing) {
    const DeadLetterId letter = dead_event();
    take(letter);
    const auto other_header = replay_of(number(letter));
    other_header->headers[6].value = "text";
    const auto other_topic = replay_of(number(letter));
    other_topic->view.topic = "other";
    other_topic->headers[3].value = "other"; // or it would be no event of that topic
    const auto other_key = replay_of(number(letter));
    other_key->view.key = "b";
    const auto no_value = replay_of(number(letter));
    no_value->view.value = std::nullopt;
    for (const Delivered* forged : {other_header.get(), other_topic.get(), other_key.get()})
        EXPECT_EQ(deliver({forged}), "D");
    EXPECT_THAT(deliver({no_value.get()}), testing::AnyOf("D", "L"));
    EXPECT_THAT(letters(), HasSubstr("1:replaying1"));
    EXPECT_EQ(effects(), 0);
}

TEST_F(Replay, OfAnEventThatNeverDiedIsAnEvent) {
    const Delivered record("e1", "apply", kOurs, "a", system_clock().now(), "12");
    EXPECT_EQ(deliver({&record}), "A");
    EXPECT_EQ(deliver({&record}), "D");
    EXPECT_EQ(letters(), "none");
    EXPECT_EQ(effects(), 1);
}

// ---- the way through a job ----

class ReplayByJob : public Replay {
protected:
    void let_the_job_run() {
        database().run("delete from calfleet.jobs where kind = 'other'; update calfleet.jobs set "
                       "state = 'ready'");
        run_all();
    }
};

TEST_F(ReplayByJob, IsNotClosedByASecondReplayWhileTheJobWaits) {
    const Delivered record("e1", "bury", kOurs);
    EXPECT_EQ(deliver({&record}), "L");
    const DeadLetterId letter = only_letter();
    time_ = record.time;
    database().run("insert into calfleet.jobs (worker, kind, company_id, entity, state, run_at, "
                   "deadline_at) values ('test-worker', 'other', 1, 'a', 'ready', now() + "
                   "interval '1 hour', now() + interval '1 day')");
    take(letter);
    const auto replay = replay_of(number(letter), "e1", kOurs, "bury");
    EXPECT_EQ(deliver({replay.get()}), "Q");
    database().run("update calfleet.dead_letters set state = 'open', replay_run = null");
    take(letter);
    EXPECT_EQ(deliver({replay.get()}), "D");
    EXPECT_EQ(letters(), "1:replaying1") << "the job decides";
    let_the_job_run();
    EXPECT_EQ(letters(), "1:open2");
    EXPECT_EQ(inbox(), "4");
    EXPECT_EQ(count("calfleet.outbox where topic = 'test-worker.dlq'"), 2);
}

TEST_F(ReplayByJob, ThatDiesOpensItsLetterWhateverWasDecidedAboutItMeanwhile) {
    for (const std::string state : {"open", "replaying", "replayed", "superseded", "discarded"}) {
        database().run("delete from calfleet.dead_letters; delete from calfleet.inbox; delete "
                       "from calfleet.jobs");
        const Delivered record("e1", "bury", kOurs);
        EXPECT_EQ(deliver({&record}), "L");
        put_aside(record, kOurs, only_letter());
        database().run(
            "update calfleet.inbox set outcome = 5; update calfleet.dead_letters set state = '" +
            state + "', decided_by = 'anna'"
        );
        run_all();
        EXPECT_EQ(letters(), "1:open2") << state;
        EXPECT_EQ(inbox(), "4") << state;
    }
    EXPECT_EQ(
        database().ask("select decided_reason from calfleet.dead_letters"),
        "failed again after it was discarded by anna"
    );
}

TEST_F(ReplayByJob, ThatEndsWellClosesALetterThatWasOpenedMeanwhile) {
    const DeadLetterId letter = dead_event();
    const auto record = replay_of("");
    put_aside(*record, kOurs, letter);
    database().run("update calfleet.inbox set outcome = 5");
    run_all();
    EXPECT_EQ(letters(), "1:replayed1");
    EXPECT_EQ(inbox(), "1");
}

TEST_F(ReplayByJob, ClosesTheLettersOfItsEventUnderBothKeys) {
    const DeadLetterId letter = dead_event();
    database().run(
        "insert into calfleet.dead_letters (letter_key, worker, company_id, state, reason_class, "
        "reason, first_failed_at, last_failed_at) select event_key, worker, company_id, "
        "'replaying', 'x', 'x', now(), now() from calfleet.dead_letters"
    );
    take(letter);
    const auto record = replay_of("");
    put_aside(*record, kOurs, letter);
    database().run("update calfleet.inbox set outcome = 5");
    run_all();
    EXPECT_EQ(letters(), "1:replayed1 1:replayed1");
}

TEST_F(ReplayByJob, OfAForgedNumberSettlesNothingOfOthers) {
    const DeadLetterId theirs = dead_event("e1", kTheirs);
    take(theirs);
    const Delivered record("e1", "apply", kOurs);
    put_aside(record, kOurs, theirs);
    database().run("update calfleet.inbox set outcome = 5 where company_id = 1");
    run_all();
    EXPECT_EQ(letters(), "2:replaying1");
    EXPECT_EQ(effects(), 1);
}

class ReplayOfCoalesced : public JobsTest {
protected:
    /// Letters 1 and 2 of one kind and entity, both replayed into one coalesced job.
    void prepare() override {
        JobsTest::prepare();
        database().run(
            "insert into calfleet.dead_letters (letter_key, worker, company_id, state, replay_run, "
            "reason_class, reason, first_failed_at, last_failed_at, job_kind, entity) "
            "select gen_random_uuid(), 'test-worker', company, 'replaying', gen_random_uuid(), "
            "'x', 'x', now(), now(), 'test', 'a' from unnest(array[1, 1, 2]) company"
        );
        ask_for(DeadLetterId{1});
        ask_for(DeadLetterId{2});
    }
    void ask_for(DeadLetterId letter) {
        const jobs::NewJob job{
            .kind = "test", .company = CompanyId{1}, .entity = "a", .replay_of = letter};
        const auto added = desk_->transact(
            postgres::Access::company(CompanyId{1}),
            [&](postgres::Transaction& transaction) {
                jobs::enqueue_jobs(transaction, kWorker, std::span(&job, 1));
            }
        );
        ASSERT_TRUE(added) << added.error().message;
    }
    void end(const job::Job& job, const job::Decision& decision) {
        const jobs::Settlement one{
            {job.id, job.lease_epoch},
            job.company,
            job.entity,
            job.dead_letter,
            std::get<job::Finished>(decision),
            job.kind,
            job.event_key};
        const auto done =
            desk_->transact(postgres::Access::runtime(), [&](postgres::Transaction& transaction) {
                return jobs::settle_jobs(transaction, kWorker, kMe, std::span(&one, 1));
            });
        ASSERT_TRUE(done) << done.error().message;
    }
    void bury(const job::Job& job) {
        const auto done = desk_->transact(
            postgres::Access::company(job.company),
            [&](postgres::Transaction& transaction) {
                return jobs::bury_job(transaction, kWorker, kMe, job, {{"hopeless", "no"}, 1});
            }
        );
        ASSERT_TRUE(done) << done.error().message;
    }
    std::string letters() const {
        return database().ask("select string_agg(state || failures, ' ' order by id) from "
                              "calfleet.dead_letters");
    }
};

TEST_F(ReplayOfCoalesced, JobsClosesAllItsLetters) {
    const auto claimed = claim();
    ASSERT_EQ(claimed.size(), 1U);
    end(claimed[0], job::Finished{});
    EXPECT_EQ(letters(), "replayed1 replayed1 replaying1");
}

TEST_F(ReplayOfCoalesced, JobsOpensAllItsLettersWhenItDies) {
    const auto claimed = claim();
    ASSERT_EQ(claimed.size(), 1U);
    bury(claimed[0]);
    EXPECT_EQ(letters(), "open2 open2 replaying1");
    EXPECT_EQ(count("calfleet.dead_letters"), 3);
    EXPECT_EQ(count("calfleet.outbox"), 1);
}

TEST_F(ReplayOfCoalesced, JobsKeepsItsLettersWhenItIsAskedForAgain) {
    const auto first = claim();
    ASSERT_EQ(first.size(), 1U);
    ask_for(DeadLetterId{2}); // while it runs
    end(first[0], job::Finished{});
    EXPECT_EQ(letters(), "replaying1 replaying1 replaying1") << "the second run answers";
    const auto second = claim();
    ASSERT_EQ(second.size(), 1U);
    bury(second[0]);
    EXPECT_EQ(letters(), "open2 open2 replaying1");
}

} // namespace
} // namespace calfleet::executor
