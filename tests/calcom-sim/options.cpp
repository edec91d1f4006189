#include "tests/calcom-sim/options.h"

#include "common/core/text.h"

#include <limits>

namespace calfleet::calcom_sim {

const char* const kUsage =
    "usage: calcom-sim [options]\n"
    "\n"
    "Behaves like Cal.com's API v2, as badly as the real one. Prints one line of JSON on stdout "
    "once\n"
    "it listens, {\"port\":...,\"admin_port\":...}, and runs until SIGTERM or SIGINT.\n"
    "\n"
    "  --port N            of the API; 0 (default): a free one\n"
    "  --admin-port N      of the /sim/ endpoints, always plain HTTP; 0 (default): a free one\n"
    "  --address A         to listen on (default 127.0.0.1)\n"
    "  --seed-file PATH    the world at the start, as JSON (tests/calcom-sim/README.md)\n"
    "  --tls-cert PATH     PEM certificate chain: the API speaks TLS 1.2 and newer\n"
    "  --tls-key PATH      its PEM key\n"
    "  --old-tls           TLS 1.0 and 1.1 only\n"
    "  --no-limiter        no rate limit, no X-RateLimit headers\n"
    "  --latency-ms N      every answer takes so long\n"
    "  --ledger-entries N  requests that are remembered (default 200000); 0: none, for benchmarks\n"
    "  --random-seed N     of every die that the simulator throws (default 1)\n"
    "  --parent-death      end when the process that started this one ends\n"
    "  --help              this\n";

namespace {

class Arguments {
public:
    explicit Arguments(const std::vector<std::string>& arguments)
        : rest_(arguments) {}

    bool more() const { return at_ < rest_.size() && !error_; }
    const std::string& next() { return rest_[at_++]; }
    std::string value(const std::string& option) {
        if (at_ < rest_.size()) return rest_[at_++];
        complain(option + " needs a value");
        return {};
    }
    std::uint64_t number(const std::string& option, std::uint64_t most) {
        const std::string text = value(option);
        const auto number = parse_int64(text);
        if (number && *number >= 0 && static_cast<std::uint64_t>(*number) <= most)
            return static_cast<std::uint64_t>(*number);
        complain(
            option + " is \"" + printable(text, 40) + "\": give a number from 0 to " +
            std::to_string(most)
        );
        return 0;
    }
    void complain(std::string what) {
        if (!error_) error_ = invalid(std::move(what));
    }
    const std::optional<Error>& error() const { return error_; }

private:
    const std::vector<std::string>& rest_;
    std::size_t at_{};
    std::optional<Error> error_{};
};

constexpr std::uint64_t kMostPort = 65'535;
constexpr std::uint64_t kMost = 1'000'000'000;

void read(Options& options, const std::string& option, Arguments& arguments) {
    ServerOptions& server = options.server;
    if (option == "--port")
        server.port = static_cast<std::uint16_t>(arguments.number(option, kMostPort));
    else if (option == "--admin-port")
        server.admin_port = static_cast<std::uint16_t>(arguments.number(option, kMostPort));
    else if (option == "--address")
        server.address = arguments.value(option);
    else if (option == "--seed-file")
        options.seed_file = arguments.value(option);
    else if (option == "--tls-cert")
        server.certificate = arguments.value(option);
    else if (option == "--tls-key")
        server.private_key = arguments.value(option);
    else if (option == "--old-tls")
        server.old_tls = true;
    else if (option == "--no-limiter")
        options.settings.limiter = false;
    else if (option == "--latency-ms")
        options.settings.latency = std::chrono::milliseconds(arguments.number(option, kMost));
    else if (option == "--ledger-entries")
        options.settings.ledger_entries = arguments.number(option, kMost);
    else if (option == "--random-seed")
        options.random_seed = arguments.number(option, kMost);
    else if (option == "--parent-death")
        options.parent_death = true;
    else
        arguments.complain("unknown option " + printable(option, 40) + ": see --help");
}

} // namespace

Result<Options> parse_options(const std::vector<std::string>& given) {
    Options options;
    Arguments arguments(given);
    while (arguments.more()) {
        const std::string& option = arguments.next();
        if (option == "--help" || option == "-h") {
            options.help = true;
            return options;
        }
        read(options, option, arguments);
    }
    if (options.server.certificate.empty() != options.server.private_key.empty())
        arguments.complain("--tls-cert and --tls-key belong together: give both or none");
    if (arguments.error()) return *arguments.error();
    return options;
}

} // namespace calfleet::calcom_sim
