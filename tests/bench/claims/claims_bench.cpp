// How many jobs a second four executors claim and settle, beside the same statements without an
// executor around them, and how long quiet companies wait while another has 100 000 jobs queued.
//   claims_bench [JOBS] [RESULT.json]
// Needs PostgreSQL's server; starts a durable one of its own (synchronous_commit on).

#include "common/core/random.h"
#include "common/executor/executor.h"
#include "common/jobs/job_settlement.h"
#include "common/jobs/job_store.h"
#include "common/json/writer.h"
#include "common/postgres/migrator.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/machine.h"
#include "tests/support/postgres_server.h"
#include "tests/support/wait.h"

namespace calfleet::bench {
namespace {

using namespace std::chrono_literals;
using namespace calfleet::executor;
using namespace calfleet::jobs;
using postgres::Access;
using postgres::Transaction;
using Steady = std::chrono::steady_clock;

constexpr int kExecutors = 4;
constexpr int kCompanies = 1000;
constexpr std::string_view kWorker = "bench";

double seconds_since(Steady::time_point start) {
    return std::chrono::duration<double>(Steady::now() - start).count();
}

/// No-op jobs that note how long they waited since they were made.
class NoOpJobs final : public RemoteJobs {
public:
    boost::asio::awaitable<job::Outcome> run(job::Job job, RemoteContext&) override {
        ++runs;
        if (job.company.value != 1) {
            const std::chrono::duration<double, std::milli> waited =
                system_clock().now() - job.created_at;
            std::lock_guard lock(mutex_);
            quiet_waits_.push_back(waited.count());
        }
        co_return job::Completed{};
    }
    std::vector<double> take_quiet_waits() {
        std::lock_guard lock(mutex_);
        return std::exchange(quiet_waits_, {});
    }
    std::atomic<std::int64_t> runs{0};

private:
    std::mutex mutex_;
    std::vector<double> quiet_waits_;
};

class Silent final : public ExecutorObserver {
public:
    void on_claimed(std::size_t, std::chrono::nanoseconds) override {}
    void on_settled(
        const job::Job&, const job::Outcome&, const job::Decision&, std::chrono::nanoseconds
    ) override {}
    void on_fenced(const job::Job&) override { ++fenced; }
    void on_released(const job::Job&) override {}
    void on_settlement(std::size_t jobs, std::chrono::nanoseconds) override {
        ++settlements;
        settled += jobs;
    }
    void on_reaped(std::size_t, std::size_t, std::size_t) override {}
    void on_fault(const job::Job&, const Error&) override {}
    void on_waiting(std::string_view what, const Error& error) override {
        std::fprintf(
            stderr, "%.*s: %s\n", static_cast<int>(what.size()), what.data(), error.message.c_str()
        );
    }
    std::atomic<std::size_t> settlements{0}, settled{0}, fenced{0};
};

class Bench {
public:
    explicit Bench(std::int64_t jobs)
        : jobs_(jobs) {
        auto files =
            postgres::read_migrations(std::string(CALFLEET_SOURCE_DIR) + "/migrations").value();
        postgres::Migrator({.dsn = Secret<std::string>(server_.dsn())}, std::move(files))
            .apply()
            .value();
    }

    /// The same claims and settlements, one session per thread, nothing around them.
    double floor() {
        fill(jobs_, kCompanies, 1);
        std::atomic<std::int64_t> settled{0};
        const auto start = Steady::now();
        std::vector<std::thread> threads;
        for (int i = 0; i < kExecutors; ++i)
            threads.emplace_back([&, i] { drain_by_hand("floor" + std::to_string(i), settled); });
        for (auto& thread : threads)
            thread.join();
        return static_cast<double>(settled) / seconds_since(start);
    }

