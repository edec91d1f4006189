#pragma once
// Waiting for a condition with a deadline, and the small things every test of processes needs.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace calfleet::test_support {

/// Asks the predicate until it says yes or the time is over; true when it said yes. Polls quickly
/// at first (1 ms) and then every 20 ms. The only place in the tests that sleeps: everything else
/// waits through it.
bool eventually(std::chrono::milliseconds within, const std::function<bool()>& predicate);

/// A port of 127.0.0.1 that nobody listens on, below the range of client ports: a server that is
/// killed finds it free again. Another process may still take it first, so a caller whose bind
/// fails asks for another.
std::uint16_t free_port();

/// The seed of this process's random tests: CALFLEET_TEST_SEED or, without it, a random one;
/// printed once on stderr.
std::uint64_t seed();

/// A new directory under TMPDIR, removed with all its content at the end.
/// CALFLEET_KEEP=1 leaves it there and prints its path, to look at after a failure.
class TemporaryDirectory {
public:
    explicit TemporaryDirectory(std::string_view purpose);
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// The whole file, or nothing when it can't be read.
std::string read_file(const std::filesystem::path& path);

} // namespace calfleet::test_support
