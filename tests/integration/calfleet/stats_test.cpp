#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/calfleet/command_test.h"

// The fleet in figures, as an operator reads them.
namespace calfleet::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Stats : public CommandTest {
protected:
    void prepare() override {
        CommandTest::prepare();
        run(R"sql(
            select set_config('app.calcom_writer', 'test', true);
            update platform.companies set calcom_team_id = id + 40;
            insert into platform.services (id, company_id, name, duration_minutes, calcom_event_type_id, sync_status, sync_error)
                values (1, 1, 'Haircut', 30, 71, 'synced', null), (2, 1, 'Colour', 90, 72, 'error', 'it was dropped'),
                       (3, 2, 'Massage', 60, 74, 'error', 'gone');
            insert into platform.service_divergences (company_id, service_id, field, resolved_at, resolution) values
                (1, 1, 'name', null, null), (1, 1, 'description', null, null), (1, 2, 'name', now(), 'kept'),
                (2, 3, 'name', null, null);
            insert into platform.team_syncs (company_id, mode, reason, event_id, requested_at, ended_at, outcome) values
                (1, 'sync', 'r', 'a', '2026-01-01', '2026-01-01 00:05Z', 'done'),
                (1, 'sync', 'r', 'b', '2026-01-02', '2026-01-02 00:05Z', 'incomplete'),
                (2, 'sync', 'r', 'c', now() - interval '90 minutes', null, null);
            insert into calfleet.sealing_keys (dek_id, company_id, kek_id, wrapped)
                values (gen_random_uuid(), 1, '0123456789abcdef', '');
            insert into calfleet.calcom_credentials (credential_id, company_id, purpose, dek_id, sealed, fingerprint, created_by)
                select gen_random_uuid(), 1, 'api-key', dek_id, '', '00000000000000f1', 't' from calfleet.sealing_keys;
            insert into calfleet.rate_buckets (fingerprint, rate_per_minute) values ('00000000000000f1', 70);
            insert into calfleet.breakers (scope, key, state, opened_at, retry_at)
                values ('host', 'api.cal.com', 'open', now(), now());
            insert into calfleet.jobs (worker, kind, company_id, entity, state, deadline_at, last_class) values
                ('team-syncer', 'sync', 2, 'teams', 'parked', now(), 'no_api_key'),
                ('service-pusher', 'push', 2, 'service:3', 'parked', now(), 'no_api_key');
        )sql");
    }
};

TEST_F(Stats, ShowServicesByStatusAndWhatDiffers) {
    const std::string said = output_of({"stats", "--json"});
    EXPECT_THAT(
        said,
        HasSubstr(
            R"("services":[{"sync_status":"error","services":2},{"sync_status":"synced","services":1}])"
        )
    );
    EXPECT_THAT(said, HasSubstr(R"("open_divergences":3,"services_diverged":2)"));
    EXPECT_THAT(
        output_of({"stats", "--company", "1", "--json"}),
        AllOf(
            HasSubstr(R"({"sync_status":"error","services":1})"),
            HasSubstr(R"("open_divergences":2,"services_diverged":1)")
        )
    );
}

TEST_F(Stats, ShowWhenEachCompanyWasSyncedTheLongestWithoutFirst) {
    const std::string said = output_of({"stats", "--json"});
    EXPECT_THAT(
        said,
        HasSubstr(
            R"("companies_synced":0,"companies_incomplete":1,"companies_failed":0,"companies_never_synced":1)"
        )
    );
    EXPECT_THAT(said, HasSubstr(R"("syncs_waiting":1,"oldest_waiting_hours":1.5)"));
    EXPECT_THAT(
        said,
        HasSubstr(
            R"("companies":[{"company":2,"last_sync":"never","ended":null,"last_complete":null,"waiting_since":"2)"
        )
    );
    EXPECT_THAT(
        said,
        HasSubstr(
            R"({"company":1,"last_sync":"incomplete","ended":"2026-01-02T00:05:00.000000Z","last_complete":"2026-01-01T00:05:00.000000Z","waiting_since":null})"
        )
    );
    EXPECT_THAT(
        output_of({"stats", "--company", "1", "--json"}), Not(HasSubstr(R"({"company":2)"))
    );
}

