// What is left of a record's metadata when tables have to hold it.

#include "common/messaging/storable.h"

#include <gtest/gtest.h>

#include <string>

namespace calfleet::messaging {
namespace {

Storable kept(std::optional<Instant> timestamp, const std::vector<HeaderView>& headers = {}) {
    RecordView record;
    record.timestamp = timestamp;
    return storable(record, headers);
}

Instant year(int number) {
    return Instant{std::chrono::sys_days{std::chrono::year{number} / 1 / 1}};
}

TEST(Storable, KeepsTimestampsOfTheYears1To9999) {
    for (const Instant instant : {year(1), Instant{}, year(2026), year(10000) - Microseconds{1}}) {
        EXPECT_EQ(kept(instant).record.timestamp, instant);
        EXPECT_EQ(kept(instant).left_out, "");
    }
    for (const Instant instant :
         {year(1) - Microseconds{1}, year(10000), Instant::max(), Instant::min()}) {
        EXPECT_EQ(kept(instant).record.timestamp, std::nullopt);
        EXPECT_EQ(kept(instant).left_out, "its timestamp, which is outside the years 1 to 9999");
    }
}

TEST(Storable, KeepsTheHeadersOfTheEventBeforeAllOthersAndInTheirOrder) {
    const std::string large(kStoredHeaderBytes - 5, 'x');
    const auto result =
        kept({}, {{"x", large}, {"ce_id", "1"}, {"y", large}, {"ce_source", "/s"}, {"z", "1"}});
    ASSERT_EQ(result.record.headers.size(), 3u);
    EXPECT_EQ(result.record.headers[0].name, "ce_id");
    EXPECT_EQ(result.record.headers[1].name, "ce_source");
    EXPECT_EQ(result.record.headers[2].name, "z");
    EXPECT_EQ(result.left_out, "2 headers of " + std::to_string(2 * large.size() + 2) + " bytes");
}

TEST(Storable, KeepsABoundedNumberOfHeaders) {
    const std::vector<HeaderView> headers(kStoredHeaders + 5, {"x", "1"});
    const auto result = kept(Instant::max(), headers);
    EXPECT_EQ(result.record.headers.size(), kStoredHeaders);
    EXPECT_EQ(
        result.left_out,
        "its timestamp, which is outside the years 1 to 9999, and 5 headers of 10 bytes"
    );
}

TEST(Storable, MakesTextsThatPostgresTakes) {
    const auto column = [](std::string_view text) {
        postgres::Array array;
        add_storable_text(array, text);
        return array.literal();
    };
    EXPECT_EQ(column(""), "{NULL}");
    EXPECT_EQ(column("a\tb"), "{\"a\tb\"}");
    EXPECT_EQ(
        column(std::string_view("a\0b", 3)),
        "{\"a\xEF\xBF\xBD"
        "b\"}"
    );
    EXPECT_EQ(column("a\xff"), "{\"a\xEF\xBF\xBD\"}");
}

} // namespace
} // namespace calfleet::messaging
