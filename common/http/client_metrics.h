#pragma once
// How long calls to a server take, by how they end.

#include "common/http/call.h"
#include "common/metrics/registry.h"

#include <array>
#include <chrono>
#include <string_view>

namespace calfleet::http {

inline constexpr metrics::Definition kRequestDuration{
    .name = "calfleet_http_request_duration_seconds",
    .kind = metrics::Kind::Histogram,
    .help = "Time from a call to its answer or failure, by server and status class; not_sent and "
            "ambiguous are calls without an answer.",
    .labels = {"peer", "status_class"},
    .buckets = metrics::kDurationBuckets};

class ClientMetrics {
public:
    ClientMetrics(metrics::Registry& registry, std::string_view peer) {
        for (std::size_t i = 0; i < kClasses.size(); ++i)
            durations_[i] = registry.histogram(kRequestDuration, {peer, kClasses[i]});
    }

    void observe(const CallResult& result, std::chrono::nanoseconds took) const {
        durations_[class_of(result)].observe(std::chrono::duration<double>(took).count());
    }

private:
    static constexpr std::array<std::string_view, 6> kClasses{
        "2xx", "3xx", "4xx", "5xx", "not_sent", "ambiguous"};

    static std::size_t class_of(const CallResult& result) {
        if (const auto* failure = std::get_if<Failure>(&result))
            return failure->phase == Phase::NotSent ? 4 : 5;
        return static_cast<std::size_t>(std::get<Answer>(result).status / 100 - 2);
    }

    std::array<metrics::Histogram, kClasses.size()> durations_;
};

} // namespace calfleet::http
