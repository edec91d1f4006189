// Support staff walk through the hosts that wait: the program with lines, and on a terminal.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/calfleet/mappings_fixture.h"
#include "tests/integration/calfleet/on_terminal.h"
#include "tests/support/wait.h"

namespace calfleet::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class MappingReview : public WaitingHosts {
protected:
    /// Each word is a line of input.
    test_support::Finished
    walk(const std::string& lines, const std::vector<std::string>& options = {}) const {
        std::string command =
            "printf '" + lines + "' | '" + CALFLEET_BIN_DIR + "/calfleet' mapping review";
        for (const std::string& option : options)
            command += " " + option;
        return test_support::run(
            {.argv = {"/bin/sh", "-c", command},
             .environment =
                 {{"CALFLEET_POSTGRES_URL", url()}, {"USER", "anna"}, {"PATH", "/usr/bin:/bin"}},
             .directory = {}},
            std::chrono::seconds{60}
        );
    }
    std::string url() const { return database().dsn("calfleet_operator").reveal_for_use(); }
    std::vector<std::string> program() const {
        return {
            std::string(CALFLEET_BIN_DIR) + "/calfleet",
            "--actor",
            "anna",
            "mapping",
            "review",
            "--company",
            "1"};
    }
};

TEST_F(MappingReview, ShowsTheHostForWhichMostWaitFirst) {
    const auto done = walk("q\\n");
    EXPECT_EQ(done.exit.code, 0) << done.err;
    EXPECT_THAT(
        done.out,
        AllOf(
            HasSubstr("1 of 2   mapping 4, review   company 2"),
            HasSubstr("3 wait   event type 7001"),
            HasSubstr("0 decided, 0 skipped, 0 undone; 2 not looked at")
        )
    );
    const auto company = walk("q\\n", {"--company", "1"});
    EXPECT_THAT(
        company.out,
        AllOf(
            HasSubstr("1 of 1   mapping 1, review   company 1 Nordlicht"),
            HasSubstr("A. Albrecht   -   user name -   key 101"),
            HasSubstr("Bookings  2 wait"),
            HasSubstr("2026-11-19 08:00 to -"),
            HasSubstr("Why       against: an initial is little"),
            HasSubstr("for: the initial fits"),
            HasSubstr("Anna Albrecht  anna@example.com")
        )
    );
}

TEST_F(MappingReview, ApprovesWithAllAppointmentsThatAreToCome) {
    const auto done = walk("1\\n", {"--company", "1", "--why", "talked"});
    EXPECT_EQ(done.exit.code, 0) << done.err;
    EXPECT_THAT(
        done.out,
        AllOf(HasSubstr("linked to staff member 11, 3 appointments moved"), HasSubstr("1 decided"))
    );
    EXPECT_EQ(mapping(1), "active:11:admin:100:anna");
    EXPECT_EQ(
        appointments(),
        "a1:11:mapping a2:11:mapping a3:11:mapping a4:11:name a5:12:manual a6:0:review "
        "b1:0:unmatched c1:12:mapping"
    );
    EXPECT_EQ(audits(), "101 approved anna talked");
}

TEST_F(MappingReview, TakesADecisionBackByWhichAppointmentsMoved) {
    run("insert into platform.calcom_host_mappings (company_id, calcom_host_id, state, source, "
        "staff_version, decided_by, decided_at) values (1, '104', 'review', 'none', 1, "
        "'host-mapper', now())");
    const auto done = walk("1\\nu\\nq\\n", {"--company", "1"});
    EXPECT_EQ(done.exit.code, 0) << done.err;
    EXPECT_THAT(
        done.out,
        AllOf(
            HasSubstr("3 appointments moved; u takes it back."),
            HasSubstr("no longer linked to staff member 11, 3 appointments put back."),
            HasSubstr("0 decided, 0 skipped, 1 undone; 2 not looked at")
        )
    );
    EXPECT_EQ(mapping(1), "review:11:fuzzy:60:anna");
    EXPECT_EQ(appointments(), kAsTheyWere);
    EXPECT_EQ(audits(), "101 approved anna reviewed, 101 undone anna reviewed");
    EXPECT_EQ(
        ask("select count(*) from platform.calcom_host_mapping_audits where action = "
            "'appointment_reassigned' and actor = 'anna'"),
        "3"
    );
    EXPECT_EQ(
        ask("select source from platform.calcom_host_mapping_audits where action = 'undone'"),
        "manual"
    ) << "a person's decision: automatic ones only ask from now on";
}

