#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "tests/calcom-sim/booking_fields.h"
#include "tests/calcom-sim/state.h"
#include "tests/unit/calcom_sim/api.h"

namespace calfleet::calcom_sim {
namespace {

std::string message(const Said& said) {
    return said.body().at("error").at("message").as_string().c_str();
}

std::string target(Id type) {
    return "/v2/event-types/" + std::to_string(type);
}

std::string slugs(const json::value& type) {
    std::string listed;
    for (const json::value& field : type.at("bookingFields").as_array())
        listed.append(field.at("slug").as_string()).append(" ");
    return listed;
}

// A question of the web app, with all that the API does not know of.
void ask_in_the_web_app(Api& api, Id type) {
    EventType& row = *api.simulator.world().event_types.edit(type, api.clock.now());
    json::array fields = default_booking_fields();
    fields.insert(
        fields.begin() + 3,
        json::parse(R"({"isDefault":false,"type":"text","slug":"plate","label":"Plate",
                        "required":true,"disableOnPrefill":false,"hidden":false,
                        "internal":{"minLength":3,"maxLength":10}})")
    );
    row.booking_fields = fields;
}

TEST(CalcomBookingFields, StandBetweenTheDefaultOnesAndReplaceAllThatWasThere) {
    Api api;
    const Id type = api.make_type("a");
    EXPECT_EQ(
        slugs(
            api.patch(
                   target(type),
                   R"({"bookingFields":[{"type":"text","slug":"one","label":"One","required":true},
                         {"slug":"notes","label":"Wishes"}]})"
            )
                .data()
        ),
        "name email location one title notes guests rescheduleReason "
    );
    const json::value after =
        api.patch(
               target(type),
               R"({"bookingFields":[{"type":"radio","slug":"two","label":"Two","required":false,
                   "options":["A","B"],"minLength":4}]})"
        )
            .data();
    EXPECT_EQ(slugs(after), "name email location two title notes guests rescheduleReason ");
    EXPECT_EQ(
        after.at("bookingFields").at(3),
        json::parse(R"({"isDefault":false,"type":"radio","slug":"two","label":"Two",
                        "required":false,"disableOnPrefill":false,"hidden":false,
                        "options":["A","B"]})")
    );
    EXPECT_FALSE(after.at("bookingFields").at(5).as_object().contains("label"));
}

TEST(CalcomBookingFields, OfTheWebAppAreLostToAnyWriteOfTheSetAndToDisableGuestsAlone) {
    for (const char* body :
         {R"({"bookingFields":[{"type":"text","slug":"plate","label":"Plate","required":true}]})",
          R"({"disableGuests":true})"}) {
        Api api;
        const Id type = api.make_type("a");
        ask_in_the_web_app(api, type);
        const auto kept = [&] {
            return json::serialize(to_json(*api.simulator.world().event_types.find(type)))
                       .find("minLength") != std::string::npos;
        };
        const Said shown = api.get(target(type));
        EXPECT_EQ(
            slugs(shown.data()),
            "name email location plate title notes guests "
            "rescheduleReason "
        );
        EXPECT_EQ(shown.text.find("minLength"), std::string::npos);
        EXPECT_EQ(api.patch(target(type), R"({"title":"Other"})").status, 200);
        EXPECT_TRUE(kept());
        EXPECT_EQ(api.patch(target(type), body).status, 200);
        EXPECT_FALSE(kept()) << body;
    }
}

TEST(CalcomBookingFields, SayWhetherGuestsAreDisabled) {
    Api api;
    const Id type = api.make_type("a");
    const json::value off = api.patch(target(type), R"({"disableGuests":true})").data();
    EXPECT_EQ(off.at("disableGuests"), true);
    EXPECT_EQ(off.at("bookingFields").at(5).at("hidden"), true);
    const json::value on =
        api.patch(target(type), R"({"bookingFields":[{"slug":"title"}]})").data();
    EXPECT_EQ(on.at("disableGuests"), false);
    EXPECT_EQ(on.at("bookingFields").at(3).at("hidden"), false) << "left out is off";
}

TEST(CalcomBookingFields, OfThePhoneNumberAreADefaultOneThatAWriteLeavesOut) {
    Api api;
    const Id type = api.make_type("a");
    const json::value with =
        api.patch(
               target(type),
               R"({"bookingFields":[{"type":"phone","slug":"attendeePhoneNumber","label":"Phone",
                   "required":false,"hidden":true}]})"
        )
            .data();
    EXPECT_EQ(
        slugs(with), "name email location attendeePhoneNumber title notes guests rescheduleReason "
    );
    EXPECT_EQ(with.at("bookingFields").at(3).at("isDefault"), true);
    EXPECT_EQ(
        slugs(api.patch(target(type), R"({"disableGuests":false})").data()),
        "name email location title notes guests rescheduleReason "
    );
}

TEST(CalcomBookingFields, AreRefusedInWordsOfTheirOwn) {
    Api api;
    const Id type = api.make_type("a");
    const auto refused = [&](const std::string& fields) {
        const Said said = api.patch(target(type), R"({"bookingFields":)" + fields + "}");
        return said.status == 400 ? message(said) : "status " + std::to_string(said.status);
    };
    EXPECT_EQ(refused("[]"), "'bookingFields' must contain at least 1 booking field.");
    EXPECT_EQ(
        refused(R"([{"type":"unknown","slug":"unknown","bookingField":"{}"}])"),
        "Unsupported booking field type 'unknown'."
    );
    EXPECT_EQ(
        refused(R"([{"type":"text","slug":"a"}])"),
        "Validation failed for text booking field: label must be a string, required must be a "
        "boolean value"
    );
    EXPECT_EQ(
        refused(R"([{"slug":"notes"},{"slug":"notes"}])"),
        "Duplicate bookingFields slug 'notes' found. All bookingFields slugs must be unique."
    );
    EXPECT_EQ(
        refused(R"([{"type":"email","required":false}])"),
        "Booking fields validation failed: visible and required email or visible and required "
        "attendee phone field is needed."
    );
    EXPECT_EQ(
        refused(R"([{"type":"email","required":false},{"type":"phone","required":true,"label":"P",
                    "slug":"attendeePhoneNumber"}])"),
        "checkIsEmailUserAccessible - Email booking field must be required and visible"
    );
}

TEST(CalcomBookingFields, HaveOtherSlugsInTheChildrenOfAManagedType) {
    Api api;
    const auto [parent, child] = api.make_managed("managed");
    const std::string parent_target = "/v2/teams/11/event-types/" + std::to_string(parent);
    const json::value written =
        api.patch(
               parent_target,
               R"({"bookingFields":[{"type":"text","slug":"Mein Feld Ü","label":"x",
                   "required":false}]})"
        )
            .data();
    EXPECT_EQ(written.at(0).at("bookingFields").at(3).at("slug"), "Mein Feld Ü");
    EXPECT_EQ(written.at(1).at("bookingFields").at(3).at("slug"), "Mein-Feld--");
}

} // namespace
} // namespace calfleet::calcom_sim
