#include "workers/calfleet/fleet_topics.h"

#include "common/events/booking.h"
#include "common/events/event_type_updated.h"
#include "common/events/service_changed.h"
#include "common/events/team_sync_requested.h"

#include <algorithm>

namespace calfleet::cli {
namespace {

kafka::TopicSpec topic(std::string name, int partitions, int replication, int days) {
    const auto milliseconds = std::to_string(std::int64_t{days} * 24 * 60 * 60 * 1000);
    return {
        .name = std::move(name),
        .partitions = partitions,
        .replication = replication,
        .config = {
            {"retention.ms", milliseconds},
            {"max.message.bytes", "2097152"}, // a dead letter is its record and some headers
            {"min.insync.replicas", std::to_string(std::max(1, replication - 1))},
            {"unclean.leader.election.enable", "false"},
        }};
}

} // namespace

std::vector<kafka::TopicSpec> fleet_topics(int partitions, int replication) {
    std::vector<kafka::TopicSpec> topics;
    for (const auto name :
         {events::kBookingCreated,
          events::kBookingRescheduled,
          events::kBookingCancelled,
          events::kServiceChanged,
          events::kTeamSyncRequested,
          events::kEventTypeUpdated})
        topics.push_back(topic(std::string(name), partitions, replication, 7));
    for (const char* worker :
         {"event-type-importer", "host-mapper", "outbox-relay", "service-pusher", "team-syncer"})
        topics.push_back(
            topic(std::string(worker) + ".dlq", std::min(partitions, 3), replication, 30)
        );
    return topics;
}

} // namespace calfleet::cli
