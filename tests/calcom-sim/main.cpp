// calcom-sim: a Cal.com for tests, in one small process.
#include "common/core/clock.h"

#include <boost/json/parse.hpp>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "tests/calcom-sim/options.h"
#include "tests/calcom-sim/simulator.h"
#include "tests/calcom-sim/state.h"

namespace calfleet::calcom_sim {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 64;

int failed(const std::string& what, int code = kExitFailed) {
    std::fprintf(stderr, "calcom-sim: %s\n", what.c_str());
    return code;
}

Result<> load_seed(Simulator& simulator, const std::string& path) {
    if (path.empty()) return {};
    std::ifstream file(path);
    if (!file) return invalid("--seed-file " + path + " can't be read");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    json::error_code error;
    const json::value document = json::parse(text, error);
    if (error) return invalid("--seed-file " + path + " is not JSON: " + error.message());
    return load_state(simulator.world(), document, simulator.clock().now());
}

// A client keeps thousands of connections open; the usual limit of descriptors is 1024.
void allow_many_connections() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

// False when the parent was gone before we could ask.
bool die_with_parent() {
    const pid_t parent = ::getppid();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    return ::getppid() == parent;
}

int serve(const Options& options) {
    if (options.parent_death && !die_with_parent()) return kExitFailed;
    allow_many_connections();
    std::signal(SIGPIPE, SIG_IGN);
    Simulator simulator(system_clock(), options.random_seed);
    simulator.settings() = options.settings;
    simulator.settings_changed();
    if (const auto loaded = load_seed(simulator, options.seed_file); !loaded)
        return failed(loaded.error().message);
    auto server = Server::open(simulator, options.server);
    if (!server) return failed(server.error().message);
    std::printf(
        "{\"port\":%u,\"admin_port\":%u,\"tls\":%s}\n",
        static_cast<unsigned>((*server)->port()),
        static_cast<unsigned>((*server)->admin_port()),
        options.server.certificate.empty() ? "false" : "true"
    );
    std::fflush(stdout);
    (*server)->run();
    return 0;
}

} // namespace
} // namespace calfleet::calcom_sim

int main(int argc, char** argv) {
    using namespace calfleet::calcom_sim;
    const auto options = parse_options({argv + 1, argv + argc});
    if (!options) return failed(options.error().message + "\n" + kUsage, kExitUsage);
    if (options->help) {
        std::fputs(kUsage, stdout);
        return 0;
    }
    return serve(*options);
}
