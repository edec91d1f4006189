#include "tests/calcom-sim/webhooks_people.h"

#include "tests/calcom-sim/schedules_zone.h"

namespace calfleet::calcom_sim {
namespace {

json::value text_or_null(const std::optional<std::string>& text) {
    return text && !text->empty() ? json::value(json::string(*text)) : json::value(nullptr);
}

std::int64_t offset_at(const std::string& zone, Instant at) {
    return utc_offset(zone, at).count();
}

json::object locale(std::string_view language) {
    return {{"locale", language}};
}

json::object booked_attendee(const Told& told, const Attendee& attendee) {
    json::object one{
        {"email", attendee.email},
        {"name", attendee.name},
        {"firstName", ""},
        {"lastName", ""},
        {"timeZone", attendee.time_zone},
        {"language", locale(attendee.language)}};
    if (attendee.phone_number) one["phoneNumber"] = *attendee.phone_number;
    one["utcOffset"] = offset_at(attendee.time_zone, told.booking.start);
    return one;
}

} // namespace

// The keys stand in another order in each shape.
json::object organizer(const Told& told, bool username_first) {
    const User* const user = told.world.users.find(told.booking.host_user_id);
    if (user == nullptr) return {};
    json::object shown;
    if (told.organizer_ids) shown["id"] = user->id;
    if (told.organizer_ids && username_first) shown["username"] = user->username;
    shown["name"] = user->name;
    shown["email"] = user->email;
    if (told.organizer_ids) shown["username"] = user->username;
    shown["timeZone"] = user->time_zone;
    shown["language"] = locale("en");
    shown["timeFormat"] = user->time_format == 24 ? "HH:mm" : "h:mma";
    shown["utcOffset"] = offset_at(user->time_zone, told.booking.start);
    return shown;
}

json::array booked_attendees(const Told& told) {
    json::array shown;
    if (told.seat == nullptr) {
        for (const Attendee& attendee : told.booking.attendees)
            shown.push_back(booked_attendee(told, attendee));
        return shown;
    }
    shown.push_back(booked_attendee(told, *told.seat));
    if (!told.with_all_seats) return shown;
    for (const Attendee& attendee : told.booking.attendees)
        if (attendee.seat_uid != told.seat->seat_uid)
            shown.push_back(json::object{
                {"email", attendee.email},
                {"name", attendee.name},
                {"timeZone", attendee.time_zone},
                {"language", locale(attendee.language)},
                {"utcOffset", offset_at(attendee.time_zone, told.booking.start)}});
    return shown;
}

json::array row_attendees(const Told& told) {
    json::array shown;
    for (const Attendee& attendee : told.booking.attendees)
        shown.push_back(json::object{
            {"name", attendee.name},
            {"email", attendee.email},
            {"timeZone", attendee.time_zone},
            {"phoneNumber", text_or_null(attendee.phone_number)},
            {"language", locale(attendee.language)},
            {"utcOffset", offset_at(attendee.time_zone, told.booking.start)}});
    return shown;
}

// Whoever gave a seat back: the row of the database, as it is. Rows of attendees have numbers of
// their own; this one is made from the booking's.
json::object left_attendee(const Told& told) {
    const Attendee& attendee = *told.seat;
    std::size_t at = 0;
    while (at < told.booking.attendees.size() &&
           told.booking.attendees[at].seat_uid != attendee.seat_uid)
        ++at;
    return {
        {"id", told.booking.id * 100 + static_cast<Id>(at)},
        {"email", attendee.email},
        {"name", attendee.name},
        {"timeZone", attendee.time_zone},
        {"phoneNumber", text_or_null(attendee.phone_number)},
        {"locale", attendee.language},
        {"bookingId", told.booking.id},
        {"noShow", attendee.absent},
        {"language", locale(attendee.language)},
        {"utcOffset", offset_at(attendee.time_zone, told.booking.start)}};
}

// A cancellation of a managed type's child names the parent's team, without its name.
void add_parents_team(json::object& payload, const Told& told) {
    const EventType* const parent =
        told.type.parent_id ? told.world.event_types.find(*told.type.parent_id) : nullptr;
    if (parent == nullptr || !parent->team_id) return;
    payload["team"] =
        json::object{{"name", "Nameless"}, {"members", json::array()}, {"id", *parent->team_id}};
}

void add_team(json::object& payload, const Told& told, TeamShape shape) {
    const Team* const team =
        told.type.team_id ? told.world.teams.find(*told.type.team_id) : nullptr;
    if (team == nullptr) return;
    json::array members;
    for (const Id id : told.booking.other_hosts) {
        const User* const user = told.world.users.find(id);
        if (user == nullptr) continue;
        json::object member;
        if (shape == TeamShape::Booked) member["id"] = user->id;
        member["email"] = user->email;
        member["name"] = user->name;
        if (shape == TeamShape::Booked) {
            member["firstName"] = "";
            member["lastName"] = "";
        } else {
            member["phoneNumber"] = nullptr;
        }
        member["timeZone"] = user->time_zone;
        member["language"] = locale("en");
        members.push_back(std::move(member));
    }
    payload["team"] =
        json::object{{"members", std::move(members)}, {"name", team->name}, {"id", team->id}};
}

} // namespace calfleet::calcom_sim
