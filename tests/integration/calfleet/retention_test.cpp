#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "tests/integration/calfleet/command_test.h"

namespace calfleet::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Retention : public CommandTest {
protected:
    void letter(const std::string& state, int days, const std::string& more = "") const {
        run("insert into calfleet.dead_letters (letter_key, worker, company_id, state, "
            "reason_class, reason, "
            "first_failed_at, last_failed_at, decided_at, event_id, record_topic, "
            "record_partition, record_offset, "
            "record_key, record_headers, record_value) select gen_random_uuid(), 'host-mapper', 1, "
            "'" +
            state + "', 'schema', 'x', now() - interval '5000 days', now() - interval '" +
            std::to_string(days) + " days', case when '" + state +
            "' <> 'open' then now() - interval '" + std::to_string(days) +
            " days' end, 'e', 'booking-created', 0, 1, '1:k', "
            "'[{\"name\":\"ce_id\",\"text\":\"e\"}]', 'v'" +
            more);
    }
    std::string letters() const {
        return ask("select coalesce(string_agg(id || ':' || state || ':' || case when record_value "
                   "is null then "
                   "'emptied' else 'whole' end, ' ' order by id), '') from calfleet.dead_letters");
    }
    std::string retain(std::vector<std::string> options = {}) const {
        std::vector<std::string> all{"retention", "run", "--json"};
        all.insert(all.end(), options.begin(), options.end());
        const auto done = calfleet(all);
        return done.exit == test_support::Exit{} ? done.out : done.out + done.err;
    }
};

TEST_F(Retention, EmptiesAndDeletesClosedLettersWhenTheirTimeHasCome) {
    for (const std::string state : {"replayed", "superseded", "discarded"}) {
        letter(state, 29);
        letter(state, 31);
        letter(state, 364);
        letter(state, 366);
    }
    letter("open", 4000);
    letter("replaying", 4000);
    const std::string before = letters();
    EXPECT_THAT(
        retain({"--dry-run"}),
        AllOf(
            HasSubstr(R"({"what":"letters emptied","after_days":"30","would_be":9})"),
            HasSubstr(R"({"what":"letters deleted","after_days":"365","would_be":3})")
        )
    );
    EXPECT_EQ(letters(), before);
    EXPECT_THAT(
        retain(),
        AllOf(
            HasSubstr(R"({"what":"open letters closed","after_days":"never","rows":0})"),
            HasSubstr(R"({"what":"letters emptied","after_days":"30","rows":9})"),
            HasSubstr(R"({"what":"letters deleted","after_days":"365","rows":3})")
        )
    );
    EXPECT_EQ(
        letters(),
        "1:replayed:whole 2:replayed:emptied 3:replayed:emptied 5:superseded:whole "
        "6:superseded:emptied "
        "7:superseded:emptied 9:discarded:whole 10:discarded:emptied 11:discarded:emptied "
        "13:open:whole "
        "14:replaying:whole"
    );
    EXPECT_EQ(
        ask("select record_headers::text || (record_key is null)::text || event_id || reason || "
            "(payload_emptied_at is not "
            "null) from calfleet.dead_letters where id = 2"),
        "[]trueextrue"
    );
    EXPECT_THAT(
        retain(),
        AllOf(
            HasSubstr(R"("letters emptied","after_days":"30","rows":0)"),
            HasSubstr(R"("letters deleted","after_days":"365","rows":0)")
        )
    );
}

TEST_F(Retention, ClosesLettersThatNobodyDecidesAboutOnlyWhenToldTo) {
    letter("open", 400);
    letter("open", 10);
    retain();
    EXPECT_EQ(letters(), "1:open:whole 2:open:whole");
    retain({"--open-letter-days", "36"});
    EXPECT_EQ(letters(), "1:discarded:whole 2:open:whole") << "emptied when its own time has come";
    EXPECT_EQ(
        ask("select decided_by || ': ' || decided_reason || ' ' || decided_login from "
            "calfleet.dead_letters where id = 1"),
        "retention: open for 36 days calfleet_operator"
    );
}

