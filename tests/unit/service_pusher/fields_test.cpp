// Fields as they are compared, sent and kept.

#include "workers/service-pusher/fields.h"

#include "common/json/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace calfleet::service_pusher {
namespace {

using testing::ElementsAre;

Fields every_field() {
    return {
        .title = "Schnitt \"kurz\"\nund mehr",
        .slug = "schnitt",
        .description = "",
        .length_minutes = 45,
        .active = false,
        .minimum_notice_minutes = 0,
        .buffer_before_minutes = 5,
        .buffer_after_minutes = 10,
        .schedule = 5001,
        .requires_confirmation = true,
        .guests_disabled = false,
        .locations = events::locations_of(R"([{"type":"attendeePhone"}])"),
        .booking_fields = events::booking_fields_of(
            R"([{"type":"boolean","slug":"first","label":"First?","required":true}])"
        )};
}

TEST(PushedFields, AreThoseThatThePlatformOwns) {
    std::set<std::string_view> pushed, owned;
    for_each_field([&](std::string_view name, auto) { pushed.insert(name); });
    for (const auto& rule : service_fields::kFields)
        if (rule.owner == service_fields::Owner::Platform) owned.insert(rule.column);
    EXPECT_EQ(pushed, owned);
}

Pushed read(const std::string& text) {
    json::Parser parser;
    const auto value = parser.parse(text);
    return value ? read_pushed(*value) : Pushed{};
}

TEST(PushedDocument, ComesBackAsItWasWritten) {
    const Pushed pushed{
        .fields = every_field(), .unconfirmed = {Fields{.title = "a"}, Fields{.active = true}}};
    EXPECT_EQ(read(json_of(pushed)), pushed);
    EXPECT_EQ(read(json_of(Pushed{})), Pushed{});
}

TEST(PushedDocument, IsReadWhateverElseOthersWroteThere) {
    const Pushed pushed = read(
        R"({"name":7,"duration_minutes":45,"slug":["cut"],"metadata":{"a":[1]},"locations":{},"is_active":"yes","unconfirmed":5})"
    );
    EXPECT_EQ(pushed.fields, (Fields{.length_minutes = 45}));
    EXPECT_TRUE(pushed.unconfirmed.empty());
}

TEST(Fields, DifferWhereTheOtherSideHasNothing) {
    EXPECT_EQ(differing(Fields{.schedule = 5}, Fields{}), (Fields{.schedule = 5}));
    EXPECT_TRUE(differing(Fields{}, every_field()).empty());
    EXPECT_TRUE(differing(every_field(), every_field()).empty());
}

TEST(Fields, AreNamedAsTheColumnsOfServices) {
    EXPECT_THAT(
        values_of(Fields{.length_minutes = 45, .active = false}),
        ElementsAre(FieldValue{"duration_minutes", "45"}, FieldValue{"is_active", "false"})
    );
    EXPECT_EQ(value_of(Fields{.title = "a\"b"}, "name"), R"("a\"b")");
    EXPECT_EQ(value_of(Fields{}, "name"), std::nullopt);
}

TEST(Fields, BecomeAPatchOfExactlyThese) {
    const calcom::EventTypePatch all = patch_of(every_field());
    EXPECT_EQ(all.hidden, true) << "inactive here is hidden there";
    EXPECT_EQ(all.schedule, calcom::ScheduleId{5001});
    EXPECT_EQ(all.confirmation->when, calcom::Confirmation::When::Always);
    EXPECT_TRUE(patch_of(Fields{}).empty());
    EXPECT_EQ(
        patch_of(Fields{.requires_confirmation = false}).confirmation->when,
        calcom::Confirmation::When::Never
    );
}

TEST(Fields, OfAnEventTypeAreThoseOfThePatchThatWouldMakeIt) {
    calcom::EventType event_type;
    event_type.title = "Cut";
    event_type.length_minutes = 45;
    event_type.hidden = true;
    event_type.schedule = calcom::ScheduleId{5001};
    const Fields fields = fields_of(event_type);
    EXPECT_TRUE(calcom::compare(patch_of(fields), event_type).empty());
}

TEST(Fields, OfAnEventTypeAreAsTheyWouldBeImported) {
    calcom::EventType event_type;
    event_type.title = "Cut\tand\r\ncolour ";
    event_type.description = "One\r\ntwo\x07";
    EXPECT_EQ(fields_of(event_type).title, "Cut and colour");
    EXPECT_EQ(fields_of(event_type).description, "One\ntwo");
}

} // namespace
} // namespace calfleet::service_pusher
