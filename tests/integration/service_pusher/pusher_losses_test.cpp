// What pushes do to a simulated Cal.com beside what they were asked: its whole state is compared
// before and after.

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/integration/service_pusher/pusher_fixture.h"

namespace calfleet::service_pusher {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kManaged = 4202;
constexpr int kCopy = 4203;
constexpr int kTogether = 4201;
constexpr int kInTurn = 4204;
constexpr int kPersonal = 1001;
constexpr int kSecondCopy = 4205;

/// "eventTypes.4202.title" -> value.
using Leaves = std::map<std::string, std::string>;

void collect(const std::string& path, const json::value& value, Leaves& leaves) {
    if (value.is_object()) {
        for (const auto& member : value.get_object())
            if (member.key() != "touched" && member.key() != "created")
                collect(path + "." + std::string(member.key()), member.value(), leaves);
        return;
    }
    if (!value.is_array()) {
        leaves[path] = json::serialize(value);
        return;
    }
    std::size_t index = 0;
    for (const json::value& element : value.get_array()) {
        const json::value* id = nullptr;
        if (element.is_object()) id = element.get_object().if_contains("id");
        collect(
            path + "." + (id != nullptr ? json::serialize(*id) : std::to_string(index)),
            element,
            leaves
        );
        ++index;
    }
}

/// "eventTypes.4202.title": to three parts, so that a list is one name however much of it differs.
std::set<std::string> differences(const Leaves& before, const Leaves& after) {
    std::set<std::string> names;
    const auto name_of = [](const std::string& path) {
        std::size_t end = 0;
        const bool is_rest = path.find(".rest.") != std::string::npos;
        for (int part = 0; part < (is_rest ? 4 : 3) && end != std::string::npos; ++part)
            end = path.find('.', end + 1);
        return path.substr(1, end == std::string::npos ? end : end - 1);
    };
    for (const auto& [path, value] : before)
        if (const auto now = after.find(path); now == after.end() || now->second != value)
            names.insert(name_of(path));
    for (const auto& [path, value] : after)
        if (!before.contains(path)) names.insert(name_of(path));
    return names;
}

class Losses : public PusherTest {
protected:
    void prepare() override {
        PusherTest::prepare();
        json::object world = simulator().state();
        world["users"].as_array().push_back({{"id", 901}, {"username", "second"}, {"name", "S"}});
        world["memberships"].as_array().push_back(
            {{"id", 3}, {"userId", 901}, {"teamId", 42}, {"accepted", true}, {"role", "MEMBER"}}
        );
        world["schedules"].as_array().push_back({{"id", 5001}, {"ownerId", 101}});
        json::object in_turn = by_id(world, kTogether);
        in_turn["id"] = kInTurn;
        in_turn["slug"] = "in-turn";
        in_turn["schedulingType"] = "roundRobin";
        json::object copy = by_id(world, kManaged);
        copy["teamId"] = nullptr;
        copy["schedulingType"] = "";
        copy["hosts"] = json::array{};
        copy["parentId"] = kManaged;
        copy["metadata"] = json::object{{"managedEventConfig", json::object{}}};
        json::array types;
        for (const json::value& type : world["eventTypes"].as_array())
            if (type.at("id").to_number<int>() != kCopy) types.push_back(type);
        types.push_back(in_turn);
        for (const auto& [id, owner] : {std::pair{kCopy, 900}, std::pair{kSecondCopy, 901}}) {
            copy["id"] = id;
            copy["ownerId"] = owner;
            types.push_back(copy);
        }
        world["eventTypes"] = types;
        simulator().seed(world);
        sql("insert into platform.services (id, company_id, name, duration_minutes, "
            "calcom_event_type_id, calcom_team_id) overriding system value values "
            "(7, 1, 'Managed', 30, 4202, 42), (8, 1, 'Together', 30, 4201, 42), "
            "(9, 1, 'Together', 30, 4204, 42)");
        push_all();
    }

    static json::object by_id(const json::object& world, int id) {
        for (const json::value& type : world.at("eventTypes").as_array())
            if (type.at("id").to_number<int>() == id) return type.as_object();
        return {};
    }
    json::object at_calcom(int id) { return by_id(simulator().state(), id); }

    Leaves leaves() {
        Leaves all;
        collect("", simulator().state(), all);
        return all;
    }

    /// As if the minute were over: a push of many costs more than a minute's calls.
    void push_all() {
        simulator().forget_limits();
        let_pass(std::chrono::seconds(120));
        push();
    }

