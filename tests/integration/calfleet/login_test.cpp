// Audits name the login that the server knows, whatever is typed as the actor.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/calfleet/command_test.h"

namespace calfleet::cli {
namespace {

using testing::HasSubstr;

class Logins : public CommandTest {
protected:
    void prepare() override {
        CommandTest::prepare();
        petra_ = "petra_" + database().name();
        run("create role " + petra_ +
            " login in role calfleet_operator;"
            "insert into platform.calcom_host_mappings (id, company_id, calcom_host_id, state, "
            "staff_id, source, "
            "staff_version, decided_by, decided_at) overriding system value values (1, 1, 'h', "
            "'review', 11, 'fuzzy', 1, "
            "'host-mapper', now());"
            "insert into platform.services (id, company_id, name, calcom_event_type_id) values (1, "
            "1, 's', 7);"
            "insert into calfleet.dead_letters (letter_key, worker, company_id, reason_class, "
            "reason, first_failed_at, "
            "last_failed_at) select gen_random_uuid(), 'host-mapper', 1, 'schema', 'x', now(), "
            "now() "
            "from generate_series(1, 3)");
    }
    void TearDown() override { run("drop owned by " + petra_ + "; drop role " + petra_); }
    test_support::Finished as_petra(std::vector<std::string> arguments) const {
        arguments.insert(
            arguments.begin(),
            {"--postgres", database().dsn(petra_).reveal_for_use(), "--actor", "chief"}
        );
        return calfleet(arguments);
    }

    std::string petra_;
};

TEST_F(Logins, StandInAuditsBesideTheActorThatWasTyped) {
    EXPECT_EQ(as_petra({"mapping", "approve", "1"}).exit.code, 0);
    EXPECT_EQ(
        ask("select actor || ' ' || login from platform.calcom_host_mapping_audits"),
        "chief " + petra_
    );
    EXPECT_THAT(
        output_of({"mapping", "history", "1", "--json"}),
        HasSubstr(R"("actor":"chief","login":")" + petra_ + "\"")
    );
    EXPECT_EQ(as_petra({"service", "push", "--service", "1"}).exit.code, 0);
    EXPECT_EQ(
        ask("select actor || ' ' || login from platform.service_sync_history"),
        "operator:chief " + petra_
    );
    EXPECT_THAT(
        output_of({"service", "history", "--service", "1", "--json"}),
        HasSubstr(R"("login":")" + petra_ + "\"")
    );
}

TEST_F(Logins, StandBesideWhoDecidedAboutALetterAndStayWhenAWorkerSettlesIt) {
    EXPECT_EQ(as_petra({"dlq", "discard", "--id", "1", "--why", "x"}).exit.code, 0);
    const auto decided = [&](const std::string& id) {
        return ask(
            "select coalesce(decided_by, '-') || ' ' || coalesce(decided_login, '-') from "
            "calfleet.dead_letters "
            "where id = " +
            id
        );
    };
    EXPECT_EQ(decided("1"), "chief " + petra_);
    EXPECT_THAT(
        output_of({"dlq", "show", "1", "--json"}), HasSubstr(R"("decided_login":")" + petra_)
    );
    // A replay is begun by a person and ended by the worker.
    const std::string as_operator = "set local session authorization calfleet_operator; ";
    const std::string as_worker =
        "set local session authorization calfleet_worker; set local app.company_ids = '1'; ";
    run(as_operator +
        "update calfleet.dead_letters set state = 'replaying', replay_run = gen_random_uuid(), "
        "decided_by = 'anna' where id = 2");
    run(as_worker +
        "update calfleet.dead_letters set state = 'replayed', decided_at = now(), decided_by = "
        "coalesce(decided_by, 'replay') where id = 2");
    EXPECT_EQ(decided("2"), "anna calfleet_operator");
    EXPECT_EQ(decided("3"), "- -");
}

TEST_F(Logins, CannotBeChosenBySqlEither) {
    const std::string as_operator = "set local session authorization calfleet_operator; ";
    run(as_operator + "insert into platform.calcom_host_mapping_audits (company_id, mapping_id, "
                      "calcom_host_id, action, "
                      "source, score, reasons, actor, at, login) values (1, 1, 'h', 'a', 'none', "
                      "0, '[]', 'x', now(), "
                      "'chief'); insert into platform.service_sync_history (company_id, "
                      "service_id, actor, direction, "
                      "version, outcome, login) values (1, 1, 'x', 'push', 1, 'skipped', 'chief');"
                      "update calfleet.dead_letters set decided_login = 'chief' where id = 1;"
                      "update calfleet.dead_letters set state = 'discarded', decided_by = 'x', "
                      "decided_login = 'chief' "
                      "where id = 2; insert into calfleet.erasures (company_id, actor, counts, "
                      "login) values (1, 'x', "
                      "'{}', 'chief')");
    EXPECT_EQ(
        ask("select string_agg(login, ' ') from (select login from "
            "platform.calcom_host_mapping_audits union all "
            "select login from platform.service_sync_history union all select login from "
            "calfleet.erasures union all "
            "select decided_login from calfleet.dead_letters) x"),
        "calfleet_operator calfleet_operator calfleet_operator calfleet_operator"
    );
}

} // namespace
} // namespace calfleet::cli
