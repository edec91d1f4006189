// calfleet sync team, calfleet child-event-types and a live team-syncer.

#include "workers/team-syncer/handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/team_syncer/sync_fixture.h"
#include "tests/support/process.h"
#include "tests/support/wait.h"

namespace calfleet::team_syncer {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class SyncCommands : public SyncTest {
protected:
    /// Runs calfleet while requests go where they belong, as the relay and the intake see to.
    test_support::Finished calfleet(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), std::string(CALFLEET_BIN_DIR) + "/calfleet");
        return test_support::run_while(
            {.argv = std::move(arguments),
             .environment =
                 {{"CALFLEET_POSTGRES_URL", database().dsn("calfleet_operator").reveal_for_use()},
                  {"USER", "petra"}}},
            60s,
            [&] { deliver(); }
        );
    }
    std::string output_of(std::vector<std::string> arguments, int code = 0) {
        const auto said = calfleet(std::move(arguments));
        EXPECT_EQ(said.exit, (test_support::Exit{code, 0})) << said.out << said.err;
        return said.out;
    }
    std::string complaint_of(std::vector<std::string> arguments, int code) {
        const auto said = calfleet(std::move(arguments));
        EXPECT_EQ(said.exit, (test_support::Exit{code, 0})) << said.out << said.err;
        return said.err;
    }
    std::string trusted() {
        return ask("select coalesce(string_agg(calcom_user_id::text, ' ' order by "
                   "calcom_user_id), '') from platform.calcom_event_map where invalidated_at is "
                   "null or invalidated_at < child_resolved_at");
    }

private:
    void deliver() {
        postgres::Session admin({.dsn = database().dsn()});
        std::vector<std::pair<std::string, std::string>> queued;
        const auto taken = admin.transact(postgres::Access::login(), [&](postgres::Transaction& t) {
            queued.clear();
            const auto rows = t.exec_text(
                "with taken as (delete from calfleet.outbox where topic = 'team-sync-requested' "
                "returning *) select (select h ->> 'text' from jsonb_array_elements"
                "(record_headers) h where h ->> 'name' = 'ce_id'), "
                "convert_from(record_value, 'UTF8') from taken order by id"
            );
            for (const postgres::Row row : rows)
                queued.emplace_back(row.text(0), row.text(1));
        });
        ASSERT_TRUE(taken) << taken.error().message;
        for (const auto& [id, document] : queued) {
            RequestBatch batch;
            intake::Event event;
            event.envelope.company = CompanyId{1};
            event.envelope.id = id;
            event.envelope.data = document;
            const auto entity = batch.add(event);
            ASSERT_TRUE(entity) << entity.error().message;
            std::array<intake::Verdict, 1> verdicts;
            const std::array<std::uint32_t, 1> chosen{0};
            postgres::Session worker({.dsn = database().dsn("calfleet_team_syncer")});
            const auto done = worker.transact(
                postgres::Access::company(CompanyId{1}),
                [&](postgres::Transaction& t) {
                    batch.apply(t, chosen, verdicts, postgres::time_of(t));
                }
            );
            ASSERT_TRUE(done) << done.error().message;
        }
    }
};

TEST_F(SyncCommands, WaitForTheEndAndShowTheReport) {
    start();
    EXPECT_THAT(
        output_of({"sync", "team", "--company", "1", "--wait", "--timeout", "30"}),
        AllOf(HasSubstr("done"), HasSubstr("2 teams, 5 members (1 pending)"))
    );
    EXPECT_EQ(ask("select requested_by from platform.team_syncs"), "petra");
    EXPECT_EQ(told(), "created 4201, created 4202, created 4301");
}

TEST_F(SyncCommands, OfAllCompaniesAskThoseThatHaveATeam) {
    start();
    EXPECT_THAT(
        output_of({"sync", "team", "--all", "--wait", "--json"}),
        AllOf(HasSubstr(R"("company":1)"), Not(HasSubstr(R"("company":2)")))
    );
}

TEST_F(SyncCommands, OfOneTeamReadNoOther) {
    start();
    EXPECT_THAT(
        output_of({"sync", "team", "--company", "1", "--team", "43", "--wait"}),
        HasSubstr("1 team, 1 member")
    );
    EXPECT_EQ(ask("select calcom_team_id from platform.team_syncs"), "43");
    EXPECT_EQ(told(), "created 4301");
}

TEST_F(SyncCommands, ThatOnlyCheckReportAndChangeNothing) {
    start();
    EXPECT_THAT(
        output_of({"sync", "team", "--company", "1", "--check-only", "--wait"}), HasSubstr("3 new")
    );
    EXPECT_EQ(told(), "");
    EXPECT_EQ(ask("select count(*) from platform.calcom_teams"), "0");
}

