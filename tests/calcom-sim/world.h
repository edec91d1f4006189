#pragma once
// Everything the simulated Cal.com remembers.

#include "common/core/random.h"
#include "common/core/result.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tests/calcom-sim/entities.h"
#include "tests/calcom-sim/table.h"

namespace calfleet::calcom_sim {

/// The state of one simulator; one thread. Rows that belong together are kept together by the
/// routes, not here: as in the real one, only the few rules of its database are enforced
/// everywhere.
class World {
public:
    explicit World(const Memory& memory, std::uint64_t seed = 1);

    Table<Id, User> users;
    Table<Id, Team> teams;
    Table<Id, Membership> memberships;
    Table<Id, Schedule> schedules;
    Table<Id, EventType> event_types;
    Table<std::string, Booking> bookings;
    Table<std::string, Webhook> webhooks;
    Table<std::string, Reservation> reservations;

    /// Where generated links point, as the real one's WEBAPP_URL.
    std::string web_url{"http://localhost:3000"};
    Random random;

    const User* user_named(std::string_view username) const;
    const Team* team_with_slug(std::string_view slug) const;
    const Membership* membership_of(Id user, Id team, Instant as_of) const;

    /// One more than the largest ever seen, per kind of row.
    Id next_team_id() { return ++last_team_id_; }
    Id next_membership_id() { return ++last_membership_id_; }
    Id next_event_type_id() { return ++last_event_type_id_; }
    Id next_schedule_id() { return ++last_schedule_id_; }
    Id next_booking_id() { return ++last_booking_id_; }
    std::int64_t next_touch() { return ++last_touch_; }
    /// Numbers that are given out begin above these; a number that is taken already counts too.
    void start_ids(std::string_view kind, Id last);
    void count_ids();

    /// The key whose value this is, revoked ones too.
    const ApiKey* key_with_value(std::string_view value) const;
    ApiKey* key_named(std::string_view name);
    /// Replaces the key of the same name.
    void put_key(ApiKey key);
    const std::map<std::string, ApiKey, std::less<>>& keys() const { return keys_; }

    /// Takes over the rows, keys and numbers of another; its own memory and randomness stay.
    void adopt(World other);
    json::object last_ids() const;

private:
    std::map<std::string, ApiKey, std::less<>> keys_{}; ///< by value
    Id last_team_id_{};
    Id last_membership_id_{};
    Id last_event_type_id_{};
    Id last_schedule_id_{};
    Id last_booking_id_{};
    std::int64_t last_touch_{};
};

} // namespace calfleet::calcom_sim
