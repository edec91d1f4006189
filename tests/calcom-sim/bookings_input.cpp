#include "tests/calcom-sim/bookings_input.h"

#include <algorithm>
#include <array>

#include "tests/calcom-sim/schedules_zone.h"

namespace calfleet::calcom_sim {
namespace {

const std::vector<std::string_view> kKnown{
    "start",
    "attendee",
    "eventTypeId",
    "eventTypeSlug",
    "username",
    "teamSlug",
    "organizationSlug",
    "lengthInMinutes",
    "guests",
    "metadata",
    "bookingFieldsResponses",
    "location",
    "meetingUrl",
    "recurrenceCount",
    "instant",
    "routing",
    "emailVerificationCode",
    "allowConflicts",
    "allowBookingOutOfBounds"};

constexpr std::array<std::string_view, 43> kLanguages{
    "ar", "ca",    "de", "es",    "eu",     "he", "id", "ja", "lv", "pl",   "ro",
    "sr", "th",    "vi", "az",    "cs",     "el", "en", "fi", "hr", "it",   "km",
    "nl", "pt",    "ru", "sv",    "tr",     "uk", "bg", "da", "et", "fr",   "hu",
    "ko", "pt-BR", "sk", "zh-CN", "es-419", "iw", "no", "ta", "bn", "zh-TW"};

constexpr std::string_view kMetadataRule =
    "Metadata must have at most 50 keys, each key up to 40 characters, and string values up to 500 "
    "characters.";
constexpr std::size_t kMostKeys = 50;
constexpr std::size_t kLongestKey = 40;
constexpr std::size_t kLongestValue = 500;

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
    }));
}

bool has(const json::object& fields, std::string_view name) {
    const json::value* const value = fields.if_contains(name);
    return value != nullptr && !value->is_null();
}

bool is_phone(std::string_view text) {
    return text.size() >= 8 && text.size() <= 16 && text[0] == '+' &&
           text.find_first_not_of("0123456789", 1) == text.npos;
}

void read_attendee(const json::object& body, Attendee& attendee, Objections& wrong) {
    constexpr std::string_view kParent = "attendee";
    const json::value* const value = body.if_contains(kParent);
    if (value == nullptr || value->is_null())
        return wrong.add(kParent, "attendee should not be null or undefined");
    if (!value->is_object())
        return wrong.add(kParent, "nested property attendee must be either object or array");
    const json::object& fields = value->get_object();
    attendee.name = text_of(fields, "name");
    attendee.email = text_of(fields, "email");
    attendee.time_zone = text_of(fields, "timeZone");
    if (!has(fields, "name")) wrong.add_within(kParent, "name", "name must be a string");
    if (!is_time_zone(attendee.time_zone))
        wrong.add_within(kParent, "timeZone", "timeZone" + std::string(kNoZone));
    if (has(fields, "phoneNumber")) {
        attendee.phone_number = text_of(fields, "phoneNumber");
        if (!is_phone(*attendee.phone_number))
            wrong.add_within(
                kParent,
                "phoneNumber",
                "Invalid phone number format. Please use international format."
            );
    }
    if (has(fields, "language")) {
        attendee.language = text_of(fields, "language");
        const bool known =
            std::find(kLanguages.begin(), kLanguages.end(), attendee.language) != kLanguages.end();
        if (!known) wrong.add_within(kParent, "language", "language must be a supported language");
    }
    if (has(fields, "email") && !is_email(attendee.email))
        wrong.add_within(kParent, "email", "Invalid email format");
    if (!has(fields, "email") && !has(fields, "phoneNumber"))
        wrong.add_within(
            kParent,
            "attendee email or phone",
            "Attendee must have at least one contact method (email or phone number)"
        );
    else if (attendee.email.empty() && attendee.phone_number)
        attendee.email = attendee.phone_number->substr(1) + "@sms.cal.com";
}

void read_type(const json::object& body, WantedType& type, Objections& wrong) {
    type.slug = text_of(body, "eventTypeSlug");
    type.username = text_of(body, "username");
    type.team_slug = text_of(body, "teamSlug");
    type.id = whole_of(body, "eventTypeId");
    if (type.id || (!type.slug.empty() && !(type.username.empty() && type.team_slug.empty())))
        return;
    if (has(body, "eventTypeId"))
        return wrong.add("eventTypeId", "eventTypeId must be an integer number");
    wrong.add(
        "eventTypeId or eventTypeSlug + username",
        "Either eventTypeId or eventTypeSlug + username or eventTypeSlug + teamSlug must be "
        "provided"
    );
}

