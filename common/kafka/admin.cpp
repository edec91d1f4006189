#include "common/kafka/admin.h"

#include "common/kafka/admin_calls.h"
#include "common/kafka/handles.h"
#include "common/kafka/translate.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace calfleet::kafka {

using std::chrono::milliseconds;

namespace {

using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Call<rd_kafka_NewTopic_destroy>>;
using NewPartitions =
    std::unique_ptr<rd_kafka_NewPartitions_t, Call<rd_kafka_NewPartitions_destroy>>;
using ConfigResource =
    std::unique_ptr<rd_kafka_ConfigResource_t, Call<rd_kafka_ConfigResource_destroy>>;
struct FreeMetadata {
    void operator()(const rd_kafka_metadata_t* metadata) const noexcept {
        rd_kafka_metadata_destroy(metadata);
    }
};
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, FreeMetadata>;

std::string quoted(const TopicPartition& partition) {
    return "\"" + partition.topic + "\" partition " + std::to_string(partition.partition);
}

Result<> first_failure(
    const rd_kafka_topic_result_t** results,
    std::size_t count,
    const std::string& what,
    const std::string& right
) {
    for (std::size_t i = 0; i < count; ++i) {
        const auto failed = rd_kafka_topic_result_error(results[i]);
        const char* words = rd_kafka_topic_result_error_string(results[i]);
        if (failed) return translate(failed, what, words ? words : "", right);
    }
    return {};
}

} // namespace

struct Admin::Impl {
    std::string brokers{};
    std::string client_id{};
    Connection connection{};
    mutable ClientOwner owner{}; ///< hears why connections fail; no line goes to a log
    Client client{};             ///< goes before its owner

    // All topics, not named ones: asking a broker for a topic by name may create it.
    Result<Metadata> all_topics(milliseconds wait) const {
        const rd_kafka_metadata_t* raw = nullptr;
        const auto failed = rd_kafka_metadata(client.get(), 1, nullptr, &raw, to_timeout(wait));
        if (failed == RD_KAFKA_RESP_ERR__TIMED_OUT || failed == RD_KAFKA_RESP_ERR__TRANSPORT)
            return no_answer("list topics", owner);
        if (failed) return translate(failed, "list topics");
        return Metadata(raw);
    }

    Result<> create_topic(const TopicSpec& topic, milliseconds wait) {
        const std::string what = "create topic \"" + topic.name + "\"";
        char problem[256];
        const NewTopic wanted(rd_kafka_NewTopic_new(
            topic.name.c_str(), topic.partitions, topic.replication, problem, sizeof(problem)
        ));
        if (!wanted) return invalid(what + ": " + problem);
        for (const auto& [name, value] : topic.config)
            rd_kafka_NewTopic_set_config(wanted.get(), name.c_str(), value.c_str());
        const Queue queue(rd_kafka_queue_new(client.get()));
        const Options options = options_for(client.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS, wait);
        std::array<rd_kafka_NewTopic_t*, 1> list{wanted.get()};
        rd_kafka_CreateTopics(client.get(), list.data(), list.size(), options.get(), queue.get());
        const Result<Event> event = answer(queue.get(), wait, what, owner);
        if (!event) return event.error();
        std::size_t count = 0;
        const auto* result = rd_kafka_event_CreateTopics_result(event->get());
        const auto** topics = rd_kafka_CreateTopics_result_topics(result, &count);
        return first_failure(
            topics, count, what, right_on_topic("CREATE", topic.name) + " or on the cluster"
        );
    }

    Result<> add_partitions(const TopicSpec& topic, milliseconds wait) {
        const std::string what =
            "give topic \"" + topic.name + "\" " + std::to_string(topic.partitions) + " partitions";
        char problem[256];
        const NewPartitions wanted(rd_kafka_NewPartitions_new(
            topic.name.c_str(), static_cast<std::size_t>(topic.partitions), problem, sizeof(problem)
        ));
        if (!wanted) return invalid(what + ": " + problem);
        const Queue queue(rd_kafka_queue_new(client.get()));
        const Options options = options_for(client.get(), RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, wait);
        std::array<rd_kafka_NewPartitions_t*, 1> list{wanted.get()};
        rd_kafka_CreatePartitions(
            client.get(), list.data(), list.size(), options.get(), queue.get()
        );
        const Result<Event> event = answer(queue.get(), wait, what, owner);
        if (!event) return event.error();
        std::size_t count = 0;
        const auto* result = rd_kafka_event_CreatePartitions_result(event->get());
        const auto** topics = rd_kafka_CreatePartitions_result_topics(result, &count);
        return first_failure(topics, count, what, right_on_topic("ALTER", topic.name));
    }

    Result<Client> reader() const {
        ClientConfig config(brokers, client_id, connection, owner);
        config.set("queued.max.messages.kbytes", "16384");
        return make_reader(std::move(config), client_id);
    }
};

Admin::Admin(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}
Admin::~Admin() = default;

