#include "tests/support/wait.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace calfleet::test_support {

namespace {

constexpr std::uint16_t kFirstPort = 20000;
constexpr std::uint16_t kPorts = 12000;
constexpr std::chrono::milliseconds kLongestPause{20};

bool can_listen(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    // As servers do: connections of a predecessor that are still closing don't count.
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return bound;
}

std::uint64_t choose_seed() {
    std::uint64_t chosen{};
    if (const char* given = std::getenv("CALFLEET_TEST_SEED")) {
        chosen = std::strtoull(given, nullptr, 10);
    } else {
        chosen = std::random_device{}();
    }
    std::fprintf(stderr, "CALFLEET_TEST_SEED=%llu\n", static_cast<unsigned long long>(chosen));
    return chosen;
}

} // namespace

bool eventually(std::chrono::milliseconds within, const std::function<bool()>& predicate) {
    const auto deadline = std::chrono::steady_clock::now() + within;
    std::chrono::milliseconds pause{1};
    for (;;) {
        // The clock is read first: a predicate that came true at the last moment still counts.
        const bool last = std::chrono::steady_clock::now() >= deadline;
        if (predicate()) return true;
        if (last) return false;
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, kLongestPause);
    }
}

std::uint16_t free_port() {
    std::random_device random;
    for (int attempt = 0; attempt < 200; ++attempt) {
        const auto port = static_cast<std::uint16_t>(kFirstPort + random() % kPorts);
        if (can_listen(port)) return port;
    }
    throw std::runtime_error("no free port between 20000 and 31999 in 200 tries");
}

std::uint64_t seed() {
    static const std::uint64_t kChosen = choose_seed();
    return kChosen;
}

TemporaryDirectory::TemporaryDirectory(std::string_view purpose) {
    std::string name = std::filesystem::temp_directory_path() / "calfleet-";
    name.append(purpose).append("-XXXXXX");
    if (::mkdtemp(name.data()) == nullptr)
        throw std::system_error(errno, std::generic_category(), "mkdtemp " + name);
    path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
    if (std::getenv("CALFLEET_KEEP") != nullptr) {
        std::fprintf(stderr, "kept: %s\n", path_.c_str());
        return;
    }
    std::error_code ignored; // A leftover file must not fail a test that has passed.
    std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

} // namespace calfleet::test_support
