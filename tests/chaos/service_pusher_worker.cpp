// service-pusher without Kafka and with short leases, for the chaos tests: the same jobs, gate and
// executor as the program.
//
//     service_pusher_worker DSN CALCOM_URL KEY_FILE OWNER

#include "workers/service-pusher/push_jobs.h"
#include "workers/service-pusher/service_batch.h"

#include "common/calcom/gate.h"
#include "common/core/clock.h"
#include "common/http/url.h"
#include "common/log/log.h"
#include "common/runtime/executor.h"
#include "common/runtime/executor_telemetry.h"
#include "common/runtime/lifecycle.h"

#include <cstdio>
#include <string>

namespace {

using namespace std::chrono_literals;
using namespace calfleet;

runtime::ExecutorSettings brisk(const std::string& dsn, const std::string& owner) {
    runtime::ExecutorSettings settings;
    settings.worker = service_pusher::kWorker;
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

int run(const std::string& dsn, const std::string& url, const std::string& key, const char* owner) {
    StopSignal stop;
    const runtime::SignalWatch signals(stop);
    metrics::Registry registry("service-pusher");
    calcom::GateSettings settings;
    settings.http.origin = http::parse_origin(url).value();
    settings.http.peer = "calcom";
    settings.http.connect_timeout = 1s;
    settings.http.total_timeout = 5s;
    settings.key_files = {key};
    const auto gate = calcom::Gate::create(std::move(settings), owner, system_clock(), registry);
    if (!gate) {
        std::fprintf(stderr, "%s\n", gate.error().message.c_str());
        return 78;
    }
    const service_pusher::Metrics metrics{registry};
    service_pusher::PushJobs pushes{**gate, metrics};
    runtime::ExecutorTelemetry telemetry(registry, system_clock());
    runtime::Executor executor(brisk(dsn, owner), telemetry, nullptr, system_clock());
    executor.add(std::string(service_pusher::kPushKind), pushes);
    const Result<> end = executor.run(stop);
    if (!end) std::fprintf(stderr, "%s\n", end.error().message.c_str());
    return end ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 5) return 78;
    runtime::block_watched_signals();
    log::start({.worker = std::string(service_pusher::kWorker)});
    const int code = run(argv[1], argv[2], argv[3], argv[4]);
    log::stop();
    return code;
}
