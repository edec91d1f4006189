// Locations and booking fields, read in either form and compared by what they mean.

#include "common/events/booking_fields.h"
#include "common/events/locations.h"

#include <gtest/gtest.h>

#include <string>

namespace calfleet::events {
namespace {

std::string form(const std::string& list) {
    return locations_of(list).json;
}
std::string objection(const std::string& list) {
    return locations_of(list).objection;
}

TEST(Locations, OfEveryKindHaveAWrittenFormAndNoObjection) {
    const std::string all =
        R"([{"type":"address","address":"Elm St 1","public":true},)"
        R"({"type":"link","link":"https://meet.example/a","public":false},)"
        R"({"type":"phone","phone":"+4930123456","public":true},)"
        R"({"type":"integration","integration":"cal-video"},{"type":"attendeeAddress"},)"
        R"({"type":"attendeePhone"},{"type":"attendeeDefined"},{"type":"organizersDefaultApp"}])";
    EXPECT_EQ(form(all), all);
    EXPECT_EQ(objection(all), "");
}

TEST(Locations, AreEqualWhateverTheOrderOfMembersAndBlanks) {
    EXPECT_EQ(
        locations_of(R"([ {"public": true, "type": "link", "link": "https://a"} ])"),
        locations_of(R"([{"type":"link","link":"https://a","public":true}])")
    );
}

TEST(Locations, WithoutAWordAboutThePublicAreForThoseWhoBooked) {
    EXPECT_EQ(
        form(R"([{"type":"phone","phone":"+49301"}])"),
        R"([{"type":"phone","phone":"+49301","public":false}])"
    );
}

TEST(Locations, KeepTheirOrder) {
    EXPECT_FALSE(
        locations_of(R"([{"type":"attendeePhone"},{"type":"attendeeAddress"}])") ==
        locations_of(R"([{"type":"attendeeAddress"},{"type":"attendeePhone"}])")
    );
}

TEST(Locations, AreEqualWithAndWithoutWhatCalcomAddsButNotWrittenWithIt) {
    const std::string read =
        R"([{"type":"integration","integration":"zoom","link":null,"credentialId":12}])";
    EXPECT_EQ(form(read), R"([{"type":"integration","integration":"zoom"}])");
    EXPECT_EQ(
        objection(read),
        "locations[0].credentialId: 12 cannot be written through Cal.com's API; take it out"
    );
}

TEST(Locations, OfAnUnknownKindDifferFromOthersAndAreObjectedTo) {
    const std::string unknown = R"([{"type":"unknown","location":"{\"type\":\"x\"}"}])";
    EXPECT_EQ(
        objection(unknown), "locations[0].type: 'unknown' is no kind that Cal.com's API can write"
    );
    EXPECT_EQ(form(unknown), R"([{"location":"{\"type\":\"x\"}","type":"unknown"}])");
    EXPECT_EQ(objection(R"([{"type":"attendeePhone"},{}])"), "locations[1].type: missing");
}

TEST(Locations, ThatCannotBeWrittenAreNamedWithoutQuotingWhatPeopleWrote) {
    EXPECT_EQ(objection(R"([{"type":"address"}])"), "locations[0].address: missing");
    EXPECT_EQ(
        objection(R"([{"type":"phone","phone":"+49 30 1","publik":"Elm St"}])"),
        "locations[0].publik: cannot be written through Cal.com's API; take it out"
    );
    EXPECT_EQ(
        objection(R"([{"type":"link","link":"https://a","public":1}])"),
        "locations[0].public: 1 is neither true nor false"
    );
    EXPECT_EQ(
        form(R"([{"type":"link","public":1,"link":"https://a"}])"),
        R"([{"link":"https://a","public":1,"type":"link"}])"
    ) << "as it is, for it is no list with public: false";
    EXPECT_EQ(objection(R"(["office"])"), "locations[0]: text, not an object");
    EXPECT_EQ(objection(R"({"type":"attendeePhone"})"), "locations: an object, not a list");
    EXPECT_NE(objection("[]").find("locations: empty"), std::string::npos);
    EXPECT_NE(objection("[").find("locations: not JSON"), std::string::npos);
}

TEST(Locations, OfTheOrganizersAppNeedATeam) {
    EXPECT_TRUE(needs_team(locations_of(R"([{"type":"organizersDefaultApp"}])")));
    EXPECT_FALSE(needs_team(
        locations_of(R"([{"type":"address","address":"{\"type\":\"organizersDefaultApp\"}"}])")
    ));
}

// ------------------------------------------------------------------------------ booking fields

/// As Cal.com shows the fields that every event type has.
std::string shown(const std::string& questions = "", const std::string& title_hidden = "true") {
    return R"([{"isDefault":true,"type":"name","slug":"name","required":true,"label":"your_name",)"
           R"("disableOnPrefill":false},{"isDefault":true,"type":"email","slug":"email",)"
           R"("required":true,"disableOnPrefill":false,"hidden":false},{"isDefault":true,)"
           R"("type":"radioInput","slug":"location","required":false,"hidden":false},)" +
           questions +
           R"({"isDefault":true,"type":"text","slug":"title","required":true,)"
           R"("disableOnPrefill":false,"hidden":)" +
           title_hidden +
           R"(},{"isDefault":true,"type":"textarea","slug":"notes","required":false,)"
           R"("disableOnPrefill":false,"hidden":false},{"isDefault":true,"type":"multiemail",)"
           R"("slug":"guests","required":false,"disableOnPrefill":false,"hidden":false},)"
           R"({"isDefault":true,"type":"textarea","slug":"rescheduleReason","required":false,)"
           R"("disableOnPrefill":false,"hidden":false}])";
}

const std::string kAllergies = R"({"type":"text","slug":"allergies","label":"Allergies",)"
                               R"("required":true,"hidden":false,"placeholder":"none"})";
const std::string kRoom = R"({"type":"radio","slug":"room","label":"Room","required":false,)"
                          R"("hidden":false,"options":["big","small"]})";

std::string fields_form(const std::string& list) {
    return booking_fields_of(list).json;
}
std::string fields_objection(const std::string& list) {
    return booking_fields_of(list).objection;
}

TEST(BookingFields, ThatEveryEventTypeHasAreNothingToWrite) {
    EXPECT_EQ(fields_form(shown()), "[]");
    EXPECT_EQ(fields_objection(shown()), "");
    EXPECT_EQ(fields_form("[]"), "[]");
}

TEST(BookingFields, AreEqualInTheFormThatIsReadAndTheOneThatIsWritten) {
    const std::string read =
        R"({"isDefault":false,"type":"text","slug":"allergies","label":"Allergies",)"
        R"("required":true,"placeholder":"none","disableOnPrefill":false,"hidden":false},)";
    EXPECT_EQ(fields_form(shown(read)), "[" + kAllergies + "]");
    EXPECT_EQ(booking_fields_of(shown(read)), booking_fields_of("[" + kAllergies + "]"));
    EXPECT_EQ(fields_objection(shown(read)), "");
}

TEST(BookingFields, KeepTheOrderOfQuestionsWhereverCalcomsOwnStand) {
    const std::string notes = R"({"slug":"notes","required":true,"hidden":false})";
    const std::string email = R"({"type":"email","label":"Mail","required":true,"hidden":false})";
    EXPECT_EQ(
        fields_form("[" + kRoom + "," + notes + "," + kAllergies + "," + email + "]"),
        "[" + email + "," + kRoom + "," + kAllergies + "," + notes + "]"
    );
    EXPECT_NE(
        fields_form("[" + kRoom + "," + kAllergies + "]"),
        fields_form("[" + kAllergies + "," + kRoom + "]")
    );
}

TEST(BookingFields, OfCalcomAreWrittenWhereSomebodyChangedThem) {
    EXPECT_EQ(
        fields_form(shown("", "false")), R"([{"slug":"title","required":true,"hidden":false}])"
    );
    EXPECT_EQ(
        fields_form(R"([{"slug":"title","label":"Topic"}])"),
        R"([{"slug":"title","label":"Topic","required":false,"hidden":false}])"
    ) << "what a request means that does not say it";
    EXPECT_EQ(
        fields_form(R"([{"type":"name","label":"Who?","required":true}])"),
        R"([{"type":"name","label":"Who?"}])"
    );
}

TEST(BookingFields, OfEveryKindComeBackAsTheyWereWritten) {
    std::string all = R"([{"type":"splitName","firstNameLabel":"First","lastNameRequired":true},)"
                      R"({"slug":"location","label":"Where?"})";
    for (const std::string type :
         {"text", "textarea", "number", "phone", "address", "multiemail", "url"})
        all += R"(,{"type":")" + type + R"(","slug":")" + type +
               R"(-1","label":"L","required":false,"hidden":true,"placeholder":""})";
    all += R"(,{"type":"select","slug":"s","label":"L","required":true,"hidden":false,)"
           R"("placeholder":"p","options":["a"]},)" +
           kRoom +
           R"(,{"type":"boolean","slug":"b","label":"L","required":true,"hidden":false,)"
           R"("disableOnPrefill":true}])";
    EXPECT_EQ(fields_form(all), all);
    EXPECT_EQ(fields_objection(all), "");
}

