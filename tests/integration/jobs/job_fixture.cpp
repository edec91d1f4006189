#include "tests/integration/jobs/job_fixture.h"

#include "common/core/text.h"

namespace calfleet::executor {

using namespace std::chrono_literals;
using postgres::Access;
using postgres::Transaction;

job::Decision done() {
    return job::Finished{};
}
job::Decision try_again(Microseconds delay) {
    return job::TryAgain{delay, {"test", "failed"}};
}
job::Decision park(Microseconds delay) {
    return job::Wait{delay, true, {"test", "away"}};
}

void JobsTest::prepare() {
    database().migrate();
    database().run("insert into platform.companies (id, name) overriding system value "
                   "select n, 'Company ' || n from generate_series(1, 250) n;"
                   "create table calfleet.effects (id bigint generated always as identity, job "
                   "bigint, entity text, epoch bigint);"
                   "grant insert, select on calfleet.effects to calfleet_worker;"
                   "select calfleet.maintain_inbox(current_date, 3, 35);");
    desk_ = session();
}

postgres::Settings JobsTest::settings(const std::string& role) const {
    return {.dsn = database().dsn(role), .application_name = "jobs test"};
}

std::unique_ptr<postgres::Session> JobsTest::session() const {
    return std::make_unique<postgres::Session>(settings());
}

void JobsTest::enqueue(
    std::initializer_list<const char*> names, std::string_view kind, bool coalesced
) {
    std::vector<jobs::NewJob> jobs;
    std::vector<CompanyId> companies;
    for (const char* name : names) {
        const auto parts = split(name, '/');
        const CompanyId company{parse_int64(parts.at(0)).value()};
        companies.push_back(company);
        jobs.push_back(
            {.kind = kind, .company = company, .entity = parts.at(1), .coalesced = coalesced}
        );
    }
    const auto added = desk_->transact(Access::companies(companies), [&](Transaction& transaction) {
        jobs::enqueue_jobs(transaction, kWorker, jobs);
    });
    ASSERT_TRUE(added) << added.error().message;
}

std::vector<job::Job> JobsTest::claim(jobs::ClaimRequest request) {
    if (request.worker.empty()) request.worker = kWorker;
    if (request.owner.empty()) request.owner = kMe;
    auto claimed = desk_->transact(Access::runtime(), [&](Transaction& transaction) {
        jobs::use_indexes(transaction);
        jobs::wake_parked(transaction, request.worker);
        return jobs::claim_jobs(transaction, request);
    });
    EXPECT_TRUE(claimed) << claimed.error().message;
    return claimed ? *claimed : std::vector<job::Job>{};
}

std::vector<bool> JobsTest::settle(
    const std::vector<job::Job>& jobs, const job::Decision& decision, std::string_view owner
) {
    std::vector<jobs::Settlement> settlements;
    for (const job::Job& job : jobs) {
        jobs::Settlement one{
            {job.id, job.lease_epoch}, job.company, job.entity, job.dead_letter, {}};
        std::visit(
            job::Match{[](const job::Bury&) {}, [&](const auto& change) { one.decision = change; }},
            decision
        );
        settlements.push_back(one);
    }
    auto written = desk_->transact(Access::runtime(), [&](Transaction& transaction) {
        jobs::use_indexes(transaction);
        return jobs::settle_jobs(transaction, kWorker, owner, settlements);
    });
    EXPECT_TRUE(written) << written.error().message;
    return written ? *written : std::vector<bool>{};
}

std::vector<std::string> JobsTest::names(const std::vector<job::Job>& jobs) {
    std::vector<std::string> names;
    for (const job::Job& job : jobs)
        names.push_back(std::to_string(job.company.value) + "/" + job.entity);
    return names;
}

std::string JobsTest::states(const std::string& entity) const {
    return database().ask(
        "select coalesce(string_agg(state, ',' order by id), '') from calfleet.jobs where entity = "
        "'" +
        entity + "'"
    );
}

std::int64_t JobsTest::count(const std::string& sql) const {
    return parse_int64(database().ask("select count(*) from " + sql)).value();
}

void JobsTest::let_pass(std::chrono::seconds time) const {
    database().run(
        "update calfleet.jobs set run_at = run_at - interval '" + std::to_string(time.count()) +
        " seconds'"
    );
}

void JobsTest::end_leases() const {
    database().run(
        "update calfleet.jobs set lease_until = now() - interval '1 second' where state = 'running'"
    );
}

job::Outcome ScriptedJobs::run(postgres::Transaction& transaction, const job::Job& job, Instant) {
    static constexpr postgres::Statement kEffect{
        "test.effect", "insert into effects (job, entity, epoch) values ($1, $2, $3)"};
    transaction.exec(kEffect, postgres::params(job.id.value, job.entity, job.lease_epoch));
    ++runs_;
    return script_(job);
}

RunningExecutor::RunningExecutor(ExecutorSettings settings)
    : executor_(std::move(settings), seen, nullptr, system_clock()) {}

RunningExecutor::~RunningExecutor() {
    if (thread_.joinable()) (void)stop();
}

void RunningExecutor::start() {
    thread_ = std::thread([this] { result_ = executor_.run(stop_); });
}

Result<> RunningExecutor::stop() {
    stop_.request();
    thread_.join();
    return result_;
}

ExecutorSettings quick_settings(postgres::Settings database, std::string owner) {
    ExecutorSettings settings;
    settings.worker = kWorker;
    settings.owner = std::move(owner);
    settings.database = std::move(database);
    settings.idle_poll_min = 5ms;
    settings.idle_poll_max = 20ms;
    settings.retry_pause = 50ms;
    settings.lease = 2s;
    settings.renew_every = 500ms;
    settings.safe_for = 1500ms;
    settings.reap_every = 100ms;
    settings.reap_patience = 300ms;
    settings.drain = 500ms;
    return settings;
}

} // namespace calfleet::executor
