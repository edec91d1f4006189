// Event types of teams get their mappings with hosts, children of managed ones their place.

#include "tests/integration/event_type_importer/importer_test.h"

namespace calfleet::event_type_importer {
namespace {

class ImportedEventTypes : public ImporterTest {
protected:
    std::string mappings(const std::string& columns) const {
        return ask(
            "select coalesce(string_agg(concat_ws('|', " + columns +
            "), E'\\n' order by calcom_event_type_id), '') from platform.team_event_type_mappings "
            "where company_id = 1"
        );
    }
    /// "parent user child" of company 1.
    std::string children() const {
        return ask("select coalesce(string_agg(concat_ws(' ', parent_event_type_id, "
                   "calcom_user_id, child_event_type_id), ', ' order by calcom_user_id), '') "
                   "from platform.calcom_event_map where company_id = 1");
    }
};

const std::string kManaged =
    R"("teamId":811,"schedulingType":"managed","slug":"first","hosts":[{"userId":77},{"userId":78}])";
const std::string kChild = R"("slug":"first","metadata":{"managedEventConfig":{}})";

TEST_F(ImportedEventTypes, OfATeamAreMappedWithHostsAndService) {
    Lane lane(database());
    EXPECT_EQ(
        lane.apply({updated(
            5121,
            1,
            R"("teamId":811,"schedulingType":"roundRobin","hosts":[{"userId":77,"name":"Mira",)"
            R"("username":"mira","mandatory":true,"priority":"high"}])"
        )}),
        "A"
    );
    EXPECT_EQ(
        mappings("calcom_team_id, calcom_event_type_id, title, slug, scheduling_type, "
                 "assign_all_team_members, state, hosts, snapshot is null"),
        R"(811|5121|Haircut|haircut|round_robin|f|active|[{"name": "Mira", "user_id": 77, )"
        R"("priority": "high", "username": "mira", "mandatory": true}]|t)"
    );
    EXPECT_EQ(mappings("service_id"), services("id"));
    EXPECT_EQ(services("calcom_team_id, calcom_scheduling_type"), "811|round_robin");
    EXPECT_EQ(
        ask("select concat_ws(' ', calcom_team_id, name, synced_at is null) from "
            "platform.calcom_teams"),
        "811 Team 811 t"
    );
}

TEST_F(ImportedEventTypes, FollowTheNewestSnapshotAndLeaveTheSyncsOwnColumns) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5121, 1, R"("teamId":811,"hosts":[{"userId":77}])")}), "A");
    run("update platform.team_event_type_mappings set snapshot = '{\"x\":1}', snapshot_digest = "
        "'\\x01'; update platform.calcom_teams set name = 'Salon'");
    EXPECT_EQ(
        lane.apply({updated(
            5121,
            2,
            R"("teamId":811,"title":"Cut","hosts":[{"userId":78}],"assignAllTeamMembers":true)"
        )}),
        "A"
    );
    const std::string columns = "title, assign_all_team_members, hosts, snapshot, snapshot_digest";
    const std::string expected = R"(Cut|t|[{"user_id": 78, "mandatory": false}]|{"x": 1}|\x01)";
    EXPECT_EQ(mappings(columns), expected);
    EXPECT_EQ(ask("select name from platform.calcom_teams"), "Salon");
    EXPECT_EQ(
        lane.apply({updated(5121, 3, R"("teamId":811,"title":"Cut","assignAllTeamMembers":true)")}),
        "A"
    );
    EXPECT_EQ(mappings(columns), expected) << "a shape without hosts says nothing about them";
    const std::string before = mappings("xmin, ctid");
    EXPECT_EQ(
        lane.apply({updated(5121, 4, R"("teamId":811,"title":"Cut","assignAllTeamMembers":true)")}),
        "A"
    );
    EXPECT_EQ(mappings("xmin, ctid"), before) << "nothing new, nothing written";
}

TEST_F(ImportedEventTypes, ThatAreDeletedStayAsDeletedAndComeBack) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5121, 1, R"("teamId":811)")}), "A");
    EXPECT_EQ(lane.apply({deleted(5121, 2)}), "A");
    EXPECT_EQ(mappings("state"), "deleted");
    EXPECT_EQ(lane.apply({updated(5121, 3, R"("teamId":811)")}), "A");
    EXPECT_EQ(mappings("state"), "active");
}

TEST_F(ImportedEventTypes, OfOneMemberNeedNoMapping) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5120, 1, R"("ownerId":77)")}), "A");
    EXPECT_EQ(mappings("id"), "");
    EXPECT_EQ(services("calcom_owner_user_id"), "77");
}

