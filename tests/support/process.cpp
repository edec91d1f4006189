#include "tests/support/process.h"

#include <fcntl.h>
#include <sys/wait.h>

#include <cerrno>
#include <fstream>
#include <regex>
#include <stdexcept>
#include <system_error>

#include "tests/support/spawn.h"
#include "tests/support/wait.h"

namespace calfleet::test_support {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds kKillTakes{10000};

Exit decode(int status) {
    if (WIFSIGNALED(status)) return {.code = 0, .signal = WTERMSIG(status)};
    return {.code = WEXITSTATUS(status), .signal = 0};
}

std::uintmax_t size_of(const std::filesystem::path& file) {
    std::error_code none;
    const auto size = std::filesystem::file_size(file, none);
    return none ? 0 : size;
}

std::string read_from(const std::filesystem::path& file, std::uintmax_t offset) {
    std::ifstream in(file, std::ios::binary);
    in.seekg(static_cast<std::streamoff>(offset));
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::int64_t status_kib(pid_t pid, const std::string& field) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(in, line);)
        if (line.starts_with(field + ":")) return std::stoll(line.substr(field.size() + 1));
    return 0;
}

} // namespace

Process::Process(ProcessOptions options) {
    if (options.argv.empty()) throw std::invalid_argument("a process needs a program in argv[0]");
    out_.file = options.directory / (options.name + ".out");
    err_.file = options.directory / (options.name + ".err");
    out_.begin = out_.cursor = size_of(out_.file);
    err_.begin = err_.cursor = size_of(err_.file);
    pid_ = spawn(
        {.argv = options.argv,
         .environment = options.environment,
         .without = options.without,
         .out = out_.file,
         .err = err_.file,
         .user = options.user,
         .death_signal = options.death_signal}
    );
}

Process::~Process() {
    signal(SIGKILL);
    (void)wait_exit(kKillTakes);
}

bool Process::running() {
    if (exit_) return false;
    int status{};
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return true;
    exit_ = decode(status);
    return false;
}

void Process::signal(int number) {
    if (!exit_) ::kill(pid_, number);
}

std::optional<Exit> Process::wait_exit(std::chrono::milliseconds within) {
    eventually(within, [this] { return !running(); });
    return exit_;
}

Exit Process::stop(std::chrono::milliseconds grace) {
    signal(SIGTERM);
    if (const auto ended = wait_exit(grace)) return *ended;
    signal(SIGKILL);
    const auto killed = wait_exit(kKillTakes);
    if (!killed) throw std::runtime_error("process " + std::to_string(pid_) + " survived SIGKILL");
    return *killed;
}

std::optional<std::string> Process::find_line(Output& output, const std::string& pattern) const {
    const std::regex expression(pattern);
    const std::string fresh = read_from(output.file, output.cursor);
    std::size_t begin = 0;
    for (auto end = fresh.find('\n'); end != std::string::npos; end = fresh.find('\n', begin)) {
        std::string line = fresh.substr(begin, end - begin);
        begin = end + 1;
        if (!std::regex_search(line, expression)) continue;
        output.cursor += begin;
        return line;
    }
    output.cursor += begin; // Complete lines that did not match are not looked at again.
    return std::nullopt;
}

std::optional<std::string> Process::wait_for_line(
    const std::string& pattern, std::chrono::milliseconds within, Stream stream
) {
    Output& output = stream == Stream::Output ? out_ : err_;
    std::optional<std::string> found;
    eventually(within, [&] {
        const bool was_running = running(); // Before the look: it may write its last line and end.
        found = find_line(output, pattern);
        return found.has_value() || !was_running;
    });
    return found;
}

std::string Process::text(Stream stream) const {
    return read_from(of(stream).file, of(stream).begin);
}

std::int64_t Process::rss_kib() const {
    return exit_ ? 0 : status_kib(pid_, "VmRSS");
}
std::int64_t Process::peak_rss_kib() const {
    return exit_ ? 0 : status_kib(pid_, "VmHWM");
}

Finished run(ProcessOptions options, std::chrono::milliseconds within) {
    return run_while(std::move(options), within, {});
}

Finished run_while(
    ProcessOptions options, std::chrono::milliseconds within, const std::function<void()>& doing
) {
    std::optional<TemporaryDirectory> own;
    if (options.directory.empty()) options.directory = own.emplace("run").path();
    Process process(std::move(options));
    std::optional<Exit> ended;
    if (doing) {
        eventually(within, [&] {
            doing();
            return (ended = process.wait_exit(0ms)).has_value();
        });
    } else {
        ended = process.wait_exit(within);
    }
    if (!ended) {
        process.signal(SIGKILL);
        ended = process.wait_exit(kKillTakes).value_or(Exit{.code = 0, .signal = SIGKILL});
    }
    return {
        .exit = *ended,
        .out = process.text(Process::Stream::Output),
        .err = process.text(Process::Stream::Errors)};
}

} // namespace calfleet::test_support
