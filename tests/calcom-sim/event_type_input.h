#pragma once
// What a request may write into an event type, what is refused, and what is dropped without a word.

#include <optional>

#include "tests/calcom-sim/router.h"

namespace calfleet::calcom_sim {

enum class Writing { Create, Patch };

/// The 400 of the validation, or the 500 of a null where the database has none; nothing when the
/// fields may be written. Fields that the API does not know are not looked at.
std::optional<Answer> objection(const Context& context, Writing writing);

/// Takes the fields over. Dropped silently: price, currency, metadata, length, id, ownerId and
/// everything unknown. `fields` passed objection().
void write_fields(EventType& type, const json::object& fields);

/// The 404 for a schedule of somebody else.
std::optional<Answer> foreign_schedule(const Context& context, Id owner);

/// As slugs are kept: without blanks around them and without hyphens, dots and underscores at their
/// beginning. Everything else stays, capitals and blanks within, too.
std::string slug_of(std::string_view text);

/// A type of the same owner or team with this slug, other than `self`.
bool slug_is_taken(const World& world, const EventType& self, std::string_view slug);

} // namespace calfleet::calcom_sim
