#include "tests/integration/kafka/raw_kafka.h"

#include "common/kafka/admin.h"

#include <librdkafka/rdkafka.h>

#include <array>
#include <map>
#include <stdexcept>

#include "tests/support/wait.h"

namespace calfleet::kafka {

namespace {

using namespace std::chrono_literals;

constexpr int kWait = 20000;

void check(rd_kafka_resp_err_t failed, const std::string& what) {
    if (failed) throw std::runtime_error(what + ": " + rd_kafka_err2str(failed));
}

void check(rd_kafka_error_t* failed, const std::string& what) {
    if (!failed) return;
    const std::string words = rd_kafka_error_string(failed);
    rd_kafka_error_destroy(failed);
    throw std::runtime_error(what + ": " + words);
}

rd_kafka_t* producer(const std::string& brokers, const std::string& transactional_id) {
    char problem[256];
    rd_kafka_conf_t* config = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(config, nullptr);
    rd_kafka_conf_set(config, "bootstrap.servers", brokers.c_str(), problem, sizeof(problem));
    if (!transactional_id.empty())
        rd_kafka_conf_set(
            config, "transactional.id", transactional_id.c_str(), problem, sizeof(problem)
        );
    rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, config, problem, sizeof(problem));
    if (!client) throw std::runtime_error(problem);
    return client;
}

void wait_for(rd_kafka_queue_t* queue, const std::string& what) {
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue, kWait);
    if (!event) throw std::runtime_error(what + ": no answer");
    const auto failed = rd_kafka_event_error(event);
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    check(failed, what);
}

void send(rd_kafka_t* client, const OutgoingRecord& record) {
    rd_kafka_headers_t* headers = rd_kafka_headers_new(record.headers.size());
    for (const Header& header : record.headers)
        rd_kafka_header_add(
            headers,
            header.name.c_str(),
            -1,
            header.value->data(),
            static_cast<ssize_t>(header.value->size())
        );
    check(
        rd_kafka_producev(
            client,
            RD_KAFKA_V_TOPIC(record.topic.c_str()),
            RD_KAFKA_V_PARTITION(0),
            RD_KAFKA_V_KEY(record.key->data(), record.key->size()),
            RD_KAFKA_V_VALUE(const_cast<char*>(record.value->data()), record.value->size()),
            RD_KAFKA_V_HEADERS(headers),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_END
        ),
        "produce"
    );
}

} // namespace

struct RawKafka::Impl {
    std::string brokers;
    rd_kafka_t* plain{nullptr};
    std::map<std::string, rd_kafka_t*> transactional{};
    std::unique_ptr<Admin> admin{};
};

RawKafka::RawKafka(const std::string& brokers)
    : impl_(std::make_unique<Impl>(Impl{brokers, producer(brokers, "")})) {
    impl_->admin = std::move(*Admin::create(brokers, "raw"));
}

RawKafka::~RawKafka() {
    for (const auto& [name, client] : impl_->transactional)
        rd_kafka_destroy(client);
    rd_kafka_destroy(impl_->plain);
}

void RawKafka::create_topic(const std::string& name, int partitions) {
    const auto made = impl_->admin->apply({.name = name, .partitions = partitions}, 20s);
    if (!made) throw std::runtime_error(made.error().message);
}

void RawKafka::recreate_topic(const std::string& name, const std::vector<OutgoingRecord>& records) {
    delete_topic_now(name);
    const bool made = test_support::eventually(20s, [&] {
        const auto change = impl_->admin->apply({.name = name, .partitions = 1}, 20s);
        return change && *change == TopicChange::Created;
    });
    if (!made) throw std::runtime_error(name + " cannot be created again");
    for (const OutgoingRecord& record : records)
        send(impl_->plain, record);
    check(rd_kafka_flush(impl_->plain, kWait), "flush");
}

void RawKafka::delete_topic(const std::string& name) {
    delete_topic_now(name);
    const bool gone = test_support::eventually(20s, [&] {
        const auto known = impl_->admin->describe({name}, 5s);
        return known && known->empty();
    });
    if (!gone) throw std::runtime_error(name + " is still there");
}

void RawKafka::delete_topic_now(const std::string& name) {
    rd_kafka_queue_t* queue = rd_kafka_queue_new(impl_->plain);
    std::array<rd_kafka_DeleteTopic_t*, 1> list{rd_kafka_DeleteTopic_new(name.c_str())};
    rd_kafka_DeleteTopics(impl_->plain, list.data(), 1, nullptr, queue);
    rd_kafka_DeleteTopic_destroy(list[0]);
    wait_for(queue, "delete " + name);
}

void RawKafka::delete_records(const TopicPartition& partition, std::int64_t before) {
    rd_kafka_topic_partition_list_t* offsets = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(offsets, partition.topic.c_str(), partition.partition)
        ->offset = before;
    std::array<rd_kafka_DeleteRecords_t*, 1> list{rd_kafka_DeleteRecords_new(offsets)};
    rd_kafka_topic_partition_list_destroy(offsets);
    rd_kafka_queue_t* queue = rd_kafka_queue_new(impl_->plain);
    rd_kafka_DeleteRecords(impl_->plain, list.data(), 1, nullptr, queue);
    rd_kafka_DeleteRecords_destroy(list[0]);
    wait_for(queue, "delete records");
    const auto bounds = impl_->admin->watermarks(partition, 10s);
    if (!bounds || bounds->low != before) throw std::runtime_error("records are still there");
}

void RawKafka::transact(
    const std::string& name, const std::vector<OutgoingRecord>& records, End how
) {
    rd_kafka_t*& client = impl_->transactional[name];
    if (!client) {
        client = producer(impl_->brokers, name);
        check(rd_kafka_init_transactions(client, kWait), "init transactions");
    }
    check(rd_kafka_begin_transaction(client), "begin");
    for (const OutgoingRecord& record : records)
        send(client, record);
    check(rd_kafka_flush(client, kWait), "flush");
    end(name, how);
}

void RawKafka::end(const std::string& name, End how) {
    rd_kafka_t* client = impl_->transactional.at(name);
    if (how == End::Commit) check(rd_kafka_commit_transaction(client, kWait), "commit");
    if (how == End::Abort) check(rd_kafka_abort_transaction(client, kWait), "abort");
}

} // namespace calfleet::kafka