TEST_F(Retention, DeletesCustomersWithoutAnAppointmentInThatTime) {
    run(R"sql(
        insert into platform.customers (id, company_id, customer_key, name, seen_at) overriding system value values
            (1, 1, 'gone@x.de', 'n', now() - interval '2000 days'),
            (2, 1, 'booked-long-ago-for-tomorrow@x.de', 'n', now() - interval '2000 days'),
            (3, 1, 'seen@x.de', 'n', now() - interval '1094 days'),
            (4, 2, 'gone-with-old-appointment@x.de', 'n', now() - interval '1096 days'),
            (5, 1, 'recent-appointment@x.de', 'n', now() - interval '1096 days'),
            (6, 1, 'without-times@x.de', 'n', now() - interval '1096 days'),
            (7, 1, 'has-a-seat-tomorrow@x.de', 'n', now() - interval '1096 days'),
            (8, 1, 'had-a-seat@x.de', 'n', now() - interval '1096 days');
        insert into platform.appointment_attendees (company_id, calcom_booking_uid, person, customer_id, state, seated_at, as_of)
            values (1, 'b', 'customer:7', 7, 'booked', now(), now()), (2, 'd', 'customer:8', 8, 'booked', now(), now()),
                   (1, 'e2', 'customer:8', 8, 'booked', now(), now());
        insert into platform.appointments (id, company_id, calcom_booking_uid, status, assignment, customer_id, starts_at,
                                           ends_at, source_updated_at, updated_at) overriding system value values
            (2, 1, 'b', 'accepted', 'none', 2, now() + interval '1 day', now() + interval '1 day', now(), now()),
            (4, 2, 'd', 'accepted', 'none', 4, now() - interval '1100 days', now() - interval '1096 days', now(), now()),
            (5, 1, 'e', 'accepted', 'none', 5, now() - interval '1100 days', now() - interval '1090 days', now(), now()),
            (6, 1, 'f', 'cancelled', 'none', 6, null, null, now(), now()),
            (7, 1, 'g', 'accepted', 'none', 4, null, null, now(), now()))sql");
    EXPECT_THAT(retain(), HasSubstr(R"("customers deleted","after_days":"1095","rows":3)"));
    EXPECT_EQ(
        ask("select string_agg(id::text, ' ' order by id) from platform.customers"), "2 3 5 6 7"
    );
    EXPECT_EQ(
        ask("select string_agg(coalesce(customer_id::text, 'nobody'), ' ' order by id) from "
            "platform.appointment_attendees"),
        "7 8 nobody"
    ) << "8 is another company's number, too";
    EXPECT_EQ(
        ask("select string_agg(id || ':' || coalesce(customer_id, 0), ' ' order by id) from "
            "platform.appointments"),
        "2:2 4:0 5:5 6:6 7:4"
    ) << "7 is another company's number 4";
}

TEST_F(Retention, DeletesOldAuditsAndHistoriesButForTheNewestOfEach) {
    run(R"sql(
        insert into platform.calcom_host_mappings (id, company_id, calcom_host_id, state, source, staff_version, decided_by,
                                                   decided_at) overriding system value values (1, 1, 'h', 'unmatched', 'none', 1, 't', now()),
                                                                      (2, 1, 'i', 'unmatched', 'none', 1, 't', now());
        insert into platform.calcom_host_mapping_audits (id, company_id, mapping_id, calcom_host_id, action, source, score,
                                                         reasons, actor, at) overriding system value values
            (1, 1, 1, 'h', 'a', 'none', 0, '[]', 't', now() - interval '731 days'),
            (2, 1, 1, 'h', 'a', 'none', 0, '[]', 't', now() - interval '729 days'),
            (3, 1, 2, 'i', 'a', 'none', 0, '[]', 't', now() - interval '9000 days'),
            (4, 1, 2, 'i', 'a', 'none', 0, '[]', 't', now() - interval '8000 days');
        insert into platform.services (id, company_id, name) values (1, 1, 's');
        insert into platform.service_sync_history (id, company_id, service_id, at, actor, direction, version, outcome) overriding system value values
            (1, 1, 1, now() - interval '366 days', 't', 'push', 1, 'changed'),
            (2, 1, 1, now() - interval '366 days', 't', 'push', 1, 'changed'),
            (3, 1, 1, now() - interval '364 days', 't', 'push', 1, 'changed');
        insert into platform.service_divergences (id, company_id, service_id, field, resolved_at, resolution) overriding system value values
            (1, 1, 1, 'a', now() - interval '366 days', 'agreed'), (2, 1, 1, 'b', now() - interval '364 days', 'agreed'),
            (3, 1, 1, 'c', null, null);
        insert into platform.team_syncs (id, company_id, mode, reason, event_id, requested_at, ended_at, outcome) overriding system value values
            (1, 1, 'sync', 'r', 'e', now(), now() - interval '91 days', 'done'),
            (2, 1, 'sync', 'r', 'e', now(), now() - interval '91 days', 'failed'),
            (3, 1, 'sync', 'r', 'e', now(), now() - interval '91 days', 'done'),
            (4, 1, 'sync', 'r', 'e', now() - interval '900 days', null, null);
        insert into calfleet.erasures (company_id, digest, actor, counts, erased_at) values
            (1, sha256('a'), 't', '{}', now() - interval '91 days'), (1, sha256('b'), 't', '{}', now() - interval '89 days'))sql"
    );
    retain();
    const auto left = [&](const std::string& table) {
        return ask("select string_agg(id::text, ' ' order by id) from " + table);
    };
    EXPECT_EQ(left("platform.calcom_host_mapping_audits"), "2 4");
    EXPECT_EQ(left("platform.service_sync_history"), "3");
    EXPECT_EQ(left("platform.service_divergences"), "2 3");
    EXPECT_EQ(left("platform.team_syncs"), "2 3 4");
    EXPECT_EQ(
        ask("select string_agg((digest is not null)::text, ' ' order by id) from calfleet.erasures"
        ),
        "false true"
    );
}

