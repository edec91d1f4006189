#pragma once
// A child process whose output is read, whose end is awaited, and which never outlives the test.

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace calfleet::test_support {

struct ProcessOptions {
    std::vector<std::string> argv{};                  ///< argv[0] is looked up in PATH
    std::map<std::string, std::string> environment{}; ///< on top of ours
    std::vector<std::string> without{};               ///< names of ours it does not get
    std::filesystem::path directory{};                ///< existing; takes <name>.out and <name>.err
    std::string name{"process"};                      ///< of those files
    std::string user{};        ///< run as this user; needs root; empty: as we are
    int death_signal{SIGKILL}; ///< what it gets when the test program dies
};

/// code is meaningful when signal is 0.
struct Exit {
    int code{};
    int signal{};
    bool operator==(const Exit&) const = default;
};

/// Killed with SIGKILL and reaped by the destructor. A process of the same name and directory
/// appends to the files, so that one log holds all lives of a worker. One thread at a time, except
/// pid() and signal().
class Process {
public:
    enum class Stream { Output, Errors };

    /// Throws std::system_error when the process could not be made. A program that does not exist
    /// is an exit with code 127.
    explicit Process(ProcessOptions options);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    pid_t pid() const { return pid_; }
    bool running();
    /// Nothing happens when it has ended already.
    void signal(int number);
    /// Nothing when it still runs at the deadline.
    std::optional<Exit> wait_exit(std::chrono::milliseconds within);
    /// SIGTERM, and SIGKILL when it does not end in time.
    Exit stop(std::chrono::milliseconds grace);

    /// The next complete line that contains a match of the ECMAScript pattern, after the line found
    /// last (first time: from where this process began to write). Nothing at the deadline, or when
    /// the process has ended without writing such a line.
    std::optional<std::string> wait_for_line(
        const std::string& pattern, std::chrono::milliseconds within, Stream stream = Stream::Output
    );
    /// All that this process wrote so far.
    std::string text(Stream stream) const;

    /// Resident memory now and at its peak, 0 when it has ended.
    std::int64_t rss_kib() const;
    std::int64_t peak_rss_kib() const;

private:
    struct Output {
        std::filesystem::path file{};
        std::uintmax_t begin{};
        std::uintmax_t cursor{};
    };
    std::optional<std::string> find_line(Output& output, const std::string& pattern) const;
    const Output& of(Stream stream) const { return stream == Stream::Output ? out_ : err_; }

    pid_t pid_{-1};
    std::optional<Exit> exit_{};
    Output out_{};
    Output err_{};
};

/// What a command that is run to its end said.
struct Finished {
    Exit exit{};
    std::string out{};
    std::string err{};
};

/// Runs a command to its end, or kills it at the deadline (Exit{0, SIGKILL}).
Finished run(ProcessOptions options, std::chrono::milliseconds within);

/// As run(), and does something again and again while the command runs.
Finished run_while(
    ProcessOptions options, std::chrono::milliseconds within, const std::function<void()>& doing
);

} // namespace calfleet::test_support