TEST_F(MappingReview, LeavesAloneWhatAnotherPersonDecidesMeanwhile) {
    OnTerminal terminal(program(), url());
    EXPECT_THAT(terminal.wait_for("q quit"), HasSubstr("mapping 1, review"));
    output_of(
        {"mapping", "assign", "--company", "1", "--host", "101", "--staff", "12", "--actor", "bo"}
    );
    const std::string theirs = appointments();
    terminal.type("1");
    EXPECT_THAT(
        terminal.wait_for("waits no longer"),
        AllOf(
            HasSubstr("mapping 1 was decided meanwhile: active for staff member 12, by bo at "),
            HasSubstr("waits no longer; going on.")
        )
    );
    EXPECT_EQ(terminal.exit_code(), 0);
    EXPECT_EQ(mapping(1), "active:12:manual:100:bo");
    EXPECT_EQ(appointments(), theirs);
}

TEST_F(MappingReview, UndoesNothingThatAnotherPersonHasDecidedSince) {
    run("insert into platform.calcom_host_mappings (company_id, calcom_host_id, state, source, "
        "staff_version, decided_by, decided_at) values (1, '104', 'review', 'none', 1, "
        "'host-mapper', now())");
    OnTerminal terminal(program(), url());
    terminal.wait_for("q quit");
    terminal.forget();
    terminal.type("1");
    terminal.wait_for("q quit");
    output_of(
        {"mapping", "assign", "--company", "1", "--host", "101", "--staff", "12", "--actor", "bo"}
    );
    terminal.forget();
    terminal.type("u");
    EXPECT_THAT(
        terminal.wait_for("q quit"),
        HasSubstr("mapping 1 was decided again meanwhile, by bo: active; nothing was undone")
    );
    terminal.type("q");
    EXPECT_EQ(terminal.exit_code(), 0);
    EXPECT_EQ(mapping(1), "active:12:manual:100:bo");
}

TEST_F(MappingReview, FindsSomebodyElseAndPutsAway) {
    const auto done = walk("a\\nBRUNO brandt\\n1\\n", {"--company", "1"});
    EXPECT_THAT(done.out, HasSubstr("linked to staff member 12, 3 appointments moved")) << done.err;
    EXPECT_EQ(mapping(1), "active:12:manual:100:anna");
    const auto by_number = walk("a\\n11\\n1\\n", {"--company", "1", "--state", "unmatched"});
    EXPECT_THAT(by_number.out, HasSubstr("linked to staff member 11, 1 appointment moved"));
    EXPECT_EQ(mapping(2), "active:11:manual:100:anna");
    const auto away = walk("a\\nAnna\\n\\nd\\n", {"--company", "2"});
    EXPECT_THAT(
        away.out,
        AllOf(
            HasSubstr("Nobody of this company is called 'Anna'"),
            HasSubstr("put away, 0 appointments")
        )
    );
    EXPECT_EQ(mapping(4), "inactive:0:manual:0:anna");
    EXPECT_EQ(
        ask("select count(*) from platform.calcom_host_mappings where calcom_host_id = '201'"), "1"
    ) << "it does not come back at once";
}

TEST_F(MappingReview, ShowsNoControlCharactersOfOthers) {
    const auto done = walk("h\\n\\nq\\n", {"--state", "unmatched"});
    EXPECT_THAT(done.out, AllOf(HasSubstr("Zoe<U+001B>[2J"), Not(HasSubstr("\x1b"))));
    EXPECT_THAT(done.out, HasSubstr("nothing was ever decided for this host"));
}

TEST_F(MappingReview, PutsTheTerminalBackWhenItIsInterrupted) {
    OnTerminal terminal(program(), url());
    ASSERT_TRUE(terminal.is_as_a_shell_wants_it());
    terminal.wait_for("q quit");
    EXPECT_FALSE(terminal.is_as_a_shell_wants_it());
    ASSERT_EQ(::kill(terminal.pid(), SIGINT), 0);
    EXPECT_EQ(terminal.exit_code(), -SIGINT);
    EXPECT_TRUE(terminal.is_as_a_shell_wants_it());
    EXPECT_EQ(mapping(1), "review:11:fuzzy:60:host-mapper");
}

