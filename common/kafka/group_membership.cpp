#include "common/kafka/group_membership.h"

#include "common/kafka/group_statistics.h"
#include "common/kafka/translate.h"

#include <string_view>
#include <utility>
#include <vector>

namespace calfleet::kafka {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds kPlaceAgainAfter{1000};

GroupMembership& self(void* owner) {
    return static_cast<GroupMembership&>(ClientOwner::of(owner));
}

bool cooperative(const rd_kafka_t* client) {
    // "NONE" before the first join; const is missing in librdkafka's signature.
    const char* protocol = rd_kafka_rebalance_protocol(const_cast<rd_kafka_t*>(client));
    return protocol && std::string_view(protocol) == "COOPERATIVE";
}

} // namespace

GroupMembership::~GroupMembership() {
    if (!client_) return;
    leave(milliseconds(0));
    // leave() has done what a close can do; waiting here again could last for ever.
    rd_kafka_destroy_flags(client_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void GroupMembership::hook_into(ClientConfig& config) {
    rd_kafka_conf_set_rebalance_cb(config.raw(), &GroupMembership::on_rebalance);
    rd_kafka_conf_set_error_cb(config.raw(), &GroupMembership::on_error);
    rd_kafka_conf_set_offset_commit_cb(config.raw(), &GroupMembership::on_commit);
    rd_kafka_conf_set_stats_cb(config.raw(), &GroupMembership::on_statistics);
}

void GroupMembership::on_rebalance(
    rd_kafka_t* client, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* list, void* owner
) noexcept {
    ++self(owner).rebalances_;
    if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) return self(owner).assigned(list);
    if (what == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS) return self(owner).revoked(list);
    // Undocumented in practice; the library's advice for anything else is to drop the assignment.
    self(owner).complain(translate(what, "rebalance"));
    rd_kafka_assign(client, nullptr);
}

void GroupMembership::assigned(const rd_kafka_topic_partition_list_t* list) {
    was_ever_assigned_ = true;
    connections_work();
    for (TopicPartition& partition : to_partitions(list)) {
        note_readable(partition.topic);
        unplaced_.insert(std::move(partition));
    }
    place();
}

void GroupMembership::place() {
    const std::vector<TopicPartition> partitions(unplaced_.begin(), unplaced_.end());
    const Result<std::vector<std::int64_t>> positions = listener_.on_assigned(partitions);
    const bool complete = positions && positions->size() == partitions.size();
    if (!positions)
        complain(positions.error());
    else if (!complete)
        complain(bug("on_assigned answered with another number of positions than partitions"));

    // Also an empty list must be told, or the rebalance never ends.
    const PartitionList list =
        to_list(complete ? std::span(partitions) : std::span<const TopicPartition>());
    for (int i = 0; i < list->cnt; ++i)
        list->elems[i].offset = (*positions)[static_cast<std::size_t>(i)];
    const RawError failed(rd_kafka_incremental_assign(client_, list.get()));
    if (failed) {
        complain(translate(
            rd_kafka_error_code(failed.get()),
            "take the assignment",
            rd_kafka_error_string(failed.get())
        ));
        if (complete && !partitions.empty()) listener_.on_revoked(partitions, true);
    } else if (complete) {
        for (std::size_t i = 0; i < partitions.size(); ++i)
            held_[partitions[i]] = (*positions)[i];
        unplaced_.clear();
    }
    joined_ = !failed && complete;
    place_again_at_ = steady_clock::now() + kPlaceAgainAfter;
}

void GroupMembership::place_again_when_due() {
    if (unplaced_.empty() || steady_clock::now() < place_again_at_) return;
    place();
}

void GroupMembership::revoked(const rd_kafka_topic_partition_list_t* list) {
    const bool lost = rd_kafka_assignment_lost(client_) == 1;
    joined_ = false;
    std::vector<TopicPartition> given_up;
    for (TopicPartition& partition : to_partitions(list)) {
        unplaced_.erase(partition);
        if (held_.erase(partition)) given_up.push_back(std::move(partition));
    }
    if (!given_up.empty()) listener_.on_revoked(given_up, lost);
    if (!cooperative(client_)) {
        rd_kafka_assign(client_, nullptr);
        return;
    }
    // Only what was assigned may be unassigned: a partition that was never placed would be an error
    // for the whole list.
    const PartitionList assigned_before = to_list(given_up);
    const RawError failed(rd_kafka_incremental_unassign(client_, assigned_before.get()));
    if (failed)
        complain(translate(
            rd_kafka_error_code(failed.get()),
            "give the assignment up",
            rd_kafka_error_string(failed.get())
        ));
}

void GroupMembership::on_error(
    rd_kafka_t* client, int code, const char* reason, void* owner
) noexcept {
    const auto error = static_cast<rd_kafka_resp_err_t>(code);
    GroupMembership& membership = self(owner);
    membership.log(LogLevel::Warning, "ERROR", reason);
    switch (error) {
    case RD_KAFKA_RESP_ERR__FATAL: {
        char words[512];
        const rd_kafka_resp_err_t cause = rd_kafka_fatal_error(client, words, sizeof(words));
        membership.complain(bug(translate(cause, "the consumer failed for good", words).message));
        break;
    }
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN: {
        const std::string why = membership.trouble();
        membership.complain(
            translate(error, "consume", why.empty() ? reason : std::string(reason) + ": " + why)
        );
        break;
    }
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
        membership.note_failure(reason);
        membership.complain(translate(error, "consume", membership.trouble()));
        break;
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        membership.complain(translate(error, "consume", reason));
        break;
    default: // one broker or one connection of several: librdkafka mends it
        membership.note_failure(reason);
        break;
    }
}

void GroupMembership::complain(Error error) {
    // A fatal error must not be covered by a lesser one that came first.
    if (!pending_ || error.kind == ErrorKind::Bug) pending_ = std::move(error);
    rd_kafka_yield(client_);
}

void GroupMembership::on_commit(
    rd_kafka_t*, rd_kafka_resp_err_t failed, rd_kafka_topic_partition_list_t*, void* owner
) noexcept {
    if (failed && failed != RD_KAFKA_RESP_ERR__NO_OFFSET) self(owner).count_commit_failure();
}

int GroupMembership::on_statistics(rd_kafka_t*, char* json, size_t size, void* owner) noexcept {
    GroupStatistics statistics = read_group_statistics({json, size});
    std::lock_guard lock(self(owner).mutex_);
    self(owner).join_state_ = std::move(statistics.join_state);
    return 0; // librdkafka frees the text
}

void GroupMembership::note_refused(const std::string& topic, const std::string& why) {
    std::lock_guard lock(mutex_);
    refused_[topic] = why;
    any_refused_ = true;
}

void GroupMembership::note_readable(std::string_view topic) {
    if (!any_refused_) return;
    std::lock_guard lock(mutex_);
    if (const auto found = refused_.find(topic); found != refused_.end()) refused_.erase(found);
    any_refused_ = !refused_.empty();
}

std::string GroupMembership::what_is_wrong() const {
    {
        std::lock_guard lock(mutex_);
        if (!refused_.empty()) return refused_.begin()->second;
    }
    return joined_ ? std::string() : trouble();
}

std::int64_t GroupMembership::start_of(const TopicPartition& partition) const {
    const auto found = held_.find(partition);
    return found == held_.end() ? 0 : found->second;
}

bool GroupMembership::restart_at(const TopicPartition& partition, std::int64_t offset) {
    const auto found = held_.find(partition);
    if (found == held_.end()) return false;
    found->second = offset;
    return true;
}

Result<> GroupMembership::assign_anew(const TopicPartition& partition, std::int64_t offset) {
    const PartitionList list = to_list({&partition, 1});
    RawError failed(rd_kafka_incremental_unassign(client_, list.get()));
    list->elems[0].offset = offset;
    if (!failed) failed.reset(rd_kafka_incremental_assign(client_, list.get()));
    if (!failed) return {};
    return translate(
        rd_kafka_error_code(failed.get()),
        "start \"" + partition.topic + "\" anew",
        rd_kafka_error_string(failed.get())
    );
}

bool GroupMembership::settled() const {
    if (!joined_) return false;
    std::lock_guard lock(mutex_);
    return join_state_.empty() || join_state_ == "steady";
}

std::string GroupMembership::join_state() const {
    std::lock_guard lock(mutex_);
    return join_state_;
}

void GroupMembership::leave(milliseconds wait) {
    if (closed_) return;
    closed_ = true;
    const Queue queue(rd_kafka_queue_new(client_));
    const RawError refused(rd_kafka_consumer_close_queue(client_, queue.get()));
    const auto deadline = steady_clock::now() + wait;
    // Not rd_kafka_consumer_close(): it may block without limit when the group's thread is stuck.
    while (!refused && !rd_kafka_consumer_closed(client_) && steady_clock::now() < deadline)
        const RawMessage unread(rd_kafka_consume_queue(queue.get(), 100));
    left_ = refused || rd_kafka_consumer_closed(client_);
    joined_ = false;
    if (held_.empty()) return;
    std::vector<TopicPartition> rest;
    for (const auto& [partition, start] : held_)
        rest.push_back(partition);
    held_.clear();
    listener_.on_revoked(rest, true);
}

void GroupMembership::silence() {
    if (client_) rd_kafka_set_log_level(client_, 0);
}

} // namespace calfleet::kafka
