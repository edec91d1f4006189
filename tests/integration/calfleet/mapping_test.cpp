#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/calfleet/mapped_hosts_fixture.h"

namespace calfleet::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST_F(Mappings, HistoryWaitsForNobodyWhoHoldsTheMapping) {
    static constexpr postgres::Statement kHold{
        "test.hold", "select 1 from platform.calcom_host_mappings where id = 1 for update"};
    postgres::Settings settings;
    settings.dsn = database().dsn();
    postgres::Session holder(settings);
    const auto held =
        holder.transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            transaction.exec(kHold);
            EXPECT_THAT(
                output_of({"mapping", "history", "1"}), HasSubstr("nothing was ever decided")
            );
        });
    EXPECT_TRUE(held) << held.error().message;
}

TEST_F(Mappings, AreListedByState) {
    EXPECT_THAT(
        output_of({"mapping", "list", "--state", "review", "--json"}),
        HasSubstr(
            R"({"id":1,"company":1,"host":"101","host_name":"A. Albrecht","host_email":null,"state":"review","staff":11,"staff_name":"Anna Albrecht","source":"fuzzy","score":60,"waiting":1,"zone":null,"last_seen":null,"decided_by":"host-mapper","decided_at":"2026-11-20T08:00:00.000000Z","name_now":null,"email_now":null})"
        )
    );
    EXPECT_THAT(
        output_of({"mapping", "list", "--state", "review"}),
        AllOf(
            HasSubstr("staff name     source  score"), HasSubstr("11  Anna Albrecht  fuzzy      60")
        )
    );
    EXPECT_THAT(
        output_of({"mapping", "list", "--company", "2", "--json"}), HasSubstr(R"("host":"201")")
    );
    EXPECT_EQ(output_of({"mapping", "list", "--state", "inactive"}), "no mappings match\n");
}

TEST_F(Mappings, InReviewAreApprovedWithTheirAppointments) {
    EXPECT_EQ(
        output_of({"mapping", "approve", "1", "--why", "asked her", "--json"}),
        R"({"mapping":1,"done":"approved","appointments_assigned":1})"
        "\n"
    );
    EXPECT_EQ(mapping(1), "active:11:admin:anna");
    EXPECT_EQ(
        appointments(), "u1:11:mapping u2:12:manual u3:0:review u4:0:unmatched u5:0:unmatched"
    );
    const std::string history = output_of({"mapping", "history", "1", "--json"});
    EXPECT_THAT(
        history, AllOf(HasSubstr(R"("action":"approved","actor":"anna")"), HasSubstr("asked her"))
    );
    const auto again = calfleet({"mapping", "approve", "1"});
    EXPECT_EQ(again.exit.code, 4);
    EXPECT_THAT(again.err, HasSubstr("mapping 1 is active, not in review"));
}

TEST_F(Mappings, CannotBeApprovedForSomebodyWhoLeft) {
    run("update platform.staff set is_active = false where id = 11");
    const auto done = calfleet({"mapping", "approve", "1"});
    EXPECT_EQ(done.exit.code, 4);
    EXPECT_THAT(done.err, HasSubstr("no longer active"));
    EXPECT_EQ(mapping(1), "review:11:fuzzy:host-mapper");
}

TEST_F(Mappings, AreAssignedByHandWhateverWasThere) {
    output_of({"mapping", "assign", "--company", "1", "--host", "103", "--staff", "11"});
    EXPECT_EQ(mapping(3), "active:11:manual:anna");
    output_of({"mapping", "assign", "--company", "1", "--host", "102", "--staff", "12"});
    EXPECT_EQ(mapping(2), "active:12:manual:anna");
    EXPECT_EQ(appointments(), "u1:0:review u2:12:manual u3:0:review u4:12:mapping u5:0:unmatched");
    output_of({"mapping", "assign", "--company", "1", "--host", "999", "--staff", "12"});
    EXPECT_EQ(
        ask("select state || source from platform.calcom_host_mappings where calcom_host_id = '999'"
        ),
        "activemanual"
    );
    EXPECT_EQ(ask("select count(*) from platform.calcom_host_mapping_audits"), "3");
}

