#include "tests/calcom-sim/bookings_make.h"

#include "common/core/text.h"

#include <algorithm>
#include <cctype>

#include "tests/calcom-sim/bookings_ids.h"
#include "tests/calcom-sim/event_type_view.h"
#include "tests/calcom-sim/shapes.h"
#include "tests/calcom-sim/team_access.h"

namespace calfleet::calcom_sim {
namespace {

using std::chrono::days;
using std::chrono::minutes;

constexpr std::string_view kUserTaken =
    "User either already has booking at this time or is not available";
constexpr std::string_view kHostsTaken =
    "One of the hosts either already has booking at this time or is not available";
constexpr std::string_view kOutOfBounds =
    "The event type can't be booked at the \"start\" time provided. This could be because it's too "
    "soon (violating the minimum booking notice) or too far in the future (outside the event's "
    "scheduling window). Try fetching available slots first using the GET /v2/slots endpoint and "
    "then make a booking with \"start\" time equal to one of the available slots: "
    "https://cal.com/docs/api-reference/v2/slots";

bool is_weekend(Date date) {
    const std::chrono::weekday day(date);
    return day == std::chrono::Saturday || day == std::chrono::Sunday;
}

Instant end_of_window(const json::object& window, Instant now) {
    const Date today = std::chrono::floor<days>(now);
    const std::string kind = text_of(window, "type");
    if (kind == "range") {
        const json::value* const value = window.if_contains("value");
        const bool pair = value != nullptr && value->is_array() && value->get_array().size() == 2;
        const auto last = pair ? iso_instant(&value->get_array()[1]) : std::nullopt;
        return last ? *last + days(1) : Instant::max();
    }
    const auto count = whole_of(window, "value");
    if (!count) return Instant::max();
    if (kind != "businessDays") return today + days(*count + 1);
    Date date = today;
    for (std::int64_t left = std::min<std::int64_t>(*count, 10'000); left > 0;) {
        date += days(1);
        if (!is_weekend(date)) --left;
    }
    return date + days(1);
}

void add_guests(
    Booking& booking, const World& world, const EventType& type, const BookingWish& wish
) {
    for (const std::string& guest : wish.guests) {
        const auto is_host = [&](const Host& host) {
            const User* const user = world.users.find(host.user_id);
            return user != nullptr && user->email == guest;
        };
        if (type.team_id && std::any_of(type.hosts.begin(), type.hosts.end(), is_host)) continue;
        booking.guests.push_back(guest);
        booking.attendees.push_back({.email = guest, .time_zone = wish.attendee.time_zone});
    }
}

json::object responses_of(const Booking& booking, const BookingWish& wish) {
    json::object responses{{"email", wish.attendee.email}, {"name", wish.attendee.name}};
    if (wish.attendee.phone_number) responses["attendeePhoneNumber"] = *wish.attendee.phone_number;
    if (!booking.guests.empty())
        responses["guests"] = json::array(booking.guests.begin(), booking.guests.end());
    for (const auto& response : wish.responses)
        responses[response.key()] = response.value().is_null() ? json::value("") : response.value();
    for (const auto& response : wish.extra)
        responses[response.key()] = response.value();
    if (json::value place = place_answer(wish); !place.is_null())
        responses["location"] = std::move(place);
    return responses;
}

bool is_word_part(const std::string& text, std::size_t at) {
    return at < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_');
}

// Every place where the part stands as words of its own, whatever the case of its letters; nothing
// when there is none.
std::optional<std::string>
replaced(const std::string& text, const std::string& part, const std::string& by) {
    const auto lower = [](std::string word) {
        for (char& letter : word)
            letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
        return word;
    };
    const std::string in = lower(text);
    const std::string wanted = lower(part);
    std::string changed;
    std::size_t from = 0;
    bool found = false;
    for (auto at = in.find(wanted); at != std::string::npos; at = in.find(wanted, at + 1)) {
        const auto end = at + wanted.size();
        const bool begins = at == 0 || is_word_part(text, at - 1) != is_word_part(text, at);
        const bool ends = is_word_part(text, end - 1) != is_word_part(text, end);
        if (!begins || !ends || at < from) continue;
        changed.append(text, from, at - from).append(by);
        from = end;
        found = true;
    }
    if (!found) return std::nullopt;
    return changed.append(text, from, std::string::npos);
}

} // namespace

std::optional<Answer> refuse_type(const Context& context, const EventType& type) {
    if (type.scheduling == Scheduling::Managed)
        return context.refuse(
            400,
            "Event type with id=" + std::to_string(type.id) +
                " is the parent managed event type that can't be booked. You have to provide the "
                "child event type id aka id of event type that has been assigned to one of the "
                "users."
        );
    if (type.team_id && hosts_of(context.world, type, context.now).empty())
        return context.refuse(
            422,
            "Can't book this team event type because it has no hosts. Please, add at least 1 host "
            "to event type with id=" +
                std::to_string(type.id) +
                " belonging to team with id=" + std::to_string(*type.team_id) + " and try again."
        );
    const json::value wants_login = rest_value(type, "bookingRequiresAuthentication");
    if (!wants_login.is_bool() || !wants_login.get_bool()) return std::nullopt;
    const std::string guard = "checkBookingRequiresAuthentication - ";
    if (!context.caller_id)
        return context.refuse(
            401,
            guard + "request must be authenticated by passing credentials belonging to event type "
                    "owner, host or team or org admin or owner."
        );
    if (!may_see(context.world, type, *context.caller_id, context.now))
        return context.refuse(
            403,
            guard + "user is not authorized to access this event type. User has to be either event "
                    "type owner, host, team admin or owner or org admin or owner."
        );
    return std::nullopt;
}

std::optional<Answer> refuse_start(const Context& context, const EventType& type, Instant start) {
    if (start < context.now)
        return context.refuse(400, "Attempting to book a meeting in the past.");
    if (start < context.now + minutes(type.minimum_notice))
        return context.refuse(400, kOutOfBounds);
    const json::value window = rest_value(type, "bookingWindow");
    if (is_on(window) && start >= end_of_window(window.get_object(), context.now))
        return context.refuse(400, kOutOfBounds);
    return std::nullopt;
}

std::optional<Answer> refuse_length(const EventType& type, std::int64_t length_minutes) {
    const json::value options = rest_value(type, "lengthInMinutesOptions");
    const bool chosen = options.is_array() && !options.get_array().empty();
    const bool fits = chosen ? std::any_of(
                                   options.get_array().begin(),
                                   options.get_array().end(),
                                   [&](const json::value& one) { return one == length_minutes; }
                               )
                             : length_minutes == type.length_minutes;
    if (fits) return std::nullopt;
    return bare_failure(400, "Invalid event length");
}

std::variant<Cast, Answer> cast_or_refusal(
    const Context& context,
    const HostQuestion& question,
    Span meeting,
    Wording wording,
    std::optional<Id> keep
) {
    Cast cast = cast_for(question, meeting, keep);
    if (cast.organizer) return cast;
    if (cast.partly_free) return bare_failure(500, "Internal server error");
    const bool of_hosts = question.type.team_id && wording == Wording::Create;
    return context.refuse(400, of_hosts ? kHostsTaken : kUserTaken);
}

bool needs_confirmation(const EventType& type, Instant start, Instant now) {
    const json::value policy = rest_value(type, "confirmationPolicy");
    if (!is_on(policy)) return false;
    const json::object& fields = policy.get_object();
    if (text_of(fields, "type") != "time") return true;
    const json::value* const threshold = fields.if_contains("noticeThreshold");
    if (threshold == nullptr || !threshold->is_object()) return true;
    const std::int64_t count = whole_of(threshold->get_object(), "count").value_or(0);
    const std::string unit = text_of(threshold->get_object(), "unit");
    const minutes notice(unit == "hours" ? count * 60 : unit == "days" ? count * 1440 : count);
    return start - now <= notice;
}

std::string
meeting_title(const World& world, const EventType& type, Id organizer, std::string_view booker) {
    const User* const user = world.users.find(organizer);
    const Team* const team = type.scheduling == Scheduling::Collective && type.team_id
                                 ? world.teams.find(*type.team_id)
                                 : nullptr;
    const std::string host = team != nullptr ? team->name : user != nullptr ? user->name : "";
    return (type.title + " between " + host + " and ").append(booker);
}

std::string
with_other_host(const std::string& title, const std::string& before, const std::string& after) {
    const auto parted = [](const std::string& name) {
        const std::string whole(trim(name));
        const auto blank = whole.find(' ');
        return blank == std::string::npos
                   ? std::pair(whole, std::string{})
                   : std::pair(whole.substr(0, blank), std::string(trim(whole.substr(blank))));
    };
    const auto [old_first, old_last] = parted(before);
    const auto [new_first, new_last] = parted(after);
    if (old_first.empty()) return title;
    if (!old_last.empty())
        for (const char* joint : {".", "-", "_", " "}) {
            const auto changed = replaced(
                title,
                old_first + joint + old_last,
                new_last.empty() ? new_first : new_first + joint + new_last
            );
            if (changed) return *changed;
        }
    return replaced(title, old_first, new_first).value_or(title);
}

Booking draft(
    const Context& context,
    const EventType& type,
    const BookingWish& wish,
    const Cast& cast,
    Instant start
) {
    const World& world = context.world;
    const minutes length(wish.length_minutes.value_or(type.length_minutes));
    Booking booking{
        .uid = random_uid(context.world.random),
        .title = meeting_title(world, type, *cast.organizer, wish.attendee.name),
        .description = text_of(wish.responses, "notes"),
        .status = wish.instant                                   ? BookingStatus::AwaitingHost
                  : needs_confirmation(type, start, context.now) ? BookingStatus::Pending
                                                                 : BookingStatus::Accepted,
        .start = start,
        .end = start + length,
        .event_type_id = type.id,
        .host_user_id = *cast.organizer,
        .other_hosts = cast.others,
        .attendees = {wish.attendee},
        .location = location_of(type, wish),
        .metadata = wish.metadata};
    add_guests(booking, world, type, wish);
    booking.responses = responses_of(booking, wish);
    booking.rest["icsUid"] = booking.uid + "@Cal.com";
    booking.rest["iCalSequence"] = 0;
    return booking;
}

const Booking* insert(const Context& context, Booking booking, std::string_view instead_of) {
    World& world = context.world;
    booking.id = world.next_booking_id();
    const Instant now = context.moment();
    if (booking.status == BookingStatus::Accepted) {
        booking.idempotency_key = idempotency_key(booking.start, booking.end, booking.host_user_id);
        for (const auto& [uid, other] : world.bookings.rows())
            if (other.idempotency_key == booking.idempotency_key && uid != instead_of)
                return nullptr;
    }
    booking.created = now;
    booking.updated = now;
    const std::string uid = booking.uid;
    return &world.bookings.put(uid, std::move(booking), now);
}

Answer lost_race() {
    return bare_failure(409, "booking_conflict_error");
}

} // namespace calfleet::calcom_sim
