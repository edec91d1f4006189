#include "tests/bench/service_pusher/pushes.h"

#include "common/calcom/rate_bucket.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "tests/bench/host_mapper/bench_progress.h"
#include "tests/support/wait.h"

namespace calfleet::bench {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;
using service_pusher::services_sql;

double seconds_since(Steady::time_point begun) {
    return std::chrono::duration<double>(Steady::now() - begun).count();
}

fleet::FleetOptions fleet_options(const PushWorldOptions& options) {
    fleet::FleetOptions fleet;
    fleet.population = {.companies = options.companies, .staff_per_company = 1};
    fleet.keeps_effects = false;
    return fleet;
}

/// Company N has an account of its own with the key cal_N and the event types that its services
/// sell.
boost::json::value world_of(const PushWorldOptions& options) {
    boost::json::array users, keys, event_types;
    for (int company = 1; company <= options.companies; ++company) {
        const std::string number = std::to_string(company);
        users.push_back({{"id", company}, {"username", "user" + number}, {"name", number}});
        keys.push_back({{"name", number}, {"value", "cal_" + number}, {"userId", company}});
        for (int i = 1; i <= options.services_per_company; ++i) {
            const int id = 1000 * company + i;
            event_types.push_back(
                {{"id", id},
                 {"ownerId", company},
                 {"title", "Service " + std::to_string(id)},
                 {"slug", "type-" + std::to_string(id)},
                 {"lengthInMinutes", 30}}
            );
        }
    }
    return {{"users", users}, {"keys", keys}, {"eventTypes", event_types}};
}

std::vector<std::string> arguments(const PushWorldOptions& options) {
    if (options.limiter) return {};
    return {"--no-limiter"};
}

} // namespace

PushWorld::PushWorld(PushWorldOptions options)
    : options_(options)
    , fleet_(fleet_options(options))
    , simulator_(arguments(options)) {
    simulator_.seed(world_of(options_));
    // The ledger of a limited run is its judge; elsewhere it would only cost memory.
    boost::json::object settings{{"latencyMs", options_.latency.count()}};
    settings["ledgerEntries"] = options_.limiter ? 400'000 : 0;
    simulator_.set(settings);
    // In pieces: SQL goes to psql as an argument.
    for (int company = 1; company <= options_.companies;) {
        std::string keys;
        for (int i = 0; i < 50 && company <= options_.companies; ++i, ++company)
            keys += keys_.set_key(CompanyId{company}, "cal_" + std::to_string(company)) + "\n";
        fleet_.postgres().sql(keys);
    }
    fleet_.postgres().sql(services_sql(options_.companies, options_.services_per_company));
    fleet_.postgres().sql("truncate calfleet.outbox");
    fleet_.postgres().sql("vacuum analyze");
}

void PushWorld::open_buckets() {
    fleet_.postgres().sql(
        "alter table calfleet.rate_buckets drop constraint rate_buckets_rate_is_within_limit; "
        "insert into calfleet.rate_buckets (fingerprint, rate_per_minute) select fingerprint, "
        "600000 from calfleet.calcom_credentials where state = 'active' on conflict (fingerprint) "
        "do update set rate_per_minute = 600000"
    );
}

void PushWorld::queue(std::int64_t services) {
    const std::string chosen = "(select id, company_id from platform.services order by id % 1000, "
                               "company_id limit " +
                               std::to_string(services) + ")";
    fleet_.postgres().sql(
        "update platform.services s set name = 'Edit " + std::to_string(++edits_) + "' from " +
        chosen +
        " chosen where s.id = chosen.id; truncate calfleet.outbox; insert into calfleet.jobs "
        "(worker, kind, company_id, entity, coalesced, deadline_at) select 'service-pusher', "
        "'push-service', company_id, 'service:' || id, true, now() + interval '3 days' from " +
        chosen + " chosen; "
    );
    fleet_.postgres().sql("vacuum analyze");
}

test_support::Process& PushWorld::start(std::size_t calls) {
    // A job makes two calls, and a transaction before, between and after: so that a call is always
    // on its way there have to be more jobs than calls.
    const std::size_t jobs = std::min<std::size_t>(3 * calls, 4096);
    return fleet_.start(
        "service-pusher",
        {{"SERVICE_PUSHER_CALCOM_BASE_URL", simulator_.url()},
         {"SERVICE_PUSHER_KEY_FILES", keys_.file()},
         {"SERVICE_PUSHER_CALCOM_CONNECTIONS", std::to_string(calls)},
         {"SERVICE_PUSHER_JOBS_IN_FLIGHT", std::to_string(jobs)}}
    );
}

