#pragma once
// Looks at the logs of the partitions that are held, apart from reading them: where they end, and
// whether they are still the same.

#include "common/core/clock.h"
#include "common/core/stop_signal.h"
#include "common/intake/log_mark.h"
#include "common/intake/partition_book.h"
#include "common/intake/topic_compaction.h"
#include "common/kafka/consumer.h"
#include "common/kafka/log_reader.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace calfleet::intake {

/// What was found at an offset where another record had been read under this epoch.
struct ForeignLog {
    kafka::TopicPartition partition;
    std::int64_t epoch{0};
    std::string evidence;
};

/// A thread with a Kafka client of its own, because questions block for as long as a broker is
/// silent. It also finds a topic that was deleted and created again while it was read, which the
/// reading client passes over in silence: the mark of an earlier look must still be there.
class LogWatch {
public:
    LogWatch(
        const kafka::ConsumerSettings& settings,
        const PartitionBook& book,
        TopicCompaction& compaction,
        const Clock& clock
    );
    ~LogWatch();
    void start();
    void stop();

    /// Thread-safe, as is everything below. The last known bounds.
    std::optional<kafka::Watermarks> bounds(const kafka::TopicPartition& partition) const;
    /// Why nobody tells the bounds at the moment; empty when somebody does.
    std::string silence(const kafka::TopicPartition& partition) const;
    /// What was found since the last call.
    std::vector<ForeignLog> take_foreign();

private:
    struct Known {
        std::optional<kafka::Watermarks> bounds;
        Monotonic answered_at{}; ///< or first asked
        std::string error;
    };
    /// A mark that must still be in its log at the next look.
    struct Seen {
        std::int64_t epoch{0};
        LogMark mark;
        bool suspicious{false};
    };
    void loop();
    void ask_bounds(const std::vector<PartitionStatus>& held);
    /// Of partitions whose mark was not seen under their present epoch.
    void note_marks(const std::vector<PartitionStatus>& held);
    void compare_marks(const std::vector<PartitionStatus>& held);
    bool is_as_seen(const kafka::TopicPartition& partition, const kafka::Message* found);

    kafka::ConsumerSettings settings_;
    const PartitionBook& book_;
    TopicCompaction& compaction_;
    const Clock& clock_;
    std::unique_ptr<kafka::LogReader> reader_;   ///< of the thread
    std::map<kafka::TopicPartition, Seen> seen_; ///< of the thread
    bool suspicion_{false};
    mutable std::mutex mutex_; ///< of the two below
    std::map<kafka::TopicPartition, Known> known_;
    std::vector<ForeignLog> foreign_;
    StopSignal stop_;
    std::thread thread_;
};

} // namespace calfleet::intake
