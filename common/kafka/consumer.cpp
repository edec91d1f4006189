#include "common/kafka/consumer.h"

#include "common/kafka/group_membership.h"
#include "common/kafka/handles.h"
#include "common/kafka/translate.h"

#include <algorithm>
#include <mutex>
#include <utility>

namespace calfleet::kafka {

using std::chrono::milliseconds;

struct Consumer::Impl : GroupMembership {
    Impl(AssignmentListener& listener, LogSink log, std::string group_)
        : GroupMembership(listener, std::move(log))
        , group(std::move(group_)) {}
    const std::string group;
};

namespace {

constexpr std::int64_t kFetchAnswerBytes{2 * 1024 * 1024};
constexpr milliseconds kSeekWait{5000};
constexpr milliseconds kCloseWait{5000};
constexpr milliseconds kWatermarkWait{2000};

std::string quoted(const TopicPartition& partition) {
    return "\"" + partition.topic + "\" partition " + std::to_string(partition.partition);
}

void describe_membership(ClientConfig& config, const ConsumerSettings& settings) {
    config.set("group.id", settings.group);
    config.set_if_known("group.protocol", "classic");
    config.set("partition.assignment.strategy", "cooperative-sticky");
    config.set("session.timeout.ms", settings.session_timeout.count());
    config.set(
        "heartbeat.interval.ms", std::min<std::int64_t>(3000, settings.session_timeout.count() / 3)
    );
    config.set("max.poll.interval.ms", settings.max_poll_interval.count());
    leave_positions_to_the_caller(config);
}

void describe_fetching(ClientConfig& config, const ConsumerSettings& settings) {
    config.set("fetch.error.backoff.ms", "100");
    config.set("fetch.message.max.bytes", std::int64_t{settings.fetch_message_max_bytes});
    // One record keeps its whole answer alive, so answers are small.
    config.set(
        "fetch.max.bytes",
        std::max<std::int64_t>(kFetchAnswerBytes, settings.fetch_message_max_bytes)
    );
    // Kept at its default: a lower limit makes librdkafka 2.0.2 fetch in steps of one second.
    config.set("queued.min.messages", "100000");
    config.set("queued.max.messages.kbytes", std::int64_t{settings.queued_max_kbytes});
    config.set_if_known("fetch.queue.backoff.ms", "50");
    config.set("statistics.interval.ms", settings.statistics_interval.count());
}

/// Unknown and not held partitions are no error: a rebalance may have taken them a moment ago.
Result<> first_error(const rd_kafka_topic_partition_list_t* list, std::string_view what) {
    for (int i = 0; i < list->cnt; ++i) {
        const rd_kafka_topic_partition_t& each = list->elems[i];
        if (!each.err || each.err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION) continue;
        return translate(each.err, std::string(what) + " " + quoted({each.topic, each.partition}));
    }
    return {};
}

/// Where the partition was being read when it fell out of the log.
std::int64_t
reading_position(rd_kafka_t* client, const TopicPartition& partition, std::int64_t start) {
    const PartitionList list = to_list({&partition, 1});
    if (rd_kafka_position(client, list.get()) || list->elems[0].offset < 0) return start;
    return std::max(start, list->elems[0].offset);
}

} // namespace

Consumer::Consumer(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

Result<std::unique_ptr<Consumer>>
Consumer::create(ConsumerSettings settings, AssignmentListener& listener) {
    if (settings.topics.empty()) return invalid("a consumer needs at least one topic");
    auto impl = std::make_unique<Impl>(listener, std::move(settings.log), settings.group);
    ClientConfig config(settings.brokers, settings.client_id, settings.connection, *impl);
    describe_membership(config, settings);
    describe_fetching(config, settings);
    impl->hook_into(config);
    const Result<rd_kafka_t*> client = config.make(RD_KAFKA_CONSUMER);
    if (!client) return client.error();
    impl->take(*client);

    PartitionList topics(rd_kafka_topic_partition_list_new(static_cast<int>(settings.topics.size()))
    );
    for (const std::string& topic : settings.topics)
        rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    rd_kafka_poll_set_consumer(*client);
    const rd_kafka_resp_err_t failed = rd_kafka_subscribe(*client, topics.get());
    if (failed) return translate(failed, "subscribe as \"" + settings.group + "\"");
    return std::unique_ptr<Consumer>(new Consumer(std::move(impl)));
}

Consumer::~Consumer() {
    close();
    // librdkafka < 2.3 crashes when a client is destroyed after JoinGroup and before its first
    // assignment (#4381). There is no way to see that window from outside, so a client that was
    // never assigned anything is left to the end of the process. So is one that could not leave its
    // group: to destroy it would wait, without limit, for brokers that are away.
    const bool destroyable = rd_kafka_version() >= 0x020300ff || impl_->was_ever_assigned();
    if (destroyable && impl_->has_left()) return;
    impl_->silence();
    static auto* const left =
        new std::vector<std::unique_ptr<Impl>>; // still reachable, so no leak to a leak checker
    static std::mutex guard;
    std::lock_guard lock(guard);
    left->push_back(std::move(impl_));
}

Result<std::optional<Message>> Consumer::poll(milliseconds wait) {
    if (impl_->closed()) return bug("poll() of a closed consumer");
    if (auto error = impl_->take_pending()) return *std::move(error);
    impl_->place_again_when_due();
    RawMessage message(rd_kafka_consumer_poll(impl_->client(), to_timeout(wait)));
    if (message && message->rkt &&
        (!message->err || message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF))
        impl_->note_readable(rd_kafka_topic_name(message->rkt));
    if (message && !message->err) return std::optional<Message>(Message(message.release()));
    if (!message) {
        if (auto error = impl_->take_pending()) return *std::move(error);
        return std::optional<Message>();
    }
    const std::string_view words = rd_kafka_message_errstr(message.get());
    if (message->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED && message->rkt) {
        const std::string topic = rd_kafka_topic_name(message->rkt);
        Error error = translate(message->err, "consume", words, right_on_topic("READ", topic));
        impl_->note_refused(topic, error.message);
        return error;
    }
    if (message->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
        Error error =
            translate(message->err, "consume", words, "READ on group \"" + impl_->group + "\"");
        impl_->note_failure(error.message);
        return error;
    }
    if (!message->rkt) return translate(message->err, "consume", words);
    const TopicPartition partition{rd_kafka_topic_name(message->rkt), message->partition};
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        impl_->reached_end(partition, message->offset);
        return std::optional<Message>();
    }
    if (message->err != RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
        return translate(message->err, "consume", words);

    const std::int64_t position =
        reading_position(impl_->client(), partition, impl_->start_of(partition));
    const Result<Watermarks> log = query_watermarks(partition, kWatermarkWait);
    // Without the log's bounds nobody can decide: the same position is tried again, which ends here
    // again.
    const auto go_on = log ? impl_->fell_outside(partition, position, *log) : position;
    if (go_on && impl_->restart_at(partition, *go_on)) {
        const Result<> started = impl_->assign_anew(partition, *go_on);
        if (!started) return started.error();
        if (log) return std::optional<Message>();
    }
    return invalid(
        "position " + std::to_string(position) + " of " + quoted(partition) +
        " is outside the log, which " +
        (log ? "holds " + std::to_string(log->low) + " to " + std::to_string(log->high)
             : "could not be asked for its bounds: " + log.error().message)
    );
}

Result<> Consumer::pause(std::span<const TopicPartition> partitions) {
    const PartitionList list = to_list(partitions);
    const rd_kafka_resp_err_t failed = rd_kafka_pause_partitions(impl_->client(), list.get());
    if (failed) return translate(failed, "pause partitions");
    return first_error(list.get(), "pause");
}

Result<> Consumer::resume(std::span<const TopicPartition> partitions) {
    const PartitionList list = to_list(partitions);
    const rd_kafka_resp_err_t failed = rd_kafka_resume_partitions(impl_->client(), list.get());
    if (failed) return translate(failed, "resume partitions");
    return first_error(list.get(), "resume");
}

Result<> Consumer::seek(const TopicPartition& partition, std::int64_t offset) {
    if (!impl_->restart_at(partition, offset))
        return Error{
            ErrorKind::NotFound, "seek in " + quoted(partition) + ": not held by this consumer"};
    const PartitionList list = to_list({&partition, 1});
    list->elems[0].offset = offset;
    // librdkafka < 2.1 took the milliseconds for microseconds (#4230).
    const milliseconds wait = rd_kafka_version() < 0x020100ff ? kSeekWait * 1000 : kSeekWait;
    const RawError failed(rd_kafka_seek_partitions(impl_->client(), list.get(), to_timeout(wait)));
    const std::string what = "seek to " + std::to_string(offset) + " in " + quoted(partition);
    if (failed)
        return translate(
            rd_kafka_error_code(failed.get()), what, rd_kafka_error_string(failed.get())
        );
    // Reading stands still after a position outside the log: there is nothing to seek in, only a
    // new start.
    if (list->elems[0].err == RD_KAFKA_RESP_ERR__STATE)
        return impl_->assign_anew(partition, offset);
    if (list->elems[0].err) return translate(list->elems[0].err, what);
    return {};
}

void Consumer::commit_hint(std::span<const std::pair<TopicPartition, std::int64_t>> next_offsets) {
    if (next_offsets.empty() || !impl_->settled()) return;
    PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(next_offsets.size())));
    for (const auto& [partition, next] : next_offsets)
        rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition)
            ->offset = next;
    if (rd_kafka_commit(impl_->client(), list.get(), 1)) impl_->count_commit_failure();
}

