// Slugs, locations, booking fields and metadata between the platform's rows and a simulated
// Cal.com, and services that were imported from there.

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/event_type_importer/importer_test.h"
#include "tests/integration/service_pusher/pusher_fixture.h"

namespace calfleet::service_pusher {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kOffice = R"([{"type":"address","address":"Elm St 1","public":true}])";
constexpr const char* kRoom = R"([{"type":"radio","slug":"room","label":"Room","required":true,)"
                              R"("hidden":false,"options":["big","small"]}])";

class ListsPush : public PusherTest {
protected:
    void edit(const std::string& assignments, int service = 1001) const {
        sql("update platform.services set " + assignments + " where id = " + std::to_string(service)
        );
    }
    std::string divergences(int service = 1001) const {
        return ask(
            "select coalesce(string_agg(field || ' ' || coalesce(resolution, 'open'), ', ' order "
            "by field), '') from platform.service_divergences where service_id = " +
            std::to_string(service)
        );
    }
    json::object at_calcom(int event_type = 1001) {
        const json::object world = simulator().state();
        for (const json::value& one : world.at("eventTypes").as_array())
            if (one.at("id").to_number<int>() == event_type) return one.as_object();
        return {};
    }
    /// What team-syncer tells of an event type, through event-type-importer.
    void import(int event_type) {
        event_type_importer::Lane lane(database());
        const json::object data{{"change", "created"}, {"event_type", at_calcom(event_type)}};
        const event_type_importer::Told told{
            .company = 1, .minute = ++imports_, .data = json::serialize(data)};
        ASSERT_EQ(lane.apply({told}), "A");
    }

private:
    int imports_{0};
};

TEST_F(ListsPush, BringsASlugToCalcom) {
    edit("slug = 'haircut'");
    push();
    EXPECT_THAT(patches(), ElementsAre(R"({"slug":"haircut"})"));
    EXPECT_EQ(at_calcom().at("slug"), "haircut");
    EXPECT_EQ(status(1001), "synced");
    edit("duration_minutes = 60");
    push();
    EXPECT_EQ(patches().back(), R"({"lengthInMinutes":60})") << "an unchanged slug is not sent";
}

TEST_F(ListsPush, BringsASlugToATeamsEventTypeWhichWouldRefuseItsOwn) {
    sql("insert into platform.services (id, company_id, name, slug, duration_minutes, "
        "calcom_event_type_id, calcom_team_id) overriding system value values (7, 1, 'Both of us', "
        "'type-4201', 30, 4201, 42)");
    push();
    EXPECT_THAT(patches(), ElementsAre(R"({"title":"Both of us"})"));
    edit("slug = 'both'", 7);
    push();
    EXPECT_EQ(at_calcom(4201).at("slug"), "both");
    EXPECT_EQ(status(7), "synced");
}

TEST_F(ListsPush, OfASlugThatCalcomWouldWriteOtherwiseEndsBeforeTheCall) {
    edit("slug = 'Hair Cut'");
    push();
    EXPECT_THAT(patches(), IsEmpty());
    EXPECT_EQ(status(1001), "error");
    EXPECT_THAT(column(1001, "sync_error"), HasSubstr("write 'hair-cut'"));
}

TEST_F(ListsPush, OfASlugThatCalcomWroteOtherwiseAllTheSameIsAnErrorWithBoth) {
    simulator().add_fault(
        {{"do", "mutate"}, {"set", {{"slug", "straße-1"}}}, {"match", {{"method", "PATCH"}}}}
    );
    edit("slug = 'straße'");
    push();
    EXPECT_EQ(status(1001), "error");
    EXPECT_THAT(
        column(1001, "sync_error"), HasSubstr(R"(slug (sent "straße", Cal.com has "straße-1"))")
    );
}

TEST_F(ListsPush, OfASlugThatIsTakenIsAnErrorWithCalcomsWords) {
    edit("slug = 'type-1002'");
    push();
    EXPECT_EQ(status(1001), "error");
    EXPECT_EQ(ask("select reason_class from calfleet.dead_letters"), "refused_invalid");
}

TEST_F(ListsPush, BringsLocationsToCalcom) {
    edit("locations = '" + std::string(kOffice) + "'");
    push();
    EXPECT_THAT(patches(), ElementsAre(R"({"locations":)" + std::string(kOffice) + "}"));
    EXPECT_EQ(at_calcom().at("locations"), json::parse(kOffice));
    EXPECT_EQ(status(1001), "synced");
    edit("locations = locations || '[{\"type\":\"attendeePhone\"}]'");
    push();
    EXPECT_EQ(at_calcom().at("locations").as_array().size(), 2U);
    EXPECT_EQ(status(1001), "synced");
    EXPECT_EQ(divergences(), "");
}

TEST_F(ListsPush, OfLocationsThatCannotBeWrittenEndsBeforeTheCallAndNamesThem) {
    edit(R"(locations = '[{"type":"attendeePhone"},{"type":"fax","fax":"1"}]')");
    push();
    EXPECT_THAT(patches(), IsEmpty());
    EXPECT_EQ(status(1001), "error");
    EXPECT_THAT(column(1001, "sync_error"), HasSubstr("locations[1].type: 'fax'"));
}

TEST_F(ListsPush, BringsBookingFieldsToCalcomWithoutTouchingItsOwn) {
    edit("booking_fields = '" + std::string(kRoom) + "'");
    push();
    ASSERT_EQ(patches().size(), 1U);
    EXPECT_THAT(
        patches().front(), HasSubstr(R"("disableGuests":false,"bookingFields":[{"type":"radio")")
    );
    EXPECT_EQ(at_calcom().at("bookingFields").as_array().size(), 8U) << "seven are Cal.com's own";
    EXPECT_EQ(status(1001), "synced");
    EXPECT_EQ(column(1001, "pushed->'booking_fields'->0->>'slug'"), "room");
    queue(1, 1001);
    push();
    EXPECT_EQ(patches().size(), 1U) << "it is there";
}

TEST_F(ListsPush, OfGuestsNeverTakesAQuestionAway) {
    simulator().edit_event_type(1001, {{"bookingFields", json::parse(kRoom)}});
    edit("disable_guests = true");
    push();
    ASSERT_EQ(patches().size(), 1U);
    EXPECT_THAT(patches().front(), HasSubstr(R"("slug":"room")"));
    EXPECT_THAT(patches().front(), HasSubstr(R"("slug":"guests","required":false,"hidden":true)"));
    EXPECT_EQ(status(1001), "synced");
}

TEST_F(ListsPush, NamesListsThatCalcomDropped) {
    simulator().add_fault(
        {{"do", "mutate"},
         {"set", {{"locations", json::array{}}, {"bookingFields", json::array{}}}},
         {"match", {{"method", "PATCH"}}}}
    );
    edit("locations = '" + std::string(kOffice) + "', booking_fields = '" + kRoom + "'");
    push();
    EXPECT_EQ(status(1001), "error");
    EXPECT_THAT(column(1001, "sync_error"), HasSubstr("dropped locations, booking_fields;"));
    EXPECT_THAT(column(1001, "sync_error"), testing::Not(HasSubstr("Elm St")));
}

TEST_F(ListsPush, RecordsForeignEditsOfEachAndOverwritesThem) {
    edit("slug = 'mine', locations = '" + std::string(kOffice) + "', booking_fields = '[]'");
    push();
    simulator().edit_event_type(
        1001,
        {{"slug", "theirs"},
         {"locations", json::parse(R"([{"type":"attendeePhone"}])")},
         {"bookingFields", json::parse(kRoom)}}
    );
    queue(1, 1001);
    push();
    EXPECT_EQ(divergences(), "booking_fields overwritten, locations overwritten, slug overwritten");
    EXPECT_EQ(at_calcom().at("slug"), "mine");
    EXPECT_EQ(at_calcom().at("locations"), json::parse(kOffice));
    EXPECT_EQ(at_calcom().at("bookingFields").as_array().size(), 7U);
    EXPECT_EQ(status(1001), "synced");
}

TEST_F(ListsPush, ReportsMetadataThatDifferAndNeverSendsThem) {
    edit(R"(metadata = '{"salon": "mitte"}')");
    push();
    EXPECT_THAT(patches(), IsEmpty());
    EXPECT_EQ(divergences(), "metadata open");
    EXPECT_EQ(status(1001), "synced") << "everything that can be pushed is";
    simulator().edit_event_type(1001, {{"metadata", {{"salon", "mitte"}}}});
    queue(1, 1001);
    push();
    EXPECT_EQ(divergences(), "metadata agreed");
}

TEST_F(ListsPush, OfAManagedParentGivesItsLocationsToTheChildren) {
    sql("insert into platform.services (id, company_id, name, duration_minutes, locations, "
        "calcom_event_type_id, calcom_team_id) overriding system value values (7, 1, 'Managed', "
        "30, '" +
        std::string(kOffice) + "', 4202, 42)");
    push();
    EXPECT_EQ(status(7), "synced");
    EXPECT_EQ(at_calcom(4203).at("locations"), json::parse(kOffice));
}

TEST_F(ListsPush, OfAServiceThatWasJustImportedChangesNothing) {
    sql("delete from platform.services where id = 1001");
    json::array fields = at_calcom().at("bookingFields").as_array();
    fields.push_back(
        {{"isDefault", false},
         {"type", "text"},
         {"slug", "allergies"},
         {"label", "Allergies"},
         {"required", true},
         {"placeholder", ""},
         {"disableOnPrefill", false},
         {"hidden", false}}
    );
    simulator().edit_event_type(
        1001,
        {{"slug", "As_Somebody.Made-It"},
         {"bookingFields", fields},
         {"metadata", {{"salon", "mitte"}}},
         {"locations",
          json::parse(
              R"([{"type":"integration","integration":"google-meet","link":null,"credentialId":12},
                  {"type":"unknown","location":"{\"type\":\"integrations:new\"}"}])"
          )}}
    );
    import(1001);
    const int service =
        std::stoi(ask("select id from platform.services where calcom_event_type_id = 1001"));
    EXPECT_EQ(column(service, "jsonb_array_length(booking_fields)"), "8");
    EXPECT_EQ(column(service, "locations->0->'credentialId'"), "12");

    edit("version = version + 1", service);
    push();
    EXPECT_THAT(patches(), IsEmpty());
    EXPECT_EQ(status(service), "synced") << column(service, "sync_error");
    EXPECT_EQ(divergences(service), "");
    import(1001);
    EXPECT_EQ(divergences(service), "") << "nor does what the push wrote look like an edit";

    edit("duration_minutes = 50", service);
    push();
    EXPECT_THAT(patches(), ElementsAre(R"({"lengthInMinutes":50})"));
    EXPECT_EQ(status(service), "synced");
}

