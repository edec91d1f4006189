#include "tests/bench/service_pusher/push_yardsticks.h"

#include "workers/service-pusher/push_steps.h"
#include "workers/service-pusher/service_batch.h"

#include "common/calcom/gate.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/http/client.h"
#include "common/http/url.h"
#include "common/jobs/job_settlement.h"
#include "common/jobs/job_store.h"
#include "common/metrics/registry.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace calfleet::bench {
namespace {

using namespace std::chrono_literals;
using namespace service_pusher;
using postgres::Access;
using postgres::Transaction;
using Steady = std::chrono::steady_clock;

constexpr int kAtOnce = 256;
constexpr int kSessions = 2;

double seconds_since(Steady::time_point begun) {
    return std::chrono::duration<double>(Steady::now() - begun).count();
}

calcom::GateSettings gate_settings(PushWorld& world, std::size_t connections) {
    calcom::GateSettings settings;
    settings.http.origin = http::parse_origin(world.simulator().url()).value();
    settings.http.peer = "calcom";
    settings.http.max_connections = settings.http.max_idle = connections;
    settings.key_files = {world.key_file()};
    return settings;
}

class PlainLoop {
public:
    PlainLoop(PushWorld& world, std::size_t in_flight)
        : world_(world)
        , in_flight_(in_flight)
        , http_(
              http::Client::create(gate_settings(world, in_flight).http, system_clock(), registry_)
                  .value()
          )
        , client_(*http_, system_clock()) {}

    double measure(std::chrono::seconds time) {
        for (std::size_t i = 0; i < in_flight_; ++i)
            boost::asio::co_spawn(io_, call_again(), boost::asio::detached);
        io_.run_for(2s); // connections are open, buffers have their size
        calls_ = 0;
        const auto begun = Steady::now();
        io_.run_for(time);
        const double rate = static_cast<double>(calls_) / seconds_since(begun);
        stopping_ = true;
        io_.run_for(10s);
        if (!failure_.empty()) throw std::runtime_error("a plain call failed: " + failure_);
        return rate;
    }

private:
    boost::asio::awaitable<void> call_again() {
        while (!stopping_) {
            const std::int64_t turn = next_++;
            const std::int64_t company = 1 + turn % world_.options().companies;
            const std::int64_t service =
                1 + turn / world_.options().companies % world_.options().services_per_company;
            const calcom::ApiKey key{"cal_" + std::to_string(company)};
            const calcom::EventTypeId id{1000 * company + service};
            const auto found = co_await client_.event_type(key, id, Monotonic::max());
            count(found);
            // The same again: the worker must not take it for somebody else's edit.
            calcom::EventTypePatch patch;
            if (const auto* type = found.value()) patch.title = type->title;
            const auto changed =
                co_await client_.patch_event_type(key, id, patch, Monotonic::max());
            count(changed);
        }
    }

    void count(const calcom::Reply<calcom::EventType>& reply) {
        ++calls_;
        if (reply.setback() != nullptr) failure_ = describe(*reply.setback());
    }

    PushWorld& world_;
    std::size_t in_flight_;
    boost::asio::io_context io_{1};
    metrics::Registry registry_{"bench"};
    std::unique_ptr<http::Client> http_;
    calcom::Client client_;
    std::int64_t next_{0};
    std::int64_t calls_{0};
    std::string failure_;
    bool stopping_{false};
};

/// One session that claims until nothing is left, does something with the jobs and settles them.
class Hand {
public:
    using Work = std::function<void(postgres::Session&, const std::vector<job::Job>&)>;

    Hand(PushWorld& world, std::string owner)
        : owner_(std::move(owner))
        , session_([&] {
            return postgres::Settings{
                .dsn = Secret<std::string>(world.fleet().postgres().dsn("calfleet_worker")),
                .application_name = owner_};
        }()) {}

