#include "common/runtime/probes.h"

namespace calfleet::runtime {

Result<std::unique_ptr<http::Server>> serve_probes(
    const std::string& address,
    std::uint16_t port,
    metrics::Registry& registry,
    ProbeSources sources
) {
    http::Routes routes;
    routes["/live"] = [since_tick = sources.since_tick](const http::Request&) -> http::Response {
        const auto silent = std::chrono::duration_cast<std::chrono::seconds>(since_tick());
        if (silent < kLiveLimit) return {.body = "live\n"};
        return {
            .status = 503,
            .body =
                "a thread showed no sign of life for " + std::to_string(silent.count()) + " s\n"};
    };
    routes["/ready"] = [not_ready = sources.not_ready](const http::Request&) -> http::Response {
        const std::string reason = not_ready();
        if (reason.empty()) return {.body = "ready\n"};
        return {.status = 503, .body = "not ready: " + reason + "\n"};
    };
    routes["/metrics"] =
        [&registry, refresh = sources.refresh_metrics](const http::Request&) -> http::Response {
        refresh();
        return {
            .content_type = std::string(metrics::kExpositionType), .body = registry.exposition()};
    };
    routes["/status"] = [status = sources.status_json](const http::Request&) -> http::Response {
        return {.content_type = "application/json", .body = status() + "\n"};
    };
    return http::Server::start({.address = address, .port = port}, std::move(routes));
}

} // namespace calfleet::runtime
