#pragma once
// The people in what a webhook says: the organizer, the attendees, the other hosts as a team.

#include "tests/calcom-sim/webhooks_payload.h"

namespace calfleet::calcom_sim {

/// The keys stand in another order in each shape.
json::object organizer(const Told& told, bool username_first);

/// As they booked: everybody, or the seat's attendee and perhaps those who sit there already.
json::array booked_attendees(const Told& told);
/// As the database has them.
json::array row_attendees(const Told& told);
/// Whoever gave a seat back: the row of the database, as it is.
json::object left_attendee(const Told& told);

enum class TeamShape { Booked, Row };
/// The hosts beside the organizer, of a team's type.
void add_team(json::object& payload, const Told& told, TeamShape shape);
/// A cancellation of a managed type's child names the parent's team, without its name.
void add_parents_team(json::object& payload, const Told& told);

} // namespace calfleet::calcom_sim
