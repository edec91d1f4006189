#include "common/messaging/dead_letter_headers.h"
#include "common/messaging/outbox_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

using namespace std::chrono_literals;

namespace calfleet::messaging {
namespace {

const Instant kFailed = Instant{std::chrono::sys_days{std::chrono::year{2026} / 11 / 20}} + 8h;
const DeadLetterRow kRow{DeadLetterId{42}, 4, kFailed, kFailed + 21min};
const job::Reason kReason{"schema", "data.uid: missing"};

std::string
value_of(const std::vector<std::pair<std::string, std::string>>& headers, std::string_view name) {
    for (const auto& [found, value] : headers)
        if (found == name) return value;
    return "(absent)";
}

TEST(DeadLetterHeaders, SayWhoFailedWhyWhenAndWhereItCameFrom) {
    RecordView record;
    record.topic = "booking-created";
    record.partition = 7;
    record.offset = 1234;
    record.timestamp = kFailed - 1s;
    const auto headers = dead_letter_headers("host-mapper", kRow, kReason, record);
    EXPECT_EQ(value_of(headers, "calfleet_dlq_id"), "42");
    EXPECT_EQ(value_of(headers, "calfleet_dlq_worker"), "host-mapper");
    EXPECT_EQ(value_of(headers, "calfleet_dlq_class"), "schema");
    EXPECT_EQ(value_of(headers, "calfleet_dlq_reason"), "data.uid: missing");
    EXPECT_EQ(value_of(headers, "calfleet_dlq_attempts"), "4");
    EXPECT_EQ(value_of(headers, "calfleet_dlq_first_failed_at"), "2026-11-20T08:00:00.000000Z");
    EXPECT_EQ(value_of(headers, "calfleet_dlq_last_failed_at"), "2026-11-20T08:21:00.000000Z");
    EXPECT_EQ(value_of(headers, "calfleet_dlq_topic"), "booking-created");
    EXPECT_EQ(value_of(headers, "calfleet_dlq_partition"), "7");
    EXPECT_EQ(value_of(headers, "calfleet_dlq_offset"), "1234");
    EXPECT_EQ(value_of(headers, "calfleet_dlq_timestamp"), "2026-11-20T07:59:59.000000Z");
}

TEST(DeadLetterHeaders, LeaveOutTheOriginOfAJobWithoutARecord) {
    const auto headers = dead_letter_headers("service-pusher", kRow, kReason, std::nullopt);
    EXPECT_EQ(value_of(headers, "calfleet_dlq_topic"), "(absent)");
    EXPECT_EQ(headers.size(), 7U);
}

TEST(DeadLetterHeaders, LeaveOutATimestampThatTheRecordDoesNotHave) {
    const auto headers = dead_letter_headers("host-mapper", kRow, kReason, RecordView{});
    EXPECT_EQ(value_of(headers, "calfleet_dlq_timestamp"), "(absent)");
    EXPECT_EQ(value_of(headers, "calfleet_dlq_offset"), "0");
}

TEST(OutboxShard, NeverChangesForAKey) {
    // Rows outlive releases: a shard that moved would let a key's records overtake each other.
    EXPECT_EQ(outbox_shard("service-changed", "17:5"), 10);
    EXPECT_EQ(outbox_shard("host-mapper.dlq", "1:abc"), 7);
    EXPECT_EQ(outbox_shard("x", std::nullopt), 5);
}

TEST(OutboxShard, SpreadsKeysEvenly) {
    std::array<int, kOutboxShards> counts{};
    for (int i = 0; i < 16'000; ++i)
        ++counts.at(outbox_shard("t", "company:" + std::to_string(i)));
    EXPECT_GT(*std::min_element(counts.begin(), counts.end()), 850);
    EXPECT_LT(*std::max_element(counts.begin(), counts.end()), 1150);
}

} // namespace
} // namespace calfleet::messaging
