#pragma once
// One function for each part of the API: it adds the part's routes. A new part is a line here, a
// line in modules.cpp and files of its own; README.md says what a route may rely on.

#include "tests/calcom-sim/router.h"

namespace calfleet::calcom_sim {

void register_me(Router& router);
void register_teams(Router& router);
void register_memberships(Router& router);
void register_event_types(Router& router);
void register_legacy_event_types(Router& router);
void register_team_event_types(Router& router);
void register_bookings(Router& router);
void register_webhooks(Router& router);
void register_schedules(Router& router);
void register_slots(Router& router);
void register_reservations(Router& router); ///< by register_slots()

/// All of them.
void register_modules(Router& router);

} // namespace calfleet::calcom_sim
