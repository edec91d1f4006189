#include "common/core/loopback.h"

#include <gtest/gtest.h>

namespace calfleet {
namespace {

TEST(Loopback, IsTheNameAndTheNumbersThatCanMeanNothingElse) {
    for (const std::string_view host : {"localhost", "127.0.0.1", "127.255.3.4", "::1"})
        EXPECT_TRUE(is_loopback_host(host)) << host;
    for (const std::string_view host :
         {"127.0.0.1.evil.com",
          "127.0.0",
          "localhost.evil.com",
          "128.0.0.1",
          "127.0.0.256",
          "0.0.0.0",
          "",
          "::",
          "10.0.0.1"})
        EXPECT_FALSE(is_loopback_host(host)) << host;
}

TEST(Loopback, OfBrokersFindsTheFirstThatIsElsewhere) {
    EXPECT_EQ(first_beyond_loopback("127.0.0.1:9092, localhost:9093,[::1]:9094"), "");
    EXPECT_EQ(first_beyond_loopback("PLAINTEXT://127.0.0.1:9092,SSL://[::1]:1"), "");
    EXPECT_EQ(first_beyond_loopback(""), "");
    EXPECT_EQ(first_beyond_loopback("127.0.0.1:9092,kafka-1:9092,kafka-2:9092"), "kafka-1:9092");
    EXPECT_EQ(first_beyond_loopback("kafka"), "kafka");
    EXPECT_EQ(first_beyond_loopback("0.0.0.0:9092"), "0.0.0.0:9092");
    EXPECT_EQ(first_beyond_loopback("[fe80::1]:9092"), "[fe80::1]:9092");
}

} // namespace
} // namespace calfleet
