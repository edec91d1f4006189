#pragma once
// The world as one JSON document: what --seed-file holds, /sim/state answers, and a test compares.

#include "common/core/result.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string_view>

#include "tests/calcom-sim/world.h"

namespace calfleet::calcom_sim {

/// Replaces the whole world. README.md has the document's fields. On an error (Invalid, with the
/// field's place, "eventTypes[3].slug") the world is as it was.
Result<> load_state(World& world, const json::value& document, Instant now);

/// Such a document; load_state() of it gives the same world.
json::object dump_state(const World& world);

/// One limit, as keys and settings write it: {"name","requests","windowMs","blockMs"}.
Result<Limit> limit_from(const json::value& text, std::string where, Limit otherwise);
json::object to_json(const Limit& limit);

/// One key, as "keys" writes it; values that are missing are those of `otherwise`.
Result<ApiKey> key_from(const json::value& text, std::string where, ApiKey otherwise);
json::object to_json(const ApiKey& key);

/// One event type, as "eventTypes" writes it.
Result<EventType> event_type_from(const json::value& text, std::string where, EventType otherwise);
json::object to_json(const EventType& event_type);

std::string_view name(Role role);
std::string_view name(Scheduling scheduling); ///< "" , "collective", "roundRobin", "managed"
std::string_view name(BookingStatus status);  ///< "accepted" ...

} // namespace calfleet::calcom_sim