TEST_F(MappingReview, TakesKeysOneByOneOnATerminal) {
    OnTerminal terminal(program(), url());
    terminal.wait_for("q quit");
    terminal.type("\x1b[A"); // an arrow means nothing
    terminal.type("a");
    terminal.wait_for("Esc leaves): ");
    terminal.type("brunox\x7f\r");
    EXPECT_THAT(terminal.wait_for("any other key: back"), HasSubstr("Bruno Brandt"));
    terminal.type("1");
    EXPECT_THAT(terminal.wait_for("not looked at"), HasSubstr("1 decided"));
    EXPECT_EQ(terminal.exit_code(), 0);
    EXPECT_TRUE(terminal.is_as_a_shell_wants_it());
    EXPECT_EQ(mapping(1), "active:12:manual:100:anna");
}

TEST_F(MappingReview, SaysWhatItIsNotFor) {
    EXPECT_THAT(complaint_of({"mapping", "review", "--json"}, 2), HasSubstr("mapping export"));
    run("update platform.calcom_host_mappings set state = 'unmatched' where state = 'review'");
    EXPECT_EQ(output_of({"mapping", "review"}), "no host is in state review\n");
}

/// The counts on the screen are those of the decisions.
TEST_F(MappingReview, CountsWhatItTouchesBesideOtherHostsAsWell) {
    run("insert into platform.appointment_hosts (company_id, calcom_booking_uid, calcom_host_id, "
        "staff_id, assignment, as_of) values "
        "(1, 'c1', '103', 12, 'mapping', now()), (1, 'c1', '101', null, 'review', now()), "
        "(1, 'a1', '101', null, 'review', now())");
    const auto done = walk("1\\n", {"--company", "1"});
    EXPECT_THAT(done.out, HasSubstr("4 appointments moved"));
    EXPECT_THAT(done.out, testing::ContainsRegex("6[0-9] +4\n"));
    EXPECT_EQ(
        ask("select string_agg(concat_ws(':', calcom_booking_uid, calcom_host_id, staff_id), ' ' "
            "order by id) from platform.appointment_hosts"),
        "c1:103:12 c1:101:11 a1:101:11"
    );
}

TEST_F(MappingReview, TakesPlacesBesideOtherHostsBackAsWell) {
    run("insert into platform.calcom_host_mappings (company_id, calcom_host_id, state, source, "
        "staff_version, decided_by, decided_at) values (1, '104', 'review', 'none', 1, "
        "'host-mapper', now()); "
        "insert into platform.appointment_hosts (company_id, calcom_booking_uid, calcom_host_id, "
        "staff_id, assignment, as_of, updated_at) values "
        "(1, 'c1', '103', 12, 'mapping', now(), '2026-01-01'), "
        "(1, 'c1', '101', null, 'review', now(), '2026-01-01'), "
        "(1, 'a4', '101', 11, 'name', now(), '2026-01-01')");
    const auto done = walk("1\\nu\\nq\\n", {"--company", "1"});
    EXPECT_THAT(done.out, HasSubstr("4 appointments put back")) << done.err;
    EXPECT_EQ(
        ask("select string_agg(concat_ws(':', calcom_booking_uid, calcom_host_id, staff_id, "
            "assignment), ' ' order by id) from platform.appointment_hosts"),
        "c1:103:12:mapping c1:101:review a4:101:11:name"
    );
    EXPECT_EQ(appointments(), kAsTheyWere);
    EXPECT_EQ(
        ask("select count(*) from platform.calcom_host_mapping_audits where action = "
            "'appointment_reassigned'"),
        "4"
    );
}

/// What came in between two decisions has been given away by the first: it waits again.
TEST_F(MappingReview, LetsWaitWhatWasAssignedSinceADecisionThatIsTakenBack) {
    run("insert into platform.calcom_host_mappings (company_id, calcom_host_id, state, source, "
        "staff_version, decided_by, decided_at) values (1, '104', 'review', 'none', 1, "
        "'host-mapper', now())");
    OnTerminal terminal(program(), url());
    terminal.wait_for("q quit");
    terminal.forget();
    terminal.type("1");
    terminal.wait_for("q quit");
    run("insert into platform.appointments (company_id, calcom_booking_uid, calcom_host_id, "
        "status, "
        "assignment, staff_id, source_updated_at, starts_at) values (1, 'late', '101', 'accepted', "
        "'mapping', 11, now(), now() + interval '1 day')");
    terminal.forget();
    terminal.type("u");
    EXPECT_THAT(terminal.wait_for("put back"), HasSubstr("4 appointments put back"));
    EXPECT_EQ(appointments(), std::string(kAsTheyWere) + " late:0:review");
}

} // namespace
} // namespace calfleet::cli
