// What the alerts look at, read from a real database as housekeeping reads it.

#include "workers/team-syncer/fleet_gauges.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/integration/postgres/database.h"

namespace calfleet::team_syncer {
namespace {

class FleetGaugesTest : public postgres::PostgresTest {
protected:
    void prepare() override {
        database().migrate();
        // Company 4 is switched off, 5 has no team.
        database().run(R"sql(
            insert into platform.companies (id, name, calcom_team_id, is_active) values
                (1, 'a', 11, true), (2, 'b', 12, true), (3, 'c', 13, true), (4, 'd', 14, false), (5, 'e', null, true);
            delete from calfleet.outbox;
        )sql");
    }
    void give_key(int company, const std::string& fingerprint, const std::string& bucket = "") {
        const std::string number = std::to_string(company);
        database().run(
            "with dek as (insert into calfleet.sealing_keys (dek_id, company_id, kek_id, wrapped) "
            "values (gen_random_uuid(), " +
            number +
            ", '0123456789abcdef', '') returning dek_id) insert into calfleet.calcom_credentials "
            "(credential_id, company_id, purpose, dek_id, sealed, fingerprint, created_by) select "
            "gen_random_uuid(), " +
            number + ", 'api-key', dek_id, '', '" + fingerprint + "', 't' from dek"
        );
        if (!bucket.empty())
            database().run(
                "insert into calfleet.rate_buckets (fingerprint, rate_per_minute, frozen_until) "
                "values ('" +
                fingerprint + "', " + bucket + ")"
            );
    }
    void open(const std::string& scope, const std::string& key) {
        database().run(
            "insert into calfleet.breakers (scope, key, state, opened_at, retry_at) values ('" +
            scope + "', '" + key + "', 'open', now(), now())"
        );
    }
    void park(int company, const std::string& reason) {
        database().run(
            "insert into calfleet.jobs (worker, kind, company_id, entity, state, deadline_at, "
            "last_class) values ('w', 'k', " +
            std::to_string(company) + ", gen_random_uuid(), 'parked', now(), '" + reason + "')"
        );
    }
    /// A sync requested `hours` ago; outcome empty: it has not ended.
    void
    synced(int company, const std::string& outcome, int hours, const std::string& mode = "sync") {
        const std::string at = "now() - interval '" + std::to_string(hours) + " hours'";
        const std::string end = outcome.empty() ? "null, null" : at + ", '" + outcome + "'";
        database().run(
            "insert into platform.team_syncs (company_id, mode, reason, event_id, requested_at, "
            "ended_at, outcome) values (" +
            std::to_string(company) + ", '" + mode + "', 'r', 'e', " + at + ", " + end + ")"
        );
    }
    void refresh() {
        postgres::Session session({.dsn = database().dsn("calfleet_team_syncer")});
        const auto done = gauges_.refresh(session);
        ASSERT_TRUE(done) << done.error().message;
    }
    double keys(std::string_view state) { return registry_.gauge(kKeys, {state}).value(); }
    double breakers(std::string_view scope) {
        return registry_.gauge(kOpenBreakers, {scope}).value();
    }
    double waiting(std::string_view reason) {
        return registry_.gauge(kWaitingCompanies, {reason}).value();
    }
    double companies(std::string_view outcome) {
        return registry_.gauge(kSyncedCompanies, {outcome}).value();
    }
    double value(const metrics::Definition& definition) {
        return registry_.gauge(definition).value();
    }

private:
    metrics::Registry registry_{"team-syncer"};
    FleetGauges gauges_{registry_};
};

TEST_F(FleetGaugesTest, SayOfEveryKeyInUseTheWorstThatHolds) {
    give_key(1, "000000000000000a", "115.5, '-infinity'");
    give_key(2, "000000000000000b", "70, '-infinity'");
    give_key(3, "000000000000000c", "70, now() + interval '1 minute'");
    give_key(4, "000000000000000d", "70, '-infinity'"); // of nobody who is active
    give_key(5, "000000000000000e", "70, now() + interval '1 minute'");
    open("credential", "000000000000000e");
    open("credential", "00000000000000ff"); // of a key that nobody has any more
    refresh();
    EXPECT_EQ(keys("full"), 1);
    EXPECT_EQ(keys("slowed"), 1);
    EXPECT_EQ(keys("frozen"), 1);
    EXPECT_EQ(keys("stopped"), 1);
    EXPECT_EQ(breakers("credential"), 1);
}

TEST_F(FleetGaugesTest, CountAKeyThatCompaniesShareOnceAndOneWithoutCallsAsFull) {
    give_key(1, "000000000000000a");
    give_key(2, "000000000000000a");
    refresh();
    EXPECT_EQ(keys("full"), 1);
    EXPECT_EQ(keys("slowed") + keys("frozen") + keys("stopped"), 0);
}

TEST_F(FleetGaugesTest, CountCompaniesNotJobsByWhatTheyWaitFor) {
    open("host", "api.cal.com");
    open("operation", "api.cal.com event-type.patch");
    for (const int company : {1, 1, 2})
        park(company, "no_api_key");
    park(3, "host_breaker");
    park(3, "schema"); // none of Cal.com's
    refresh();
    EXPECT_EQ(breakers("host"), 1);
    EXPECT_EQ(breakers("operation"), 1);
    EXPECT_EQ(waiting("no_api_key"), 2);
    EXPECT_EQ(waiting("host_breaker"), 1);
    database().run("delete from calfleet.jobs; delete from calfleet.breakers");
    refresh();
    EXPECT_EQ(waiting("no_api_key"), 0);
    EXPECT_EQ(breakers("host"), 0);
}

TEST_F(FleetGaugesTest, JudgeACompanyByItsLastSyncOfAllTeams) {
    synced(1, "done", 30);
    synced(1, "incomplete", 3);
    synced(1, "done", 2, "check"); // changed nothing
    synced(2, "failed", 50);
    synced(2, "done", 26);
    synced(4, "failed", 1); // switched off
    refresh();
    EXPECT_EQ(companies("done"), 1);
    EXPECT_EQ(companies("incomplete"), 1);
    EXPECT_EQ(companies("failed"), 0);
    EXPECT_EQ(companies("never"), 1);
    EXPECT_NEAR(value(kStalest), 30 * 3600, 60);
    EXPECT_EQ(value(kSyncRequests), 0);
    EXPECT_EQ(value(kOldestRequest), 0);
}

TEST_F(FleetGaugesTest, ShowTheAgeOfARequestThatDoesNotEnd) {
    synced(1, "", 5);
    synced(2, "", 1, "check");
    refresh();
    EXPECT_EQ(value(kSyncRequests), 2);
    EXPECT_NEAR(value(kOldestRequest), 5 * 3600, 60);
    EXPECT_TRUE(std::isnan(value(kStalest)));
}

/// Nobody else notices that nobody has it run.
TEST_F(FleetGaugesTest, ShowHowLongAgoRetentionRanOrTheFleetWasInstalled) {
    EXPECT_TRUE(std::isnan(value(kRetentionAge)));
    refresh();
    EXPECT_NEAR(value(kRetentionAge), 0, 60) << "young fleets have nothing to end";
    database().run("update calfleet.retention_state set installed_at = now() - interval '4 days'");
    refresh();
    EXPECT_NEAR(value(kRetentionAge), 4 * 86400, 60);
    database().run("update calfleet.retention_state set ended_at = now() - interval '5 hours'");
    refresh();
    EXPECT_NEAR(value(kRetentionAge), 5 * 3600, 60);
}

} // namespace
} // namespace calfleet::team_syncer
