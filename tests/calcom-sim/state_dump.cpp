// Writing the world.
#include <array>
#include <map>
#include <string>

#include "tests/calcom-sim/json_values.h"
#include "tests/calcom-sim/state.h"

namespace calfleet::calcom_sim {
namespace {

json::value instant(Instant value) {
    return json::value(json::string(format_instant(value)));
}

json::array strings(const std::vector<std::string>& values) {
    return json::array(values.begin(), values.end());
}

json::object to_json(const User& user) {
    return {
        {"id", user.id},
        {"username", user.username},
        {"name", user.name},
        {"email", user.email},
        {"timeZone", user.time_zone},
        {"weekStart", user.week_start},
        {"timeFormat", user.time_format},
        {"defaultScheduleId", or_null(user.default_schedule_id)},
        {"bio", user.bio},
        {"locked", user.locked}};
}

json::object to_json(const Team& team) {
    return {
        {"id", team.id},
        {"name", team.name},
        {"slug", team.slug},
        {"timeZone", team.time_zone},
        {"weekStart", team.week_start},
        {"bio", team.bio},
        {"rest", team.rest}};
}

json::object to_json(const Membership& membership) {
    return {
        {"id", membership.id},
        {"userId", membership.user_id},
        {"teamId", membership.team_id},
        {"accepted", membership.accepted},
        {"role", name(membership.role)},
        {"disableImpersonation", membership.disable_impersonation}};
}

json::object to_json(const Schedule& schedule) {
    json::array availability;
    for (const Availability& part : schedule.availability)
        availability.push_back(json::object{
            {"days", strings(part.days)},
            {"startTime", part.start_time},
            {"endTime", part.end_time}});
    return {
        {"id", schedule.id},
        {"ownerId", schedule.owner_id},
        {"name", schedule.name},
        {"timeZone", schedule.time_zone},
        {"availability", std::move(availability)},
        {"overrides", schedule.overrides}};
}

json::object to_json(const Attendee& attendee) {
    return {
        {"name", attendee.name},
        {"email", attendee.email},
        {"timeZone", attendee.time_zone},
        {"language", attendee.language},
        {"phoneNumber", or_null(attendee.phone_number)},
        {"absent", attendee.absent},
        {"seatUid", or_null(attendee.seat_uid)},
        {"responses", attendee.responses},
        {"metadata", attendee.metadata}};
}

json::object to_json(const Booking& booking) {
    json::array attendees;
    for (const Attendee& attendee : booking.attendees)
        attendees.push_back(to_json(attendee));
    return {
        {"id", booking.id},
        {"uid", booking.uid},
        {"title", booking.title},
        {"description", booking.description},
        {"status", name(booking.status)},
        {"start", instant(booking.start)},
        {"end", instant(booking.end)},
        {"eventTypeId", or_null(booking.event_type_id)},
        {"hostUserId", booking.host_user_id},
        {"otherHosts", json::array(booking.other_hosts.begin(), booking.other_hosts.end())},
        {"attendees", std::move(attendees)},
        {"guests", strings(booking.guests)},
        {"location", booking.location},
        {"metadata", booking.metadata},
        {"responses", booking.responses},
        {"cancellationReason", booking.cancellation_reason},
        {"reschedulingReason", booking.rescheduling_reason},
        {"rescheduledFromUid", booking.rescheduled_from_uid},
        {"rescheduledToUid", booking.rescheduled_to_uid},
        {"rescheduledBy", booking.rescheduled_by},
        {"recurringUid", booking.recurring_uid},
        {"idempotencyKey", booking.idempotency_key},
        {"created", instant(booking.created)},
        {"updated", instant(booking.updated)},
        {"rest", booking.rest}};
}

json::object to_json(const Webhook& webhook) {
    return {
        {"id", webhook.id},
        {"subscriberUrl", webhook.subscriber_url},
        {"triggers", strings(webhook.triggers)},
        {"active", webhook.active},
        {"payloadTemplate", or_null(webhook.payload_template)},
        {"secret", or_null(webhook.secret)},
        {"userId", or_null(webhook.user_id)},
        {"eventTypeId", or_null(webhook.event_type_id)},
        {"teamId", or_null(webhook.team_id)},
        {"created", instant(webhook.created)}};
}

// Properties that came in a request stand in its order: two equal worlds must be equal as text.
void sort_properties(json::value& value) {
    if (value.is_array())
        for (json::value& element : value.get_array())
            sort_properties(element);
    if (!value.is_object()) return;
    std::map<std::string, json::value> sorted;
    for (auto& property : value.get_object()) {
        sort_properties(property.value());
        sorted.emplace(property.key(), std::move(property.value()));
    }
    json::object& object = value.get_object();
    object.clear();
    for (auto& [name, part] : sorted)
        object.emplace(name, std::move(part));
}

json::object to_json(const Reservation& reservation) {
    return {
        {"uid", reservation.uid},
        {"eventTypeId", reservation.event_type_id},
        {"start", instant(reservation.start)},
        {"end", instant(reservation.end)},
        {"until", instant(reservation.until)},
        {"durationMinutes", reservation.duration_minutes}};
}

template <class Key, class Row>
json::array rows(const Table<Key, Row>& table) {
    json::array shown;
    for (const auto& [key, row] : table.rows())
        shown.push_back(to_json(row));
    return shown;
}

} // namespace

std::string_view name(Role role) {
    return std::array{"MEMBER", "ADMIN", "OWNER"}.at(static_cast<std::size_t>(role));
}

std::string_view name(Scheduling scheduling) {
    return std::array{"", "collective", "roundRobin", "managed"}.at(
        static_cast<std::size_t>(scheduling)
    );
}

std::string_view name(BookingStatus status) {
    return std::array{"accepted", "pending", "cancelled", "rejected", "awaiting_host"}.at(
        static_cast<std::size_t>(status)
    );
}

json::object to_json(const Limit& limit) {
    return {
        {"name", limit.name},
        {"requests", limit.requests},
        {"windowMs", limit.window.count()},
        {"blockMs", limit.block.count()}};
}

json::object to_json(const ApiKey& key) {
    json::array limits;
    for (const Limit& limit : key.limits)
        limits.push_back(to_json(limit));
    return {
        {"name", key.name},
        {"value", key.value},
        {"userId", key.user_id},
        {"expired", key.expired},
        {"revoked", key.revoked},
        {"limits", std::move(limits)}};
}

json::object to_json(const EventType& type) {
    json::array hosts;
    for (const Host& host : type.hosts)
        hosts.push_back(json::object{
            {"userId", host.user_id}, {"mandatory", host.mandatory}, {"priority", host.priority}});
    return {
        {"id", type.id},
        {"ownerId", or_null(type.owner_id)},
        {"teamId", or_null(type.team_id)},
        {"parentId", or_null(type.parent_id)},
        {"schedulingType", name(type.scheduling)},
        {"title", type.title},
        {"slug", type.slug},
        {"description", or_null(type.description)},
        {"lengthInMinutes", type.length_minutes},
        {"hidden", type.hidden},
        {"beforeEventBuffer", type.before_buffer},
        {"afterEventBuffer", type.after_buffer},
        {"minimumBookingNotice", type.minimum_notice},
        {"slotInterval", or_null(type.slot_interval)},
        {"scheduleId", or_null(type.schedule_id)},
        {"price", type.price},
        {"currency", type.currency},
        {"assignAllTeamMembers", type.assign_all_members},
        {"locations", type.locations},
        {"bookingFields", type.booking_fields},
        {"metadata", type.metadata},
        {"rest", type.rest},
        {"created", instant(type.created)},
        {"touched", type.touched},
        {"hosts", std::move(hosts)}};
}

json::object dump_state(const World& world) {
    json::object document;
    document["webUrl"] = world.web_url;
    document["users"] = rows(world.users);
    json::array keys;
    for (const auto& [value, key] : world.keys())
        keys.push_back(to_json(key));
    document["keys"] = std::move(keys);
    document["teams"] = rows(world.teams);
    document["memberships"] = rows(world.memberships);
    document["schedules"] = rows(world.schedules);
    document["eventTypes"] = rows(world.event_types);
    document["bookings"] = rows(world.bookings);
    document["webhooks"] = rows(world.webhooks);
    document["reservations"] = rows(world.reservations);
    document["lastIds"] = world.last_ids();
    for (auto& part : document)
        sort_properties(part.value());
    return document;
}

} // namespace calfleet::calcom_sim