TEST(BookingFields, SayApartWhetherGuestsMayBeNamed) {
    const auto fields = booking_fields_of(R"([{"slug":"guests","hidden":true}])");
    EXPECT_EQ(fields.json, "[]");
    EXPECT_EQ(fields.guests_hidden, true);
    EXPECT_EQ(booking_fields_of("[]").guests_hidden, std::nullopt);
    EXPECT_EQ(
        booking_fields_json(fields, true), R"([{"slug":"guests","required":false,"hidden":true}])"
    );
    EXPECT_EQ(
        booking_fields_json(
            booking_fields_of(R"([{"slug":"guests","label":"Who else?"},)" + kRoom + "]"), false
        ),
        "[" + kRoom + R"(,{"slug":"guests","label":"Who else?","required":false,"hidden":false}])"
    );
}

TEST(BookingFields, ThatOrganizationsAddOutOfSightAreNothingToWrite) {
    EXPECT_EQ(
        fields_form(shown(R"({"isDefault":true,"type":"phone","slug":"attendeePhoneNumber",)"
                          R"("required":false,"disableOnPrefill":false,"hidden":true},)")),
        "[]"
    );
}

TEST(BookingFields, OfATelephoneNumberStandInOnePlaceWhereverTheyAreListed) {
    const std::string phone =
        R"({"type":"phone","slug":"attendeePhoneNumber","label":"Call me at",)"
        R"("required":true,"hidden":false,"placeholder":""})";
    EXPECT_EQ(
        fields_form("[" + kRoom + "," + phone + "]"), fields_form("[" + phone + "," + kRoom + "]")
    );
    EXPECT_EQ(
        fields_form(R"([{"type":"phone","slug":"attendeePhoneNumber","label":"phone_number",)"
                    R"("required":false,"hidden":true}])"),
        "[]"
    );
}