    void edit(const std::string& assignments, int service) const {
        sql("update platform.services set " + assignments + " where id = " + std::to_string(service)
        );
    }
    /// What Cal.com has otherwise after the edit was pushed.
    std::set<std::string> changed_by(const std::string& assignments, int service) {
        const Leaves before = leaves();
        edit(assignments, service);
        push_all();
        return differences(before, leaves());
    }
    std::string error(int service) const { return column(service, "sync_error"); }

    /// An event type of a member's own.
    void add_own(int id, int owner, const std::string& slug, bool hidden) {
        json::object world = simulator().state();
        json::object own = by_id(world, 9001);
        own["id"] = id;
        own["ownerId"] = owner;
        own["slug"] = slug;
        own["hidden"] = hidden;
        world["eventTypes"].as_array().push_back(own);
        simulator().seed(world);
    }
};

struct Edit {
    const char* assignment;
    std::vector<std::string> members; ///< of the event type, in the simulator's state
    bool of_copies{true};             ///< what goes along in a managed event type
};

TEST_F(Losses, AreNoneWhateverFieldOfWhateverEventTypeIsPushed) {
    const std::vector<Edit> edits{
        {"name = 'Other'", {"title"}},
        {"slug = 'other'", {"slug"}},
        {"description = 'Text'", {"description"}},
        {"duration_minutes = 45", {"lengthInMinutes"}},
        {"duration_options = '[15,45]'", {"rest.lengthInMinutesOptions"}},
        {"duration_minutes = 15", {"lengthInMinutes"}},
        {"minimum_booking_notice_minutes = 7", {"minimumBookingNotice"}},
        {"buffer_before_minutes = 5", {"beforeEventBuffer"}},
        {"buffer_after_minutes = 6", {"afterEventBuffer"}},
        {"requires_confirmation = true", {"rest.confirmationPolicy"}},
        {"locations = '[{\"type\":\"attendeePhone\"}]'", {"locations"}},
        {"booking_fields = '[{\"type\":\"boolean\",\"slug\":\"first\",\"label\":\"First?\","
         "\"required\":true,\"hidden\":false}]'",
         {"bookingFields", "rest.disableGuests"}},
        {"disable_guests = true", {"bookingFields", "rest.disableGuests"}},
        {"is_active = false", {"hidden"}, false},
        {"is_active = true", {"hidden"}, false}};
    const std::map<int, int> services{
        {1001, kPersonal}, {8, kTogether}, {9, kInTurn}, {7, kManaged}};
    for (const auto& [service, event_type] : services) {
        for (const Edit& edit : edits) {
            std::string assignment = edit.assignment;
            if (assignment == "slug = 'other'")
                assignment = "slug = 'other-" + std::to_string(service) + "'";
            std::set<std::string> allowed;
            for (const std::string& member : edit.members) {
                allowed.insert("eventTypes." + std::to_string(event_type) + "." + member);
                if (event_type != kManaged || !edit.of_copies) continue;
                for (const int copy : {kCopy, kSecondCopy})
                    allowed.insert("eventTypes." + std::to_string(copy) + "." + member);
            }
            const auto changed = changed_by(assignment, service);
            EXPECT_FALSE(changed.empty()) << service << " " << assignment << ": " << error(service);
            EXPECT_THAT(changed, testing::IsSubsetOf(allowed)) << service << " " << assignment;
        }
        EXPECT_EQ(status(service), "synced") << error(service);
    }
}

TEST_F(Losses, OfAMembersOwnEventTypeByASlugAreRefusedAndNamed) {
    for (const bool hidden : {false, true}) {
        const int own = hidden ? 9003 : 9002;
        const std::string slug = hidden ? "secret" : "public";
        add_own(own, 901, slug, hidden);
        EXPECT_THAT(changed_by("slug = '" + slug + "'", 7), IsEmpty());
        EXPECT_EQ(status(7), "error");
        EXPECT_THAT(error(7), HasSubstr("of second (user 901)"));
    }
    EXPECT_THAT(changed_by("slug = 'free'", 7), testing::SizeIs(3)) << error(7);
    EXPECT_EQ(status(7), "synced");
}

TEST_F(Losses, OfASlugDoNotKeepOtherFieldsBack) {
    add_own(9002, 900, "taken", false);
    EXPECT_THAT(
        changed_by("slug = 'taken', name = 'New'", 7),
        ElementsAre("eventTypes.4202.title", "eventTypes.4203.title", "eventTypes.4205.title")
    );
    EXPECT_EQ(status(7), "error");
}

TEST_F(Losses, OfALengthThatNobodyCouldBookAreRefused) {
    simulator().edit_event_type(kPersonal, {{"rest", {{"lengthInMinutesOptions", {15, 30, 60}}}}});
    EXPECT_THAT(changed_by("duration_minutes = 35", 1001), IsEmpty());
    EXPECT_EQ(status(1001), "error");
    EXPECT_THAT(error(1001), HasSubstr("35 is not one of 15, 30, 60"));
    EXPECT_THAT(
        changed_by("duration_options = '[35,70]'", 1001),
        ElementsAre(
            "eventTypes.1001.lengthInMinutes", "eventTypes.1001.rest.lengthInMinutesOptions"
        )
    );
    EXPECT_EQ(status(1001), "synced");
}

TEST_F(Losses, OfWhatAMemberHadHiddenAreSaid) {
    simulator().edit_event_type(kCopy, {{"hidden", true}});
    edit("name = 'Shown'", 7);
    push_all();
    EXPECT_EQ(status(7), "synced");
    EXPECT_THAT(error(7), HasSubstr("(users 900)"));
    edit("name = 'Shown again'", 7);
    push_all();
    EXPECT_EQ(error(7), "null") << "nothing was hidden any more";
}

/// A member who was taken off and put on again has a copy with another number.
TEST_F(Losses, OfNumbersOfCopiesEndWithTheNextChange) {
    sql("insert into platform.calcom_event_map (company_id, parent_event_type_id, calcom_user_id, "
        "child_event_type_id, child_resolved_at) values (1, 4202, 900, 4999, now())");
    edit("name = 'Renamed'", 7);
    push_all();
    EXPECT_EQ(status(7), "synced");
    EXPECT_EQ(
        ask("select string_agg(calcom_user_id || ' ' || child_event_type_id, ', ' order by "
            "calcom_user_id) from platform.calcom_event_map where child_resolved_at is not null "
            "and invalidated_at is null"),
        "900 4203, 901 4205"
    );
}

TEST_F(Losses, OfBookabilityThatDoesNotEndWithAManagedEventTypeAreSaid) {
    edit("is_active = false", 7);
    push_all();
    EXPECT_EQ(status(7), "error");
    EXPECT_THAT(error(7), HasSubstr("2 members' copies can be booked"));
    EXPECT_TRUE(at_calcom(kManaged).at("hidden").as_bool());
    edit("is_active = true", 7);
    push_all();
    EXPECT_EQ(status(7), "synced");
}

TEST_F(Losses, OfWhatOnlyTheWebApplicationSetsAreRefusedAndNamed) {
    json::array fields = at_calcom(kPersonal).at("bookingFields").as_array();
    fields.push_back(
        {{"isDefault", false},
         {"type", "number"},
         {"slug", "age"},
         {"label", "Age"},
         {"required", false},
         {"hidden", false},
         {"placeholder", ""},
         {"internal", {{"minLength", 2}, {"maxLength", 3}}}}
    );
    simulator().edit_event_type(kPersonal, {{"bookingFields", fields}});
    EXPECT_THAT(
        changed_by("disable_guests = true, name = 'New'", 1001),
        ElementsAre("eventTypes.1001.title")
    );
    EXPECT_EQ(status(1001), "error");
    EXPECT_THAT(error(1001), HasSubstr("age (minLength, maxLength)"));
}

TEST_F(Losses, OfAScheduleOfSomebodyElseAreToldInCalcomsWords) {
    json::object world = simulator().state();
    world["schedules"].as_array().push_back({{"id", 5002}, {"ownerId", 900}});
    simulator().seed(world);
    EXPECT_THAT(
        changed_by("calcom_schedule_id = 5002, name = 'New'", 1001),
        ElementsAre("eventTypes.1001.title")
    ) << "what is not refused is pushed";
    EXPECT_EQ(status(1001), "error");
    EXPECT_THAT(error(1001), HasSubstr("does not own schedule with ID=5002"));
    EXPECT_THAT(error(1001), HasSubstr("sent calcom_schedule_id 5002"));
    EXPECT_EQ(ask("select count(*) from calfleet.dead_letters where state = 'open'"), "1");
    EXPECT_THAT(
        changed_by("calcom_schedule_id = 5001", 1001), ElementsAre("eventTypes.1001.scheduleId")
    );
    EXPECT_EQ(status(1001), "synced");
    EXPECT_EQ(
        ask("select state || ' ' || decided_by from calfleet.dead_letters"),
        "superseded service-pusher"
    ) << "a later push answers it";
}

} // namespace
} // namespace calfleet::service_pusher
