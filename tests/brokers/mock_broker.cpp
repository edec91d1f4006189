// calfleet-mock-broker: a Kafka-speaking broker in one small process, around librdkafka's mock
// cluster.
//
// For deploy/demo and quick tries: nothing to download and up at once. Not for tests of durability,
// retention or speed: it keeps everything in memory, and at most 5 MiB a partition, the oldest
// vanish silently.

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "tests/brokers/mock_broker_options.h"

namespace calfleet::brokers {

namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 64;

struct Close {
    void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
    void operator()(rd_kafka_mock_cluster_t* cluster) const {
        rd_kafka_mock_cluster_destroy(cluster);
    }
};
using Client = std::unique_ptr<rd_kafka_t, Close>;
using Cluster = std::unique_ptr<rd_kafka_mock_cluster_t, Close>;

int failed(const std::string& what) {
    std::fprintf(stderr, "calfleet-mock-broker: %s\n", what.c_str());
    return kExitFailed;
}

/// Readers see the whole address or no file: it is written beside and renamed.
bool write_file(const std::string& path, const std::string& text) {
    const std::string fresh = path + ".new";
    std::ofstream out(fresh);
    out << text << '\n';
    out.close();
    return out.good() && std::rename(fresh.c_str(), path.c_str()) == 0;
}

/// A pipe on stdin means that a parent holds the other end: its death ends us. A terminal or
/// /dev/null says nothing.
bool stdin_is_held() {
    struct stat about {};
    return ::fstat(STDIN_FILENO, &about) == 0 &&
           (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode));
}

int block_signals() {
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    // Before librdkafka makes threads, which inherit the mask: the signal then reaches only the
    // descriptor.
    sigprocmask(SIG_BLOCK, &ending, nullptr);
    return ::signalfd(-1, &ending, SFD_CLOEXEC);
}

void wait_for_the_end(int signals) {
    std::array<pollfd, 2> waiting{{
        {.fd = signals, .events = POLLIN, .revents = 0},
        {.fd = stdin_is_held() ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0},
    }};
    for (;;) {
        if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return;
        if (waiting[0].revents != 0) return;
        std::array<char, 256> ignored;
        if (waiting[1].revents != 0 && ::read(STDIN_FILENO, ignored.data(), ignored.size()) <= 0)
            return;
    }
}

int serve(const MockBrokerOptions& options) {
    const int signals = block_signals();
    std::array<char, 512> why{};
    const Client client(rd_kafka_new(RD_KAFKA_PRODUCER, nullptr, why.data(), why.size()));
    if (client == nullptr) return failed(why.data());
    const Cluster cluster(rd_kafka_mock_cluster_new(client.get(), options.brokers));
    if (cluster == nullptr) return failed("librdkafka could not start its mock cluster");
    for (const auto& topic : options.topics) {
        const auto error = rd_kafka_mock_topic_create(
            cluster.get(), topic.name.c_str(), topic.partitions, options.brokers
        );
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            std::string text = "could not create topic " + topic.name;
            return failed(text.append(": ").append(rd_kafka_err2str(error)));
        }
    }
    const std::string bootstrap = rd_kafka_mock_cluster_bootstraps(cluster.get());
    std::fprintf(
        stderr,
        "calfleet-mock-broker: in memory only, at most 5 MiB per partition; older records vanish "
        "without a word\n"
    );
    std::printf("%s\n", bootstrap.c_str());
    std::fflush(stdout);
    if (!options.file.empty() && !write_file(options.file, bootstrap))
        return failed("could not write " + options.file + ": give a path in a writable folder");
    wait_for_the_end(signals);
    return 0;
}

} // namespace

} // namespace calfleet::brokers

int main(int argc, char** argv) {
    using namespace calfleet::brokers;
    const auto parsed = parse_options({argv + 1, argv + argc});
    if (!parsed.error.empty()) {
        std::fprintf(stderr, "calfleet-mock-broker: %s\n%s", parsed.error.c_str(), kUsage);
        return kExitUsage;
    }
    if (parsed.help) {
        std::fputs(kUsage, stdout);
        return 0;
    }
    return serve(parsed.options);
}