std::optional<Watermarks> Consumer::watermarks(const TopicPartition& partition) const {
    Watermarks known;
    const auto failed = rd_kafka_get_watermark_offsets(
        impl_->client(), partition.topic.c_str(), partition.partition, &known.low, &known.high
    );
    if (failed || known.high < 0) return std::nullopt;
    known.low = std::max<std::int64_t>(known.low, 0);
    return known;
}

Result<Watermarks>
Consumer::query_watermarks(const TopicPartition& partition, milliseconds wait) const {
    Watermarks asked;
    const auto failed = rd_kafka_query_watermark_offsets(
        impl_->client(),
        partition.topic.c_str(),
        partition.partition,
        &asked.low,
        &asked.high,
        to_timeout(wait)
    );
    if (failed)
        return translate(
            failed,
            "ask for the bounds of " + quoted(partition),
            {},
            right_on_topic("DESCRIBE", partition.topic)
        );
    return asked;
}

bool Consumer::joined() const {
    return impl_->joined();
}
std::uint64_t Consumer::rebalances() const {
    return impl_->rebalances();
}
std::uint64_t Consumer::commit_failures() const {
    return impl_->commit_failures();
}
std::string Consumer::join_state() const {
    return impl_->join_state();
}
std::string Consumer::trouble() const {
    return impl_->what_is_wrong();
}
void Consumer::close() {
    impl_->leave(kCloseWait);
}

} // namespace calfleet::kafka
