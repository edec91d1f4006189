#include "tests/support/kafka_server.h"

#include <unistd.h>

#include <chrono>
#include <sstream>
#include <stdexcept>

#include "tests/support/process.h"

namespace calfleet::test_support {

namespace {

// A first run downloads 55 MB, with retries.
constexpr std::chrono::minutes kCommandTakes{10};

std::string script() {
    return std::string(CALFLEET_SOURCE_DIR) + "/tests/brokers/kafka";
}

} // namespace

std::optional<std::string> KafkaServer::what_is_missing() {
    const Finished java = run({.argv = {"java", "-version"}}, std::chrono::seconds(30));
    if (java.exit != Exit{}) return "Java is missing: deploy/install-packages kafka";
    const Finished jars = run({.argv = {script(), "fetch"}}, kCommandTakes);
    if (jars.exit != Exit{}) return jars.err;
    return std::nullopt;
}

KafkaServer::KafkaServer(KafkaOptions options)
    : options_(std::move(options)) {
    std::vector<std::string> words{
        "--nodes", std::to_string(options_.nodes), "--parent", std::to_string(::getpid())};
    if (options_.port) words.insert(words.end(), {"--port", std::to_string(*options_.port)});
    if (options_.advertised_port)
        words.insert(words.end(), {"--advertise", std::to_string(*options_.advertised_port)});
    if (!options_.secure.empty()) words.insert(words.end(), {"--secure", options_.secure});
    words.insert(words.begin(), "start");
    bootstrap_ = command(std::move(words));
    if (options_.secure.empty()) return;
    std::istringstream(read_file(directory_.path() / "secure")) >> sasl_ssl_ >> ssl_;
}

KafkaServer::~KafkaServer() {
    try {
        (void)command({"stop", "--now"});
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): the watchdog does it then
    }
}

std::string KafkaServer::command(std::vector<std::string> words) const {
    words.insert(words.begin() + 1, directory_.path());
    words.insert(words.begin(), script());
    ProcessOptions options{.argv = std::move(words)};
    if (!options_.version.empty()) options.environment["CALFLEET_KAFKA_VERSION"] = options_.version;
    const Finished done = run(std::move(options), kCommandTakes);
    if (done.exit != Exit{}) throw std::runtime_error("tests/brokers/kafka: " + done.err);
    return done.out.substr(0, done.out.find('\n'));
}

std::uint16_t KafkaServer::port() const {
    const auto colon = bootstrap_.find(':');
    return static_cast<std::uint16_t>(std::stoi(bootstrap_.substr(colon + 1)));
}

void KafkaServer::kill9(std::optional<int> node) {
    (void)(node ? command({"kill9", std::to_string(*node)}) : command({"kill9"}));
}

void KafkaServer::stop() {
    (void)command({"stop"});
}

void KafkaServer::restart(std::optional<int> node) {
    (void)(node ? command({"restart", std::to_string(*node)}) : command({"restart"}));
}

std::string KafkaServer::log(int node) const {
    return read_file(directory_.path() / ("node-" + std::to_string(node)) / "log");
}

} // namespace calfleet::test_support
