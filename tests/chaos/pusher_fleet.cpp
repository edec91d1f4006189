#include "tests/chaos/pusher_fleet.h"

#include "workers/service-pusher/service_batch.h"

#include "common/core/text.h"
#include "common/job/kinds.h"
#include "common/jobs/job_store.h"

#include <boost/json/object.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <utility>

#include "tests/chaos/start_worker.h"
#include "tests/support/wait.h"

namespace calfleet::service_pusher {

using namespace std::chrono_literals;
using postgres::Access;
using postgres::Transaction;
using test_support::Exit;
using test_support::Process;

namespace {

/// What a state of the world at Cal.com looks like to the platform that pushed all of it.
constexpr const char* kAllPushed =
    "delete from calfleet.outbox; alter table platform.services disable trigger user;"
    "update platform.services set sync_status = 'synced', pushed_version = version, "
    "last_calcom_sync = '2026-01-01T00:00:00Z', pushed = jsonb_build_object('name', name, "
    "'duration_minutes', 30, 'is_active', true);"
    "alter table platform.services enable trigger user;";

} // namespace

PusherFleet::PusherFleet(PusherFleetOptions options) {
    database_.migrate();
    boost::json::object world = world_of(options.companies, options.services).as_object();
    // The guest's event type has the number of the ninth company's first one.
    auto& types = world.at("eventTypes").as_array();
    const auto* const guests = std::find_if(types.begin(), types.end(), [](const auto& type) {
        return type.as_object().at("id") == 9001 && type.as_object().at("ownerId") == 900;
    });
    types.erase(guests);
    simulator_.seed(world);
    simulator_.set({{"ledgerEntries", 100'000}, {"ledgerBodyBytes", 4096}});
    sql(companies_sql(options.companies) + services_sql(options.companies, options.services));
    for (int company = 1; company <= options.companies; ++company)
        sql(keys_.set_key(CompanyId{company}, "cal_" + std::to_string(company)));
    sql(kAllPushed);
}

PusherFleet::~PusherFleet() = default;

std::int64_t PusherFleet::count(const std::string& from_where) const {
    return parse_int64(ask("select count(*) from " + from_where)).value();
}

void PusherFleet::edit(const std::string& name, const std::string& where) {
    sql("update platform.services set name = '" + name + "' where " + where);
    queue(where);
}

std::size_t PusherFleet::queue(const std::string& where) {
    sql("delete from calfleet.outbox");
    postgres::Session admin({.dsn = database_.dsn()});
    std::map<std::int64_t, std::vector<std::string>> wanted; // entities by company
    const auto read = admin.transact(Access::login(), [&](Transaction& transaction) {
        wanted.clear();
        const auto rows = transaction.exec_text(
            "select company_id, id from platform.services where pushed_version is distinct from "
            "version and (" +
            where + ") order by id"
        );
        for (const postgres::Row row : rows)
            wanted[row.int64(0)].push_back(push_entity(ServiceId{row.int64(1)}));
    });
    EXPECT_TRUE(read) << read.error().message;
    postgres::Session worker({.dsn = database_.dsn("calfleet_worker")});
    std::size_t queued = 0;
    for (const auto& [company, entities] : wanted) {
        std::vector<jobs::NewJob> jobs;
        for (const std::string& entity : entities)
            jobs.push_back(
                {.kind = job::kPushService.name, .company = CompanyId{company}, .entity = entity}
            );
        const auto done =
            worker.transact(Access::company(CompanyId{company}), [&](Transaction& transaction) {
                jobs::enqueue_jobs(transaction, kWorker, jobs);
            });
        EXPECT_TRUE(done) << done.error().message;
        queued += jobs.size();
    }
    return queued;
}

Process& PusherFleet::start(const std::string& owner) {
    owners_.push_back(owner);
    processes_.push_back(chaos::start_worker(
        {.program = "service_pusher_worker",
         .dsn = database_.dsn("calfleet_worker"),
         .calcom_url = simulator_.url(),
         .key_file = keys_.file(),
         .owner = owner,
         .directory = directory_.path()}
    ));
    return *processes_.back();
}

void PusherFleet::kill_and_replace(std::size_t process) {
    processes_.at(process)->signal(SIGKILL);
    ASSERT_EQ(processes_.at(process)->wait_exit(10s), (Exit{0, SIGKILL})) << log();
    start("heir" + std::to_string(++lives_));
    std::swap(processes_.at(process), processes_.back());
    processes_.pop_back();
}

void PusherFleet::stop() {
    for (const auto& process : processes_)
        process->signal(SIGTERM);
    for (const auto& process : processes_)
        EXPECT_EQ(process->wait_exit(20s), (Exit{0, 0})) << log();
    processes_.clear();
}

std::size_t PusherFleet::said(const std::string& text) const {
    std::size_t found = 0;
    for (const std::string& owner : owners_) {
        const std::string written = test_support::read_file(directory_.path() / (owner + ".out"));
        for (const std::string_view line : split(written, '\n'))
            found += line.find(text) != std::string_view::npos ? 1 : 0;
    }
    return found;
}

std::string PusherFleet::log() const {
    constexpr std::size_t kEnough = 4000;
    std::string all;
    for (const std::string& owner : owners_)
        for (const char* stream : {".out", ".err"}) {
            const std::string text = test_support::read_file(directory_.path() / (owner + stream));
            if (text.empty()) continue;
            all += "--- " + owner + stream + "\n";
            all += text.substr(text.size() - std::min(text.size(), kEnough));
        }
    return all;
}

void PusherFleet::let_pass(std::chrono::seconds time) const {
    const std::string by = " - interval '" + std::to_string(time.count()) + " seconds'";
    const auto back = [&by](const std::string& column) { return column + " = " + column + by; };
    sql("update calfleet.jobs set " + back("run_at") + ", " + back("created_at") + ", " +
        back("deadline_at") + " where state <> 'running'; update calfleet.rate_buckets set " +
        back("tat") + ", " + back("frozen_until") + ", " + back("ceiling_until") + ", " +
        back("refused_at") + "; update calfleet.breakers set " + back("retry_at") + ", " +
        back("opened_at") + ", " + back("closed_at") + ", " + back("struck_at"));
}

bool PusherFleet::settled(std::chrono::seconds within) {
    return test_support::eventually(within, [&] {
        let_pass(60s);
        return count("calfleet.jobs") == 0;
    });
}

std::string PusherFleet::waiting(int company) const {
    return ask(
        "select coalesce(string_agg(distinct concat_ws(' ', state, last_class, attempts), ', '), "
        "'') from calfleet.jobs where company_id = " +
        std::to_string(company)
    );
}

std::vector<double> PusherFleet::arrivals(const std::string& key) {
    std::vector<double> times;
    const auto ledger = simulator_.ledger({.after = 0, .key = key, .method = {}, .path = {}});
    for (const auto& entry : ledger)
        times.push_back(
            static_cast<double>(entry.as_object().at("arrived_ns").to_number<std::int64_t>()) / 1e6
        );
    std::sort(times.begin(), times.end());
    return times;
}

std::size_t PusherFleet::calls(const std::string& key) {
    return arrivals(key).size();
}

void PusherFleet::expect_all_pushed() {
    EXPECT_EQ(
        count("platform.services where sync_status <> 'synced' or pushed_version <> version"), 0
    ) << ask("select id || ' ' || sync_status || ' ' || coalesce(sync_error, '') from "
             "platform.services where sync_status <> 'synced' or pushed_version <> version limit 1"
    );
    EXPECT_EQ(count("calfleet.dead_letters"), 0);
    EXPECT_EQ(count("platform.service_divergences"), 0) << "our own work is nobody else's";
    // What the platform calls them and what Cal.com calls them.
    std::map<std::int64_t, std::string> there;
    const auto world = simulator_.state();
    for (const auto& one : world.at("eventTypes").as_array())
        there[one.as_object().at("id").to_number<std::int64_t>()] =
            one.as_object().at("title").as_string();
    postgres::Session admin({.dsn = database_.dsn()});
    const auto read = admin.transact(Access::login(), [&](Transaction& transaction) {
        const auto rows =
            transaction.exec_text("select calcom_event_type_id, name from platform.services");
        for (const postgres::Row row : rows)
            EXPECT_EQ(there[row.int64(0)], row.text(1)) << row.int64(0);
    });
    EXPECT_TRUE(read) << read.error().message;
}

} // namespace calfleet::service_pusher
