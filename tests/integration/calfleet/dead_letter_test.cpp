#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/integration/calfleet/answering.h"
#include "tests/integration/calfleet/command_test.h"

namespace calfleet::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// Letters 1..count of company 1, worker host-mapper, class schema; odd ones of booking-created,
/// even ones of booking-cancelled; each with a record whose value is not UTF-8.
class DeadLetters : public CommandTest {
protected:
    void bury(int count) const {
        run(R"sql(
            insert into calfleet.dead_letters
                (letter_key, worker, company_id, reason_class, reason, first_failed_at, last_failed_at, event_source,
                 event_id, event_type, record_topic, record_partition, record_offset, record_key, record_headers,
                 record_value)
            select ('00000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid, 'host-mapper', 1, 'schema',
                   'data.booking.uid: missing', now() - i * interval '1 hour', now() - i * interval '1 hour', 's',
                   'e' || i, case i % 2 when 1 then 'booking-created' else 'booking-cancelled' end,
                   case i % 2 when 1 then 'booking-created' else 'booking-cancelled' end, 3, i,
                   convert_to('1:k' || i, 'UTF8'), '[{"name":"ce_id","text":"e"}]', '\x7bff00'::bytea
            from generate_series(1, )sql" +
            std::to_string(count) + ") as i");
    }
    std::string states() const {
        return ask(
            "select string_agg(id || ':' || state, ' ' order by id) from calfleet.dead_letters"
        );
    }
    std::string count(const std::string& state) const {
        return ask("select count(*) from calfleet.dead_letters where state = '" + state + "'");
    }
};

TEST_F(DeadLetters, AreListedAndFiltered) {
    bury(4);
    EXPECT_THAT(
        output_of({"dlq", "list", "--json"}),
        AllOf(
            StartsWith(R"([{"id":1,"worker":"host-mapper","company":1,"state":"open",)"),
            HasSubstr("\"id\":4")
        )
    );
    EXPECT_EQ(output_of({"dlq", "list", "--class", "crash_loop"}), "no dead letters match\n");
    const auto ids = [&](const std::string& option, const std::string& value) {
        const std::string out = output_of({"dlq", "list", "--json", option, value});
        std::string found;
        for (int id = 1; id <= 4; ++id)
            if (out.find("{\"id\":" + std::to_string(id) + ",") != std::string::npos)
                found += std::to_string(id);
        return found;
    };
    EXPECT_EQ(ids("--id", "2,3"), "23");
    EXPECT_EQ(ids("--key", "1:k3"), "3");
    EXPECT_EQ(ids("--event-id", "e4"), "4");
    EXPECT_EQ(ids("--company", "2"), "");
    EXPECT_EQ(ids("--worker", "host-mapper"), "1234");
    EXPECT_EQ(ids("--since", "150m"), "12") << "failed within the last two and a half hours";
    EXPECT_EQ(ids("--until", "150m"), "34");
    EXPECT_EQ(ids("--since", "2099-01-01T00:00:00Z"), "");
    const auto wrong = calfleet({"dlq", "list", "--since", "yesterday"});
    EXPECT_EQ(wrong.exit.code, 2);
    EXPECT_THAT(wrong.err, HasSubstr("--since: 'yesterday' is not an RFC 3339 time"));
}

TEST_F(DeadLetters, ShowTheirPayloadOnlyWhenAskedAndAlwaysAsValidJson) {
    bury(1);
    const std::string shown = output_of({"dlq", "show", "1", "--json"});
    EXPECT_THAT(
        shown,
        AllOf(HasSubstr(R"("reason":"data.booking.uid: missing")"), HasSubstr(R"("key":"1:k1")"))
    );
    EXPECT_THAT(shown, Not(HasSubstr("\"value\"")));
    const std::string payload = output_of({"dlq", "show", "1", "--payload", "--json"});
    json::Parser parser;
    EXPECT_TRUE(parser.parse(payload)) << payload;
    EXPECT_THAT(payload, HasSubstr("\"value\":\"{\uFFFD"));
    EXPECT_EQ(calfleet({"dlq", "show", "77"}).exit.code, 3);
}

TEST_F(DeadLetters, AreDiscardedWithAReasonAndNeverAllByMistake) {
    bury(3);
    EXPECT_EQ(calfleet({"dlq", "discard", "--why", "x"}).exit.code, 2);
    EXPECT_EQ(calfleet({"dlq", "discard", "--id", "1"}).exit.code, 2);
    EXPECT_EQ(output_of({"dlq", "discard", "--id", "1,2", "--why", "test data"}), "discarded  2\n");
    EXPECT_EQ(states(), "1:discarded 2:discarded 3:open");
    EXPECT_EQ(
        ask("select decided_by || ' ' || decided_reason from calfleet.dead_letters where id = 1"),
        "anna test data"
    );
}

TEST_F(DeadLetters, ArePlannedWithoutAnythingHappening) {
    bury(3);
    run("insert into calfleet.inbox values "
        "(1, '00000000-0000-0000-0000-000000000002', current_date, 1), "
        "(2, '00000000-0000-0000-0000-000000000001', current_date, 1), "
        "(1, '00000000-0000-0000-0000-000000000003', current_date, 5)");
    EXPECT_EQ(
        output_of({"dlq", "replay", "--dry-run", "--json"}),
        R"([{"worker":"host-mapper","class":"schema","would_replay":1,"already_done":1,"being_tried":1}])"
        "\n"
    );
    EXPECT_EQ(states(), "1:open 2:open 3:open");
    EXPECT_EQ(ask("select count(*) from calfleet.outbox"), "0");
}

TEST_F(DeadLetters, AreReplayedWithTheirBytesAndHeadersUntouched) {
    bury(1);
    const Answering worker(database(), 1000);
    EXPECT_THAT(
        output_of({"dlq", "replay", "--json"}),
        AllOf(HasSubstr(R"("sent":1,"replayed":1)"), HasSubstr(R"("end":"done")"))
    );
    EXPECT_EQ(states(), "1:replayed");
    EXPECT_EQ(
        ask("select topic || convert_from(record_key, 'UTF8') || record_value::text || "
            "record_headers::text "
            "from calfleet.outbox"),
        R"(booking-created1:k1\x7bff00[{"name": "ce_id", "text": "e"}, {"name": "calfleet_replay", "text": "1"}])"
    );
}

TEST_F(DeadLetters, ReplayTwiceDoesNoHarm) {
    bury(25);
    const Answering worker(database(), 1000);
    EXPECT_THAT(
        output_of({"dlq", "replay", "--json", "--rate", "1000"}), HasSubstr(R"("sent":25)")
    );
    EXPECT_EQ(output_of({"dlq", "replay", "--json"}), "{\"sent\":0}\n");
    EXPECT_EQ(ask("select count(*) from calfleet.outbox"), "25");
    EXPECT_EQ(
        ask("select count(*) from calfleet.outbox where shard <> calfleet.outbox_shard(topic, "
            "record_key)"),
        "0"
    ) << "in the order of everything else that is published under the key";
    EXPECT_EQ(count("replayed"), "25");
}

TEST_F(DeadLetters, ReplayedByTwoOperatorsAtOnceAreSentOnce) {
    bury(60);
    const Answering worker(database(), 1000);
    std::thread other([&] { calfleet({"dlq", "replay", "--rate", "1000"}); });
    calfleet({"dlq", "replay", "--rate", "1000"});
    other.join();
    EXPECT_EQ(ask("select count(*) from calfleet.outbox"), "60");
    EXPECT_EQ(count("replayed"), "60");
}

TEST_F(DeadLetters, StopTheReplayWhenTheCanaryFailsAgain) {
    bury(40);
    const Answering worker(database(), 5); // a fifth fails again
    const auto done = calfleet({"dlq", "replay", "--rate", "1000"});
    EXPECT_EQ(done.exit.code, 4);
    EXPECT_THAT(
        done.out, AllOf(HasSubstr("stopped: 2 of 10 failed again"), HasSubstr("30 were not sent"))
    );
    EXPECT_EQ(ask("select count(*) from calfleet.outbox"), "10");
    EXPECT_EQ(count("open"), "32");
}

TEST_F(DeadLetters, ThatWereDealtWithMeanwhileAreClosedAndNotSent) {
    bury(2);
    run("insert into calfleet.inbox values "
        "(1, '00000000-0000-0000-0000-000000000002', current_date, 1), "
        "(1, '00000000-0000-0000-0000-000000000001', current_date, 4)");
    const Answering worker(database(), 1000);
    EXPECT_THAT(output_of({"dlq", "replay"}), HasSubstr("1 were dealt with before"));
    EXPECT_EQ(states(), "1:replayed 2:superseded");
}

TEST_F(DeadLetters, WhoseEventWaitsInAJobAreNeitherSentNorClosed) {
    bury(1);
    run("insert into calfleet.inbox values (1, '00000000-0000-0000-0000-000000000001', "
        "current_date, 5)");
    EXPECT_THAT(output_of({"dlq", "replay"}), HasSubstr("1 are still being tried by jobs"));
    EXPECT_EQ(states(), "1:open");
    EXPECT_EQ(ask("select count(*) from calfleet.outbox"), "0");
    run("update calfleet.inbox set outcome = 4");
    const Answering worker(database(), 1000);
    EXPECT_THAT(output_of({"dlq", "replay", "--json"}), HasSubstr("\"sent\":1"));
}

TEST_F(DeadLetters, OfThisReleaseNameTheirEvent) {
    bury(1);
    run("update calfleet.dead_letters set event_key = '00000000-0000-0000-0000-0000000000aa'; "
        "insert into calfleet.inbox values "
        "(1, '00000000-0000-0000-0000-0000000000aa', current_date, 2)");
    EXPECT_THAT(output_of({"dlq", "replay"}), HasSubstr("1 were dealt with before"));
    EXPECT_EQ(states(), "1:superseded");
}

TEST_F(DeadLetters, OfARunThatWasKilledAreTakenAgainAfterTenMinutes) {
    bury(2);
    run("update calfleet.dead_letters set state = 'replaying', decided_at = now() - interval '11 "
        "minutes' where id = 1;"
        "update calfleet.dead_letters set state = 'replaying', decided_at = now() where id = 2");
    EXPECT_THAT(
        output_of({"dlq", "replay", "--dry-run", "--json"}), HasSubstr("\"would_replay\":1")
    );
    const Answering worker(database(), 1000);
    EXPECT_THAT(output_of({"dlq", "replay", "--id", "1", "--json"}), HasSubstr("\"sent\":1"));
}

TEST_F(DeadLetters, OfJobsGoBackToTheirWorkerAsJobs) {
    run(R"sql(insert into calfleet.dead_letters (letter_key, worker, company_id, reason_class, reason, first_failed_at,
              last_failed_at, job_kind, entity) values
              ('00000000-0000-0000-0000-000000000001', 'host-mapper', 1, 'crash_loop', 'x', now(), now(),
               'rematch-host', 'host:101'))sql");
    const Answering worker(database(), 1000);
    EXPECT_THAT(output_of({"dlq", "replay", "--json"}), HasSubstr("\"sent\":1"));
    EXPECT_EQ(
        ask("select kind || ' ' || entity || ' ' || dead_letter_id from calfleet.jobs"),
        "rematch-host host:101 1"
    );
    EXPECT_EQ(ask("select count(*) from calfleet.outbox"), "0");
}

