#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/calfleet/command_test.h"

// What the operator sees of rates and breakers, and what a reset does.
namespace calfleet::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Quota : public CommandTest {
protected:
    void prepare() override {
        CommandTest::prepare();
        run("insert into calfleet.sealing_keys (dek_id, company_id, kek_id, wrapped) "
            "values (gen_random_uuid(), 1, '0123456789abcdef', ''); "
            "insert into calfleet.calcom_credentials "
            "(credential_id, company_id, purpose, dek_id, sealed, fingerprint, created_by) "
            "select gen_random_uuid(), 1, 'api-key', dek_id, '', '00000000000000f1', 't' from "
            "calfleet.sealing_keys; "
            "insert into calfleet.rate_buckets (fingerprint, tat, grants, rate_per_minute) values "
            "('00000000000000f1', now(), 42, 115.5)");
    }
    std::string quota() const { return output_of({"quota", "--json"}); }
    void open(const std::string& scope, const std::string& key) const {
        run("insert into calfleet.breakers (scope, key, state, reason, opened_at, retry_at) values "
            "('" +
            scope + "', '" + key + "', 'open', 'it was so', now(), now() + interval '5 minutes')");
    }
    void park(int company, const std::string& reason) const {
        run("insert into calfleet.jobs (worker, kind, company_id, entity, state, run_at, "
            "deadline_at, last_class) "
            "values ('service-pusher', 'push', " +
            std::to_string(company) +
            ", gen_random_uuid(), 'parked', now() + interval '1 hour', now() + interval '2 days', "
            "'" +
            reason + "')");
    }
    std::string parked() const {
        return ask("select coalesce(string_agg(last_class, ',' order by last_class), '') from "
                   "calfleet.jobs where state = 'parked'");
    }
};

TEST_F(Quota, ShowsWhatEachKeyMayDoAndWhoHasNone) {
    park(2, "no_api_key");
    const std::string said = quota();
    EXPECT_THAT(
        said,
        HasSubstr(
            R"("company":1,"name":"Nordlicht","key":"00000000000000f1","state":"full","until":null,"ready":)"
        )
    );
    EXPECT_THAT(said, HasSubstr(R"("granted":42)"));
    EXPECT_THAT(said, HasSubstr(R"("company":2,"name":"Südwind","key":null,"state":"no key")"));
    EXPECT_THAT(said, HasSubstr(R"("jobs_waiting":1)"));
    EXPECT_THAT(output_of({"quota", "--company", "2", "--json"}), Not(HasSubstr("Nordlicht")));
    EXPECT_THAT(complaint_of({"quota", "--company", "9"}, 3), HasSubstr("there is no company 9"));
}

TEST_F(Quota, SaysWhyAKeyWaits) {
    run("update calfleet.rate_buckets set tat = now() + interval '10 seconds'");
    EXPECT_THAT(quota(), HasSubstr(R"("state":"full","until":null,"ready":0)"));
    run("update calfleet.rate_buckets set tat = now(), rate_per_minute = 50");
    EXPECT_THAT(quota(), HasSubstr(R"("state":"slowed","until":null,"ready":4)"));
    run("update calfleet.rate_buckets set ceiling = 42, ceiling_until = now() + interval '30 "
        "seconds'");
    EXPECT_THAT(quota(), HasSubstr(R"("state":"slowed","until":"2)"));
    EXPECT_THAT(quota(), HasSubstr(R"("ready":0)")) << "the remote's count is used up";
    run("update calfleet.rate_buckets set frozen_until = now() + interval '60 seconds'");
    EXPECT_THAT(quota(), HasSubstr(R"("state":"frozen","until":"2)"));
    open("credential", "00000000000000f1");
    EXPECT_THAT(quota(), HasSubstr(R"("state":"stopped","until":"2)"));
}

TEST_F(Quota, NeverShowsMoreReadyCallsThanAKeyIsGranted) {
    run("update calfleet.rate_buckets set limit_per_minute = 500");
    EXPECT_THAT(quota(), HasSubstr(R"("ready":4,)")) << "the burst of 120, not of 500";
}

TEST_F(Quota, BreakersAreListedWithTheCompaniesTheyStop) {
    EXPECT_THAT(output_of({"breaker", "list"}), HasSubstr("no breaker has seen a call yet"));
    open("credential", "00000000000000f1");
    run("insert into calfleet.breakers (scope, key, slot, calls, failures) values ('host', "
        "'api.cal.com', "
        "extract(epoch from now())::bigint / 10, '{5,4,0,0,0,0}', '{1,0,0,0,0,0}')");
    const std::string said = output_of({"breaker", "list", "--json"});
    EXPECT_THAT(
        said,
        HasSubstr(
            R"("scope":"credential","key":"00000000000000f1","companies":"1","state":"open","reason":"it was so")"
        )
    );
    EXPECT_THAT(said, HasSubstr(R"("calls":9,"failures":1)"));
}

TEST_F(Quota, AResetClosesABreakerAndWakesTheWorkItParked) {
    open("credential", "00000000000000f1");
    open("host", "api.cal.com");
    park(1, "credential_breaker");
    park(2, "credential_breaker");
    park(1, "host_breaker");
    EXPECT_THAT(
        output_of(
            {"breaker", "reset", "--scope", "credential", "--key", "00000000000000f1", "--json"}
        ),
        HasSubstr(R"("breakers":1,"jobs_woken":1)")
    );
    EXPECT_EQ(parked(), "credential_breaker,host_breaker"); // another company's, and another reason
    EXPECT_EQ(ask("select state from calfleet.breakers where scope = 'host'"), "open");
    EXPECT_THAT(
        output_of({"breaker", "reset", "--all", "--json"}),
        HasSubstr(R"("breakers":2,"jobs_woken":1)")
    );
    EXPECT_EQ(parked(), "credential_breaker");
}

TEST_F(Quota, AResetOfNothingSaysSo) {
    EXPECT_THAT(
        complaint_of({"breaker", "reset", "--scope", "host", "--key", "nowhere"}, 3),
        HasSubstr("there is no breaker host nowhere; see calfleet breaker list")
    );
    EXPECT_THAT(
        complaint_of({"breaker", "reset"}, 2),
        HasSubstr("give --scope, and --key for one of them, or --all")
    );
    EXPECT_THAT(complaint_of({"breaker", "reset", "--scope", "planet"}, 2), HasSubstr("planet"));
}

} // namespace
} // namespace calfleet::cli
