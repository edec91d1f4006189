#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/calfleet/command_test.h"

namespace calfleet::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Companies : public CommandTest {};
class StaffImport : public CommandTest {};
class ExitCodes : public CommandTest {};

TEST_F(Companies, AreListedAsATableAndAsJson) {
    EXPECT_EQ(
        output_of({"company", "list"}),
        "id  name       active  time zone      auto threshold  staff  active staff  appointments\n"
        "--  ---------  ------  -------------  --------------  -----  ------------  ------------\n"
        " 1  Nordlicht  yes     Europe/Berlin              75      3             2             0\n"
        " 2  Südwind    yes     Europe/Berlin              75      1             1             0\n"
    );
    EXPECT_THAT(
        output_of({"company", "list", "--json"}),
        StartsWith(R"([{"id":1,"name":"Nordlicht","active":true,"time_zone":"Europe/Berlin",)")
    );
}

TEST_F(Companies, AreAddedWithTheirNumber) {
    EXPECT_EQ(
        output_of({"company", "add", "Westküste", "--auto-threshold", "80", "--json"}),
        R"({"id":101,"name":"Westküste","time_zone":"Europe/Berlin","auto_threshold":80})"
        "\n"
    );
    EXPECT_THAT(
        calfleet({"company", "add", "x", "--time-zone", "Mars/Base"}).err,
        HasSubstr("'Mars/Base' is no time zone; expected an IANA name")
    );
    EXPECT_EQ(calfleet({"company", "add", " "}).exit.code, 2);
    EXPECT_EQ(calfleet({"company", "add", "x", "--auto-threshold", "101"}).exit.code, 2);
}

constexpr auto kStaff = "reference,name,email,branch,is_active\n"
                        "a,Anna Albrecht,anna@example.com,,yes\n"
                        "b,Bruno Brandt-Meier,bruno@example.com,Mitte,yes\n"
                        "n,Nele Nord,,Mitte,yes\n";

TEST_F(StaffImport, BringsTheTableToTheStateOfTheFileAndTwiceChangesNothing) {
    const std::string path = file("staff.csv", kStaff);
    EXPECT_EQ(
        output_of({"staff", "import", path, "--company", "1", "--json"}),
        R"({"dry_run":false,"inserted":1,"updated":1,"deactivated":0,"unchanged":1,)"
        R"("branches_added":1,"rematches_queued":0})"
        "\n"
    );
    const std::string version = ask("select staff_version from platform.companies where id = 1");
    EXPECT_THAT(
        output_of({"staff", "import", path, "--company", "1", "--json"}),
        HasSubstr(R"("inserted":0,"updated":0,"deactivated":0,"unchanged":3)")
    );
    EXPECT_EQ(ask("select staff_version from platform.companies where id = 1"), version);
    EXPECT_EQ(
        ask("select b.name from platform.staff s join platform.branches b on b.id = s.branch_id "
            "where s.reference = 'b'"),
        "Mitte"
    );
}

TEST_F(StaffImport, ChangesNothingInADryRunAndSaysWhatItWould) {
    const std::string path = file("staff.csv", kStaff);
    EXPECT_THAT(
        output_of({"staff", "import", path, "--company", "1", "--dry-run", "--json"}),
        HasSubstr(R"({"dry_run":true,"inserted":1,"updated":1)")
    );
    EXPECT_EQ(ask("select count(*) from platform.staff where company_id = 1"), "3");
    EXPECT_EQ(ask("select count(*) from platform.branches"), "0");
}

TEST_F(StaffImport, DeactivatesWhoIsMissingOnlyWhenTold) {
    const std::string path =
        file("staff.csv", "reference,name,email\na,Anna Albrecht,anna@example.com\n");
    EXPECT_THAT(
        output_of({"staff", "import", path, "--company", "1", "--json"}),
        HasSubstr(R"("deactivated":0,"unchanged":1)")
    );
    EXPECT_THAT(
        output_of({"staff", "import", path, "--company", "1", "--deactivate-missing", "--json"}),
        HasSubstr(R"("deactivated":1)")
    );
    EXPECT_EQ(ask("select count(*) from platform.staff where is_active"), "2")
        << "Anna, and Dora of the other company";
}

TEST_F(StaffImport, AsksForAnotherLookAtHostsThatWait) {
    run(R"sql(insert into platform.calcom_host_mappings
        (company_id, calcom_host_id, state, source, staff_version, decided_by, decided_at, staff_id) values
        (1, '101', 'unmatched', 'none', 1, 'x', now(), null), (1, '102', 'review', 'fuzzy', 1, 'x', now(), 11),
        (1, '103', 'active', 'email', 1, 'x', now(), 11), (2, '104', 'unmatched', 'none', 1, 'x', now(), null))sql"
    );
    const std::string path = file("staff.csv", kStaff);
    EXPECT_THAT(
        output_of({"staff", "import", path, "--company", "1", "--json"}),
        HasSubstr(R"("rematches_queued":2)")
    );
    EXPECT_EQ(
        ask("select string_agg(entity || ' ' || kind || ' ' || worker || ' ' || coalesced, ', ' "
            "order by entity) "
            "from calfleet.jobs"),
        "host:101 rematch-host host-mapper true, host:102 rematch-host host-mapper true"
    );
    // Asked for again while the first are still queued: no second row.
    run("update platform.staff set name = 'Anna' where id = 11");
    output_of({"staff", "import", path, "--company", "1"});
    EXPECT_EQ(ask("select count(*) from calfleet.jobs"), "2");
}