class Jobs : public CommandTest {
protected:
    void prepare() override {
        CommandTest::prepare();
        run(R"sql(insert into calfleet.jobs
            (worker, kind, company_id, entity, state, run_at, deadline_at, attempts, last_class, last_reason, lease_until,
             event_id, event_key) values
            ('host-mapper', 'rematch-host', 1, 'host:1', 'ready', now() + interval '1 hour', now() + interval '1 day', 3,
             'timeout', 'slow', null, null, null),
            ('host-mapper', 'rematch-host', 1, 'host:1', 'waiting', now(), now() + interval '1 day', 0, null, null, null,
             null, null),
            ('host-mapper', 'apply-event', 1, 'host:2', 'running', now(), now() + interval '1 day', 0, null, null,
             now() + interval '30 seconds', 'e9', '00000000-0000-0000-0000-000000000009'))sql");
    }
};

TEST_F(Jobs, AreListedAndShown) {
    EXPECT_THAT(
        output_of({"jobs", "list", "--state", "parked", "--json"}),
        AllOf(
            StartsWith("[{\"id\":1,"), Not(HasSubstr("\"id\":2,")), HasSubstr("\"reason\":\"slow\"")
        )
    );
    EXPECT_THAT(output_of({"jobs", "show", "3"}), HasSubstr("event id     e9\n"));
    EXPECT_EQ(calfleet({"jobs", "show", "77"}).exit.code, 3);
}

