#include "tests/integration/service_pusher/pusher_fixture.h"

#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/http/url.h"
#include "common/job/kinds.h"
#include "common/jobs/job_store.h"

#include <algorithm>

#include "tests/support/wait.h"

namespace calfleet::service_pusher {

using namespace std::chrono_literals;
using postgres::Access;
using postgres::Transaction;

namespace {

constexpr int kCompanies = 2;
constexpr int kEventTypes = 2;

http::ClientSettings client_settings(const std::string& url) {
    http::ClientSettings settings;
    settings.origin = http::parse_origin(url).value();
    settings.peer = "calcom";
    settings.connect_timeout = 1s;
    settings.total_timeout = 5s;
    return settings;
}

} // namespace

void PusherTest::prepare() {
    database().migrate();
    simulator_ = std::make_unique<test_support::CalcomSimulator>();
    simulator_->seed(world_of(kCompanies, kEventTypes));
    simulator_->set({{"ledgerBodyBytes", 4096}});
    sql(companies_sql(kCompanies) + services_sql(kCompanies, kEventTypes));
    for (int company = 1; company <= kCompanies; ++company)
        sql(keys_.set_key(CompanyId{company}, "cal_" + std::to_string(company)));
    // As if all had been pushed once.
    sql("delete from calfleet.outbox; alter table platform.services disable trigger user;"
        "update platform.services set sync_status = 'synced', pushed_version = version, "
        "last_calcom_sync = '2026-01-01T00:00:00Z', pushed = jsonb_build_object('name', name, "
        "'duration_minutes', 30, 'is_active', true);"
        "alter table platform.services enable trigger user;");
    auto gate = calcom::Gate::create(
        {.http = client_settings(simulator_->url()), .key_files = {keys_.file()}},
        "pusher-test",
        system_clock(),
        registry_
    );
    ASSERT_TRUE(gate) << gate.error().message;
    gate_ = std::move(*gate);
    pushes_ = std::make_unique<PushJobs>(*gate_, metrics_);
}

void PusherTest::TearDown() {
    executor_.reset();
}

std::string PusherTest::column(int service, const std::string& expression) const {
    return ask(
        "select coalesce((" + expression +
        ")::text, 'null') from platform.services where id = " + std::to_string(service)
    );
}

std::string PusherTest::status(int service) const {
    return column(service, "sync_status");
}

std::size_t PusherTest::deliver() {
    postgres::Session admin({.dsn = database().dsn()});
    std::vector<std::pair<std::string, std::string>> queued;
    const auto taken = admin.transact(Access::login(), [&](Transaction& transaction) {
        queued.clear();
        const auto rows = transaction.exec_text(
            "with taken as (delete from calfleet.outbox where topic = 'service-changed' returning "
            "*) "
            "select company_id, convert_from(record_value, 'UTF8') from taken order by id"
        );
        for (const postgres::Row row : rows)
            queued.emplace_back(row.text(0), row.text(1));
    });
    EXPECT_TRUE(taken) << taken.error().message;

    ServiceBatch batch(metrics_);
    std::vector<CompanyId> companies;
    std::vector<std::uint32_t> chosen;
    for (const auto& [company, document] : queued) {
        intake::Event event;
        event.envelope.company = CompanyId{parse_int64(company).value()};
        event.envelope.data = document;
        const auto entity = batch.add(event);
        EXPECT_TRUE(entity) << entity.error().message;
        companies.push_back(event.envelope.company);
        chosen.push_back(static_cast<std::uint32_t>(chosen.size()));
    }
    std::vector<intake::Verdict> verdicts(chosen.size());
    postgres::Session worker({.dsn = database().dsn("calfleet_service_pusher")});
    const auto done = worker.transact(Access::companies(companies), [&](Transaction& transaction) {
        batch.apply(transaction, chosen, verdicts, postgres::time_of(transaction));
    });
    EXPECT_TRUE(done) << done.error().message;
    return queued.size();
}

void PusherTest::queue(int company, int service) {
    postgres::Session worker({.dsn = database().dsn("calfleet_service_pusher")});
    const std::string entity = push_entity(ServiceId{service});
    const jobs::NewJob job{
        .kind = job::kPushService.name, .company = CompanyId{company}, .entity = entity};
    const auto done = worker.transact(Access::company(job.company), [&](Transaction& transaction) {
        jobs::enqueue_jobs(transaction, kWorker, std::span(&job, 1));
    });
    ASSERT_TRUE(done) << done.error().message;
}

void PusherTest::start() {
    auto settings = executor::quick_settings(
        {.dsn = database().dsn("calfleet_service_pusher"), .application_name = "pusher test"},
        "pusher-test"
    );
    settings.worker = kWorker;
    settings.sessions = 3;
    settings.lease = 12s;
    settings.safe_for = 10s;
    executor_ = std::make_unique<executor::RunningExecutor>(settings);
    (*executor_)->add(std::string(job::kPushService.name), *pushes_);
    executor_->start();
}

void PusherTest::stop() {
    const Result<> end = executor_->stop();
    EXPECT_TRUE(end) << end.error().message;
    executor_.reset();
}

bool PusherTest::settled(std::chrono::milliseconds within) {
    return test_support::eventually(within, [&] {
        return ask("select count(*) from calfleet.jobs") == "0";
    });
}

void PusherTest::push() {
    deliver();
    if (!executor_) start();
    ASSERT_TRUE(settled()) << ask(
        "select string_agg(entity || ' ' || state || ' ' || coalesce(last_class, '') || ' ' || "
        "coalesce(last_reason, ''), ', ') from calfleet.jobs"
    );
}

void PusherTest::let_pass(std::chrono::seconds time) const {
    const std::string interval = "interval '" + std::to_string(time.count()) + " seconds'";
    sql("update calfleet.jobs set run_at = run_at - " + interval + ", created_at = created_at - " +
        interval + ", deadline_at = deadline_at - " + interval +
        " where state <> 'running';"
        "update calfleet.rate_buckets set tat = tat - " +
        interval + ", frozen_until = frozen_until - " + interval +
        ", ceiling_until = ceiling_until - " + interval + ", refused_at = refused_at - " +
        interval +
        ";"
        "update calfleet.breakers set retry_at = retry_at - " +
        interval + ", opened_at = opened_at - " + interval);
}

std::vector<std::string> PusherTest::patches() {
    std::vector<std::string> bodies;
    for (const auto& entry :
         simulator().ledger({.after = 0, .key = {}, .method = "PATCH", .path = {}}))
        bodies.emplace_back(entry.as_object().at("body").as_string());
    return bodies;
}

std::size_t PusherTest::calls(const std::string& method, const std::string& path) {
    return simulator().ledger({.after = 0, .key = {}, .method = method, .path = path}).size();
}

std::size_t PusherTest::refusals() {
    const auto entries = simulator().ledger();
    return static_cast<std::size_t>(std::count_if(
        entries.begin(),
        entries.end(),
        [](const auto& entry) { return entry.as_object().at("status").as_int64() == 401; }
    ));
}

} // namespace calfleet::service_pusher