    double executors() {
        fill(jobs_, kCompanies, 1);
        NoOpJobs jobs;
        Silent seen;
        const auto start = Steady::now();
        {
            Fleet fleet(*this, jobs, seen);
            test_support::eventually(300s, [&] {
                return seen.settled >= static_cast<std::size_t>(jobs_);
            });
            seconds_ = seconds_since(start);
        }
        std::printf(
            "    %.1f jobs per settlement, %zu fenced\n",
            static_cast<double>(seen.settled) /
                static_cast<double>(std::max<std::size_t>(seen.settlements, 1)),
            seen.fenced.load()
        );
        return static_cast<double>(jobs_) / seconds_;
    }

    /// Milliseconds from the making of a quiet company's job to its run, sorted.
    std::vector<double> quiet_waits(std::int64_t backlog) {
        server_.sql("truncate calfleet.jobs");
        if (backlog > 0) fill(backlog, 1, 1);
        NoOpJobs jobs;
        Silent seen;
        Fleet fleet(*this, jobs, seen);
        Random random(7);
        postgres::Session session(settings("arrivals"));
        const auto start = Steady::now();
        for (int sent = 0; sent < 200; ++sent) {
            const CompanyId company{2 + static_cast<std::int64_t>(random.below(199))};
            const std::string entity = "quiet" + std::to_string(sent);
            const NewJob job{.kind = "noop", .company = company, .entity = entity};
            session
                .transact(
                    Access::company(company),
                    [&](Transaction& transaction) {
                        enqueue_jobs(transaction, kWorker, std::span(&job, 1));
                    }
                )
                .value();
            const auto next = start + sent * 50ms;
            test_support::eventually(1s, [&] { return Steady::now() >= next; });
        }
        std::vector<double> waits;
        test_support::eventually(30s, [&] {
            for (const double wait : jobs.take_quiet_waits())
                waits.push_back(wait);
            return waits.size() >= 200;
        });
        std::sort(waits.begin(), waits.end());
        backlog_left_ = left();
        return waits;
    }

    std::int64_t backlog_left() const { return backlog_left_; }

private:
    class Fleet {
    public:
        Fleet(Bench& bench, NoOpJobs& jobs, Silent& seen) {
            for (int i = 0; i < kExecutors; ++i) {
                ExecutorSettings settings;
                settings.worker = kWorker;
                settings.owner = "executor" + std::to_string(i);
                settings.database = bench.settings(settings.owner);
                settings.in_flight = 512;
                executors_.push_back(
                    std::make_unique<Executor>(settings, seen, nullptr, system_clock())
                );
                executors_.back()->add("noop", jobs);
            }
            for (auto& executor : executors_)
                threads_.emplace_back([this, &executor] {
                    if (const auto end = executor->run(stop_); !end)
                        std::fprintf(stderr, "%s\n", end.error().message.c_str());
                });
        }
        ~Fleet() {
            stop_.request();
            for (auto& thread : threads_)
                thread.join();
        }

    private:
        StopSignal stop_;
        std::vector<std::unique_ptr<Executor>> executors_;
        std::vector<std::thread> threads_;
    };

    postgres::Settings settings(const std::string& name) const {
        return {
            .dsn = Secret<std::string>(server_.dsn("calfleet_worker")), .application_name = name};
    }
    std::int64_t left() const {
        return std::atoll(server_.sql("select count(*) from calfleet.jobs").c_str());
    }

    void fill(std::int64_t jobs, int companies, int first) {
        server_.sql(
            "truncate calfleet.jobs; insert into calfleet.jobs (worker, kind, company_id, entity, "
            "deadline_at) select 'bench', "
            "'noop', " +
            std::to_string(first) + " + n % " + std::to_string(companies) +
            ", 'e' || n, now() + interval '3 days' from generate_series(1, " +
            std::to_string(jobs) + ") n"
        );
        server_.sql("vacuum analyze calfleet.jobs");
        server_.sql("checkpoint");
    }

