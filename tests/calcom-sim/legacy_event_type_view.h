#pragma once
// Event types as cal-api-version 2024-04-15 shows them: what a request without the header meets.

#include <boost/json/object.hpp>

#include "tests/calcom-sim/world.h"

namespace calfleet::calcom_sim {

/// What a PATCH answers as data, and a GET as data.eventType.
json::object legacy_event_type(const World& world, const EventType& type);

/// An element of the list's eventTypeGroups[].eventTypes.
json::object legacy_list_item(const World& world, const EventType& type, Instant reads);

/// The places that a booker may choose from, the same for every type: data.locationOptions of a
/// GET.
json::array legacy_location_options();

} // namespace calfleet::calcom_sim
