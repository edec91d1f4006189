#include "common/kafka/log_reader.h"

#include "common/kafka/handles.h"
#include "common/kafka/translate.h"

#include <map>

namespace calfleet::kafka {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

// ListOffsets' own words for the two ends of a log.
constexpr std::int64_t kLatest = -1;
constexpr std::int64_t kEarliest = -2;

std::string place(const rd_kafka_topic_partition_t& partition) {
    return "ask for the bounds of \"" + std::string(partition.topic) + "\" partition " +
           std::to_string(partition.partition);
}

PartitionList
ask(rd_kafka_t* client,
    std::span<const TopicPartition> partitions,
    std::int64_t which,
    milliseconds wait) {
    PartitionList list = to_list(partitions);
    for (int i = 0; i < list->cnt; ++i)
        list->elems[i].offset = which;
    const auto failed = rd_kafka_offsets_for_times(client, list.get(), to_timeout(wait));
    // Some may have been answered although the call as a whole was not.
    for (int i = 0; failed && i < list->cnt; ++i)
        if (!list->elems[i].err && list->elems[i].offset == which) list->elems[i].err = failed;
    return list;
}

} // namespace

struct LogReader::Impl {
    ClientOwner owner{}; ///< outlives the client
    Client client{};
};

LogReader::LogReader(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}
LogReader::~LogReader() = default;

Result<std::unique_ptr<LogReader>> LogReader::create(
    const std::string& brokers, const std::string& client_id, const Connection& connection
) {
    auto impl = std::make_unique<Impl>();
    ClientConfig config(brokers, client_id, connection, impl->owner);
    config.set("fetch.message.max.bytes", "16384"); // a single larger batch comes all the same
    config.set("queued.min.messages", "1");
    config.set("queued.max.messages.kbytes", "64");
    auto made = make_reader(std::move(config), client_id);
    if (!made) return made.error();
    impl->client = std::move(*made);
    return std::unique_ptr<LogReader>(new LogReader(std::move(impl)));
}

std::vector<Result<Watermarks>>
LogReader::bounds(std::span<const TopicPartition> partitions, milliseconds wait) {
    const PartitionList low = ask(impl_->client.get(), partitions, kEarliest, wait);
    const PartitionList high = ask(impl_->client.get(), partitions, kLatest, wait);
    std::vector<Result<Watermarks>> result;
    result.reserve(partitions.size());
    for (int i = 0; i < low->cnt; ++i) {
        const auto failed = low->elems[i].err ? low->elems[i].err : high->elems[i].err;
        if (failed)
            result.emplace_back(translate(failed, place(low->elems[i])));
        else
            result.emplace_back(Watermarks{low->elems[i].offset, high->elems[i].offset});
    }
    return result;
}

Result<> LogReader::first_records(
    std::span<const std::pair<TopicPartition, std::int64_t>> offsets,
    milliseconds wait,
    const std::function<void(const TopicPartition&, const Message*)>& body
) {
    const PartitionList list = to_list(offsets);
    std::map<TopicPartition, bool> open;
    for (const auto& [partition, offset] : offsets)
        open[partition] = true;
    if (const auto failed = rd_kafka_assign(impl_->client.get(), list.get()))
        return translate(failed, "look into the log");
    const auto deadline = steady_clock::now() + wait;
    std::size_t left = open.size();
    while (left > 0 && steady_clock::now() < deadline) {
        RawMessage raw(rd_kafka_consumer_poll(impl_->client.get(), 100));
        if (!raw || !raw->rkt) continue;
        const auto found = open.find({rd_kafka_topic_name(raw->rkt), raw->partition});
        if (found == open.end() || !std::exchange(found->second, false)) continue;
        --left;
        if (raw->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) body(found->first, nullptr);
        if (raw->err) continue;
        const Message message(raw.release());
        body(found->first, &message);
    }
    rd_kafka_assign(impl_->client.get(), nullptr);
    return {};
}

} // namespace calfleet::kafka
