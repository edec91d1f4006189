#include "tests/calcom-sim/modules.h"

namespace calfleet::calcom_sim {

void register_modules(Router& router) {
    register_me(router);
    register_teams(router);
    register_memberships(router);
    register_event_types(router);
    register_legacy_event_types(router);
    register_team_event_types(router);
    register_bookings(router);
    register_webhooks(router);
    register_schedules(router);
    register_slots(router);
}

} // namespace calfleet::calcom_sim
