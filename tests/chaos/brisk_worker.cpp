#include "tests/chaos/brisk_worker.h"

#include "common/core/clock.h"
#include "common/core/stop_signal.h"
#include "common/executor/executor.h"
#include "common/executor/executor_telemetry.h"
#include "common/http/url.h"
#include "common/log/log.h"
#include "common/runtime/lifecycle.h"

#include <cstdio>
#include <utility>

namespace calfleet::chaos {
namespace {

using namespace std::chrono_literals;

executor::ExecutorSettings
brisk(std::string_view worker, const std::string& dsn, const std::string& owner) {
    executor::ExecutorSettings settings;
    settings.worker = worker;
    settings.owner = owner;
    settings.database = {.dsn = Secret<std::string>(dsn), .application_name = owner};
    settings.sessions = 3;
    settings.idle_poll_min = 10ms;
    settings.idle_poll_max = 50ms;
    settings.retry_pause = 100ms;
    settings.lease = 4s;
    settings.renew_every = 500ms;
    settings.safe_for = 3s;
    settings.reap_every = 200ms;
    settings.reap_patience = 500ms;
    settings.drain = 5s;
    // The point of a crash is chosen; three in a row are chance.
    settings.policy.crash_limit = 1000;
    return settings;
}

calcom::GateSettings gate_settings(const std::string& url, const std::string& key_file) {
    calcom::GateSettings settings;
    settings.http.origin = http::parse_origin(url).value();
    settings.http.peer = "calcom";
    settings.http.connect_timeout = 1s;
    settings.http.total_timeout = 5s;
    settings.key_files = {key_file};
    return settings;
}

int run(std::string_view worker, char** argv, const Body& body) {
    const std::string dsn = argv[1];
    const std::string owner = argv[4];
    StopSignal stop;
    const runtime::SignalWatch signals(stop);
    metrics::Registry registry{std::string(worker)};
    const auto gate =
        calcom::Gate::create(gate_settings(argv[2], argv[3]), owner, system_clock(), registry);
    if (!gate) {
        std::fprintf(stderr, "%s\n", gate.error().message.c_str());
        return 78;
    }
    executor::ExecutorTelemetry telemetry(registry, system_clock());
    const Work work = [&](const std::map<std::string_view, executor::RemoteJobs*>& jobs) {
        executor::Executor executor(brisk(worker, dsn, owner), telemetry, nullptr, system_clock());
        for (const auto& [kind, of_kind] : jobs)
            executor.add(std::string(kind), *of_kind);
        const Result<> end = executor.run(stop);
        if (!end) std::fprintf(stderr, "%s\n", end.error().message.c_str());
        return end ? 0 : 1;
    };
    return body(**gate, registry, work);
}

} // namespace

int run_brisk_worker(std::string_view worker, int argc, char** argv, const Body& body) {
    if (argc != 5) return 78;
    runtime::block_watched_signals();
    log::start({.worker = std::string(worker)});
    const int code = run(worker, argv, body);
    log::stop();
    return code;
}

} // namespace calfleet::chaos