TEST_F(Jobs, AreMadeDueNowUnlessTheyRunOrWaitBehindAnother) {
    output_of({"jobs", "retry", "1"});
    EXPECT_EQ(
        ask("select state || attempts || (run_at <= now()) from calfleet.jobs where id = 1"),
        "ready0true"
    );
    const auto waiting = calfleet({"jobs", "retry", "2"});
    EXPECT_EQ(waiting.exit.code, 4);
    EXPECT_THAT(waiting.err, HasSubstr("waits behind an older job of host:1"));
    EXPECT_EQ(calfleet({"jobs", "retry", "3"}).exit.code, 4);
    EXPECT_EQ(calfleet({"jobs", "retry", "77"}).exit.code, 3);
}

TEST_F(Jobs, AreCancelledWithATraceAndTheNextOfTheEntityMovesUp) {
    EXPECT_EQ(calfleet({"jobs", "cancel", "1"}).exit.code, 2) << "--why is missing";
    output_of({"jobs", "cancel", "1", "--why", "the company left"});
    EXPECT_EQ(ask("select count(*) from calfleet.jobs where id = 1"), "0");
    EXPECT_EQ(ask("select state from calfleet.jobs where id = 2"), "ready");
    EXPECT_EQ(
        ask("select state || ' ' || reason_class || ' ' || decided_by || ' ' || decided_reason "
            "from calfleet.dead_letters"),
        "discarded cancelled anna the company left"
    );
}