    /// The number of jobs.
    std::int64_t drain(const Work& work) {
        jobs::ClaimRequest request{
            .worker = kWorker, .owner = owner_, .after = {}, .limit = kAtOnce};
        std::int64_t done = 0;
        for (;;) {
            const auto claim = [&](Transaction& transaction) {
                jobs::use_indexes(transaction);
                return jobs::claim_jobs(transaction, request);
            };
            const auto jobs = session_.transact(Access::runtime(), claim).value();
            if (jobs.empty()) return done;
            request.after = jobs::cursor_behind(request.after, jobs);
            work(session_, jobs);
            settle(jobs);
            done += static_cast<std::int64_t>(jobs.size());
        }
    }

private:
    void settle(const std::vector<job::Job>& jobs) {
        std::vector<jobs::Settlement> ends;
        for (const job::Job& job : jobs)
            ends.push_back({{job.id, job.lease_epoch}, job.company, job.entity, {}, job::Finished{}}
            );
        const auto write = [&](Transaction& transaction) {
            jobs::use_indexes(transaction);
            return jobs::settle_jobs(transaction, kWorker, owner_, ends);
        };
        session_.transact(Access::runtime(), write).value();
    }

    std::string owner_;
    postgres::Session session_;
};

double by_hand(PushWorld& world, const Hand::Work& work) {
    std::atomic<std::int64_t> done{0};
    const auto begun = Steady::now();
    std::vector<std::thread> threads;
    for (int i = 0; i < kSessions; ++i)
        threads.emplace_back([&, i] { done += Hand(world, "hand" + std::to_string(i)).drain(work); }
        );
    for (std::thread& thread : threads)
        thread.join();
    return static_cast<double>(done) / seconds_since(begun);
}

/// The event type that the simulator would show.
calcom::EventType at_calcom(const Service& service, const std::string& title) {
    calcom::EventType type;
    type.id = *service.event_type;
    type.title = title;
    type.length_minutes = 30;
    type.booking_url = "http://localhost/x";
    return type;
}

std::string title_before(const Service& service) {
    const bool known = service.pushed && service.pushed->fields.title;
    return known ? *service.pushed->fields.title : "as it was";
}

template <class T>
std::vector<const T*> pointers(const std::vector<T>& values) {
    std::vector<const T*> all;
    for (const T& value : values)
        all.push_back(&value);
    return all;
}

/// All that the worker writes for these jobs between claim and settlement.
void push_from_memory(
    calcom::Gate& gate, postgres::Session& session, const std::vector<job::Job>& jobs
) {
    std::vector<CompanyId> companies;
    std::vector<OpenAsk> open;
    for (const job::Job& job : jobs) {
        companies.push_back(job.company);
        open.push_back({&job, service_of_entity(job.entity).value()});
    }
    const Access access = Access::companies(std::move(companies));
    auto openings = session
                        .transact(
                            access,
                            [&](Transaction& transaction) {
                                return open_pushes(transaction, gate, pointers(open));
                            }
                        )
                        .value();
    std::vector<Change> changes;
    std::vector<ChangeAsk> change_asks;
    changes.reserve(jobs.size());
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        Push& push = openings[i].push;
        const Service& service = *push.facts().service;
        changes.push_back(std::get<Change>(push.resume(at_calcom(service, title_before(service)))));
        change_asks.push_back({&jobs[i], &service, &changes.back()});
    }
    const auto change = [&](Transaction& transaction) {
        return enter_changes(transaction, gate, pointers(change_asks));
    };
    session.transact(access, change).value();
    std::vector<Settled> settled;
    std::vector<EndAsk> ends;
    settled.reserve(jobs.size());
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        Push& push = openings[i].push;
        const Service& service = *push.facts().service;
        settled.push_back(std::get<Settled>(push.resume(at_calcom(service, *service.wanted.title)))
        );
        ends.push_back({&jobs[i], &service, &*settled.back().result});
    }
    const auto end = [&](Transaction& transaction) {
        return write_ends(transaction, gate, pointers(ends));
    };
    session.transact(access, end).value();
}

} // namespace

double plain_calls(PushWorld& world, std::size_t in_flight, std::chrono::seconds time) {
    return PlainLoop(world, in_flight).measure(time);
}

double claims_and_settlements(PushWorld& world, std::int64_t jobs) {
    world.queue(jobs);
    return by_hand(world, [](postgres::Session&, const std::vector<job::Job>&) {});
}

double database_side(PushWorld& world, std::int64_t pushes) {
    world.queue(pushes);
    metrics::Registry registry("bench");
    const auto gate =
        calcom::Gate::create(gate_settings(world, 1), "bench", system_clock(), registry).value();
    return by_hand(world, [&](postgres::Session& session, const std::vector<job::Job>& jobs) {
        push_from_memory(*gate, session, jobs);
    });
}

} // namespace calfleet::bench