Result<std::unique_ptr<Admin>>
Admin::create(const std::string& brokers, const std::string& client_id, Connection connection) {
    auto impl = std::make_unique<Impl>();
    impl->brokers = brokers;
    impl->client_id = client_id;
    impl->connection = std::move(connection);
    ClientConfig config(brokers, client_id, impl->connection, impl->owner);
    // A broker that hangs up at once is all that tells of a wrong KAFKA_SECURITY.
    config.set("log.connection.close", "true");
    const Result<rd_kafka_t*> client = config.make(RD_KAFKA_PRODUCER);
    if (!client) return client.error();
    impl->client.reset(*client);
    return std::unique_ptr<Admin>(new Admin(std::move(impl)));
}

Result<std::map<std::string, int>>
Admin::describe(const std::vector<std::string>& topics, milliseconds wait) const {
    const Result<Metadata> metadata = impl_->all_topics(wait);
    if (!metadata) return metadata.error();
    std::map<std::string, int> found;
    for (int i = 0; i < (*metadata)->topic_cnt; ++i) {
        const rd_kafka_metadata_topic_t& topic = (*metadata)->topics[i];
        const bool asked = std::find(topics.begin(), topics.end(), topic.topic) != topics.end();
        if (asked && !topic.err) found[topic.topic] = topic.partition_cnt;
    }
    return found;
}

Result<std::size_t> Admin::visible_topics(milliseconds wait) const {
    const Result<Metadata> metadata = impl_->all_topics(wait);
    if (!metadata) return metadata.error();
    std::size_t count = 0;
    for (int i = 0; i < (*metadata)->topic_cnt; ++i) {
        const rd_kafka_metadata_topic_t& topic = (*metadata)->topics[i];
        if (!topic.err && !std::string_view(topic.topic).starts_with("__")) ++count;
    }
    return count;
}

Result<std::map<std::string, std::string>>
Admin::config_of(const std::string& topic, milliseconds wait) const {
    const std::string what = "read the config of topic \"" + topic + "\"";
    const ConfigResource resource(
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str())
    );
    if (!resource) return invalid(what + ": not a topic's name");
    const Queue queue(rd_kafka_queue_new(impl_->client.get()));
    const Options options =
        options_for(impl_->client.get(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, wait);
    std::array<rd_kafka_ConfigResource_t*, 1> list{resource.get()};
    rd_kafka_DescribeConfigs(
        impl_->client.get(), list.data(), list.size(), options.get(), queue.get()
    );
    const Result<Event> event = answer(queue.get(), wait, what, impl_->owner);
    if (!event) return event.error();
    std::size_t count = 0;
    const auto* result = rd_kafka_event_DescribeConfigs_result(event->get());
    const auto** resources = rd_kafka_DescribeConfigs_result_resources(result, &count);
    if (count != 1) return bug(what + ": " + std::to_string(count) + " answers to one question");
    const char* words = rd_kafka_ConfigResource_error_string(resources[0]);
    if (const auto failed = rd_kafka_ConfigResource_error(resources[0]))
        return translate(
            failed, what, words ? words : "", right_on_topic("DESCRIBE_CONFIGS", topic)
        );
    std::map<std::string, std::string> config;
    const auto** entries = rd_kafka_ConfigResource_configs(resources[0], &count);
    for (std::size_t i = 0; i < count; ++i) {
        const char* value = rd_kafka_ConfigEntry_value(entries[i]);
        config[rd_kafka_ConfigEntry_name(entries[i])] = value ? value : "";
    }
    return config;
}

Result<TopicChange> Admin::apply(const TopicSpec& topic, milliseconds wait) {
    const auto existing = describe({topic.name}, wait);
    if (!existing) return existing.error();
    const auto found = existing->find(topic.name);
    if (found == existing->end()) {
        const Result<> created = impl_->create_topic(topic, wait);
        if (created) return TopicChange::Created;
        // Somebody else created it at the same moment; it may still want partitions.
        if (created.error().kind != ErrorKind::Conflict) return created.error();
        const auto now = describe({topic.name}, wait);
        if (!now) return now.error();
        if (!now->contains(topic.name) || now->at(topic.name) >= topic.partitions)
            return TopicChange::Existed;
    } else if (found->second >= topic.partitions) {
        return TopicChange::Existed;
    }
    const Result<> added = impl_->add_partitions(topic, wait);
    if (!added) return added.error();
    return TopicChange::PartitionsAdded;
}

Result<Watermarks> Admin::watermarks(const TopicPartition& partition, milliseconds wait) const {
    Watermarks bounds;
    const auto failed = rd_kafka_query_watermark_offsets(
        impl_->client.get(),
        partition.topic.c_str(),
        partition.partition,
        &bounds.low,
        &bounds.high,
        to_timeout(wait)
    );
    if (failed == RD_KAFKA_RESP_ERR__TIMED_OUT || failed == RD_KAFKA_RESP_ERR__TRANSPORT)
        return no_answer("ask for the bounds of " + quoted(partition), impl_->owner);
    const std::string right = right_on_topic("DESCRIBE", partition.topic);
    if (failed) return translate(failed, "ask for the bounds of " + quoted(partition), {}, right);
    return bounds;
}

