// Mappings to a spreadsheet and back, with the program.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "tests/integration/calfleet/mappings_fixture.h"

namespace calfleet::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class MappingSheet : public WaitingHosts {
protected:
    /// The exported sheet with decisions by mapping, as a file.
    std::string filled(const std::map<int, std::string>& decisions) const {
        std::string sheet = output_of({"mapping", "export"});
        for (const auto& [id, decision] : decisions) {
            // The record's last two fields are empty.
            const std::size_t begin = sheet.find("\r\n" + std::to_string(id) + ",v");
            const std::size_t end = sheet.find(",,\r\n", begin + 2);
            EXPECT_NE(end, std::string::npos) << sheet;
            sheet.insert(end + 1, decision);
        }
        return file("sheet.csv", sheet);
    }
    test_support::Finished import(const std::string& sheet, std::vector<std::string> options = {}) {
        options.insert(options.begin(), {"mapping", "import", sheet, "--json"});
        return calfleet(options);
    }
    static std::string done(const std::string& figures, const std::string& what = "imported") {
        return "{\"done\":\"" + what + "\"," + figures + "}\n";
    }
};

TEST_F(MappingSheet, ShowsHostsWithTheirCandidatesAndNoFormula) {
    const std::string sheet = output_of({"mapping", "export", "--company", "1"});
    EXPECT_TRUE(sheet.starts_with("\xEF\xBB\xBFmapping,version,")) << sheet.substr(0, 40);
    EXPECT_THAT(
        sheet,
        AllOf(
            HasSubstr("1,v1795161600000000,1,Nordlicht,101,A. Albrecht,"),
            HasSubstr(",review,2,2026-11-19T08:00:00.000000Z,,11,Anna Albrecht,anna@example.com,"
                      "fuzzy,60,\"against: an initial is little\nfor: the initial fits\",,\r\n"),
            HasSubstr(",'=1+1@x.example,"),
            Not(HasSubstr("Südwind"))
        )
    );
    EXPECT_THAT(
        output_of({"mapping", "export", "--state", "review"}),
        AllOf(HasSubstr("\r\n4,v"), Not(HasSubstr("\r\n2,v")))
    );
    EXPECT_EQ(import(file("as-it-was.csv", sheet)).exit.code, 0);
    EXPECT_EQ(appointments(), kAsTheyWere);
}

TEST_F(MappingSheet, IsCarriedOutOnceHoweverOftenItIsImported) {
    const std::string sheet =
        filled({{1, "approve"}, {2, "assign:12"}, {3, "deactivate"}, {4, "deactivate"}});
    const std::string figures = R"("approved":1,"assigned":1,"deactivated":2,"already":0,)"
                                R"("refused":0,"appointments":5)";
    EXPECT_EQ(import(sheet, {"--dry-run"}).out, done(figures, "nothing: --dry-run"));
    EXPECT_EQ(appointments(), kAsTheyWere);
    EXPECT_EQ(audits(), "");

    const auto first = import(sheet);
    EXPECT_EQ(first.out, done(figures)) << first.err;
    EXPECT_EQ(mapping(1), "active:11:admin:100:anna");
    EXPECT_EQ(mapping(2), "active:12:manual:100:anna");
    EXPECT_EQ(mapping(3), "inactive:12:manual:95:anna");
    EXPECT_EQ(mapping(4), "inactive:0:manual:0:anna");
    EXPECT_EQ(
        appointments(),
        "a1:11:mapping a2:11:mapping a3:11:mapping a4:11:name a5:12:manual a6:0:review "
        "b1:12:mapping c1:0:review"
    );
    EXPECT_EQ(
        ask("select string_agg(calcom_host_id || ' ' || state, ', ' order by id) from "
            "platform.calcom_host_mappings where id > 4"),
        "103 review"
    ) << "who was linked is asked about, who waited is not asked about again";
    const std::string after = audits();

    const auto again = import(sheet);
    EXPECT_EQ(again.exit.code, 0) << again.err;
    EXPECT_EQ(
        again.out,
        done(R"("approved":0,"assigned":0,"deactivated":0,"already":4,"refused":0,"appointments":0)"
        )
    );
    EXPECT_EQ(audits(), after);
}

