#include "common/messaging/record_json.h"

#include <gtest/gtest.h>

#include <random>

namespace calfleet::messaging {
namespace {

using StoredHeader = job::StoredRecord::StoredHeader;

std::vector<StoredHeader> round_trip(const std::vector<HeaderView>& headers) {
    auto read = headers_from_json(headers_to_json(headers));
    EXPECT_TRUE(read) << (read ? "" : read.error().message);
    return read ? *read : std::vector<StoredHeader>();
}

void expect_kept(const std::vector<HeaderView>& headers) {
    const auto kept = round_trip(headers);
    ASSERT_EQ(kept.size(), headers.size());
    for (std::size_t i = 0; i < kept.size(); ++i) {
        EXPECT_EQ(kept[i].name, headers[i].name);
        EXPECT_EQ(kept[i].value, headers[i].value);
    }
}

TEST(RecordJson, WritesCleanTextAsText) {
    const std::vector<HeaderView> headers{
        {"ce_id", "a \"b\"\n"}, {"none", std::nullopt}, {"empty", ""}};
    EXPECT_EQ(
        headers_to_json(headers),
        R"([{"name":"ce_id","text":"a \"b\"\n"},{"name":"none"},{"name":"empty","text":""}])"
    );
    EXPECT_EQ(headers_to_json({}), "[]");
}

TEST(RecordJson, WritesBytesThatJsonbCannotHoldAsBase64) {
    const std::string nul("a\0b", 3);
    const std::vector<HeaderView> headers{{"raw", "\xff\xfe"}, {"nul", nul}, {"\xc3", "x"}};
    EXPECT_EQ(
        headers_to_json(headers),
        R"([{"name":"raw","base64":"//4="},{"name":"nul","base64":"YQBi"},{"name_base64":"ww==","text":"x"}])"
    );
}

TEST(RecordJson, KeepsOrderRepeatedNamesNullsAndBytes) {
    const std::string nul("\0", 1);
    expect_kept({});
    expect_kept(
        {{"a", "1"},
         {"a", "2"},
         {"a", std::nullopt},
         {"", ""},
         {nul, nul},
         {"\xf0\x9f\x98\x80", "ü"}}
    );
}

TEST(RecordJson, KeepsAnyBytes) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 300; ++round) {
        std::vector<std::string> bytes(6);
        for (std::string& each : bytes)
            for (auto left = random() % 40; left > 0; --left)
                each += static_cast<char>(random());
        expect_kept({{bytes[0], bytes[1]}, {bytes[2], bytes[3]}, {bytes[4], bytes[5]}});
    }
}

TEST(RecordJson, RefusesWhatItWouldHaveToGuess) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "not JSON"},
        {"{}", "an array, not an object"},
        {"[7]", "header 0 of a stored record: must be an object, not an integer"},
        {R"([{"name":"a"},{"text":"b"}])", "header 1 of a stored record: has no name"},
        {R"([{"name":"a","name":"b"}])", "more than one name"},
        {R"([{"name":"a","name_base64":"YQ=="}])", "more than one name"},
        {R"([{"name":"a","text":"b","base64":"YQ=="}])", "more than one value"},
        {R"([{"name":"a","text":null}])", "text must be text, not null"},
        {R"([{"name":"a","value":"b"}])", "unknown member \"value\""},
        {R"([{"name":"a","base64":"YQ"}])", "base64 is not base64"},
        {R"([{"name":"a","base64":"YR=="}])", "base64 is not base64"},
        {R"([{"name":"a","base64":"Y=Q="}])", "base64 is not base64"},
        {R"([{"name":"a","base64":"===="}])", "base64 is not base64"},
    };
    for (const auto& [json, why] : cases) {
        const auto read = headers_from_json(json);
        ASSERT_FALSE(read) << json;
        EXPECT_EQ(read.error().kind, ErrorKind::Invalid);
        EXPECT_NE(read.error().message.find(why), std::string::npos)
            << json << " -> " << read.error().message;
    }
}

} // namespace
} // namespace calfleet::messaging
