// POST /v2/bookings under 2024-08-13.
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

#include "tests/calcom-sim/bookings.h"
#include "tests/calcom-sim/bookings_ids.h"
#include "tests/calcom-sim/bookings_make.h"
#include "tests/calcom-sim/bookings_view.h"
#include "tests/calcom-sim/event_type_view.h"
#include "tests/calcom-sim/shapes.h"
#include "tests/calcom-sim/webhooks_send.h"

namespace calfleet::calcom_sim {
namespace {

using std::chrono::minutes;

// The code that every address is verified with. The real one's changes and comes by mail.
constexpr std::string_view kVerificationCode = "424242";

// A series has at most so many occurrences, whatever is asked for.
constexpr std::int64_t kMostOccurrences = 100;

// All that was checked, to be written after the race window. The event type is a copy: it may be
// gone by then.
struct Plan {
    EventType type{};
    std::vector<Booking> drafts{};
    bool series{};
    bool legacy{};
};

// A length that the request names.
std::optional<Answer>
refuse_named_length(const Context& context, const EventType& type, const BookingWish& wish) {
    if (!wish.length_minutes) return std::nullopt;
    const json::value options = rest_value(type, "lengthInMinutesOptions");
    if (!options.is_array())
        return context.refuse(
            400,
            "Can't specify 'lengthInMinutes' because event type does not have multiple possible "
            "lengths. Please, remove the 'lengthInMinutes' field from the request."
        );
    std::string offered;
    for (const json::value& option : options.get_array()) {
        if (option == *wish.length_minutes) return std::nullopt;
        offered += (offered.empty() ? "" : ", ") + json::serialize(option);
    }
    return context.refuse(
        400,
        "Provided 'lengthInMinutes' is not one of the possible lengths for the event type. The "
        "possible lengths are: " +
            offered
    );
}

enum class Expected { Text, Number, Flag, List, TextOrNumber, Anything };

Expected expected_of(std::string_view type) {
    if (type == "number") return Expected::Number;
    if (type == "boolean") return Expected::Flag;
    if (type == "multiemail" || type == "multiselect" || type == "checkbox") return Expected::List;
    if (type == "select" || type == "radio") return Expected::TextOrNumber;
    for (const char* text : {"phone", "address", "text", "textarea", "url"})
        if (type == text) return Expected::Text;
    return Expected::Anything;
}

bool is_as_expected(Expected expected, const json::value& value) {
    switch (expected) {
    case Expected::Text:
        return value.is_string();
    case Expected::Number:
        return value.is_number();
    case Expected::Flag:
        return value.is_bool();
    case Expected::List:
        return value.is_array();
    case Expected::TextOrNumber:
        return value.is_string() || value.is_number();
    case Expected::Anything:
        break;
    }
    return true;
}

std::string_view name_of(Expected expected) {
    constexpr std::array<std::string_view, 5> kNames{
        "string", "number", "boolean", "array", "string or number"};
    return expected == Expected::Anything ? "" : kNames.at(static_cast<std::size_t>(expected));
}

std::string_view javascript_type(const json::value& value) {
    if (value.is_string()) return "string";
    if (value.is_number()) return "number";
    return value.is_bool() ? "boolean" : "object";
}

std::string text_of_option(const json::value& value) {
    return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

// An answer that is none of the field's options.
std::optional<std::string>
option_complaint(const json::object& field, const std::string& slug, const json::value& value) {
    const json::value* const options = field.if_contains("options");
    if (options == nullptr || !options->is_array() || options->get_array().empty())
        return std::nullopt;
    std::string allowed;
    std::vector<std::string> known;
    for (const json::value& option : options->get_array()) {
        known.push_back(text_of_option(option));
        allowed += (allowed.empty() ? "" : ", ") + known.back();
    }
    const auto fits = [&](const json::value& one) {
        return std::find(known.begin(), known.end(), text_of_option(one)) != known.end();
    };
    const std::string ending =
        " for booking field '" + slug + "'. Allowed options are: " + allowed + ".";
    if (!value.is_array())
        return fits(value)
                   ? std::nullopt
                   : std::optional("Invalid option '" + text_of_option(value) + "'" + ending);
    const auto& given = value.get_array();
    if (std::all_of(given.begin(), given.end(), fits)) return std::nullopt;
    return "One or more invalid options" + ending;
}

// What is wrong with the answer to one of the type's own questions.
std::optional<std::string>
answer_complaint(const EventType& type, const json::object& field, const BookingWish& wish) {
    const std::string slug = text_of(field, "slug");
    const json::value* const required = field.if_contains("required");
    const json::value* const value = wish.responses.if_contains(slug);
    if (value == nullptr) {
        if (required == nullptr || !required->is_bool() || !required->get_bool())
            return std::nullopt;
        return "Missing required booking field response: " + slug +
               " - it is required by the event type booking fields, but missing in the "
               "bookingFieldsResponses. You can fetch the event type with ID " +
               std::to_string(type.id) + " to see the required fields.";
    }
    const std::string kind = text_of(field, "type");
    const Expected expected = expected_of(kind);
    const json::value answered = value->is_null() ? json::value("") : *value;
    if (!is_as_expected(expected, answered))
        return "Invalid type for booking field '" + slug + "'. Expected type " +
               std::string(name_of(expected)) + " (compatible with field type '" + kind +
               "'), but received " + std::string(javascript_type(answered)) + ".";
    return option_complaint(field, slug, answered);
}

std::optional<Answer>
refuse_responses(const Context& context, const EventType& type, const BookingWish& wish) {
    for (const json::value& element : type.booking_fields) {
        const json::object& field = element.get_object();
        const json::value* const built_in = field.if_contains("isDefault");
        if (built_in != nullptr && built_in->is_bool() && built_in->get_bool()) continue;
        if (auto wrong = answer_complaint(type, field, wish)) return context.refuse(400, *wrong);
    }
    return std::nullopt;
}

std::optional<Answer>
refuse_booker(const Context& context, const EventType& type, const BookingWish& wish) {
    const json::value limit = rest_value(type, "bookerActiveBookingsLimit");
    if (!is_on(limit)) return std::nullopt;
    const auto most = whole_of(limit.get_object(), "maximumActiveBookings");
    if (!most) return std::nullopt;
    std::int64_t active = 0;
    const Booking* last = nullptr;
    for (const auto& [uid, booking] : context.world.bookings.rows()) {
        if (booking.event_type_id != type.id || booking.end <= context.now ||
            booking.status != BookingStatus::Accepted ||
            booker_email(booking) != wish.attendee.email)
            continue;
        ++active;
        if (last == nullptr || last->start < booking.start) last = &booking;
    }
    if (active < *most) return std::nullopt;
    const json::value* const offers = limit.get_object().if_contains("offerReschedule");
    std::string text = "Attendee with this email can't book because the maximum number of active "
                       "bookings has been reached.";
    if (last != nullptr && offers != nullptr && offers->is_bool() && offers->get_bool())
        text += " You can reschedule your existing booking (" + last->uid +
                ") to a new timeslot instead.";
    return context.refuse(400, text);
}

// A type may want to know that the booker's address is his.
std::optional<Answer> refuse_unverified(const EventType& type, const BookingWish& wish) {
    const json::value wanted = rest_value(type, "requiresBookerEmailVerification");
    if (!wanted.is_bool() || !wanted.get_bool()) return std::nullopt;
    if (wish.verification_code.empty()) return bare_failure(400, "email_verification_required");
    if (wish.verification_code == kVerificationCode) return std::nullopt;
    return bare_failure(400, "invalid_verification_code");
}

std::optional<Answer>
refuse_series(const Context& context, const EventType& type, const BookingWish& wish) {
    const json::value recurrence = rest_value(type, "recurrence");
    if (!is_on(recurrence)) return std::nullopt;
    if (is_on(rest_value(type, "seats"))) return bare_failure(400, "recurring_event_seats_error");
    const auto most = whole_of(recurrence.get_object(), "occurrences");
    if (!wish.occurrences || !most || *wish.occurrences <= *most) return std::nullopt;
    return context.refuse(
        400, "Provided recurrence count is higher than the event type's recurring event count."
    );
}

// Round robin types and those that want a confirmation answer an exact repeat with what is there.
const Booking* repeated(const Context& context, const EventType& type, const BookingWish& wish) {
    const bool pending = needs_confirmation(type, wish.start, context.now);
    if (type.scheduling != Scheduling::RoundRobin && !pending) return nullptr;
    const BookingStatus status = pending ? BookingStatus::Pending : BookingStatus::Accepted;
    for (const auto& [uid, booking] : context.world.bookings.rows())
        if (booking.event_type_id == type.id && booking.start == wish.start &&
            booking.status == status && !booking.attendees.empty() &&
            booking.attendees.front().email == wish.attendee.email &&
            booking.attendees.front().phone_number == wish.attendee.phone_number)
            return &booking;
    return nullptr;
}

std::vector<Instant> starts_of(const EventType& type, const BookingWish& wish) {
    const json::value recurrence = rest_value(type, "recurrence");
    if (!is_on(recurrence)) return {wish.start};
    const json::object& fields = recurrence.get_object();
    const std::int64_t most = whole_of(fields, "occurrences").value_or(1);
    const std::int64_t count =
        std::clamp<std::int64_t>(wish.occurrences.value_or(most), 1, kMostOccurrences);
    const auto interval = static_cast<int>(whole_of(fields, "interval").value_or(1));
    const std::string frequency = text_of(fields, "frequency");
    std::vector<Instant> starts;
    const Date first = std::chrono::floor<std::chrono::days>(wish.start);
    const auto time = wish.start - first;
    for (int step = 0; step < static_cast<int>(std::min(count, most)); ++step) {
        const std::chrono::year_month_day date(first);
        Date day = first + std::chrono::days(interval * step * (frequency == "daily" ? 1 : 7));
        if (frequency == "monthly") day = Date(date + std::chrono::months(interval * step));
        if (frequency == "yearly") day = Date(date + std::chrono::years(interval * step));
        starts.push_back(day + time);
    }
    return starts;
}

std::variant<Plan, Answer>
plan(const Context& context, const EventType& type, const BookingWish& wish) {
    Plan plan{.type = type, .legacy = wish.legacy};
    const std::vector<Instant> starts = starts_of(type, wish);
    plan.series = is_on(rest_value(type, "recurrence"));
    const std::string series = plan.series ? random_uuid(context.world.random) : std::string{};
    const minutes length(wish.length_minutes.value_or(type.length_minutes));
    for (const Instant start : starts) {
        const HostQuestion question{.world = context.world, .type = type, .reads = context.now};
        auto cast = cast_or_refusal(
            context, question, {.from = start, .to = start + length}, Wording::Create
        );
        if (Answer* refused = std::get_if<Answer>(&cast)) return std::move(*refused);
        Booking booking = draft(context, type, wish, std::get<Cast>(cast), start);
        booking.recurring_uid = series;
        plan.drafts.push_back(std::move(booking));
    }
    return plan;
}

std::vector<Outbound>
tell(const Context& context, const Plan& plan, const std::vector<std::string>& uids) {
    std::vector<Outbound> deliveries;
    for (const std::string& uid : uids) {
        const Booking& booking = *context.world.bookings.find(uid);
        const bool pending = booking.status == BookingStatus::Pending;
        Told told{.world = context.world, .booking = booking, .type = plan.type};
        if (pending) told.password = random_uuid(context.world.random);
        told.legacy = plan.legacy;
        for (Outbound& delivery : announce(
                 context,
                 pending ? kBookingRequested : kBookingCreated,
                 booking,
                 booked_payload(told)
             ))
            deliveries.push_back(std::move(delivery));
    }
    return deliveries;
}

Outcome write(const Context& context, const Plan& plan) {
    std::vector<std::string> uids;
    for (const Booking& booking : plan.drafts) {
        if (insert(context, booking) == nullptr) return lost_race();
        uids.push_back(booking.uid);
    }
    Outcome outcome;
    outcome.deliveries = tell(context, plan, uids);
    // The old version shows the row as it was before the last touch.
    json::object legacy;
    if (plan.legacy)
        legacy = legacy_booking_view(context.world, *context.world.bookings.find(uids.front()));
    outcome.next = [&context, uids, series = plan.series, legacy]() -> Outcome {
        json::array shown;
        std::vector<Effect> effects;
        for (const std::string& uid : uids) {
            const Booking* const booking = touch(context, uid);
            if (booking == nullptr) continue;
            shown.push_back(booking_view(context.world, *booking, context.now));
            effects.push_back({"booking.created", uid});
        }
        if (shown.empty()) return bare_failure(500, "Internal server error");
        if (!legacy.empty()) shown[0] = legacy;
        Answer answer = success(series ? json::value(std::move(shown)) : shown[0], 201);
        answer.effects = std::move(effects);
        return answer;
    };
    return outcome;
}

// An instant booking waits for a host to come: nobody's time is looked at, and nobody but the
// subscribers of INSTANT_MEETING is told.
Outcome book_at_once(Context& context, const EventType& type, const BookingWish& wish) {
    if (!type.team_id)
        return context.refuse(
            400,
            "Instant bookings are only supported for team event types, not individual user event "
            "types."
        );
    Booking booking = draft(context, type, wish, {.organizer = 0}, wish.start);
    booking.location = "integrations:daily";
    const Booking& made = *insert(context, std::move(booking));
    const std::string token = random_uuid(context.world.random) + random_uuid(context.world.random);
    Outcome outcome;
    outcome.deliveries = announce(
        context,
        kInstantMeeting,
        made,
        {{"triggerEvent", kInstantMeeting},
         {"uid", made.uid},
         {"responses", made.responses},
         {"connectAndJoinUrl", context.world.web_url + "/connect-and-join?token=" + token},
         {"eventTypeId", type.id},
         {"eventTypeTitle", type.title},
         {"customInputs", json::object()}}
    );
    outcome.answer = success(booking_view(context.world, made, context.now), 201);
    outcome.answer.effects.push_back({"booking.created", made.uid});
    return outcome;
}

Outcome create(Context& context) {
    auto read = read_wish(context);
    if (Answer* refused = std::get_if<Answer>(&read)) return std::move(*refused);
    const BookingWish& wish = std::get<BookingWish>(read);
    auto meant = event_type_meant(context, wish.type);
    if (Answer* refused = std::get_if<Answer>(&meant)) return std::move(*refused);
    return book(context, *std::get<const EventType*>(meant), wish);
}

} // namespace

const Booking* touch(const Context& context, const std::string& uid) {
    Booking* const booking = context.world.bookings.edit(uid, context.moment());
    if (booking != nullptr) booking->updated = context.moment();
    return booking;
}

Outcome book(Context& context, const EventType& type, const BookingWish& wish) {
    if (auto refused = refuse_type(context, type)) return *refused;
    if (wish.instant) return book_at_once(context, type, wish);
    if (auto refused = refuse_responses(context, type, wish)) return *refused;
    if (auto refused = refuse_series(context, type, wish)) return *refused;
    if (auto refused = refuse_named_length(context, type, wish)) return *refused;
    if (auto refused = refuse_place(context, type, wish)) return *refused;
    if (auto refused = refuse_booker(context, type, wish)) return *refused;
    if (auto refused = refuse_unverified(type, wish)) return *refused;
    if (const Booking* known = repeated(context, type, wish))
        return success(booking_view(context.world, *known, context.now), 201);
    if (auto refused = refuse_start(context, type, wish.start)) return *refused;
    if (auto refused = refuse_length(type, wish.length_minutes.value_or(type.length_minutes)))
        return *refused;
    if (is_on(rest_value(type, "seats"))) return take_seat(context, type, wish);
    auto planned = plan(context, type, wish);
    if (Answer* refused = std::get_if<Answer>(&planned)) return std::move(*refused);
    Outcome outcome;
    outcome.pause = context.settings.race_window;
    outcome.next = [&context, planned = std::get<Plan>(std::move(planned))] {
        return write(context, planned);
    };
    return outcome;
}

void register_booking_creation(Router& router) {
    router.add({"POST", "/v2/bookings", {kAugust13}, Auth::Optional, create});
}

} // namespace calfleet::calcom_sim
