#pragma once
// A line on stderr now and then, for phases that take longer than two seconds.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace calfleet::bench {

/// Says nothing before two seconds have passed, and not more often than that. One thread.
class BenchProgress {
public:
    BenchProgress(std::string what, std::int64_t total)
        : what_(std::move(what))
        , total_(total) {}

    void at(std::int64_t done) {
        const auto now = std::chrono::steady_clock::now();
        if (now - said_ < std::chrono::seconds{2}) return;
        said_ = now;
        std::fprintf(
            stderr,
            "%s: %lld of %lld\n",
            what_.c_str(),
            static_cast<long long>(done),
            static_cast<long long>(total_)
        );
    }

private:
    std::string what_;
    std::int64_t total_;
    std::chrono::steady_clock::time_point said_{std::chrono::steady_clock::now()};
};

} // namespace calfleet::bench
