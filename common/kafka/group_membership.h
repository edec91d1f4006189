#pragma once
// The rebalance half of a Consumer: what librdkafka's callbacks say and what is answered. Inside
// common/kafka only.

#include "common/core/result.h"
#include "common/kafka/consumer.h"
#include "common/kafka/handles.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace calfleet::kafka {

/// Owns the client. Callbacks run on the poll thread inside poll()/leave(), except for log lines.
/// The atomics and join_state() may be read by any thread.
class GroupMembership : public ClientOwner {
public:
    GroupMembership(AssignmentListener& listener, LogSink log)
        : ClientOwner(std::move(log))
        , listener_(listener) {}
    ~GroupMembership();
    GroupMembership(const GroupMembership&) = delete;
    GroupMembership& operator=(const GroupMembership&) = delete;

    void hook_into(ClientConfig& config);
    void take(rd_kafka_t* client) { client_ = client; }
    rd_kafka_t* client() const { return client_; }

    /// The oldest-standing complaint of a callback, given once.
    std::optional<Error> take_pending() { return std::exchange(pending_, std::nullopt); }
    /// Offers partitions to the listener again that it refused, once a second.
    void place_again_when_due();
    /// Where reading of a held partition began; 0 when not held.
    std::int64_t start_of(const TopicPartition& partition) const;
    /// False when the partition is not held.
    bool restart_at(const TopicPartition& partition, std::int64_t offset);

    void reached_end(const TopicPartition& partition, std::int64_t end) {
        if (held_.contains(partition)) listener_.on_end(partition, end);
    }
    /// Where the listener wants to go on.
    std::optional<std::int64_t>
    fell_outside(const TopicPartition& partition, std::int64_t position, Watermarks log) {
        if (!held_.contains(partition)) return std::nullopt;
        return listener_.on_outside(partition, position, log);
    }

    /// Gives a held partition up for a moment and takes it again at another offset; the group and
    /// the listener hear nothing.
    Result<> assign_anew(const TopicPartition& partition, std::int64_t offset);

    bool joined() const { return joined_; }
    /// joined, and the last statistics know of no rebalance.
    bool settled() const;
    bool closed() const { return closed_; }
    /// leave() came to an end in its time: the client may be destroyed.
    bool has_left() const { return left_; }
    bool was_ever_assigned() const { return was_ever_assigned_; }
    std::uint64_t rebalances() const { return rebalances_; }
    std::uint64_t commit_failures() const { return commit_failures_; }
    void count_commit_failure() { ++commit_failures_; }
    std::string join_state() const;

    /// A topic may not be read: remembered until a record of it comes, or a partition.
    void note_refused(const std::string& topic, const std::string& why);
    void note_readable(std::string_view topic);
    /// What is refused, else why no broker is reached; empty when all is well.
    std::string what_is_wrong() const;

    void leave(std::chrono::milliseconds wait);
    /// No more log lines, for a client that is left behind.
    void silence();

private:
    static void on_rebalance(
        rd_kafka_t*, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*, void* owner
    ) noexcept;
    static void on_error(rd_kafka_t*, int code, const char* reason, void* owner) noexcept;
    static void on_commit(
        rd_kafka_t*, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*, void* owner
    ) noexcept;
    static int on_statistics(rd_kafka_t*, char* json, size_t size, void* owner) noexcept;

    void assigned(const rd_kafka_topic_partition_list_t* list);
    void revoked(const rd_kafka_topic_partition_list_t* list);
    /// Asks the listener for positions of everything unplaced and starts reading; an empty list
    /// when it refuses.
    void place();
    void complain(Error error);

    AssignmentListener& listener_;
    rd_kafka_t* client_{nullptr};
    std::map<TopicPartition, std::int64_t> held_; ///< where reading began
    std::set<TopicPartition> unplaced_; ///< ours, but the listener has not said from where
    std::chrono::steady_clock::time_point place_again_at_{};
    std::optional<Error> pending_;
    bool closed_{false};
    bool left_{false};
    bool was_ever_assigned_{false};
    std::atomic<bool> joined_{false};
    std::atomic<std::uint64_t> rebalances_{0};
    std::atomic<std::uint64_t> commit_failures_{0};
    mutable std::mutex mutex_;
    std::string join_state_;                                  ///< under mutex_
    std::map<std::string, std::string, std::less<>> refused_; ///< topic -> why; under mutex_
    std::atomic<bool> any_refused_{false};
};

} // namespace calfleet::kafka
