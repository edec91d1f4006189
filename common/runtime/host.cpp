#include "common/runtime/host.h"

#include "common/executor/executor.h"
#include "common/executor/executor_telemetry.h"
#include "common/intake/event_job_store.h"
#include "common/intake/event_jobs.h"
#include "common/intake/intake.h"
#include "common/intake/intake_telemetry.h"
#include "common/json/writer.h"
#include "common/log/log.h"
#include "common/metrics/process.h"
#include "common/runtime/housekeeping.h"
#include "common/runtime/lifecycle.h"
#include "common/runtime/login_check.h"
#include "common/runtime/probes.h"
#include "common/runtime/statement_metrics.h"

#include <malloc.h>

#include <algorithm>
#include <thread>

namespace calfleet::runtime {
namespace {

constexpr int kDrained = 0;
constexpr int kGaveUp = 1;

bool stands_still(const intake::IntakeStatus& status, const intake::PartitionStatus& partition) {
    return std::find(status.stalled.begin(), status.stalled.end(), partition.partition) !=
           status.stalled.end();
}

std::string status_json(
    std::string_view worker,
    std::string_view owner,
    const intake::IntakeStatus& status,
    const executor::ExecutorStatus& jobs
) {
    json::Writer json;
    json.begin_object();
    json.field("worker", worker).field("owner", owner).field("ready", status.not_ready.empty());
    json.field("why_not_ready", status.not_ready).field("group_state", status.join_state);
    json.field("records_in_flight", status.queued).field("paused", status.paused);
    json.key("partitions").begin_array();
    for (const intake::PartitionStatus& partition : status.partitions) {
        json.begin_object();
        json.field("topic", partition.partition.topic);
        json.field("partition", partition.partition.partition);
        json.field("next_offset", partition.next_offset).field("epoch", partition.epoch);
        json.field("fenced", partition.fenced).field("problem", partition.problem);
        json.field("stands_still", stands_still(status, partition));
        json.end_object();
    }
    json.end_array().key("executor").raw(executor::executor_json(jobs)).end_object();
    return json.take();
}

std::string
reason_not_ready(const intake::IntakeStatus& records, const executor::ExecutorStatus& jobs) {
    return records.not_ready.empty() ? describe(jobs.standstills) : records.not_ready;
}

int exit_code(const Result<>& ended, const LoginCheck* login = nullptr) {
    if (login != nullptr && login->refused()) return config::kExitBadConfiguration;
    if (ended) {
        log::info("worker.stopped", {});
        return kDrained;
    }
    log::error(
        "worker.gave_up",
        {{"error_kind", name(ended.error().kind)}, {"error", ended.error().message}}
    );
    return kGaveUp;
}

/// Intake on this thread, the executor on another; when either gives up, both end.
Result<> run_together(intake::Intake& intake, executor::Executor& executor, StopSignal& stop) {
    Result<> jobs_ended{};
    std::thread jobs([&] {
        jobs_ended = executor.run(stop);
        stop.request();
    });
    const Result<> intake_ended = intake.run(stop);
    stop.request();
    jobs.join();
    return intake_ended ? jobs_ended : intake_ended;
}

} // namespace

struct Host::Impl {
    std::string worker;
    WorkerSettings settings;
    std::string owner{make_owner()};
    StopSignal stop{};
    metrics::Registry registry{worker};
    StatementMetrics statements{registry};

    executor::ExecutorSettings
    executor_settings(const Work& work, const postgres::Settings& database) const {
        executor::ExecutorSettings executor;
        executor.worker = worker;
        executor.owner = owner;
        executor.database = database;
        executor.sessions = work.executor.sessions;
        executor.running_per_company = work.executor.running_per_company;
        executor.in_flight = work.executor.in_flight;
        return executor;
    }