Result<std::int64_t>
Admin::offset_at(const TopicPartition& partition, Instant time, milliseconds wait) const {
    const std::string what = "find " + format_instant(time) + " in " + quoted(partition);
    // Rounded up: "at or after" must not include the part of the millisecond before it.
    const std::pair at{
        partition, std::int64_t{std::chrono::ceil<milliseconds>(time.time_since_epoch()).count()}};
    const PartitionList list = to_list({&at, 1});
    const auto failed =
        rd_kafka_offsets_for_times(impl_->client.get(), list.get(), to_timeout(wait));
    if (failed == RD_KAFKA_RESP_ERR__TIMED_OUT || failed == RD_KAFKA_RESP_ERR__TRANSPORT)
        return no_answer(what, impl_->owner);
    const std::string right = right_on_topic("DESCRIBE", partition.topic);
    if (failed) return translate(failed, what, {}, right);
    if (list->elems[0].err) return translate(list->elems[0].err, what, {}, right);
    if (list->elems[0].offset >= 0) return list->elems[0].offset;
    const Result<Watermarks> bounds = watermarks(partition, wait);
    if (!bounds) return bounds.error();
    return bounds->high;
}

Result<> Admin::read_all(
    const std::string& topic, milliseconds wait, const std::function<bool(const Message&)>& body
) const {
    const auto known = describe({topic}, wait);
    if (!known) return known.error();
    if (!known->contains(topic))
        return Error{
            ErrorKind::NotFound,
            "read topic \"" + topic + "\": there is no such topic, or no right to " +
                right_on_topic("DESCRIBE", topic)};

    std::vector<std::pair<TopicPartition, std::int64_t>> starts;
    std::map<std::int32_t, std::int64_t> ends; ///< of what is not read to its end yet
    for (std::int32_t partition = 0; partition < known->at(topic); ++partition) {
        const Result<Watermarks> bounds = watermarks({topic, partition}, wait);
        if (!bounds) return bounds.error();
        if (bounds->low >= bounds->high) continue;
        ends[partition] = bounds->high;
        starts.push_back({{topic, partition}, bounds->low});
    }
    if (ends.empty()) return {};
    const Result<Client> client = impl_->reader();
    if (!client) return client.error();
    if (const auto failed = rd_kafka_assign(client->get(), to_list(starts).get()))
        return translate(failed, "read \"" + topic + "\"");

    while (!ends.empty()) {
        RawMessage raw(rd_kafka_consumer_poll(client->get(), to_timeout(wait)));
        if (!raw)
            return Error{ErrorKind::Timeout, "read topic \"" + topic + "\": nothing came in time"};
        if (raw->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            ends.erase(raw->partition);
            continue;
        }
        // Of the group that the library wants named, nothing is used.
        if (raw->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) continue;
        if (raw->err)
            return translate(
                raw->err,
                "read \"" + topic + "\"",
                rd_kafka_message_errstr(raw.get()),
                right_on_topic("READ", topic)
            );
        const auto end = ends.find(raw->partition);
        if (end == ends.end() || raw->offset >= end->second) {
            ends.erase(raw->partition); // written after reading began
            continue;
        }
        if (raw->offset + 1 == end->second) ends.erase(end);
        const Message message(raw.release());
        if (!body(message)) return {};
    }
    return {};
}

Result<bool> Admin::read_one(
    const TopicPartition& partition,
    std::int64_t offset,
    milliseconds wait,
    const std::function<void(const Message&)>& body
) const {
    const std::string what = "read " + quoted(partition) + " at " + std::to_string(offset);
    const auto known = describe({partition.topic}, wait);
    if (!known) return known.error();
    const auto found = known->find(partition.topic);
    if (found == known->end() || partition.partition < 0 || partition.partition >= found->second)
        return Error{
            ErrorKind::NotFound,
            what + ": there is no such partition, or no right to " +
                right_on_topic("DESCRIBE", partition.topic)};
    const Result<Watermarks> bounds = watermarks(partition, wait);
    if (!bounds) return bounds.error();
    if (offset < bounds->low || offset >= bounds->high) return false;
    const Result<Client> client = impl_->reader();
    if (!client) return client.error();
    const std::pair at{partition, offset};
    const PartitionList start = to_list({&at, 1});
    if (const auto failed = rd_kafka_assign(client->get(), start.get()))
        return translate(failed, what);
    RawMessage raw;
    do // of the group that the library wants named, nothing is used
        raw.reset(rd_kafka_consumer_poll(client->get(), to_timeout(wait)));
    while (raw && raw->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
    if (!raw) return Error{ErrorKind::Timeout, what + ": nothing came in time"};
    if (raw->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return false;
    if (raw->err)
        return translate(
            raw->err,
            what,
            rd_kafka_message_errstr(raw.get()),
            right_on_topic("READ", partition.topic)
        );
    if (raw->offset != offset) return false;
    const Message message(raw.release());
    body(message);
    return true;
}

} // namespace calfleet::kafka
