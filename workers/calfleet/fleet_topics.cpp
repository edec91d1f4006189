#include "workers/calfleet/fleet_topics.h"

#include "common/events/consumers.h"

#include <algorithm>
#include <set>

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

} // namespace

std::vector<kafka::TopicSpec> fleet_topics(int partitions, int replication) {
    std::vector<kafka::TopicSpec> topics;
    std::set<std::string_view> taken;
    for (const events::Consumer& each : events::consumers())
        taken.insert(each.topics.begin(), each.topics.end());
    for (const std::string_view name : taken)
        topics.push_back(topic(std::string(name), partitions, replication, 7));
    for (const events::Consumer& each : events::consumers())
        topics.push_back(
            topic(std::string(each.worker) + ".dlq", std::min(partitions, 3), replication, 30)
        );
    return topics;
}

std::optional<std::vector<std::string_view>> topics_consumed_by(std::string_view worker) {
    for (const events::Consumer& each : events::consumers())
        if (each.worker == worker) return each.topics;
    return std::nullopt;
}

std::vector<std::string_view> known_workers() {
    std::vector<std::string_view> workers;
    for (const events::Consumer& each : events::consumers())
        workers.push_back(each.worker);
    return workers;
}

std::vector<std::string_view> consumers_of(std::string_view topic) {
    std::vector<std::string_view> workers;
    for (const auto& [worker, consumed] : events::consumers())
        if (std::find(consumed.begin(), consumed.end(), topic) != consumed.end())
            workers.push_back(worker);
    return workers;
}

} // namespace calfleet::cli
