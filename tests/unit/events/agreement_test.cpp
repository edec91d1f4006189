// Every field of a booking with everything that a producer, a template or another language may put
// there: the published schema and the codec say the same, and what says nothing decides nothing.

#include "common/events/booking.h"
#include "common/json/syntax.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/events/record.h"

namespace calfleet::events {
namespace {

/// booking-rescheduled shares the definitions of both (ProtoSchemas.ShareTheirDefinitions).
constexpr std::array<std::string_view, 2> kKinds{kBookingCreated, kBookingCancelled};

/// "booking.organizer.id"; a number is an element of a list.
constexpr std::array kFields{
    "booking.uid",
    "booking.id",
    "booking.bookingId",
    "booking.eventTypeId",
    "booking.eventType",
    "booking.eventType.id",
    "booking.status",
    "booking.start",
    "booking.startTime",
    "booking.end",
    "booking.endTime",
    "booking.updatedAt",
    "booking.organizer",
    "booking.organizer.id",
    "booking.organizer.name",
    "booking.organizer.email",
    "booking.organizer.username",
    "booking.hosts",
    "booking.hosts.0",
    "booking.team",
    "booking.team.members",
    "booking.team.members.0",
    "booking.team.members.0.id",
    "booking.team.members.0.name",
    "booking.attendees",
    "booking.attendees.0",
    "booking.attendees.0.name",
    "booking.attendees.0.email",
    "booking.attendees.0.phoneNumber",
    "booking.attendees.0.timeZone",
    "booking.attendees.0.seatUid",
    "booking.attendees.0.bookingFieldsResponses",
    "booking.responses",
    "booking.responses.name",
    "booking.responses.email",
    "booking.responses.email.value",
    "booking.responses.location",
    "booking.responses.hosts",
    "booking.bookingFieldsResponses",
    "booking.bookingFieldsResponses.email",
    "booking.smsReminderNumber",
    "booking.seatsPerTimeSlot",
    "booking.attendeeSeatId",
    "booking.seatUid",
    "booking.recurringEvent",
    "booking.recurringBookingUid",
    "booking.rescheduleUid",
    "booking.rescheduledFromUid",
    "booking.rescheduledToUid",
    "booking.rescheduleStartTime",
    "booking.rescheduleEndTime",
    "booking.title",
    "branch_id"};

/// What may stand there; nothing at all besides.
constexpr std::array kValues{
    "null",
    R"("")",
    R"("  ")",
    R"("unknown")",
    R"("Nameless")",
    R"("Email-less")",
    R"("{{place.of.a.template}}")",
    R"("two\twords\r\nand a line")",
    R"("nothing\u0000at all")",
    R"("half \ud83d")",
    "4001",
    "4001.0",
    "4001.5",
    R"("4001")",
    "18446744073709551616",
    "1e400",
    "0",
    "-1",
    "true",
    "[]",
    "{}",
    "[[]]",
    R"({"a":1})"};

/// A pattern cannot say "no half character", and some validators cut text at a NUL first.
bool schema_cannot_tell(std::string_view field, std::string_view value) {
    const bool hard = value.find("half") != std::string_view::npos ||
                      value.find("u0000") != std::string_view::npos;
    return hard &&
           (field.ends_with("uid") || field.ends_with("Uid") || field.ends_with("attendeeSeatId"));
}

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    EXPECT_TRUE(in) << file;
    return {std::istreambuf_iterator<char>(in), {}};
}

/// JSON Schema takes 4001.0 for an integer; valijson goes by how it is written.
void write_integers_plainly(boost::json::value& value) {
    if (value.is_double()) {
        const double number = value.as_double();
        if (std::trunc(number) == number && std::abs(number) <= 9007199254740992.0)
            value = static_cast<std::int64_t>(number);
    } else if (value.is_array()) {
        for (auto& element : value.as_array())
            write_integers_plainly(element);
    } else if (value.is_object()) {
        for (auto& member : value.as_object())
            write_integers_plainly(member.value());
    }
}

class Agreement : public ::testing::TestWithParam<std::string_view> {
protected:
    Agreement() {
        const auto path =
            std::filesystem::path(CALFLEET_SOURCE_DIR) / "proto" / GetParam() / "v1.schema.json";
        const boost::json::value document = boost::json::parse(bytes_of(path));
        const valijson::adapters::BoostJsonAdapter adapter(document);
        valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(adapter, schema_);
    }

