#pragma once
// What the last team sync read of an event type, in the words of a service's columns.

#include "common/core/result.h"

#include <string>
#include <string_view>

namespace calfleet::cli {

/// snapshot: an event type as team_event_type_mappings keeps it. The result is one JSON object,
/// {"name":"Haircut","duration_minutes":45,...}, with the columns that a service and an event type
/// have in common; what the snapshot says nothing about is absent. Error Invalid when it is no
/// event type.
Result<std::string> columns_of_snapshot(std::string_view snapshot);

} // namespace calfleet::cli