TEST_F(Jobs, OfEventsMarkThemDeadWhenCancelledAndCloseTheirLetter) {
    const std::string event = "00000000-0000-0000-0000-0000000000aa";
    run("insert into calfleet.jobs (worker, kind, company_id, entity, state, deadline_at, "
        "event_id, "
        "event_key, dead_letter_id, record_topic, record_partition, record_offset) values "
        "('host-mapper', 'event', 1, 'a', 'ready', now() + interval '1 day', 'e1', '" +
        event +
        "', 1, 't', 0, 1);"
        "insert into calfleet.inbox values (1, '" +
        event + "', current_date, 5), (2, '" + event +
        "', current_date, 5);"
        "insert into calfleet.dead_letters (letter_key, worker, company_id, state, reason_class, "
        "reason, first_failed_at, last_failed_at) values "
        "('" +
        event + "', 'host-mapper', 1, 'open', 'x', 'x', now(), now())");
    output_of({"jobs", "cancel", "4", "--why", "no"});
    EXPECT_EQ(ask("select string_agg(state, ',') from calfleet.dead_letters"), "discarded");
    EXPECT_EQ(
        ask("select string_agg(company_id || ':' || outcome, ' ' order by company_id) from "
            "calfleet.inbox"),
        "1:4 2:5"
    ) << "a later replay passes; another company's event is its own";
}

TEST_F(Jobs, OfTwoReplaysCloseBothLettersWhenCancelled) {
    run(R"sql(insert into calfleet.dead_letters (letter_key, worker, company_id, state, reason_class, reason,
              first_failed_at, last_failed_at, job_kind, entity)
              select gen_random_uuid(), 'host-mapper', company, 'replaying', 'crash_loop', 'x', now(), now(),
                     'rematch-host', 'host:1' from unnest(array[1, 1, 2]) company;
              update calfleet.jobs set dead_letter_id = 1 where id = 1)sql");
    output_of({"jobs", "cancel", "1", "--why", "no"});
    EXPECT_EQ(
        ask("select string_agg(state, ',' order by id) from calfleet.dead_letters"),
        "discarded,discarded,replaying"
    );
}

TEST_F(Jobs, OfAReplayCloseTheirLetterWhenCancelled) {
    run(R"sql(insert into calfleet.dead_letters (letter_key, worker, company_id, state, reason_class, reason,
              first_failed_at, last_failed_at, job_kind, entity) values
              ('00000000-0000-0000-0000-000000000001', 'host-mapper', 1, 'replaying', 'crash_loop', 'x', now(), now(),
               'rematch-host', 'host:1');
              update calfleet.jobs set dead_letter_id = 1 where id = 1)sql");
    output_of({"jobs", "cancel", "1", "--why", "no"});
    EXPECT_EQ(ask("select string_agg(state, ',') from calfleet.dead_letters"), "discarded");
}

} // namespace
} // namespace calfleet::cli