TEST_F(Mappings, NeverLinkAcrossCompaniesOrToSomebodyWhoLeft) {
    EXPECT_EQ(
        calfleet({"mapping", "assign", "--company", "1", "--host", "101", "--staff", "21"})
            .exit.code,
        3
    );
    EXPECT_EQ(
        calfleet({"mapping", "assign", "--company", "1", "--host", "101", "--staff", "13"})
            .exit.code,
        4
    );
    EXPECT_EQ(mapping(1), "review:11:fuzzy:host-mapper");
}

TEST_F(Mappings, AreDeactivatedOnce) {
    EXPECT_THAT(
        output_of({"mapping", "deactivate", "3", "--actor", "otto", "--why", "wrong"}),
        HasSubstr("deactivated")
    );
    EXPECT_EQ(mapping(3).substr(0, 8), "inactive");
    EXPECT_EQ(calfleet({"mapping", "deactivate", "3"}).exit.code, 4);
    EXPECT_THAT(
        output_of({"mapping", "history", "--company", "1", "--host", "103"}), HasSubstr("otto")
    );
}

TEST_F(Mappings, LetASingleAppointmentBeGivenToAnother) {
    EXPECT_THAT(
        output_of({"appointment", "reassign", "1", "--staff", "12", "--why", "swap", "--json"}),
        HasSubstr(R"("assignment":"manual")")
    );
    EXPECT_THAT(appointments(), HasSubstr("u1:12:manual"));
    EXPECT_EQ(
        ask("select action || actor || (after->>'staff_id') from "
            "platform.calcom_host_mapping_audits"),
        "appointment_reassignedanna12"
    );
    EXPECT_EQ(calfleet({"appointment", "reassign", "1", "--staff", "21"}).exit.code, 3);
    EXPECT_EQ(calfleet({"appointment", "reassign", "3", "--staff", "11"}).exit.code, 4);
    EXPECT_EQ(calfleet({"appointment", "reassign", "77", "--staff", "11"}).exit.code, 3);
    // What was decided by hand survives the approval of the host's mapping.
    output_of({"mapping", "approve", "1"});
    EXPECT_THAT(appointments(), HasSubstr("u1:12:manual"));
}

TEST_F(Mappings, AreTriedWithoutADatabaseAndABadLineHidesNoGoodOne) {
    const std::string good =
        R"({"id":1,"company":{"staff":[{"id":7,"name":"Ana Ruiz","email":"ana@x.example","is_active":true}]},)"
        R"("host":{"id":101,"name":"Ana Ruiz","email":"ana@x.example"}})";
    const std::string path = file("hosts.jsonl", good + "\nnonsense\n\n" + good + "\n");
    const auto done = calfleet({"--postgres", "", "mapping", "try", path});
    EXPECT_EQ(done.exit.code, 1);
    EXPECT_THAT(done.err, HasSubstr(path + " line 2: "));
    EXPECT_EQ(std::count(done.out.begin(), done.out.end(), '\n'), 2);
    EXPECT_THAT(done.out, HasSubstr(R"("decision":"link","staff":7)"));
    EXPECT_EQ(calfleet({"mapping", "try", file("one.jsonl", good)}).exit.code, 0);
}

TEST_F(Mappings, AreCountedInTheStatistics) {
    output_of({"mapping", "approve", "1"});
    const std::string stats = output_of({"stats", "--json"});
    EXPECT_THAT(stats, HasSubstr(R"("bookings":4,"assigned":2,"assignment_rate_percent":50)"));
    EXPECT_THAT(stats, HasSubstr(R"("review_queue":0)"));
    EXPECT_THAT(output_of({"stats", "--company", "2", "--json"}), HasSubstr(R"("bookings":1)"));
    EXPECT_THAT(output_of({"stats"}), HasSubstr("assignment rate percent"));
}

} // namespace
} // namespace calfleet::cli
