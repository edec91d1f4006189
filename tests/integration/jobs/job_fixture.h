#pragma once
// Jobs tests: a migrated database, verbs for the store, and an executor on a thread.

#include "common/core/clock.h"
#include "common/core/stop_signal.h"
#include "common/executor/executor.h"
#include "common/jobs/job_settlement.h"
#include "common/jobs/job_store.h"
#include "common/jobs/job_upkeep.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/postgres/database.h"

namespace calfleet::executor {

inline constexpr std::string_view kWorker = "test-worker";
inline constexpr std::string_view kMe = "me";

/// Retry policy decisions in one word.
job::Decision done();
job::Decision try_again(Microseconds delay = std::chrono::seconds{60});
job::Decision park(Microseconds delay = std::chrono::seconds{60});

class JobsTest : public postgres::PostgresTest {
protected:
    void prepare() override;

    /// As the worker programs log in.
    postgres::Settings settings(const std::string& role = "calfleet_worker") const;
    std::unique_ptr<postgres::Session> session() const;

    /// Plain jobs "company/entity", in order.
    void enqueue(
        std::initializer_list<const char*> names,
        std::string_view kind = "test",
        bool coalesced = false
    );
    std::vector<job::Job> claim(jobs::ClaimRequest request = {});
    std::vector<bool> settle(
        const std::vector<job::Job>& jobs,
        const job::Decision& decision,
        std::string_view owner = kMe
    );
    /// "company/entity" of each.
    static std::vector<std::string> names(const std::vector<job::Job>& jobs);
    /// State of each row of the entity, oldest first: "ready,waiting".
    std::string states(const std::string& entity) const;
    std::int64_t count(const std::string& sql) const;
    /// The table's clock cannot be moved, so rows are: everything due in that time is due now.
    void let_pass(std::chrono::seconds time) const;
    void end_leases() const;

    std::unique_ptr<postgres::Session> desk_;
};

/// A kind whose outcome is a function; writes an effect row per run.
class ScriptedJobs final : public jobs::TransactionalJobs {
public:
    using Script = std::function<job::Outcome(const job::Job&)>;
    explicit ScriptedJobs(Script script)
        : script_(std::move(script)) {}
    job::Outcome run(postgres::Transaction& transaction, const job::Job& job, Instant now) override;
    int runs() const { return runs_; }

private:
    Script script_;
    std::atomic<int> runs_{0};
};

/// Counts; thread-safe to read.
class CountingObserver final : public ExecutorObserver {
public:
    void on_claimed(std::size_t jobs, std::chrono::nanoseconds) override { claimed += jobs; }
    void on_settled(
        const job::Job&, const job::Outcome&, const job::Decision&, std::chrono::nanoseconds
    ) override {
        ++settled;
    }
    void on_fenced(const job::Job&) override { ++fenced; }
    void on_released(const job::Job&) override { ++released; }
    void on_settlement(std::size_t, std::chrono::nanoseconds) override {}
    void on_reaped(std::size_t jobs, std::size_t loops, std::size_t) override {
        reaped += jobs;
        crash_loops += loops;
    }
    void on_fault(const job::Job&, const Error&) override { ++faults; }
    void on_waiting(std::string_view, const Error&) override { ++waits; }

    std::atomic<std::size_t> claimed{0}, settled{0}, fenced{0}, released{0}, reaped{0},
        crash_loops{0}, faults{0}, waits{0};
};

/// An executor on a thread of its own, stopped at the end.
class RunningExecutor {
public:
    explicit RunningExecutor(ExecutorSettings settings);
    ~RunningExecutor();
    Executor& operator*() { return executor_; }
    Executor* operator->() { return &executor_; }
    void start();
    /// How it ended.
    Result<> stop();
    CountingObserver seen;

private:
    Executor executor_;
    StopSignal stop_;
    Result<> result_;
    std::thread thread_;
};

/// Everything short, so that a test of a lease takes a second.
ExecutorSettings quick_settings(postgres::Settings database, std::string owner = "executor");

} // namespace calfleet::executor