TEST_F(ImportedEventTypes, ThatAreManagedMakeAServiceAndTheirChildrenMakeNone) {
    Lane lane(database());
    EXPECT_EQ(
        lane.apply(
            {updated(5122, 1, kManaged),
             updated(5130, 1, R"("ownerId":77,"slug":"first","parentEventTypeId":5122)"),
             updated(5131, 1, R"("ownerId":78,"slug":"first","parentEventTypeId":5122)")}
        ),
        "AAA"
    );
    EXPECT_EQ(services("calcom_event_type_id, calcom_scheduling_type"), "5122|managed");
    EXPECT_EQ(children(), "5122 77 5130, 5122 78 5131");
    EXPECT_EQ(mappings("calcom_event_type_id"), "5122");
}

TEST_F(ImportedEventTypes, ThatDoNotTellTheirParentFindItBySlugAndHost) {
    Lane lane(database());
    EXPECT_EQ(
        lane.apply({updated(5122, 1, kManaged), updated(5130, 1, R"("ownerId":77,)" + kChild)}),
        "AA"
    );
    EXPECT_EQ(children(), "5122 77 5130");
    EXPECT_EQ(lane.apply({updated(5131, 1, R"("ownerId":79,)" + kChild)}), "A")
        << "79 is no host of that parent";
    EXPECT_EQ(lane.apply({updated(5132, 1, kChild)}), "A") << "nobody's";
    EXPECT_EQ(
        lane.apply({updated(5133, 1, kManaged), updated(5134, 1, R"("ownerId":78,)" + kChild)}),
        "AA"
    ) << "of two parents with that slug neither is sure";
    EXPECT_EQ(children(), "5122 77 5130");
    EXPECT_EQ(services("calcom_event_type_id"), "5122\n5133");
}

TEST_F(ImportedEventTypes, AlreadyPlacedKeepTheirParentWhenItIsNotTold) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5130, 1, R"("ownerId":77,"parentEventTypeId":5122)")}), "A");
    run("update platform.calcom_event_map set invalidated_at = child_resolved_at + interval '1 s'");
    EXPECT_EQ(
        lane.apply({updated(
            5130,
            2,
            R"("ownerId":77,"slug":"renamed",)"
            R"("metadata":{"managedEventConfig":{}})"
        )}),
        "A"
    );
    EXPECT_EQ(children(), "5122 77 5130");
    EXPECT_EQ(ask("select child_resolved_at > invalidated_at from platform.calcom_event_map"), "t")
        << "seen again is trusted again";
}

TEST_F(ImportedEventTypes, ThatReplaceAMembersChildAreTheNewOne) {
    Lane lane(database());
    const std::string members = R"("ownerId":77,"parentEventTypeId":5122)";
    EXPECT_EQ(lane.apply({updated(5131, 5, members), updated(5130, 1, members)}), "AA");
    EXPECT_EQ(children(), "5122 77 5131") << "of two the younger snapshot holds";
    EXPECT_EQ(lane.apply({updated(5130, 4, members)}), "A");
    EXPECT_EQ(children(), "5122 77 5131") << "also when the older one comes later";
}

TEST_F(ImportedEventTypes, ThatAreGoneInvalidateTheirChildren) {
    Lane lane(database());
    EXPECT_EQ(
        lane.apply(
            {updated(5130, 2, R"("ownerId":77,"parentEventTypeId":5122)"),
             updated(5131, 2, R"("ownerId":78,"parentEventTypeId":5122)")}
        ),
        "AA"
    );
    const auto invalid = [&] {
        return ask("select coalesce(string_agg(child_event_type_id::text, ' ' order by "
                   "child_event_type_id), '') from platform.calcom_event_map where "
                   "invalidated_at > child_resolved_at");
    };
    EXPECT_EQ(lane.apply({deleted(5122, 1)}), "A");
    EXPECT_EQ(invalid(), "") << "the children were seen later than that";
    EXPECT_EQ(lane.apply({deleted(5130, 3)}), "A");
    EXPECT_EQ(invalid(), "5130");
    EXPECT_EQ(lane.apply({deleted(5122, 4)}), "A");
    EXPECT_EQ(invalid(), "5130 5131");
}

TEST_F(ImportedEventTypes, OfTwoCompaniesHaveMappingsAndChildrenOfTheirOwn) {
    Lane lane(database());
    const Told parent = updated(5122, 1, kManaged);
    const Told child = updated(5130, 1, R"("ownerId":77,)" + kChild);
    EXPECT_EQ(lane.apply({of_company(2, parent)}), "A");
    EXPECT_EQ(lane.apply({child}), "A") << "company 1 does not know the parent";
    EXPECT_EQ(children(), "");
    EXPECT_EQ(mappings("id"), "");
    EXPECT_EQ(lane.apply({parent, of_company(2, child)}), "AA");
    EXPECT_EQ(children(), "");
    EXPECT_EQ(
        ask("select count(*) || ' ' || min(company_id) from platform.calcom_event_map"), "1 2"
    );
    EXPECT_EQ(ask("select count(*) from platform.team_event_type_mappings"), "2");
}

} // namespace
} // namespace calfleet::event_type_importer