TEST_F(MappingSheet, DoesNothingWhenALineIsRefusedUnlessTheOthersAreWanted) {
    const std::string sheet = filled({{1, "approve"}, {2, "assign:12"}, {3, "assign:13"}});
    output_of(
        {"mapping", "assign", "--company", "1", "--host", "101", "--staff", "12", "--actor", "bo"}
    );
    const std::string theirs = appointments();
    const auto refused = import(sheet);
    EXPECT_EQ(refused.exit.code, 4);
    EXPECT_THAT(
        refused.err,
        AllOf(
            HasSubstr("2 lines are refused; nothing was done."),
            HasSubstr("line 2: mapping 1 was decided meanwhile: active for staff member 12, by bo"),
            HasSubstr("line 5: staff member 13 of company 1 is not active")
        )
    );
    EXPECT_EQ(appointments(), theirs);
    EXPECT_EQ(mapping(2), "unmatched:0:none:0:host-mapper");

    const auto others = import(sheet, {"--skip-refused"});
    EXPECT_EQ(others.exit.code, 4);
    EXPECT_THAT(others.out, HasSubstr(R"("assigned":1,"deactivated":0,"already":0,"refused":2)"));
    EXPECT_EQ(mapping(2), "active:12:manual:100:anna");
    EXPECT_EQ(mapping(1), "active:12:manual:100:bo");
}

TEST_F(MappingSheet, WithAMistakeChangesNothingAndSaysWhere) {
    const auto wrong = import(filled({{1, "approve"}, {2, "aprove"}}));
    EXPECT_EQ(wrong.exit.code, 2);
    EXPECT_THAT(wrong.err, HasSubstr("line 4, decision: 'aprove' is none of approve"));
    EXPECT_EQ(appointments(), kAsTheyWere);
    EXPECT_EQ(import("absent.csv").exit.code, 3);
}

TEST_F(MappingSheet, OfManyThousandHostsIsImportedInPortions) {
    run("insert into platform.calcom_host_mappings (company_id, calcom_host_id, state, source, "
        "staff_id, staff_version, decided_by, decided_at) select 1, (1000 + n)::text, 'review', "
        "'name', 11, 1, 'host-mapper', now() from generate_series(1, 3000) n; "
        "insert into platform.appointments (company_id, calcom_booking_uid, calcom_host_id, "
        "status, "
        "assignment, source_updated_at) select 1, 'n' || n, (1000 + n)::text, 'accepted', "
        "'review', "
        "now() from generate_series(1, 3000) n");
    std::string sheet = output_of({"mapping", "export", "--state", "review"});
    sheet = std::regex_replace(sheet, std::regex(",,\r\n"), ",approve,\r\n");
    // Company 2's has no candidate.
    const std::string all = file("all.csv", sheet);
    const auto refused = import(all);
    EXPECT_THAT(refused.err, HasSubstr("1 mistake"));
    EXPECT_THAT(refused.err, HasSubstr("names nobody to approve"));
    run("update platform.calcom_host_mappings set state = 'unmatched' where id = 4");
    sheet = std::regex_replace(
        output_of({"mapping", "export", "--state", "review"}), std::regex(",,\r\n"), ",approve,\r\n"
    );
    const auto done = import(file("all.csv", sheet));
    EXPECT_EQ(done.exit.code, 0) << done.err;
    EXPECT_THAT(done.out, HasSubstr(R"("approved":3001,)"));
    EXPECT_THAT(done.out, HasSubstr(R"("appointments":3003})"));
    EXPECT_EQ(ask("select count(*) from platform.appointments where staff_id = 11"), "3004");
    EXPECT_EQ(
        ask("select count(*) from platform.calcom_host_mapping_audits where action = 'approved'"),
        "3001"
    );
}

} // namespace
} // namespace calfleet::cli
