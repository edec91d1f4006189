#include "tests/calcom-sim/bookings_view.h"

#include <algorithm>
#include <chrono>

#include "tests/calcom-sim/bookings_pipe.h"
#include "tests/calcom-sim/event_type_view.h"
#include "tests/calcom-sim/shapes.h"
#include "tests/calcom-sim/state.h"
#include "tests/calcom-sim/team_access.h"

namespace calfleet::calcom_sim {
namespace {

constexpr std::size_t kTag = 25;

// A booking of a type with seats stays one when everybody has left it.
bool is_seated(const World& world, const Booking& booking, Instant reads) {
    const EventType* const type =
        booking.event_type_id ? world.event_types.find(*booking.event_type_id, reads) : nullptr;
    if (type != nullptr && is_on(rest_value(*type, "seats"))) return true;
    return std::any_of(booking.attendees.begin(), booking.attendees.end(), [](const auto& one) {
        return one.seat_uid.has_value();
    });
}

json::array hosts(const World& world, const Booking& booking) {
    const User* const user = world.users.find(booking.host_user_id);
    if (user == nullptr)
        return {json::object{
            {"id", "unknown"},
            {"name", "unknown"},
            {"email", "unknown"},
            {"displayEmail", "unknown"},
            {"username", "unknown"},
            {"timeZone", "unknown"}}};
    return {json::object{
        {"id", user->id},
        {"name", user->name},
        {"email", user->email},
        {"displayEmail", display_email(user->email)},
        {"username", user->username},
        {"timeZone", user->time_zone}}};
}

json::object attendee_view(const Attendee& attendee) {
    json::object shown{
        {"name", attendee.name},
        {"email", attendee.email},
        {"displayEmail", display_email(attendee.email)},
        {"timeZone", attendee.time_zone},
        {"language", attendee.language},
        {"absent", attendee.absent}};
    if (attendee.phone_number) shown["phoneNumber"] = *attendee.phone_number;
    if (!attendee.seat_uid) return shown;
    shown["seatUid"] = *attendee.seat_uid;
    shown["bookingFieldsResponses"] = attendee.responses;
    shown["metadata"] = attendee.metadata;
    return shown;
}

void add_people(json::object& shown, const World& world, const Booking& booking, bool seated) {
    json::array attendees;
    for (const Attendee& attendee : all_attendees(world, booking))
        attendees.push_back(attendee_view(attendee));
    shown["attendees"] = std::move(attendees);
    if (seated) return;
    if (!booking.guests.empty())
        shown["guests"] = json::array(booking.guests.begin(), booking.guests.end());
    json::object responses = booking.responses;
    if (const json::value* email = responses.if_contains("email"))
        if (email->is_string())
            responses["displayEmail"] = display_email(std::string_view(email->get_string()));
    if (!booking.guests.empty()) {
        json::array displayed;
        for (const std::string& guest : booking.guests)
            displayed.push_back(json::string(display_email(guest)));
        responses["displayGuests"] = std::move(displayed);
    }
    shown["bookingFieldsResponses"] = std::move(responses);
}

void add_history(json::object& shown, const Booking& booking, bool seated, bool recurring) {
    shown["status"] = name(booking.status);
    shown["cancellationReason"] = booking.cancellation_reason;
    if (!seated) shown["cancelledByEmail"] = text_of(booking.rest, "cancelledBy");
    if (!booking.rescheduling_reason.empty())
        shown["reschedulingReason"] = booking.rescheduling_reason;
    if (!recurring)
        shown["rescheduledByEmail"] = booking.rescheduled_by.empty()
                                          ? json::value(nullptr)
                                          : json::value(json::string(booking.rescheduled_by));
    if (!booking.rescheduled_from_uid.empty())
        shown["rescheduledFromUid"] = booking.rescheduled_from_uid;
    if (!booking.rescheduled_to_uid.empty()) shown["rescheduledToUid"] = booking.rescheduled_to_uid;
}

void add_event_type(
    json::object& shown, const World& world, const Booking& booking, Instant reads
) {
    const EventType* const type =
        booking.event_type_id ? world.event_types.find(*booking.event_type_id, reads) : nullptr;
    shown["eventTypeId"] = nullptr;
    shown["eventType"] = nullptr;
    if (type == nullptr) return;
    shown["eventTypeId"] = type->id;
    shown["eventType"] = json::object{{"id", type->id}, {"slug", type->slug}};
}

} // namespace

std::vector<Attendee> all_attendees(const World& world, const Booking& booking) {
    std::vector<Attendee> attendees = booking.attendees;
    for (const Id host : booking.other_hosts)
        if (const User* user = world.users.find(host))
            attendees.push_back(
                {.name = user->name, .email = user->email, .time_zone = user->time_zone}
            );
    return attendees;
}

std::string booker_email(const Booking& booking) {
    return booking.attendees.empty() ? std::string{} : booking.attendees.front().email;
}

std::string booker_name(const Booking& booking) {
    return booking.attendees.empty() ? std::string{} : booking.attendees.front().name;
}

std::string display_email(std::string_view email) {
    const auto plus = email.find('+');
    const auto at = email.find('@');
    if (plus == email.npos || at == email.npos || at != plus + kTag + 1) return std::string(email);
    return std::string(email.substr(0, plus)).append(email.substr(at));
}

json::object
booking_view(const World& world, const Booking& booking, Instant reads, std::string_view seat_uid) {
    const bool seated = is_seated(world, booking, reads);
    const bool recurring = !booking.recurring_uid.empty();
    json::object shown;
    if (recurring) add_people(shown, world, booking, seated);
    shown["id"] = booking.id;
    shown["uid"] = booking.uid;
    shown["title"] = booking.title;
    shown["description"] =
        seated ? json::value(nullptr) : json::value(json::string(booking.description));
    shown["hosts"] = hosts(world, booking);
    add_history(shown, booking, seated, recurring);
    shown["start"] = javascript_time(booking.start);
    shown["end"] = javascript_time(booking.end);
    shown["duration"] =
        std::chrono::duration_cast<std::chrono::minutes>(booking.end - booking.start).count();
    add_event_type(shown, world, booking, reads);
    shown["meetingUrl"] = booking.location;
    shown["location"] = booking.location;
    const json::value* const absent = booking.rest.if_contains("absentHost");
    shown["absentHost"] = absent != nullptr && absent->is_bool() && absent->get_bool();
    shown["createdAt"] = javascript_time(booking.created);
    shown["updatedAt"] = javascript_time(booking.updated);
    if (!seated) shown["metadata"] = booking.metadata;
    shown["rating"] = nullptr;
    const json::value* const ics = booking.rest.if_contains("icsUid");
    shown["icsUid"] = ics != nullptr ? *ics : json::value(json::string(booking.uid + "@Cal.com"));
    if (!recurring) add_people(shown, world, booking, seated);
    if (recurring) shown["recurringBookingUid"] = booking.recurring_uid;
    if (!seat_uid.empty()) shown["seatUid"] = seat_uid;
    return shown;
}

json::object
booking_for_caller(const Context& context, const Booking& booking, std::string_view seat_uid) {
    json::object shown = booking_view(context.world, booking, context.reads, seat_uid);
    const EventType* const type =
        booking.event_type_id
            ? context.world.event_types.find(*booking.event_type_id, context.reads)
            : nullptr;
    const json::value seats = type == nullptr ? json::value() : rest_value(*type, "seats");
    if (!is_on(seats)) return shown;
    const json::value* const open = seats.get_object().if_contains("showAttendeeInfo");
    const bool for_all = open != nullptr && open->is_bool() && open->get_bool();
    const bool may =
        context.caller_id && may_see(context.world, *type, *context.caller_id, context.reads);
    if (!for_all && !may) shown["attendees"] = json::array();
    return shown;
}

std::vector<const Booking*> series_of(const World& world, std::string_view uid, Instant reads) {
    std::vector<const Booking*> series;
    world.bookings.each(reads, [&](const std::string&, const Booking& booking) {
        if (booking.recurring_uid == uid) series.push_back(&booking);
    });
    std::sort(series.begin(), series.end(), [](const Booking* left, const Booking* right) {
        return left->start < right->start;
    });
    return series;
}

} // namespace calfleet::calcom_sim
