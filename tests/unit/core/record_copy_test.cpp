#include "common/core/record_copy.h"

#include <gtest/gtest.h>

#include <string>

namespace calfleet {
namespace {

RecordView full(std::span<const HeaderView> headers) {
    return {
        .topic = "booking-created",
        .partition = 7,
        .offset = 1'234'567'890'123,
        .timestamp = Instant(std::chrono::milliseconds(42)),
        .key = "1:uid",
        .value = std::string_view("a\0b", 3),
        .headers = headers};
}

TEST(RecordCopy, HoldsEveryPartAfterTheOriginalIsGone) {
    std::vector<HeaderView> seen;
    std::optional<RecordCopy> copy;
    {
        std::string topic = "booking-created", key = "1:uid", value("a\0b", 3), name = "ce_id";
        std::vector<HeaderView> headers{
            {name, "first"}, {"empty", ""}, {"null", std::nullopt}, {name, "second"}};
        RecordView record = full(headers);
        record.topic = topic;
        record.key = key;
        record.value = value;
        copy.emplace(record);
        for (std::string* original : {&topic, &key, &value, &name})
            original->assign(original->size(), '#');
    }
    const RecordCopy moved = std::move(*copy);
    const RecordView record = moved.view(seen);
    EXPECT_EQ(record.topic, "booking-created");
    EXPECT_EQ(record.partition, 7);
    EXPECT_EQ(record.offset, 1'234'567'890'123);
    EXPECT_EQ(record.timestamp, Instant(std::chrono::milliseconds(42)));
    EXPECT_EQ(record.key, "1:uid");
    EXPECT_EQ(record.value, std::string_view("a\0b", 3));
    ASSERT_EQ(record.headers.size(), 4U);
    EXPECT_EQ(record.headers[0].value, "first");
    EXPECT_EQ(record.headers[1].name, "empty");
    EXPECT_EQ(record.headers[1].value, "");
    EXPECT_EQ(record.headers[2].name, "null");
    EXPECT_EQ(record.headers[2].value, std::nullopt);
    EXPECT_EQ(record.header("ce_id"), "second");
    EXPECT_EQ(moved.size_bytes(), 8U);
}

TEST(RecordCopy, TellsAnEmptyPartFromAMissingOne) {
    std::vector<HeaderView> seen;
    RecordView record = full({});
    record.key = std::nullopt;
    record.value = std::nullopt;
    record.timestamp = std::nullopt;
    const RecordCopy tombstone(record);
    EXPECT_EQ(tombstone.view(seen).key, std::nullopt);
    EXPECT_EQ(tombstone.view(seen).value, std::nullopt);
    EXPECT_EQ(tombstone.view(seen).timestamp, std::nullopt);
    EXPECT_EQ(tombstone.size_bytes(), 0U);
    record.key = "";
    record.value = "";
    const RecordCopy empty(record);
    EXPECT_EQ(empty.view(seen).key, "");
    EXPECT_EQ(empty.view(seen).value, "");
}

} // namespace
} // namespace calfleet
