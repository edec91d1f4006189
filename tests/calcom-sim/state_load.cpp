// Reading the world.
#include <boost/json/serialize.hpp>

#include "tests/calcom-sim/event_type_view.h"
#include "tests/calcom-sim/json_fields.h"
#include "tests/calcom-sim/state.h"

namespace calfleet::calcom_sim {
namespace {

void get_instant(Fields& fields, std::string_view name, Instant& into) {
    std::string text;
    fields.get(name, text);
    if (text.empty()) return;
    const auto instant = parse_instant(text);
    if (instant)
        into = *instant;
    else
        fields.complain(name, "an instant such as 2026-11-20T08:10:00Z");
}

void read(Fields& fields, User& user) {
    fields.need("id");
    fields.need("username");
    fields.get("id", user.id);
    fields.get("username", user.username);
    user.name = user.username;
    user.email = user.username + "@example.org";
    fields.get("name", user.name);
    fields.get("email", user.email);
    fields.get("timeZone", user.time_zone);
    fields.get("weekStart", user.week_start);
    fields.get("timeFormat", user.time_format);
    fields.opt("defaultScheduleId", user.default_schedule_id);
    fields.get("bio", user.bio);
    fields.get("locked", user.locked);
}

void read(Fields& fields, Team& team) {
    fields.need("id");
    fields.get("id", team.id);
    fields.get("name", team.name);
    fields.get("slug", team.slug);
    fields.get("timeZone", team.time_zone);
    fields.get("weekStart", team.week_start);
    fields.get("bio", team.bio);
    fields.get("rest", team.rest);
}

void read(Fields& fields, Membership& membership) {
    for (const char* name : {"id", "userId", "teamId"})
        fields.need(name);
    fields.get("id", membership.id);
    fields.get("userId", membership.user_id);
    fields.get("teamId", membership.team_id);
    membership.accepted = true;
    fields.get("accepted", membership.accepted);
    if (const auto role = fields.word("role", {"MEMBER", "ADMIN", "OWNER"}))
        membership.role = static_cast<Role>(*role);
    fields.get("disableImpersonation", membership.disable_impersonation);
}

void read(Fields& fields, Schedule& schedule) {
    for (const char* name : {"id", "ownerId"})
        fields.need(name);
    fields.get("id", schedule.id);
    fields.get("ownerId", schedule.owner_id);
    fields.get("name", schedule.name);
    fields.get("timeZone", schedule.time_zone);
    fields.get("overrides", schedule.overrides);
    if (!fields.has("availability")) return;
    schedule.availability.clear();
    for (const json::value& element : fields.list("availability")) {
        Availability availability;
        Fields of(element, fields.where() + ".availability[]");
        of.get("days", availability.days);
        of.get("startTime", availability.start_time);
        of.get("endTime", availability.end_time);
        if (const auto wrong = of.finish()) return fields.complain("availability", wrong->message);
        schedule.availability.push_back(std::move(availability));
    }
}

void read(Fields& fields, EventType& type) {
    fields.need("id");
    fields.get("id", type.id);
    fields.opt("ownerId", type.owner_id);
    fields.opt("teamId", type.team_id);
    fields.opt("parentId", type.parent_id);
    if (const auto kind =
            fields.word("schedulingType", {"", "collective", "roundRobin", "managed"}))
        type.scheduling = static_cast<Scheduling>(*kind);
    fields.get("title", type.title);
    fields.get("slug", type.slug);
    fields.opt("description", type.description);
    fields.get("lengthInMinutes", type.length_minutes);
    fields.get("hidden", type.hidden);
    fields.get("beforeEventBuffer", type.before_buffer);
    fields.get("afterEventBuffer", type.after_buffer);
    fields.get("minimumBookingNotice", type.minimum_notice);
    fields.opt("slotInterval", type.slot_interval);
    fields.opt("scheduleId", type.schedule_id);
    fields.get("price", type.price);
    fields.get("currency", type.currency);
    fields.get("assignAllTeamMembers", type.assign_all_members);
    fields.get("locations", type.locations);
    if (type.booking_fields.empty() && !fields.has("bookingFields"))
        type.booking_fields = default_booking_fields();
    fields.get("bookingFields", type.booking_fields);
    fields.get("metadata", type.metadata);
    fields.get("rest", type.rest);
    get_instant(fields, "created", type.created);
    fields.get("touched", type.touched);
    if (fields.has("hosts")) type.hosts.clear();
    for (const json::value& element : fields.list("hosts")) {
        Host host;
        Fields of(element, fields.where() + ".hosts[]");
        of.need("userId");
        of.get("userId", host.user_id);
        of.get("mandatory", host.mandatory);
        of.get("priority", host.priority);
        if (const auto wrong = of.finish()) return fields.complain("hosts", wrong->message);
        type.hosts.push_back(std::move(host));
    }
}

void read(Fields& fields, Attendee& attendee) {
    fields.get("name", attendee.name);
    fields.get("email", attendee.email);
    fields.get("timeZone", attendee.time_zone);
    fields.get("language", attendee.language);
    fields.opt("phoneNumber", attendee.phone_number);
    fields.get("absent", attendee.absent);
    fields.opt("seatUid", attendee.seat_uid);
    fields.get("responses", attendee.responses);
    fields.get("metadata", attendee.metadata);
}

void read(Fields& fields, Booking& booking) {
    for (const char* name : {"id", "uid", "start", "end"})
        fields.need(name);
    fields.get("id", booking.id);
    fields.get("uid", booking.uid);
    fields.get("title", booking.title);
    fields.get("description", booking.description);
    if (const auto status = fields.word(
            "status", {"accepted", "pending", "cancelled", "rejected", "awaiting_host"}
        ))
        booking.status = static_cast<BookingStatus>(*status);
    get_instant(fields, "start", booking.start);
    get_instant(fields, "end", booking.end);
    fields.opt("eventTypeId", booking.event_type_id);
    fields.get("hostUserId", booking.host_user_id);
    for (const json::value& id : fields.list("otherHosts"))
        if (id.is_int64()) booking.other_hosts.push_back(id.get_int64());
    for (const json::value& element : fields.list("attendees")) {
        Attendee attendee;
        Fields of(element, fields.where() + ".attendees[]");
        read(of, attendee);
        if (const auto wrong = of.finish()) return fields.complain("attendees", wrong->message);
        booking.attendees.push_back(std::move(attendee));
    }
    fields.get("guests", booking.guests);
    fields.get("location", booking.location);
    fields.get("metadata", booking.metadata);
    fields.get("responses", booking.responses);
    fields.get("cancellationReason", booking.cancellation_reason);
    fields.get("reschedulingReason", booking.rescheduling_reason);
    fields.get("rescheduledFromUid", booking.rescheduled_from_uid);
    fields.get("rescheduledToUid", booking.rescheduled_to_uid);
    fields.get("rescheduledBy", booking.rescheduled_by);
    fields.get("recurringUid", booking.recurring_uid);
    fields.get("idempotencyKey", booking.idempotency_key);
    get_instant(fields, "created", booking.created);
    get_instant(fields, "updated", booking.updated);
    fields.get("rest", booking.rest);
}

void read(Fields& fields, Webhook& webhook) {
    for (const char* name : {"id", "subscriberUrl"})
        fields.need(name);
    fields.get("id", webhook.id);
    fields.get("subscriberUrl", webhook.subscriber_url);
    fields.get("triggers", webhook.triggers);
    fields.get("active", webhook.active);
    fields.opt("payloadTemplate", webhook.payload_template);
    fields.opt("secret", webhook.secret);
    fields.opt("userId", webhook.user_id);
    fields.opt("eventTypeId", webhook.event_type_id);
    fields.opt("teamId", webhook.team_id);
    get_instant(fields, "created", webhook.created);
}

void read(Fields& fields, Reservation& reservation) {
    for (const char* name : {"uid", "eventTypeId", "start", "end", "until"})
        fields.need(name);
    fields.get("uid", reservation.uid);
    fields.get("eventTypeId", reservation.event_type_id);
    get_instant(fields, "start", reservation.start);
    get_instant(fields, "end", reservation.end);
    get_instant(fields, "until", reservation.until);
    fields.get("durationMinutes", reservation.duration_minutes);
}

template <class Row>
Result<Row> row_from(const json::value& text, std::string where, Row row) {
    Fields fields(text, std::move(where));
    read(fields, row);
    if (const auto wrong = fields.finish()) return *wrong;
    return row;
}

// Every element of document[name] as a row; put(row) takes it.
template <class Row, class Put>
void read_rows(Fields& document, std::optional<Error>& error, std::string_view name, Put put) {
    std::size_t number = 0;
    for (const json::value& element : document.list(name)) {
        const std::string where = std::string(name) + "[" + std::to_string(number++) + "]";
        auto row = row_from<Row>(element, where, Row{});
        if (row)
            put(std::move(*row));
        else if (!error)
            error = row.error();
    }
}

template <class Key, class Row>
auto put_into(Table<Key, Row>& table, Key Row::*id, Instant now) {
    return [&table, id, now](Row row) {
        const Key key = row.*id;
        table.put(key, std::move(row), now);
    };
}

} // namespace

Result<Limit> limit_from(const json::value& text, std::string where, Limit limit) {
    Fields fields(text, std::move(where));
    fields.get("name", limit.name);
    fields.get("requests", limit.requests);
    fields.get_milliseconds("windowMs", limit.window);
    fields.get_milliseconds("blockMs", limit.block);
    if (const auto wrong = fields.finish()) return *wrong;
    return limit;
}

Result<ApiKey> key_from(const json::value& text, std::string where, ApiKey key) {
    Fields fields(text, std::move(where));
    fields.get("name", key.name);
    fields.get("value", key.value);
    fields.get("userId", key.user_id);
    fields.get("expired", key.expired);
    fields.get("revoked", key.revoked);
    if (fields.has("limits")) key.limits.clear();
    for (const json::value& element : fields.list("limits")) {
        auto limit = limit_from(element, fields.where() + ".limits[]", Limit{});
        if (!limit) return limit.error();
        key.limits.push_back(std::move(*limit));
    }
    if (!key.value.starts_with("cal_")) fields.complain("value", "a key that begins with cal_");
    if (key.name.empty()) fields.complain("name", "a name for tests and the ledger");
    if (const auto wrong = fields.finish()) return *wrong;
    return key;
}

Result<EventType> event_type_from(const json::value& text, std::string where, EventType type) {
    return row_from(text, std::move(where), std::move(type));
}

Result<> load_state(World& world, const json::value& document, Instant now) {
    Memory none;
    World fresh(none);
    std::optional<Error> error;
    Fields fields(document, "state");
    fields.get("webUrl", fresh.web_url);
    read_rows<User>(fields, error, "users", put_into(fresh.users, &User::id, now));
    read_rows<Team>(fields, error, "teams", put_into(fresh.teams, &Team::id, now));
    read_rows<Membership>(
        fields, error, "memberships", put_into(fresh.memberships, &Membership::id, now)
    );
    read_rows<Schedule>(fields, error, "schedules", put_into(fresh.schedules, &Schedule::id, now));
    read_rows<EventType>(
        fields, error, "eventTypes", put_into(fresh.event_types, &EventType::id, now)
    );
    read_rows<Booking>(fields, error, "bookings", put_into(fresh.bookings, &Booking::uid, now));
    read_rows<Webhook>(fields, error, "webhooks", put_into(fresh.webhooks, &Webhook::id, now));
    read_rows<Reservation>(
        fields, error, "reservations", put_into(fresh.reservations, &Reservation::uid, now)
    );
    for (const json::value& element : fields.list("keys")) {
        auto key = key_from(element, "keys[]", ApiKey{});
        if (key)
            fresh.put_key(std::move(*key));
        else if (!error)
            error = key.error();
    }
    json::object last_ids;
    fields.get("lastIds", last_ids);
    for (const auto& field : last_ids)
        if (field.value().is_int64()) fresh.start_ids(field.key(), field.value().get_int64());
    if (!error) error = fields.finish();
    if (error) return *error;
    fresh.count_ids();
    world.adopt(std::move(fresh));
    return {};
}

} // namespace calfleet::calcom_sim