/// What the alert about runs that nobody schedules looks at.
TEST_F(Retention, RemembersItsLastCompleteRunAndWhoRanIt) {
    const auto state = [&] {
        return ask("select coalesce((ended_at > now() - interval '1 minute')::text, '-') || ' ' || "
                   "coalesce(actor || ' ' || login, '-') from calfleet.retention_state");
    };
    retain({"--dry-run"});
    retain({"--letter-days", "1"});
    EXPECT_EQ(state(), "- -") << "neither a count nor a refusal is a run";
    run("revoke delete on platform.team_syncs from calfleet_operator");
    retain();
    EXPECT_EQ(state(), "- -") << "nor is one that failed half-way";
    run("grant delete on platform.team_syncs to calfleet_operator");
    retain();
    EXPECT_EQ(state(), "true anna calfleet_operator");
    EXPECT_EQ(ask("select count(*) from calfleet.retention_state"), "1");
}

TEST_F(Retention, KeepsEverythingForEverWhenToldTo) {
    letter("replayed", 4000);
    run("insert into platform.customers (company_id, customer_key, name, seen_at) values (1, 'a', "
        "'n', '1970-01-01')");
    retain({"--letter-payload-days", "0", "--letter-days", "0", "--customer-days", "0"});
    EXPECT_EQ(letters(), "1:replayed:whole");
    EXPECT_EQ(ask("select count(*) from platform.customers"), "1");
    retain({"--letter-payload-days", "36500", "--letter-days", "36500", "--customer-days", "36500"}
    );
    EXPECT_EQ(letters(), "1:replayed:whole");
    retain({"--letter-payload-days", "1", "--letter-days", "36", "--customer-days", "36"});
    EXPECT_EQ(letters(), "");
    EXPECT_EQ(ask("select count(*) from platform.customers"), "0");
}

TEST_F(Retention, RefusesWhatIsNoNumberOfDaysAndWhatContradictsItself) {
    letter("replayed", 4000);
    for (const std::string option :
         {"--letter-payload-days",
          "--letter-days",
          "--open-letter-days",
          "--audit-days",
          "--history-days",
          "--divergence-days",
          "--team-sync-days",
          "--customer-days"})
        for (const std::string value : {"-1", "36501", "x", "1.5", "", "99999999999999999999"})
            EXPECT_EQ(calfleet({"retention", "run", option + "=" + value}).exit.code, 2)
                << option << value;
    for (const std::string option : {"--letter-days", "--open-letter-days", "--customer-days"})
        EXPECT_EQ(calfleet({"retention", "run", option, "35"}).exit.code, 2) << option;
    const auto longer =
        calfleet({"retention", "run", "--letter-payload-days", "100", "--letter-days", "50"});
    EXPECT_EQ(longer.exit.code, 2);
    EXPECT_THAT(longer.err, HasSubstr("longer than the letters themselves stay"));
    EXPECT_EQ(calfleet({"retention", "run", "--letter-payload-days", "0"}).exit.code, 2);
    EXPECT_EQ(letters(), "1:replayed:whole") << "refused before anything was touched";
}

TEST_F(Retention, LeavesNothingOfAnEmptiedLetterThatAReplayCouldSend) {
    letter("open", 1);
    run("update calfleet.dead_letters set record_key = null, record_headers = '[]', record_value = "
        "null, "
        "payload_emptied_at = now()");
    EXPECT_EQ(output_of({"dlq", "replay", "--json"}), "{\"sent\":0}\n");
    EXPECT_EQ(letters(), "1:open:emptied");
    EXPECT_EQ(ask("select count(*) from calfleet.outbox"), "0");
}

TEST_F(Retention, TakesSmallStepsThroughLargeTables) {
    letter("replayed", 100, " from generate_series(1, 30000)");
    const auto began = std::chrono::steady_clock::now();
    EXPECT_THAT(retain(), HasSubstr(R"("letters emptied","after_days":"30","rows":30000)"));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    RecordProperty("seconds_for_30000_letters", std::to_string(took.count()));
    EXPECT_EQ(ask("select count(distinct xmin::text) >= 15 from calfleet.dead_letters"), "t");
}

} // namespace
} // namespace calfleet::cli
