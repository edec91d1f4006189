#include <gtest/gtest.h>

#include "tests/brokers/mock_broker_options.h"

namespace calfleet::brokers {

namespace {

TEST(MockBrokerOptions, TakeTopicsWithAndWithoutPartitions) {
    const auto parsed = parse_options({"--topics", "a:3,b", "--file", "/tmp/x", "--brokers", "3"});
    ASSERT_EQ(parsed.error, "");
    ASSERT_EQ(parsed.options.topics.size(), 2U);
    EXPECT_EQ(parsed.options.topics[0].name, "a");
    EXPECT_EQ(parsed.options.topics[0].partitions, 3);
    EXPECT_EQ(parsed.options.topics[1].partitions, kDefaultPartitions);
    EXPECT_EQ(parsed.options.file, "/tmp/x");
    EXPECT_EQ(parsed.options.brokers, 3);
}

TEST(MockBrokerOptions, NameTheValueTheyDoNotUnderstand) {
    for (const std::string bad : {"a:0", "a:x", "a:1001", ":3", "a:3x", "a:"}) {
        const auto parsed = parse_options({"--topics", bad});
        EXPECT_NE(parsed.error.find("\"" + bad + "\""), std::string::npos)
            << bad << ": " << parsed.error;
    }
    EXPECT_EQ(parse_options({"--brokers", "10"}).error, "--brokers must be 1 to 9, got \"10\"");
    EXPECT_EQ(parse_options({"--topic", "a"}).error, "unknown option --topic");
    EXPECT_EQ(parse_options({"--file"}).error, "--file needs a value");
}

TEST(MockBrokerOptions, HelpNeedsNothingElse) {
    EXPECT_TRUE(parse_options({"--help"}).help);
}

} // namespace

} // namespace calfleet::brokers
