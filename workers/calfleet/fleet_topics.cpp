#include "workers/calfleet/fleet_topics.h"

#include "common/events/booking.h"
#include "common/events/event_type_updated.h"
#include "common/events/service_changed.h"
#include "common/events/team_sync_requested.h"

#include <algorithm>
#include <map>

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
            // Compaction removes the record by which a position knows its log.
            {"cleanup.policy", "delete"},
            {"max.message.bytes", "2097152"}, // a dead letter is its record and some headers
            {"min.insync.replicas", std::to_string(std::max(1, replication - 1))},
            {"unclean.leader.election.enable", "false"},
        }};
}

const std::map<std::string_view, std::vector<std::string_view>>& consumers() {
    static const std::map<std::string_view, std::vector<std::string_view>> kConsumers{
        {"event-type-importer", {events::kEventTypeUpdated}},
        {"host-mapper",
         {events::kBookingCreated, events::kBookingRescheduled, events::kBookingCancelled}},
        {"outbox-relay", {}},
        {"service-pusher", {events::kServiceChanged}},
        {"team-syncer", {events::kTeamSyncRequested}}};
    return kConsumers;
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
    for (const auto& [worker, consumed] : consumers())
        topics.push_back(
            topic(std::string(worker) + ".dlq", std::min(partitions, 3), replication, 30)
        );
    return topics;
}

std::optional<std::vector<std::string_view>> topics_consumed_by(std::string_view worker) {
    const auto found = consumers().find(worker);
    return found == consumers().end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string_view> known_workers() {
    std::vector<std::string_view> workers;
    for (const auto& [worker, consumed] : consumers())
        workers.push_back(worker);
    return workers;
}

std::vector<std::string_view> consumers_of(std::string_view topic) {
    std::vector<std::string_view> workers;
    for (const auto& [worker, consumed] : consumers())
        if (std::find(consumed.begin(), consumed.end(), topic) != consumed.end())
            workers.push_back(worker);
    return workers;
}

} // namespace calfleet::cli
