#include "tests/calcom-sim/webhooks_meetings.h"

#include "tests/calcom-sim/bookings_input.h"
#include "tests/calcom-sim/shapes.h"
#include "tests/calcom-sim/webhooks_send.h"

namespace calfleet::calcom_sim {
namespace {

constexpr std::chrono::days kTooLate{1};

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(json::string(text));
}

// Whether this row's moment has come, and it is the first time that anybody asks.
bool is_due(Booking& booking, std::string_view trigger, Instant now) {
    const Instant moment = trigger == kMeetingStarted ? booking.start : booking.end;
    if (booking.status != BookingStatus::Accepted || moment > now || now - moment > kTooLate)
        return false;
    const bool first = !booking.rest.contains(trigger);
    booking.rest[trigger] = true;
    return first;
}

} // namespace

json::object meeting_body(const World& world, const Booking& booking, std::string_view trigger) {
    json::array attendees;
    for (const Attendee& attendee : booking.attendees)
        attendees.push_back(json::object{
            {"email", attendee.email},
            {"name", attendee.name},
            {"timeZone", attendee.time_zone},
            {"phoneNumber", text_or_null(attendee.phone_number.value_or(""))},
            {"locale", attendee.language},
            {"bookingId", booking.id},
            {"noShow", attendee.absent}});
    json::object user;
    if (const User* host = world.users.find(booking.host_user_id))
        user = {
            {"email", host->email},
            {"name", host->name},
            {"timeZone", host->time_zone},
            {"username", host->username}};
    json::object metadata = booking.metadata;
    if (is_link(booking.location)) metadata["videoCallUrl"] = booking.location;
    return {
        {"triggerEvent", trigger},
        {"id", booking.id},
        {"uid", booking.uid},
        {"idempotencyKey", text_or_null(booking.idempotency_key)},
        {"userId", booking.host_user_id},
        {"eventTypeId", booking.event_type_id ? json::value(*booking.event_type_id) : nullptr},
        {"title", booking.title},
        {"description", booking.description},
        {"responses", booking.responses},
        {"startTime", javascript_time(booking.start)},
        {"endTime", javascript_time(booking.end)},
        {"location", booking.location},
        {"createdAt", javascript_time(booking.created)},
        {"status", "ACCEPTED"},
        {"metadata", std::move(metadata)},
        {"attendees", std::move(attendees)},
        {"user", std::move(user)}};
}

std::vector<Outbound> meetings_due(World& world, const Settings& settings, Instant now) {
    std::vector<std::string> uids;
    for (const auto& [uid, booking] : world.bookings.rows())
        if (booking.start <= now && now - booking.end <= kTooLate) uids.push_back(uid);
    std::vector<Outbound> deliveries;
    for (const std::string& uid : uids) {
        Booking& booking = *world.bookings.edit(uid, now);
        for (const std::string_view trigger : {kMeetingStarted, kMeetingEnded}) {
            if (!is_due(booking, trigger, now)) continue;
            for (const Webhook* webhook : subscribers(world, booking, trigger))
                deliveries.push_back(
                    delivery_to(*webhook, trigger, meeting_body(world, booking, trigger))
                );
        }
    }
    return afflicted(std::move(deliveries), settings, world.random);
}

} // namespace calfleet::calcom_sim
