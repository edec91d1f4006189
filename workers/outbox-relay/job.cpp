#include "workers/outbox-relay/job.h"

#include "common/core/text.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace calfleet::outbox_relay {

namespace {

constexpr std::size_t kLongestTopicName = 249; // Kafka's own limit

bool is_topic_name(std::string_view name) {
    if (name.empty() || name.size() > kLongestTopicName || name == "." || name == "..")
        return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    });
}

bool copies_a_dead_letter(const Row& row) {
    return std::any_of(row.headers.begin(), row.headers.end(), [](const auto& header) {
        return header.name.starts_with(kDeadLetterCopyPrefix);
    });
}

std::size_t fair_part(std::size_t shards, std::string_view self, std::vector<std::string>& alive) {
    auto place = std::lower_bound(alive.begin(), alive.end(), self);
    if (place == alive.end() || *place != self) place = alive.emplace(place, self);
    const auto rank = static_cast<std::size_t>(place - alive.begin());
    return shards / alive.size() + (rank < shards % alive.size() ? 1 : 0);
}

} // namespace

LeasePlan share_out(
    std::span<const ShardLease> shards, std::string_view self, std::vector<std::string> alive
) {
    const std::size_t part = fair_part(shards.size(), self, alive);
    LeasePlan plan;
    for (const ShardLease& each : shards) {
        if (each.owner != self) continue;
        (plan.renew.size() < part ? plan.renew : plan.release).push_back(each.shard);
    }
    for (const ShardLease& each : shards) {
        const bool free = each.owner.empty() || (each.expired && each.owner != self);
        if (free && plan.renew.size() + plan.take.size() < part) plan.take.push_back(each.shard);
    }
    return plan;
}

std::vector<std::size_t>
choose(std::span<const Candidate> candidates, const ReadLimits& limits, int turn) {
    struct Queue {
        std::vector<std::size_t> rows{};
        bool closed{false};
    };
    // Shards from the turn on come first.
    std::map<std::tuple<bool, int, bool>, Queue> queues;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const Candidate& one = candidates[i];
        queues[{one.shard < turn, one.shard, one.aside}].rows.push_back(i);
    }
    std::vector<std::size_t> chosen;
    std::int64_t bytes = 0;
    for (std::size_t rank = 0; rank < static_cast<std::size_t>(limits.rows_per_shard); ++rank) {
        bool any = false;
        for (auto& [key, queue] : queues) {
            if (queue.closed || rank >= queue.rows.size()) continue;
            const std::size_t next = queue.rows[rank];
            bytes += candidates[next].bytes;
            queue.closed = bytes > limits.bytes && !chosen.empty();
            if (queue.closed) {
                bytes -= candidates[next].bytes;
                continue;
            }
            chosen.push_back(next);
            any = true;
        }
        if (!any) break;
    }
    std::sort(chosen.begin(), chosen.end());
    return chosen;
}

Report judge_failure(const Error& error) {
    switch (error.kind) {
    case ErrorKind::NotFound:
    case ErrorKind::Forbidden:
        return {Fate::TopicBlocked, error.message};
    case ErrorKind::Invalid:
        return {Fate::Undeliverable, error.message};
    case ErrorKind::Conflict:
    case ErrorKind::Unavailable:
    case ErrorKind::Timeout:
    case ErrorKind::InDoubt:
    case ErrorKind::Bug:
        break;
    }
    return {Fate::Later, error.message};
}

std::optional<std::string> flaw_of(const Row& row) {
    if (!row.flaw.empty()) return row.flaw;
    if (!is_topic_name(row.topic))
        return "\"" + printable(row.topic) +
               "\" is no topic name: 1 to 249 letters, digits, '.', '_' and '-'";
    return std::nullopt;
}

Settlement settle(std::span<const Row> rows, std::span<const Report> reports) {
    Settlement result;
    std::set<std::pair<std::string_view, std::optional<std::string_view>>> held_up;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row& row = rows[i];
        const std::pair<std::string_view, std::optional<std::string_view>> key{row.topic, row.key};
        switch (reports[i].fate) {
        case Fate::Later:
        case Fate::TopicBlocked:
            held_up.insert(key);
            continue;
        case Fate::Delivered:
            if (held_up.contains(key)) continue;
            result.delivered.push_back(i);
            break;
        case Fate::Undeliverable:
            (copies_a_dead_letter(row) ? result.dropped : result.dead).push_back(i);
            break;
        }
        result.gone.push_back(i);
    }
    return result;
}

} // namespace calfleet::outbox_relay
