#pragma once
// An event type as the fleet's events carry it, and the digest that tells whether it has changed.

#include "common/calcom/event_type.h"

#include <string>

namespace calfleet::team_syncer {

/// What one reading of Cal.com says about an event type of a team.
struct SeenEventType {
    calcom::EventType event_type;
    /// Cal.com's own object, written by us: the same event type gives the same text whatever the
    /// order of its hosts was. Names of hosts are in it: never logged.
    std::string json;
    std::string digest; ///< SHA-256 of json in canonical form, 32 bytes
};
SeenEventType seen(calcom::EventType event_type);

/// The column hosts of team_event_type_mappings.
std::string hosts_document(const calcom::EventType& event_type);

/// data of an event-type-updated event.
std::string change_document(std::string_view change, std::string_view event_type_json);
/// What is left to say of a deleted one.
std::string deleted_json(calcom::EventTypeId id);

} // namespace calfleet::team_syncer
