#pragma once
// A worker process around its handlers: settings, logs, probes, signals, threads, exit code.

#include "common/config/program.h"
#include "common/config/reader.h"
#include "common/core/clock.h"
#include "common/core/stop_signal.h"
#include "common/executor/remote_jobs.h"
#include "common/intake/batch.h"
#include "common/jobs/transactional_jobs.h"
#include "common/metrics/registry.h"
#include "common/postgres/session.h"
#include "common/runtime/worker_settings.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::runtime {

/// What a worker is called: binary, consumer group, metrics label, prefix of its settings.
struct WorkerIdentity {
    std::string_view name;    ///< "host-mapper"
    std::string_view prefix;  ///< "HOST_MAPPER_"
    std::string_view summary; ///< one sentence for --help
};

/// Something done now and then on the housekeeping thread, on a session of its own.
struct PeriodicTask {
    std::string_view name;
    std::chrono::milliseconds every;
    std::function<Result<>(postgres::Session&)> run;
};

/// What a worker that consumes topics brings.
struct Work {
    std::vector<std::string> topics;
    intake::BatchFactory& batches;
    IntakeOptions intake{};
    ExecutorOptions executor{};
    std::map<std::string, jobs::TransactionalJobs*>
        jobs{}; ///< by kind; "event" is the runtime's own
    /// By kind, none of them in jobs too. What their coroutines wait for (an HTTP client, say)
    /// lives on the executor's event loop and is gone from there when work() returns; the objects
    /// themselves outlive it.
    std::map<std::string, executor::RemoteJobs*> remote_jobs{};
    std::vector<PeriodicTask> tasks{};
};

/// What a worker with a loop of its own brings (outbox-relay).
struct LoopWork {
    /// Until stop is requested. Success: exit code 0. An Error: 1, the supervisor starts the
    /// process again.
    std::function<Result<>(const StopSignal& stop)> run;
    std::function<std::string()> not_ready; ///< empty when ready, else the reason
    std::function<std::chrono::steady_clock::duration()> since_tick;
    std::function<std::string()> status_json; ///< a JSON object
    std::function<void()> refresh_metrics{};
};

class Host {
public:
    Host(const WorkerIdentity& identity, WorkerSettings settings);
    ~Host();

    metrics::Registry& metrics();
    const Clock& clock() const;
    const std::string& owner() const;
    const WorkerSettings& settings() const;
    /// For sessions that the worker opens itself; purpose shows in pg_stat_activity.
    postgres::Settings database(std::string_view purpose) const;
    postgres::StatementObserver* statement_metrics();

    /// The worker cannot be put together from its settings: logs why and returns the exit code that
    /// tells the supervisor not to start it again.
    int refuse(const Error& error) const;

    /// Both run until SIGTERM or until nothing helps but a new process, and return the exit code.
    int work(const Work& work);
    int loop(const LoopWork& work);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Answers --help and the like, or refuses a bad configuration.
std::optional<int>
answer_command_line(const config::Reader& reader, std::string_view summary, int argc, char** argv);
int run_host(
    const WorkerIdentity& identity, WorkerSettings settings, const std::function<int(Host&)>& body
);

/// main() of every worker: reads the configuration, makes the host, hands both to wire(config,
/// host), returns the exit code. read_config(Reader&) -> Config, whose member `worker` is the
/// WorkerSettings.
template <class ReadConfig, class Wire>
int run(const WorkerIdentity& identity, int argc, char** argv, ReadConfig read_config, Wire wire) {
    config::Reader reader(
        std::string(identity.name), std::string(identity.prefix), config::process_environment()
    );
    const auto config = read_config(reader);
    if (const auto code = answer_command_line(reader, identity.summary, argc, argv)) return *code;
    return run_host(identity, config.worker, [&](Host& host) { return wire(config, host); });
}

} // namespace calfleet::runtime
