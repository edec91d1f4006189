// How near the client for Cal.com comes to what latency allows: N calls in flight on one thread,
// each answered after 50 ms by the simulator, in clear and under TLS; and how many calls a second
// one core makes when the answers come at once.
//   http_client_bench [SECONDS] [RESULT.json]
// The simulator runs on the same machine and takes its share: its own CPU time is told beside ours.

#include "common/calcom/client.h"
#include "common/json/writer.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/machine.h"
#include "tests/calcom-sim/client/calcom_simulator.h"
#include "tests/calcom-sim/client/certificates.h"

namespace calfleet::bench {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLatency{50};
constexpr std::string_view kKey = "cal_bench_key";
constexpr int kEventTypes = 1000;

struct Options {
    std::size_t in_flight{};
    std::chrono::milliseconds latency{};
    bool tls{};
};

struct Figures {
    Options options;
    double seconds{};
    std::size_t calls{};
    std::size_t failures{};
    double cpu_seconds{};
    double resident_mib{};
    std::size_t opened{};

    double per_second() const { return static_cast<double>(calls) / seconds; }
    /// What latency allows; nothing without latency.
    double bound() const {
        const double latency = std::chrono::duration<double>(options.latency).count();
        return latency > 0 ? static_cast<double>(options.in_flight) / latency : 0;
    }
};

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double resident_mib() {
    std::ifstream statm("/proc/self/statm");
    double total = 0;
    double resident = 0;
    statm >> total >> resident;
    return resident * 4096 / (1024 * 1024);
}

std::string world() {
    json::Writer json;
    json.begin_object().key("users").begin_array().begin_object();
    json.field("id", 1).field("username", "ana").field("name", "Ana");
    json.field("email", "ana@example.org").end_object().end_array();
    json.key("keys").begin_array().begin_object();
    json.field("name", "ana").field("value", kKey).field("userId", 1).end_object().end_array();
    json.key("eventTypes").begin_array();
    for (int id = 1; id <= kEventTypes; ++id) {
        json.begin_object().field("id", id).field("ownerId", 1).field("title", "Massage");
        json.field("slug", "massage-" + std::to_string(id)).field("lengthInMinutes", 45);
        json.end_object();
    }
    return json.end_array().end_object().take();
}

/// One client, one loop, a number of coroutines that each call again when they have an answer.
class Run {
public:
    Run(Options options, const http::ClientSettings& settings)
        : options_(options)
        , http_(http::Client::create(settings, system_clock(), metrics_).value())
        , client_(*http_, system_clock()) {}

    Figures measure(std::chrono::seconds time) {
        for (std::size_t i = 0; i < options_.in_flight; ++i)
            boost::asio::co_spawn(io_, call_again(), boost::asio::detached);
        io_.run_for(2s); // connections are open, buffers have their size
        calls_ = failures_ = 0;
        const double cpu = cpu_seconds();
        const auto begun = Steady::now();
        io_.run_for(time);
        Figures figures{.options = options_};
        figures.seconds = std::chrono::duration<double>(Steady::now() - begun).count();
        figures.calls = calls_;
        figures.failures = failures_;
        figures.cpu_seconds = cpu_seconds() - cpu;
        figures.resident_mib = resident_mib();
        figures.opened = http_->status().opened;
        stopping_ = true;
        io_.run_for(10s);
        return figures;
    }

private:
    boost::asio::awaitable<void> call_again() {
        const calcom::ApiKey key{std::string(kKey)};
        while (!stopping_) {
            const calcom::EventTypeId id{1 + next_++ % kEventTypes};
            const auto reply = co_await client_.event_type(key, id, Monotonic::max());
            ++(reply.value() != nullptr ? calls_ : failures_);
        }
    }

    Options options_;
    boost::asio::io_context io_{1};
    metrics::Registry metrics_{"bench"};
    std::unique_ptr<http::Client> http_;
    calcom::Client client_;
    std::int64_t next_{0};
    std::size_t calls_{0};
    std::size_t failures_{0};
    bool stopping_{false};
};

Figures measure(Options options, std::chrono::seconds time) {
    const test_support::TemporaryDirectory directory("http-client-bench");
    std::vector<std::string> arguments{"--no-limiter"};
    http::ClientSettings settings;
    settings.peer = "calcom";
    settings.max_connections = settings.max_idle = options.in_flight;
    settings.origin = {http::Scheme::Http, "127.0.0.1", 0};
    if (options.tls) {
        const auto files = test_support::make_certificate(
            directory.path(), "bench", test_support::Certificate::Good
        );
        arguments.insert(
            arguments.end(),
            {"--tls-cert", files.certificate.string(), "--tls-key", files.key.string()}
        );
        settings.origin.scheme = http::Scheme::Https;
        settings.ca_file = files.authority;
    }
    test_support::CalcomSimulator simulator(arguments);
    simulator.seed(boost::json::parse(world()));
    simulator.set({{"latencyMs", options.latency.count()}, {"ledgerEntries", 1000}});
    settings.origin.port = simulator.port();
    return Run(options, settings).measure(time);
}

void print(const Figures& it) {
    std::printf(
        "%5zu in flight, %2lld ms, %-5s: %8.0f calls/s",
        it.options.in_flight,
        static_cast<long long>(it.options.latency.count()),
        it.options.tls ? "TLS" : "clear",
        it.per_second()
    );
    if (it.bound() > 0) std::printf(", %5.1f %% of the bound", 100 * it.per_second() / it.bound());
    std::printf(
        ", %4.1f us CPU a call, %3.0f MiB, %zu connections, %zu failures\n",
        it.calls == 0 ? 0 : 1e6 * it.cpu_seconds / static_cast<double>(it.calls),
        it.resident_mib,
        it.opened,
        it.failures
    );
    std::fflush(stdout);
}

void write(const char* path, const std::vector<Figures>& all) {
    json::Writer json;
    json.begin_object().field("machine", machine()).key("levels").begin_array();
    for (const Figures& it : all) {
        json.begin_object().field("in_flight", it.options.in_flight);
        json.field("latency_ms", it.options.latency.count()).field("tls", it.options.tls);
        json.field("calls_per_second", it.per_second()).field("bound", it.bound());
        json.field("cpu_seconds", it.cpu_seconds).field("resident_mib", it.resident_mib);
        json.field("calls", it.calls).field("failures", it.failures).end_object();
    }
    std::ofstream(path) << json.end_array().end_object().view() << '\n';
}

} // namespace
} // namespace calfleet::bench

int main(int argc, char** argv) {
    using namespace calfleet::bench;
    const std::chrono::seconds time(argc > 1 ? std::atoi(argv[1]) : 5);
    std::printf("%s\n", machine().c_str());
    std::vector<Figures> all;
    // The largest last: memory that was once used is not given back.
    for (const std::size_t in_flight : {16, 256, 2048})
        for (const bool tls : {false, true})
            all.push_back(measure({in_flight, kLatency, tls}, time)), print(all.back());
    for (const bool tls : {false, true})
        all.push_back(measure({64, std::chrono::milliseconds(0), tls}, time)), print(all.back());
    if (argc > 2) write(argv[2], all);
    return 0;
}