TEST_F(Stats, ShowKeysBreakersAndWhoWaits) {
    const std::string said = output_of({"stats", "--json"});
    EXPECT_THAT(
        said,
        HasSubstr(
            R"("calcom":{"keys":1,"keys_at_full_rate":0,"keys_slowed":1,"keys_frozen":0,"keys_stopped":0,"open_host_breakers":1,"open_operation_breakers":0})"
        )
    );
    EXPECT_THAT(
        said, HasSubstr(R"("waiting":[{"waiting_for":"no_api_key","companies":1,"jobs":2}])")
    );
    EXPECT_THAT(
        output_of({"stats", "--company", "1"}),
        AllOf(
            HasSubstr("keys slowed"),
            HasSubstr("no work waits for a key, its rate or a breaker"),
            HasSubstr("open divergences")
        )
    );
}

/// Company 1 is large and well assigned, company 2 small and badly.
class StatsOfBookings : public CommandTest {
protected:
    void prepare() override {
        CommandTest::prepare();
        run(R"sql(
            insert into platform.calcom_host_mappings
                (company_id, calcom_host_id, state, source, score, staff_version, decided_by, decided_at, staff_id) values
                (1, '101', 'active', 'email', 95, 1, 'host-mapper', now(), 11),
                (1, '102', 'active', 'name', 90, 1, 'host-mapper', now(), 12),
                (1, '103', 'active', 'admin', 100, 1, 'anna', now(), 12);
            insert into platform.appointments
                (company_id, calcom_booking_uid, calcom_host_id, status, assignment, staff_id, source_updated_at)
            select 1, 'a' || n, '101', 'accepted', case n when 1 then 'email' else 'mapping' end, 11, now()
            from generate_series(1, 800) n
            union all select 1, 'b' || n, '102', 'accepted', case n when 1 then 'name' else 'mapping' end, 12, now()
            from generate_series(1, 100) n
            union all select 1, 'c' || n, '103', 'accepted', 'mapping', 12, now() from generate_series(1, 50) n
            union all select 1, 'd' || n, '104', 'accepted', 'unmatched', null, now() from generate_series(1, 50) n
            union all select 2, 'e' || n, '201', 'accepted', 'mapping', 21, now() from generate_series(1, 15) n
            union all select 2, 'f' || n, '202', 'accepted', 'unmatched', null, now() from generate_series(1, 4) n;
        )sql");
    }
};

TEST_F(StatsOfBookings, CountABookingForWhatHadFoundItsHost) {
    const std::string said = output_of({"stats", "--company", "1", "--json"});
    EXPECT_THAT(said, HasSubstr(R"({"source":"email","bookings":800,"share_percent":80,)"));
    EXPECT_THAT(said, HasSubstr(R"({"source":"name","bookings":100,"share_percent":10,)"));
    EXPECT_THAT(said, HasSubstr(R"({"source":"mapping","bookings":50,"share_percent":5,)"));
    EXPECT_THAT(said, HasSubstr(R"({"source":"unmatched","bookings":50,"share_percent":5,)"));
}

TEST_F(StatsOfBookings, ShowTheCompaniesThatAreAssignedWorst) {
    EXPECT_THAT(output_of({"stats", "--worst", "--json"}), Not(HasSubstr(R"({"company":2)")))
        << "19 bookings tell nothing";
    run("insert into platform.appointments (company_id, calcom_booking_uid, calcom_host_id, "
        "status, "
        "assignment, staff_id, source_updated_at) values (2, 'g', '202', 'accepted', 'unmatched', "
        "null, now())");
    EXPECT_EQ(
        output_of({"stats", "--worst", "--json"}),
        R"({"worst":[{"company":2,"bookings":20,"assigned":15,"assignment_rate_percent":75},{"company":1,"bookings":1000,"assigned":950,"assignment_rate_percent":95}]})"
        "\n"
    );
    EXPECT_THAT(
        output_of({"stats", "--worst", "--limit", "1", "--json"}),
        AllOf(HasSubstr(R"({"company":2)"), Not(HasSubstr(R"({"company":1,)")))
    );
}

} // namespace
} // namespace calfleet::cli