TEST(BookingFields, OfASlugThatCalcomWouldWriteOtherwiseAreNamedWithTheRightOne) {
    EXPECT_EQ(
        fields_objection(R"([{"type":"text","slug":"Mein Feld Ü","label":"x"}])"),
        "bookingFields[0].slug: 'Mein Feld Ü' is not how Cal.com writes it; write 'Mein-Feld--'"
    );
    EXPECT_EQ(fields_objection(R"([{"type":"text","slug":"My_Field-2","label":"x"}])"), "");
}

TEST(BookingFields, ThatCannotBeWrittenAreNamedAndDifferFromAllOthers) {
    const std::string unknown = R"({"type":"unknown","slug":"unknown","bookingField":"{}"})";
    EXPECT_EQ(
        fields_objection("[" + kRoom + "," + unknown + "]"),
        "bookingFields[1].type: 'unknown' is no kind that Cal.com's API can write"
    );
    EXPECT_NE(fields_form("[" + unknown + "]"), "[]");
    EXPECT_EQ(
        fields_objection(R"([{"type":"name","required":false}])"),
        "bookingFields[0].required: false cannot be written: it is so by itself"
    );
    EXPECT_EQ(
        fields_objection("[" + kRoom + "," + kRoom + "]"),
        "bookingFields[1].slug: 'room' is there twice"
    );
    EXPECT_EQ(
        fields_objection(R"([{"type":"radio","slug":"r","options":[1]}])"),
        "bookingFields[0].options: an array has something that is not text"
    );
    EXPECT_EQ(
        fields_objection(R"([{"type":"text","slug":"t","label":"x","minLength":3}])"),
        "bookingFields[0].minLength: 3 cannot be written through Cal.com's API; take it out"
    );
    EXPECT_EQ(fields_objection(R"([{"slug":"t"}])"), "bookingFields[0].type: missing");
    EXPECT_EQ(
        fields_objection(R"([{"type":"text","slug":"email","label":"Mail"}])"),
        "bookingFields[0].slug: 'email' is the name of Cal.com's own field"
    );
    EXPECT_EQ(fields_objection("7"), "bookingFields: an integer, not a list");
}

TEST(EventTypeLists, TakeOfARepeatedMemberTheLast) {
    EXPECT_EQ(form(R"([{"type":"link","type":"attendeePhone"}])"), R"([{"type":"attendeePhone"}])");
}

TEST(EventTypeLists, HaveOneFormHoweverOftenTheyAreRead) {
    for (const std::string& list :
         {std::string("[1,null,{}]"),
          shown("", "false"),
          "[" + kRoom + "]",
          R"([{"slug":"title","required":true,"hidden":true},)" + kRoom +
              R"(,{"slug":"title","required":true,"hidden":true}])",
          std::string(R"([{"type":"unknown"},{"type":"email","required":"x"},{"slug":"guests"}])"
          )}) {
        EXPECT_EQ(fields_form(fields_form(list)), fields_form(list));
        EXPECT_EQ(form(form(list)), form(list));
    }
}

} // namespace
} // namespace calfleet::events
