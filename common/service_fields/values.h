#pragma once
// The values of a service's columns as JSON texts, as an event type at Cal.com says them.

#include "common/core/text_arena.h"
#include "common/events/event_type_updated.h"
#include "common/service_fields/fields.h"

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace calfleet::service_fields {

/// One JSON text per field; empty: nothing is said about it. Whoever compares two of them writes
/// both in canonical form.
class Values {
public:
    std::string_view& operator[](Field field) { return texts_[static_cast<std::size_t>(field)]; }
    std::string_view operator[](Field field) const {
        return texts_[static_cast<std::size_t>(field)];
    }

private:
    std::array<std::string_view, kFieldCount> texts_{};
};

/// What a snapshot says. Lists and documents stand as they came. The strings live in the arena.
Values values_of(const events::EventTypeUpdated& snapshot, TextArena& arena);

/// "collective", "round_robin", "managed"; empty for others.
std::string_view scheduling_word(events::EventTypeScheduling scheduling);

/// {"name":"Haircut","duration_minutes":45}: those of the fields that have a value.
std::string document(const Values& values, std::span<const Rule> fields);

} // namespace calfleet::service_fields