TEST_F(SyncCommands, EndWithAnErrorWhenNothingCouldBeRead) {
    start();
    sql("update platform.companies set calcom_team_id = 99 where id = 1");
    sql("delete from calfleet.outbox");
    const auto said = calfleet({"sync", "team", "--company", "1", "--wait"});
    EXPECT_EQ(said.exit, (test_support::Exit{1, 0}));
    EXPECT_THAT(said.out, HasSubstr("failed"));
    EXPECT_THAT(said.out + said.err, HasSubstr("99"));
}

TEST_F(SyncCommands, ThatTakeTooLongSayWhereToLook) {
    EXPECT_THAT(
        complaint_of({"sync", "team", "--company", "1", "--wait", "--timeout", "1"}, 1),
        AllOf(
            HasSubstr("1 of 1 syncs have not ended within 1 s; they go on"),
            HasSubstr("calfleet jobs list --worker team-syncer")
        )
    );
    start();
    EXPECT_TRUE(settled()) << "it went on";
}

TEST_F(SyncCommands, RefuseWhatTheyCannotMean) {
    complaint_of({"sync", "team"}, 2);
    complaint_of({"sync", "team", "--company", "1", "--all"}, 2);
    complaint_of({"sync", "team", "--all", "--team", "42"}, 2);
    complaint_of({"sync", "team", "--company", "1", "--timeout", "5"}, 2);
    complaint_of({"sync", "team", "--company", "1", "--wait", "--timeout", "0"}, 2);
    complaint_of({"sync", "team", "--company", "1", "--force", "--check-only"}, 2);
    complaint_of({"sync", "team", "--company", "1", "--team", "0"}, 2);
    EXPECT_THAT(complaint_of({"sync", "team", "--company", "2"}, 4), HasSubstr("has no team"));
    EXPECT_THAT(complaint_of({"sync", "team", "--company", "9"}, 3), HasSubstr("no company 9"));
    EXPECT_EQ(ask("select count(*) from platform.team_syncs"), "0");
}

TEST_F(SyncCommands, InvalidateTheChildrenOfOneStaffMemberAndResolveThemAgain) {
    sync();
    ASSERT_EQ(trusted(), "102 103");
    EXPECT_THAT(
        output_of({"child-event-types", "invalidate", "--company", "1", "--staff", "12", "--json"}),
        HasSubstr(R"({"invalidated":1})")
    );
    EXPECT_EQ(trusted(), "103");
    EXPECT_THAT(
        output_of({"child-event-types", "list", "--company", "1", "--staff", "12", "--json"}),
        AllOf(HasSubstr(R"("child":4203,"trusted":false)"), Not(HasSubstr("4204")))
    );
    EXPECT_THAT(
        output_of({"child-event-types", "resolve", "--company", "1", "--parent", "4202", "--json"}),
        HasSubstr(R"({"jobs_queued":1})")
    );
    ASSERT_TRUE(settled());
    EXPECT_EQ(trusted(), "102 103");
}

TEST_F(SyncCommands, ResolveTellsWhyAChildIsNotFoundAnyMore) {
    sync();
    simulator().delete_event_type(4203);
    output_of({"child-event-types", "resolve", "--company", "1"});
    ASSERT_TRUE(settled());
    EXPECT_EQ(trusted(), "103");
    EXPECT_THAT(
        output_of({"child-event-types", "list", "--company", "1", "--staff", "12", "--json"}),
        AllOf(HasSubstr(R"("trusted":false)"), Not(HasSubstr(R"("problem":null)")))
    );
}

TEST_F(SyncCommands, AboutChildrenThatDoNotExistSaySo) {
    EXPECT_THAT(
        complaint_of({"child-event-types", "resolve", "--company", "1", "--parent", "4201"}, 3),
        HasSubstr("company 1 has no such managed event type; calfleet sync team reads them")
    );
    for (const char* action : {"list", "resolve", "invalidate"})
        EXPECT_THAT(
            complaint_of({"child-event-types", action, "--company", "9"}, 3),
            HasSubstr("there is no company 9")
        );
    EXPECT_THAT(
        complaint_of({"child-event-types", "invalidate", "--company", "1", "--staff", "99"}, 3),
        HasSubstr("company 1 has no staff member 99")
    );
    complaint_of({"child-event-types", "resolve"}, 2);
}

} // namespace
} // namespace calfleet::team_syncer
