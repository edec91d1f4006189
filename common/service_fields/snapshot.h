#pragma once
// What a reading of an event type says, in the words of a service's columns.

#include "common/core/result.h"
#include "common/service_fields/fields.h"

#include <string>
#include <string_view>

namespace calfleet::service_fields {

/// snapshot: an event type as team_event_type_mappings keeps it. The result is one JSON object,
/// {"name":"Haircut","duration_minutes":45,...}, with the columns that a service and an event type
/// have in common; what the snapshot says nothing about is absent. Error Invalid when it is no
/// event type.
Result<std::string> columns_of_snapshot(std::string_view snapshot);

/// Two JSON texts of a column that differ only in what Cal.com adds to a list by itself.
bool same_but_for_additions(
    std::string_view column, std::string_view platform, std::string_view calcom
);

} // namespace calfleet::service_fields