    bool fits_schema(const std::string& document) {
        std::vector<json::Mend> mends;
        EXPECT_FALSE(json::find_mistake(document, mends)) << document;
        boost::json::value value = boost::json::parse(json::mended(document, mends));
        write_integers_plainly(value);
        valijson::Validator validator;
        return validator.validate(schema_, valijson::adapters::BoostJsonAdapter(value), nullptr);
    }

    std::string decode(const std::string& document) {
        TestRecord record;
        record.with("ce_type", std::string(GetParam())).carrying(document);
        arena_.clear();
        const auto envelope = decode_envelope(record.view(), arena_);
        if (!envelope) return envelope.error().message;
        const auto event = decoder_.decode(*envelope, arena_);
        return event ? "" : event.error().message;
    }

    /// A whole booking in which one field has another value, or is not there.
    static std::string booking_with(std::string_view field, std::string_view value) {
        boost::json::value data = boost::json::parse(R"({"booking":{
            "uid":"u1","id":7,"bookingId":7,"eventTypeId":4001,"eventType":{"id":4001},
            "status":"ACCEPTED","start":"2027-02-03T09:00:00Z","startTime":"2027-02-03T09:00:00Z",
            "end":"2027-02-03T09:30:00Z","endTime":"2027-02-03T09:30:00Z",
            "updatedAt":"2027-01-11T08:00:00Z",
            "organizer":{"id":5,"name":"Ada Lind","email":"ada@x.example","username":"ada"},
            "hosts":[{"id":6}],"team":{"members":[{"id":8,"name":"Bo"}]},
            "attendees":[{"name":"Cy","email":"cy@x.example","phoneNumber":"+4915112345678",
                          "timeZone":"Europe/Berlin"}],
            "responses":{"name":{"value":"Cy"},"email":{"value":"cy@x.example"}},
            "bookingFieldsResponses":{"email":"cy@x.example"},
            "rescheduleUid":"u0"},"branch_id":3})");
        boost::json::value* place = &data;
        std::string last;
        for (const auto& part : split_at_dots(field)) {
            if (!last.empty()) place = &inside(*place, last);
            last = part;
        }
        if (value.empty()) {
            if (place->is_array())
                place->as_array().clear();
            else
                place->as_object().erase(last);
            return boost::json::serialize(data);
        }
        // Written as it stands: the value need not be JSON that this library reads.
        inside(*place, last) = "@@";
        std::string text = boost::json::serialize(data);
        return text.replace(text.find("\"@@\""), 4, value);
    }

private:
    static std::vector<std::string> split_at_dots(std::string_view field) {
        std::vector<std::string> parts{""};
        for (const char c : field)
            if (c == '.')
                parts.emplace_back();
            else
                parts.back() += c;
        return parts;
    }
    static boost::json::value& inside(boost::json::value& place, const std::string& name) {
        if (place.is_array()) return place.as_array().at(0);
        if (!place.is_object()) place = boost::json::object();
        return place.as_object()[name];
    }

    valijson::Schema schema_;
    TextArena arena_;
    BookingDecoder decoder_;
};

TEST_P(Agreement, OfSchemaAndCodecAboutEveryFieldWithEveryValue) {
    int accepted = 0;
    int refused = 0;
    for (const std::string_view field : kFields)
        for (const std::string_view value : kValues) {
            const std::string document = booking_with(field, value);
            const std::string reason = decode(document);
            (reason.empty() ? accepted : refused)++;
            if (schema_cannot_tell(field, value)) continue;
            EXPECT_EQ(fits_schema(document), reason.empty())
                << field << " = " << value << ": codec: " << reason;
        }
    EXPECT_GT(accepted, 300);
    EXPECT_GT(refused, 200);
}

TEST_P(Agreement, ThatWhatSaysNothingIsLikeWhatIsNotThere) {
    for (const std::string_view field : kFields) {
        const std::string absent = decode(booking_with(field, ""));
        for (const std::string_view nothing : {"null", R"("")", R"("  ")", R"("{{x}}")"})
            EXPECT_EQ(decode(booking_with(field, nothing)), absent) << field << " = " << nothing;
    }
}

INSTANTIATE_TEST_SUITE_P(Bookings, Agreement, ::testing::ValuesIn(kKinds), [](const auto& kind) {
    std::string name(kind.param);
    for (char& c : name)
        if (c == '-') c = '_';
    return name;
});

} // namespace
} // namespace calfleet::events
