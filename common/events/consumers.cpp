#include "common/events/consumers.h"

#include "common/events/booking.h"
#include "common/events/event_type_updated.h"
#include "common/events/service_changed.h"
#include "common/events/team_sync_requested.h"

namespace calfleet::events {

const std::vector<Consumer>& consumers() {
    static const std::vector<Consumer> kConsumers{
        {"event-type-importer", {kEventTypeUpdated}},
        {"host-mapper", {kBookingCreated, kBookingRescheduled, kBookingCancelled}},
        {"outbox-relay", {}},
        {"service-pusher", {kServiceChanged}},
        {"team-syncer", {kTeamSyncRequested}}};
    return kConsumers;
}

std::vector<std::string> topics_of(std::string_view worker) {
    for (const Consumer& each : consumers())
        if (each.worker == worker) return {each.topics.begin(), each.topics.end()};
    return {};
}

} // namespace calfleet::events
