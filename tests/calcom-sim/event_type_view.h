#pragma once
// Event types as cal-api-version 2024-06-14 and the team routes show them.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>

#include "tests/calcom-sim/booking_fields.h"
#include "tests/calcom-sim/world.h"

namespace calfleet::calcom_sim {

/// The object of a personal type or a managed type's child; of a team's type its team_event_type().
/// Built in `storage`: some sixty small values are made for every answer, and a benchmark's
/// simulator spends its time on little else.
json::object user_event_type(
    const World& world, const EventType& type, Instant reads, json::storage_ptr storage = {}
);

/// Lists leave hidden booking fields out.
void leave_out_hidden_fields(json::object& event_type);

enum class TeamDetail { IdOnly, Full };
/// The object of the team routes, also of a child in the array that a write on its parent answers.
json::object
team_event_type(const World& world, const EventType& type, Instant reads, TeamDetail detail);

/// Where a team's type meets whose request names no place: the video service. A personal one meets
/// nowhere, as nobody has connected a video service.
json::array default_locations();

/// A property that is only stored and shown: the type's own value, or the default.
json::value rest_value(const EventType& type, std::string_view name);
bool is_rest_property(std::string_view name);

/// The ids of the children of a managed type, by id.
std::vector<Id> children_of(const World& world, Id parent, Instant reads);

} // namespace calfleet::calcom_sim