void read_guests(const json::object& body, std::vector<std::string>& guests, Objections& wrong) {
    if (!has(body, "guests")) return;
    const json::value& value = body.at("guests");
    bool fits = value.is_array();
    if (fits)
        for (const json::value& guest : value.get_array()) {
            fits = fits && guest.is_string();
            if (fits) guests.emplace_back(guest.get_string());
        }
    if (!fits) wrong.add("guests", "each value in guests must be a string");
}

void read_count(
    const json::object& body,
    std::string_view name,
    std::optional<std::int64_t>& into,
    Objections& wrong
) {
    if (!has(body, name)) return;
    into = whole_of(body, name);
    if (!into)
        wrong.add(name, std::string(name) + " must be an integer number");
    else if (*into < 1)
        wrong.add(name, std::string(name) + " must not be less than 1");
}

void read_place(const json::object& body, BookingWish& wish, Objections& wrong) {
    wish.location = text_of(body, "meetingUrl");
    const json::value* const value = body.if_contains("location");
    if (value == nullptr || value->is_null()) return;
    if (value->is_string())
        wish.location = value->get_string().c_str();
    else if (value->is_object())
        wish.place = value->get_object();
    else
        wrong.add("location", "location must be an object");
}

// The places of an event type that are of this type.
std::vector<const json::object*> places_of(const EventType& type, std::string_view kind) {
    std::vector<const json::object*> found;
    for (const json::value& place : type.locations)
        if (place.is_object() && text_of(place.get_object(), "type") == kind)
            found.push_back(&place.get_object());
    return found;
}

// How a row keeps a place of an event type.
std::string kept_as(const json::object& place) {
    const std::string kind = text_of(place, "type");
    if (kind == "link" || kind == "phone" || kind == "address") return text_of(place, kind);
    if (kind == "integration" && text_of(place, kind) != "cal-video")
        return "integrations:" + text_of(place, kind);
    return "integrations:daily";
}

Answer not_found(const Context& context, const std::string& message) {
    return context.refuse(404, message);
}

} // namespace

bool is_email(std::string_view text) {
    const auto at = text.find('@');
    return at != std::string_view::npos && at > 0 && text.find('@', at + 1) == text.npos &&
           text.find('.', at) != text.npos && text.back() != '.' && text.find(' ') == text.npos;
}

bool metadata_fits(const json::value& metadata) {
    if (!metadata.is_object()) return false;
    const json::object& fields = metadata.get_object();
    return fields.size() <= kMostKeys &&
           std::all_of(fields.begin(), fields.end(), [](const auto& field) {
               return characters(field.key()) <= kLongestKey && field.value().is_string() &&
                      characters(field.value().get_string()) <= kLongestValue;
           });
}

std::variant<BookingWish, Answer> read_wish(const Context& context) {
    const json::object& body = context.request.fields();
    BookingWish wish;
    Objections wrong;
    wrong.refuse_others(body, kKnown);
    const auto start = iso_instant(body.if_contains("start"));
    if (!start) wrong.add("start", "start" + std::string(kNoDate));
    wish.start = start.value_or(Instant{});
    read_attendee(body, wish.attendee, wrong);
    read_type(body, wish.type, wrong);
    read_guests(body, wish.guests, wrong);
    if (has(body, "metadata")) {
        if (metadata_fits(body.at("metadata")))
            wish.metadata = body.at("metadata").get_object();
        else
            wrong.add("metadata", kMetadataRule);
    }
    if (has(body, "bookingFieldsResponses")) {
        const json::value& responses = body.at("bookingFieldsResponses");
        if (responses.is_object())
            wish.responses = responses.get_object();
        else
            wrong.add("bookingFieldsResponses", "bookingFieldsResponses must be an object");
    }
    read_count(body, "lengthInMinutes", wish.length_minutes, wrong);
    read_count(body, "recurrenceCount", wish.occurrences, wrong);
    read_place(body, wish, wrong);
    wish.verification_code = text_of(body, "emailVerificationCode");
    const json::value* const instant = body.if_contains("instant");
    wish.instant = instant != nullptr && instant->is_bool() && instant->get_bool();
    if (!wrong.empty()) return wrong.answer(context);
    return wish;
}