std::int64_t PushWorld::open_jobs() {
    return fleet_.count("select count(*) from calfleet.jobs");
}

std::string PushWorld::complaint() {
    const std::int64_t unsynced = fleet_.count("select count(*) from platform.services where "
                                               "sync_status <> 'synced' and pushed_version is "
                                               "not null");
    const std::int64_t letters = fleet_.count("select count(*) from calfleet.dead_letters");
    const std::int64_t foreign = fleet_.count("select count(*) from platform.service_divergences");
    if (unsynced + letters + foreign == 0) return {};
    return std::to_string(unsynced) + " services not synced, " + std::to_string(letters) +
           " dead letters, " + std::to_string(foreign) + " divergences";
}

PushRun run_pushes(PushWorld& world, std::size_t in_flight, std::int64_t pushes) {
    world.queue(pushes);
    const auto before = static_cast<std::int64_t>(world.simulator().requests());
    const auto made = [&] {
        return static_cast<std::int64_t>(world.simulator().requests()) - before;
    };
    auto& worker = world.start(in_flight);
    const std::int64_t calls = 2 * pushes;
    BenchProgress progress("calls", calls);
    const auto wait_for = [&](std::int64_t wanted) {
        const auto enough = [&] {
            progress.at(made());
            return made() >= wanted;
        };
        if (!test_support::eventually(30s, enough))
            throw std::runtime_error(
                "service-pusher made " + std::to_string(made()) + " of " + std::to_string(wanted) +
                " calls"
            );
    };
    PushRun run;
    run.in_flight = in_flight;
    run.pushes = pushes;
    wait_for(calls / 10);
    const std::int64_t first = made();
    const auto begun = Steady::now();
    wait_for(calls - calls / 10);
    const double seconds = seconds_since(begun);
    run.calls_per_second = static_cast<double>(made() - first) / seconds;
    run.pushes_per_second = run.calls_per_second / 2;
    if (!test_support::eventually(120s, [&] { return world.open_jobs() == 0; }))
        throw std::runtime_error(std::to_string(world.open_jobs()) + " jobs are left over");
    run.peak_rss_kib = worker.peak_rss_kib();
    if (const auto more = made() - calls; more != 0)
        run.complaint = std::to_string(more) + " calls too many; ";
    run.complaint += world.complaint();
    worker.stop(30s);
    return run;
}

LimitedRun run_limited(PushWorld& world, std::chrono::seconds time) {
    const calcom::BucketPolicy policy;
    const auto companies = world.options().companies;
    world.queue(std::int64_t{companies} * world.options().services_per_company);
    auto& worker = world.start(256);
    if (!test_support::eventually(60s, [&] { return world.simulator().requests() > 0; }))
        throw std::runtime_error("service-pusher makes no calls");
    const auto begun = Steady::now();
    const auto first = world.simulator().requests();
    std::this_thread::sleep_until(begun + time);
    LimitedRun run;
    run.calls = static_cast<std::int64_t>(world.simulator().requests() - first);
    run.seconds = seconds_since(begun);
    if (world.open_jobs() == 0) throw std::runtime_error("the work did not last");
    worker.stop(30s);
    run.allowed = companies *
                  (calcom::most_rate(policy.usual_limit) / 60 * run.seconds +
                   static_cast<double>(calcom::burst(policy.usual_limit)) * policy.lane_shares[1]);
    const auto summary = world.simulator().ledger_summary(60s);
    for (const auto& [key, value] : summary) {
        const auto* of_key = value.if_object();
        if (of_key == nullptr) continue;
        if (const auto* most = of_key->if_contains("mostInWindow"))
            run.most_in_minute = std::max(run.most_in_minute, most->to_number<std::int64_t>());
        if (const auto* statuses = of_key->if_contains("statuses"))
            if (const auto* refused = statuses->as_object().if_contains("429"))
                run.refused += refused->to_number<std::int64_t>();
    }
    return run;
}

} // namespace calfleet::bench
