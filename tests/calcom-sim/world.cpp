#include "tests/calcom-sim/world.h"

#include <algorithm>

namespace calfleet::calcom_sim {
namespace {

template <class Rows>
void raise_to(Id& last, const Rows& rows) {
    if (!rows.empty()) last = std::max(last, rows.rbegin()->first);
}

} // namespace

World::World(const Memory& memory, std::uint64_t seed)
    : users(memory)
    , teams(memory)
    , memberships(memory)
    , schedules(memory)
    , event_types(memory)
    , bookings(memory)
    , webhooks(memory)
    , reservations(memory)
    , random(seed) {}

const User* World::user_named(std::string_view username) const {
    for (const auto& [id, user] : users.rows())
        if (user.username == username) return &user;
    return nullptr;
}

const Team* World::team_with_slug(std::string_view slug) const {
    for (const auto& [id, team] : teams.rows())
        if (team.slug == slug) return &team;
    return nullptr;
}

const Membership* World::membership_of(Id user, Id team, Instant as_of) const {
    const Membership* found = nullptr;
    memberships.each(as_of, [&](Id, const Membership& membership) {
        if (membership.user_id == user && membership.team_id == team) found = &membership;
    });
    return found;
}

void World::start_ids(std::string_view kind, Id last) {
    if (kind == "teams") last_team_id_ = last;
    if (kind == "memberships") last_membership_id_ = last;
    if (kind == "eventTypes") last_event_type_id_ = last;
    if (kind == "schedules") last_schedule_id_ = last;
    if (kind == "bookings") last_booking_id_ = last;
}

void World::count_ids() {
    raise_to(last_team_id_, teams.rows());
    raise_to(last_membership_id_, memberships.rows());
    raise_to(last_event_type_id_, event_types.rows());
    raise_to(last_schedule_id_, schedules.rows());
    for (const auto& [id, type] : event_types.rows())
        last_touch_ = std::max(last_touch_, type.touched);
    for (const auto& [uid, booking] : bookings.rows())
        last_booking_id_ = std::max(last_booking_id_, booking.id);
}

const ApiKey* World::key_with_value(std::string_view value) const {
    const auto found = keys_.find(value);
    return found == keys_.end() ? nullptr : &found->second;
}

ApiKey* World::key_named(std::string_view name) {
    for (auto& [value, key] : keys_)
        if (key.name == name) return &key;
    return nullptr;
}

void World::put_key(ApiKey key) {
    std::erase_if(keys_, [&](const auto& entry) { return entry.second.name == key.name; });
    keys_[key.value] = std::move(key);
}

void World::adopt(World other) {
    users.take_rows_of(std::move(other.users));
    teams.take_rows_of(std::move(other.teams));
    memberships.take_rows_of(std::move(other.memberships));
    schedules.take_rows_of(std::move(other.schedules));
    event_types.take_rows_of(std::move(other.event_types));
    bookings.take_rows_of(std::move(other.bookings));
    webhooks.take_rows_of(std::move(other.webhooks));
    reservations.take_rows_of(std::move(other.reservations));
    web_url = std::move(other.web_url);
    keys_ = std::move(other.keys_);
    last_team_id_ = other.last_team_id_;
    last_membership_id_ = other.last_membership_id_;
    last_event_type_id_ = other.last_event_type_id_;
    last_schedule_id_ = other.last_schedule_id_;
    last_booking_id_ = other.last_booking_id_;
    last_touch_ = other.last_touch_;
}

json::object World::last_ids() const {
    return {
        {"teams", last_team_id_},
        {"memberships", last_membership_id_},
        {"eventTypes", last_event_type_id_},
        {"schedules", last_schedule_id_},
        {"bookings", last_booking_id_}};
}

} // namespace calfleet::calcom_sim
