#pragma once
// What one statement costs on an empty table and beside masses of rows.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/postgres_server.h"

namespace calfleet::bench {

inline constexpr int kTimes = 60;

/// Milliseconds of the median call.
inline double median_ms(const std::function<void()>& call) {
    using Steady = std::chrono::steady_clock;
    std::vector<double> times;
    for (int i = 0; i < kTimes; ++i) {
        const auto start = Steady::now();
        call();
        times.push_back(std::chrono::duration<double, std::milli>(Steady::now() - start).count());
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

struct Figure {
    std::string what{};
    double empty_ms{0}, full_ms{0}, first_ms{0};
    double ratio() const { return full_ms / empty_ms; }
};

/// insert_from: "insert into ... select ... from", n numbers the rows.
inline void insert_rows(
    const test_support::PostgresServer& server, const std::string& insert_from, std::int64_t rows
) {
    constexpr std::int64_t kPortion = 100'000; // psql is given a minute at most
    for (std::int64_t first = 1; first <= rows; first += kPortion)
        server.sql(
            insert_from + " generate_series(" + std::to_string(first) + ", " +
            std::to_string(std::min(rows, first + kPortion - 1)) + ") n"
        );
}

} // namespace calfleet::bench