    void drain_by_hand(const std::string& owner, std::atomic<std::int64_t>& total) {
        postgres::Session session(settings(owner));
        ClaimRequest request{
            .worker = kWorker, .owner = owner, .after = {}, .running_per_company = 4};
        for (;;) {
            const auto claimed = session
                                     .transact(
                                         Access::runtime(),
                                         [&](Transaction& transaction) {
                                             use_indexes(transaction);
                                             return claim_jobs(transaction, request);
                                         }
                                     )
                                     .value();
            if (claimed.empty()) return;
            request.after = cursor_behind(request.after, claimed);
            std::vector<Settlement> ends;
            for (const job::Job& job : claimed)
                ends.push_back(
                    {{job.id, job.lease_epoch}, job.company, job.entity, {}, job::Finished{}}
                );
            session
                .transact(
                    Access::runtime(),
                    [&](Transaction& transaction) {
                        use_indexes(transaction);
                        return settle_jobs(transaction, kWorker, owner, ends);
                    }
                )
                .value();
            total += static_cast<std::int64_t>(claimed.size());
        }
    }

    std::int64_t jobs_;
    double seconds_{0};
    std::int64_t backlog_left_{0};
    test_support::PostgresServer server_{
        {.durability = test_support::Durability::Durable,
         .settings = {"shared_buffers = 256MB", "max_wal_size = 4GB"}}};
};

double percentile(const std::vector<double>& sorted, double share) {
    if (sorted.empty()) return 0;
    return sorted[std::min(
        sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size()))
    )];
}

int run(std::int64_t jobs, const char* result_file) {
    Bench bench(jobs);
    std::printf(
        "%s; %lld jobs of %d companies, %d executors, durable commits\n",
        machine().c_str(),
        static_cast<long long>(jobs),
        kCompanies,
        kExecutors
    );
    const double floor = bench.floor();
    std::printf("  same statements by hand:   %8.0f claim+settle/s\n", floor);
    const double reached = bench.executors();
    std::printf(
        "  executors:                 %8.0f claim+settle/s, %.0f %% of it\n",
        reached,
        100 * reached / floor
    );
    const auto solo = bench.quiet_waits(0);
    std::printf(
        "  quiet companies alone:     p50 %6.1f ms, p99 %6.1f ms (%zu jobs)\n",
        percentile(solo, 0.5),
        percentile(solo, 0.99),
        solo.size()
    );
    const auto beside = bench.quiet_waits(100'000);
    std::printf(
        "  beside 100 000 of another: p50 %6.1f ms, p99 %6.1f ms (%zu jobs; %lld of the backlog "
        "left)\n",
        percentile(beside, 0.5),
        percentile(beside, 0.99),
        beside.size(),
        static_cast<long long>(bench.backlog_left())
    );
    json::Writer json;
    json.begin_object()
        .field("benchmark", "claims")
        .field("machine", machine())
        .field("jobs", jobs)
        .field("executors", kExecutors)
        .field("by_hand_per_second", floor)
        .field("executors_per_second", reached)
        .field("ratio", reached / floor)
        .field("quiet_alone_p99_ms", percentile(solo, 0.99))
        .field("quiet_beside_backlog_p99_ms", percentile(beside, 0.99))
        .field("backlog_left", bench.backlog_left())
        .end_object();
    if (result_file != nullptr)
        std::ofstream(result_file) << json.view() << "\n";
    else
        std::printf("%s\n", std::string(json.view()).c_str());
    return 0;
}

} // namespace
} // namespace calfleet::bench

int main(int argc, char** argv) {
    const std::int64_t jobs = argc > 1 ? std::atoll(argv[1]) : 100'000;
    if (jobs <= 0) {
        std::fprintf(stderr, "claims_bench [JOBS] [RESULT.json]: JOBS must be a number above 0\n");
        return 78;
    }
    return calfleet::bench::run(jobs, argc > 2 ? argv[2] : nullptr);
}