TEST_F(StaffImport, ImportsNothingOfAFileWithAMistake) {
    const std::string path = file("staff.csv", "reference,name,email\nx,Xaver,\ny,Yara,nonsense\n");
    const auto done = calfleet({"staff", "import", path, "--company", "1"});
    EXPECT_EQ(done.exit.code, 2);
    EXPECT_THAT(done.err, HasSubstr("line 3: email: 'nonsense' is no address"));
    EXPECT_EQ(ask("select count(*) from platform.staff"), "4");
}

TEST_F(ExitCodes, SayWhatKindOfFailureItWas) {
    const std::string path = file("staff.csv", kStaff);
    EXPECT_EQ(calfleet({"--help"}).exit.code, 0);
    EXPECT_EQ(calfleet({"comapny", "list"}).exit.code, 2);
    EXPECT_EQ(calfleet({"staff", "import", path}).exit.code, 2) << "--company is missing";
    EXPECT_EQ(calfleet({"staff", "import", path, "--company", "77"}).exit.code, 3);
    EXPECT_EQ(calfleet({"staff", "import", "/nonexistent.csv", "--company", "1"}).exit.code, 3);
    EXPECT_EQ(calfleet({"mapping", "approve", "77"}).exit.code, 3);
    const auto unset = calfleet({"--postgres", "", "company", "list"});
    EXPECT_EQ(unset.exit.code, 78);
    EXPECT_THAT(unset.err, HasSubstr("CALFLEET_POSTGRES_URL is not set"));
    const auto away = calfleet({"--postgres", "host=127.0.0.1 port=1", "company", "list"});
    EXPECT_EQ(away.exit.code, 1);
    const auto nobroker = calfleet({"topics", "apply"});
    EXPECT_EQ(nobroker.exit.code, 78);
    EXPECT_THAT(nobroker.err, HasSubstr("CALFLEET_KAFKA_BROKERS is not set"));
}

TEST_F(ExitCodes, AreInTheHelpAndEveryCommandHasExamplesOrADescription) {
    EXPECT_THAT(output_of({"--help"}), HasSubstr("78 a setting is missing"));
    for (const auto& [group, verb] : std::initializer_list<std::pair<std::string, std::string>>{
             {"topics", "apply"},
             {"company", "add"},
             {"staff", "import"},
             {"mapping", "list"},
             {"mapping", "approve"},
             {"mapping", "assign"},
             {"mapping", "deactivate"},
             {"mapping", "history"},
             {"mapping", "try"},
             {"appointment", "reassign"},
             {"jobs", "list"},
             {"jobs", "retry"},
             {"jobs", "cancel"},
             {"dlq", "list"},
             {"dlq", "show"},
             {"dlq", "replay"},
             {"dlq", "discard"},
             {"positions", "list"},
             {"positions", "reset"}})
        EXPECT_THAT(output_of({group, verb, "--help"}), HasSubstr("Example")) << group << verb;
    for (const std::string command : {"migrate", "publish", "stats"})
        EXPECT_THAT(output_of({command, "--help"}), HasSubstr("Example")) << command;
}

TEST_F(ExitCodes, OfTheMigratorComeWithTheEventsThatADumpBrought) {
    run("insert into calfleet.outbox (shard, topic, record_headers, record_value, xid) select n % "
        "16, 'events', '[]', n::text::bytea, (4000000000 - n)::text::xid8 from generate_series(1, "
        "3000) n; insert into calfleet.outbox (shard, topic, record_headers, record_value) values "
        "(3, 'events', '[]', '0')");
    const std::string folder = std::string(CALFLEET_SOURCE_DIR) + "/migrations";
    EXPECT_THAT(
        output_of({"migrate", "--migrations", folder, "--json"}),
        HasSubstr(R"("outbox_rows_restamped":3000)")
    );
    EXPECT_EQ(
        ask("select count(*) from calfleet.outbox where xid >= "
            "pg_snapshot_xmax(pg_current_snapshot())"),
        "0"
    );
    EXPECT_EQ(
        ask("select bool_and(later < before or before is null or later is null) from (select "
            "record_value::text, convert_from(record_value, 'UTF8')::int as later, "
            "lag(convert_from(record_value, 'UTF8')::int) over (partition by shard order by xid, "
            "id) as before from calfleet.outbox where record_value <> '0') as in_order"),
        "t"
    ) << "the order of their transactions is kept";
}

TEST_F(ExitCodes, OfTheMigratorTellWhetherSomethingIsToDo) {
    const std::string folder = std::string(CALFLEET_SOURCE_DIR) + "/migrations";
    EXPECT_THAT(output_of({"migrate", "--check", "--migrations", folder}), HasSubstr("applied"));
    EXPECT_THAT(
        output_of({"migrate", "--migrations", folder, "--json"}), HasSubstr(R"("migrations_run":0)")
    );
    const postgres::TestDatabase empty;
    const std::string dsn = empty.dsn().reveal_for_use();
    EXPECT_THAT(
        output_of({"migrate", "--check", "--migrations", folder, "--admin", dsn}, 4),
        HasSubstr("to do")
    );
}

} // namespace
} // namespace calfleet::cli