    intake::IntakeSettings
    intake_settings(const Work& work, const postgres::Settings& database) const {
        intake::IntakeSettings intake;
        intake.worker = worker;
        intake.owner = owner;
        intake.kafka.brokers = settings.kafka_brokers;
        intake.kafka.connection = settings.kafka_connection;
        intake.kafka.group = worker;
        intake.kafka.client_id = owner;
        intake.kafka.topics = work.topics;
        intake.kafka.session_timeout = work.intake.session_timeout;
        intake.kafka.queued_max_kbytes = work.intake.prefetch_kbytes;
        // A record keeps the whole answer it came in alive: small answers, little waste.
        intake.kafka.fetch_message_max_bytes = work.intake.fetch_kbytes * 1024;
        intake.database = database;
        intake.lanes = work.intake.lanes;
        intake.lane.batch_records = work.intake.batch_records;
        intake.lane.queue_records = work.intake.batch_records * 2;
        intake.lane.linger = work.intake.batch_linger;
        return intake;
    }
};

Host::Host(const WorkerIdentity& identity, WorkerSettings settings)
    : impl_(new Impl{std::string(identity.name), std::move(settings)}) {
    metrics::add_process_metrics(impl_->registry, config::version());
}

Host::~Host() = default;

metrics::Registry& Host::metrics() {
    return impl_->registry;
}
const Clock& Host::clock() const {
    return system_clock();
}
const std::string& Host::owner() const {
    return impl_->owner;
}
const WorkerSettings& Host::settings() const {
    return impl_->settings;
}
postgres::StatementObserver* Host::statement_metrics() {
    return &impl_->statements;
}

postgres::Settings Host::database(std::string_view purpose) const {
    postgres::Settings settings;
    settings.dsn = impl_->settings.postgres_url;
    settings.ca_file = impl_->settings.postgres_ca_file;
    settings.login = postgres::LoginRule::Worker;
    settings.application_name = impl_->worker + " " + std::string(purpose);
    settings.statement_timeout = impl_->settings.statement_timeout;
    return settings;
}

int Host::refuse(const Error& error) const {
    log::error(
        "worker.misconfigured", {{"error_kind", name(error.kind)}, {"error", error.message}}
    );
    return config::kExitBadConfiguration;
}

int Host::work(const Work& work) {
    const SignalWatch signals(impl_->stop);
    intake::IntakeTelemetry telemetry(impl_->registry, clock());
    std::vector<PeriodicTask> tasks = work.tasks;
    ClockCheck clock_check(clock(), impl_->registry);
    tasks.push_back(clock_comparison(clock_check));
    tasks.push_back(inbox_upkeep(clock(), impl_->registry));
    const Housekeeping housekeeping(
        std::move(tasks), database("housekeeping"), &impl_->statements, clock()
    );
    intake::Intake intake(
        impl_->intake_settings(work, database("intake")),
        work.batches,
        telemetry,
        &impl_->statements,
        clock()
    );
    executor::ExecutorTelemetry executor_telemetry(impl_->registry, clock());
    executor::Executor executor(
        impl_->executor_settings(work, database("jobs")),
        executor_telemetry,
        &impl_->statements,
        clock()
    );
    intake::EventJobs event_jobs(impl_->worker, work.batches);
    executor.add(std::string(intake::kEventJobKind), event_jobs);
    for (const auto& [kind, jobs] : work.jobs)
        executor.add(kind, *jobs);
    for (const auto& [kind, jobs] : work.remote_jobs)
        executor.add(kind, *jobs);
    const auto probes = serve_probes(
        impl_->settings.http_address,
        impl_->settings.http_port,
        impl_->registry,
        {.since_tick = [&] { return std::max(intake.since_tick(), executor.since_tick()); },
         .not_ready =
             [&] {
                 const std::string wrong = clock_check.not_ready();
                 return wrong.empty() ? reason_not_ready(intake.status(), executor.status())
                                      : wrong;
             },
         .status_json =
             [&] {
                 return status_json(
                     impl_->worker, impl_->owner, intake.status(), executor.status()
                 );
             },
         .refresh_metrics =
             [&] {
                 telemetry.refresh(intake);
                 executor_telemetry.refresh(executor.status());
             }}
    );
    if (!probes) return exit_code(probes.error());
    log::info("worker.started", {{"owner", impl_->owner}, {"http_port", (*probes)->port()}});
    const LoginCheck login(database("login"), impl_->stop);
    return exit_code(run_together(intake, executor, impl_->stop), &login);
}

int Host::loop(const LoopWork& work) {
    const SignalWatch signals(impl_->stop);
    ClockCheck clock_check(clock(), impl_->registry);
    const Housekeeping housekeeping(
        {clock_comparison(clock_check)}, database("housekeeping"), &impl_->statements, clock()
    );
    const auto probes = serve_probes(
        impl_->settings.http_address,
        impl_->settings.http_port,
        impl_->registry,
        {.since_tick = work.since_tick,
         .not_ready =
             [&] {
                 const std::string wrong = clock_check.not_ready();
                 return wrong.empty() ? work.not_ready() : wrong;
             },
         .status_json = work.status_json,
         .refresh_metrics = work.refresh_metrics ? work.refresh_metrics : [] {}}
    );
    if (!probes) return exit_code(probes.error());
    log::info("worker.started", {{"owner", impl_->owner}, {"http_port", (*probes)->port()}});
    const LoginCheck login(database("login"), impl_->stop);
    return exit_code(work.run(impl_->stop), &login);
}

std::optional<int>
answer_command_line(const config::Reader& reader, std::string_view summary, int argc, char** argv) {
    return config::answer_and_print(reader, summary, argc, argv);
}

int run_host(
    const WorkerIdentity& identity, WorkerSettings settings, const std::function<int(Host&)>& body
) {
    block_watched_signals();
    // An arena per thread keeps what bursts left behind; two halve the peak of resident memory. A
    // fetch answer of megabytes goes back to the system when it is freed, which glibc by itself
    // would stop doing after the first: its threshold grows with what is freed, and the peak by a
    // third.
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);
    mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
    log::start({.worker = std::string(identity.name), .level = settings.log_level});
    int code = kGaveUp;
    try {
        Host host(identity, std::move(settings));
        code = body(host);
    } catch (const std::exception& error) {
        log::error("worker.crashed", {{"error", error.what()}});
    }
    log::stop();
    return code;
}

} // namespace calfleet::runtime