/// It would stay so for ever: no trouble of Cal.com's, and no statement that fails.
TEST_F(ListsPush, OfAnEventTypeThatIsLargerThanIsKeptSaysSoAndEnds) {
    simulator().edit_event_type(1001, {{"description", std::string(70'000, 'x')}});
    edit("name = 'Haircut'");
    push();
    EXPECT_EQ(status(1001), "error");
    EXPECT_EQ(
        column(1001, "sync_error"),
        "refused as too_large (200): data.description: 70000 bytes, at most 65536 are kept"
    );
    EXPECT_EQ(
        ask("select string_agg(reason_class, ',') from calfleet.dead_letters"), "refused_too_large"
    );
    simulator().edit_event_type(1001, {{"description", "short"}});
    edit("version = version + 1");
    push();
    EXPECT_EQ(status(1001), "synced");
}

TEST_F(ListsPush, NamesWhatWasDroppedInABoundedError) {
    edit("description = repeat('a', 60000)");
    simulator().add_fault(
        {{"do", "mutate"},
         {"set", {{"description", std::string(60'000, 'b')}}},
         {"match", {{"method", "PATCH"}}}}
    );
    push();
    EXPECT_EQ(
        column(1001, "sync_error"),
        "Cal.com accepted the change and dropped description (sent \"" + std::string(199, 'a') +
            "…, Cal.com has \"" + std::string(199, 'b') +
            "…); change it there, or take it back here"
    );
}

} // namespace
} // namespace calfleet::service_pusher
