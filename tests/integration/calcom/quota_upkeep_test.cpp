#include "common/calcom/quota_upkeep.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/integration/calcom/quota_fixture.h"

// What is taken away of rates and breakers, and what stays.
namespace calfleet::calcom {
namespace {

class QuotaUpkeep : public QuotaTest {
protected:
    // Companies 1 to 5 have the keys 1 to 5.
    void bucket(std::int64_t key, const std::string& used, const std::string& changed = "40") {
        database().run(
            "insert into calfleet.rate_buckets (fingerprint, tat, rate_changed_at) values ('" +
            fingerprint_of(key) + "', now() - interval '" + used + " days', now() - interval '" +
            changed + " days')"
        );
    }
    void breaker(const std::string& scope, const std::string& key, const std::string& seen) {
        database().run(
            "insert into calfleet.breakers (scope, key, updated_at) values ('" + scope + "', '" +
            key + "', now() - interval '" + seen + " days')"
        );
    }
    void retire(std::int64_t key, const std::string& days) {
        database().run(
            "update calfleet.calcom_credentials set state = 'retired', sealed = '', retired_at = "
            "now() - interval '" +
            days + " days' where fingerprint = '" + fingerprint_of(key) + "'"
        );
    }
    void maintain() {
        postgres::Session session({.dsn = database().dsn("calfleet_worker")});
        const auto done = maintain_quota(session);
        ASSERT_TRUE(done) << done.error().message;
    }
    std::string buckets() const {
        return ask("select coalesce(string_agg(ltrim(fingerprint, '0'), ' ' order by fingerprint), "
                   "'') from calfleet.rate_buckets");
    }
    std::string breakers() const {
        return ask("select coalesce(string_agg(scope || ' ' || ltrim(key, '0'), ', ' order by "
                   "scope, key), '') from calfleet.breakers");
    }
};

TEST_F(QuotaUpkeep, TakesTheBucketOfAKeyThatNobodyHasHadForTheGraceTime) {
    for (const std::int64_t key : {1, 2, 3, 9})
        bucket(key, "31");
    retire(2, "31");
    retire(3, "29"); // it may be set again tomorrow
    maintain();
    EXPECT_EQ(buckets(), "1 3");
}

TEST_F(QuotaUpkeep, NeverTakesABucketThatWouldComeBackFullerThanItWas) {
    retire(1, "31");
    bucket(1, "-1"); // drained far ahead
    bucket(8, "29"); // used within the grace time, whoever had it
    bucket(9, "31", "1");
    maintain();
    EXPECT_EQ(buckets(), "1 8 9");
    database().run("update calfleet.rate_buckets set tat = now() - interval '31 days', "
                   "rate_changed_at = tat, frozen_until = now() + interval '1 hour'");
    maintain();
    EXPECT_EQ(buckets(), "1 8 9") << "frozen";
}

TEST_F(QuotaUpkeep, LetsAKeyThatIsSetAgainWithinTheGraceTimeFindItsRate) {
    bucket(1, "31");
    database().run("update calfleet.rate_buckets set rate_per_minute = 7");
    retire(1, "29");
    maintain();
    give_key(1, fingerprint_of(1));
    maintain();
    EXPECT_EQ(ask("select rate_per_minute from calfleet.rate_buckets"), "7");
}

TEST_F(QuotaUpkeep, TakesBreakersThatNobodyHasMetForTheGraceTime) {
    breaker("host", "api.cal.com", "1");
    breaker("host", "old.example.com", "31");
    breaker("operation", "old.example.com me.get", "31");
    breaker("credential", fingerprint_of(1), "31"); // in use, though quiet
    breaker("credential", fingerprint_of(9), "31");
    maintain();
    EXPECT_EQ(breakers(), "credential 1, host api.cal.com");
}

TEST_F(QuotaUpkeep, TakesAnOpenBreakerOnlyWhenNobodyCameToProbeIt) {
    breaker("host", "away.example.com", "31");
    breaker("host", "old.example.com", "60");
    database().run("update calfleet.breakers set state = 'open', opened_at = now(), retry_at = "
                   "case key when 'old.example.com' then now() - interval '59 days' else now() end"
    );
    maintain();
    EXPECT_EQ(breakers(), "host away.example.com");
}

TEST_F(QuotaUpkeep, WaitsForNobodyWhoHoldsARow) {
    bucket(8, "31");
    bucket(9, "31");
    postgres::Session holder({.dsn = database().dsn()});
    const auto held = holder.transact(postgres::Access::login(), [&](postgres::Transaction& t) {
        t.exec_text("select from calfleet.rate_buckets where fingerprint like '%8' for update");
        maintain();
        EXPECT_EQ(buckets(), "8");
    });
    EXPECT_TRUE(held);
    maintain();
    EXPECT_EQ(buckets(), "");
}

} // namespace
} // namespace calfleet::calcom
