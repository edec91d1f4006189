#pragma once
// What a test needs from the machine: missing, it is skipped with the reason; with CI=true it
// fails.

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/kafka_server.h"
#include "tests/support/postgres_server.h"

namespace calfleet::test_support {

inline bool on_ci() {
    const char* ci = std::getenv("CI");
    return ci != nullptr && std::string_view(ci) == "true";
}

/// Nothing, or why a real Kafka can't be had here. Asked once per program.
inline const std::optional<std::string>& kafka_is_missing() {
    static const std::optional<std::string> kReason = KafkaServer::what_is_missing();
    return kReason;
}

inline std::optional<std::string> postgres_is_missing() {
    if (PostgresServer::find_binaries()) return std::nullopt;
    return "PostgreSQL's server is missing: deploy/install-packages run";
}

} // namespace calfleet::test_support

/// In a test body or SetUp(): REQUIRE_OR_SKIP("kafka", kafka_is_missing()). A level that quietly
/// skips itself on CI would be a promise nobody keeps, hence the failure there.
#define REQUIRE_OR_SKIP(what, missing)                                                             \
    if (const std::optional<std::string> reason_ = (missing); !reason_) {                          \
    } else if (::calfleet::test_support::on_ci())                                                  \
        FAIL() << "needs " << (what) << ": " << *reason_;                                          \
    else                                                                                           \
        GTEST_SKIP() << "needs " << (what) << ": " << *reason_
