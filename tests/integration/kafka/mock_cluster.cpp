#include "tests/integration/kafka/mock_cluster.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <stdexcept>
#include <vector>

namespace calfleet::kafka {

namespace {

constexpr int kOnlyBroker = 1;
constexpr int kProduceRequest = 0;
constexpr int kHeartbeatRequest = 12;

} // namespace

struct MockCluster::Impl {
    rd_kafka_t* host{nullptr};
    rd_kafka_mock_cluster_t* cluster{nullptr};
};

MockCluster::MockCluster()
    : impl_(std::make_unique<Impl>()) {
    char problem[256];
    rd_kafka_conf_t* config = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(config, nullptr);
    impl_->host = rd_kafka_new(RD_KAFKA_PRODUCER, config, problem, sizeof(problem));
    if (!impl_->host) throw std::runtime_error(problem);
    impl_->cluster = rd_kafka_mock_cluster_new(impl_->host, 1);
    brokers_ = rd_kafka_mock_cluster_bootstraps(impl_->cluster);
}

MockCluster::~MockCluster() {
    rd_kafka_mock_cluster_destroy(impl_->cluster);
    rd_kafka_destroy(impl_->host);
}

void MockCluster::create_topic(const std::string& name, int partitions) {
    const auto failed = rd_kafka_mock_topic_create(impl_->cluster, name.c_str(), partitions, 1);
    if (failed) throw std::runtime_error(rd_kafka_err2str(failed));
}

void MockCluster::go_down() {
    rd_kafka_mock_broker_set_down(impl_->cluster, kOnlyBroker);
}

void MockCluster::come_up() {
    rd_kafka_mock_broker_set_up(impl_->cluster, kOnlyBroker);
}

void MockCluster::refuse_as_too_large(int count) {
    const std::vector<rd_kafka_resp_err_t> errors(
        static_cast<std::size_t>(count), RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE
    );
    rd_kafka_mock_push_request_errors_array(
        impl_->cluster, kProduceRequest, errors.size(), errors.data()
    );
}

void MockCluster::forget_member_at_next_heartbeat() {
    const rd_kafka_resp_err_t unknown = RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID;
    rd_kafka_mock_push_request_errors_array(impl_->cluster, kHeartbeatRequest, 1, &unknown);
}

void MockCluster::answer_after(std::chrono::milliseconds delay) {
    rd_kafka_mock_broker_set_rtt(impl_->cluster, kOnlyBroker, static_cast<int>(delay.count()));
}

std::int64_t committed_offset(
    const std::string& brokers, const std::string& group, const TopicPartition& partition
) {
    char problem[256];
    rd_kafka_conf_t* config = rd_kafka_conf_new();
    rd_kafka_conf_set(config, "bootstrap.servers", brokers.c_str(), problem, sizeof(problem));
    rd_kafka_conf_set(config, "group.id", group.c_str(), problem, sizeof(problem));
    rd_kafka_t* reader = rd_kafka_new(RD_KAFKA_CONSUMER, config, problem, sizeof(problem));
    if (!reader) throw std::runtime_error(problem);
    rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, partition.topic.c_str(), partition.partition);
    const bool answered = !rd_kafka_committed(reader, list, 5000) && list->elems[0].offset >= 0;
    const std::int64_t offset = answered ? list->elems[0].offset : -1;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(reader);
    return offset;
}

} // namespace calfleet::kafka