std::variant<const EventType*, Answer>
event_type_meant(const Context& context, const WantedType& wanted) {
    const World& world = context.world;
    if (wanted.id) {
        if (const EventType* type = world.event_types.find(*wanted.id)) return type;
        return not_found(
            context, "Event type with id " + std::to_string(*wanted.id) + " not found."
        );
    }
    const bool of_team = !wanted.team_slug.empty();
    const Team* const team = of_team ? world.team_with_slug(wanted.team_slug) : nullptr;
    const User* const user = of_team ? nullptr : world.user_named(wanted.username);
    if (of_team && team == nullptr)
        return not_found(context, "Team with slug " + wanted.team_slug + " not found");
    if (!of_team && user == nullptr)
        return not_found(context, "User with username " + wanted.username + " not found");
    for (const auto& [id, type] : world.event_types.rows()) {
        const bool theirs =
            of_team ? type.team_id == team->id : !type.team_id && type.owner_id == user->id;
        if (theirs && type.slug == wanted.slug) return &type;
    }
    return not_found(
        context,
        "Event type with slug " + wanted.slug + " belonging to " + (of_team ? "team " : "user ") +
            (of_team ? wanted.team_slug : wanted.username) + " not found."
    );
}

std::string location_of(const EventType& type, const BookingWish& wish) {
    if (!wish.location.empty()) return wish.location;
    const std::string kind = text_of(wish.place, "type");
    if (kind == "attendeeAddress") return text_of(wish.place, "address");
    if (kind == "attendeePhone") return text_of(wish.place, "phone");
    if (kind == "attendeeDefined") return text_of(wish.place, "location");
    for (const json::object* place : places_of(type, kind))
        if (kind != "integration" || text_of(*place, kind) == text_of(wish.place, kind))
            return kept_as(*place);
    if (type.locations.empty() || !type.locations[0].is_object()) return "integrations:daily";
    return kept_as(type.locations[0].get_object());
}

std::optional<Answer>
refuse_place(const Context& context, const EventType& type, const BookingWish& wish) {
    if (wish.place.empty()) return std::nullopt;
    const std::string kind = text_of(wish.place, "type");
    const auto listed = [](const auto& places, std::string_view name) {
        std::string names;
        for (const json::object* place : places)
            names += (names.empty() ? "" : ", ") + text_of(*place, name);
        return names;
    };
    const std::string of_type = " not valid for event type with id=" + std::to_string(type.id) +
                                ". The event type has following ";
    const auto same = places_of(type, kind);
    if (same.empty()) {
        std::vector<const json::object*> all;
        for (const json::value& place : type.locations)
            if (place.is_object()) all.push_back(&place.get_object());
        return context.refuse(
            400,
            "Booking location with type " + kind + of_type + "location types: " +
                listed(all, "type") + ", and only these types are allowed for booking location."
        );
    }
    const std::string app = text_of(wish.place, "integration");
    const bool fits = kind != "integration" ||
                      std::any_of(same.begin(), same.end(), [&](const json::object* place) {
                          return text_of(*place, "integration") == app;
                      });
    if (fits) return std::nullopt;
    return context.refuse(
        400,
        "Booking location with integration " + app + of_type +
            "integrations: " + listed(same, "integration") +
            ", and only these integrations are allowed for booking location."
    );
}

json::value place_answer(const BookingWish& wish) {
    struct Kind {
        std::string_view type;
        std::string_view value;
        std::string_view option; ///< the property that is the answer; "": none
    };
    constexpr std::array<Kind, 7> kKinds{{
        {"address", "inPerson", ""},
        {"attendeeAddress", "attendeeInPerson", "address"},
        {"link", "link", ""},
        {"phone", "userPhone", ""},
        {"organizersDefaultApp", "conferencing", ""},
        {"attendeePhone", "phone", "phone"},
        {"attendeeDefined", "somewhereElse", "location"},
    }};
    const auto answer = [](std::string_view value, const std::string& option) {
        return json::value(json::object{{"value", value}, {"optionValue", option}});
    };
    if (!wish.location.empty())
        return answer(
            is_link(wish.location) || wish.location.starts_with("www.") ? "link"
            : is_phone(wish.location)                                   ? "phone"
                                                                        : "somewhereElse",
            wish.location
        );
    const std::string type = text_of(wish.place, "type");
    for (const Kind& kind : kKinds)
        if (type == kind.type)
            return answer(
                kind.value, kind.option.empty() ? std::string{} : text_of(wish.place, kind.option)
            );
    if (type != "integration") return nullptr;
    const std::string app = text_of(wish.place, "integration");
    return answer(app == "cal-video" ? "integrations:daily" : "integrations:" + app, "");
}

bool is_link(std::string_view location) {
    return location.starts_with("http://") || location.starts_with("https://");
}

} // namespace calfleet::calcom_sim
