#include "tests/support/spawn.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <future>
#include <mutex>
#include <queue>
#include <stdexcept>
#include <system_error>
#include <thread>

extern char** environ;

namespace calfleet::test_support {

namespace {

constexpr int kProgramNotFound = 127;

/// The kernel sends the death signal when the *thread* that forked ends, not the process. So all
/// children are made by one thread that lives as long as the program.
class Spawner {
public:
    static Spawner& instance() {
        static auto* const kSpawner = new Spawner; // never destroyed: see above
        return *kSpawner;
    }

    pid_t run(std::function<pid_t()> work) {
        std::packaged_task<pid_t()> task(std::move(work));
        auto result = task.get_future();
        {
            const std::lock_guard lock(mutex_);
            tasks_.push(std::move(task));
        }
        wake_.notify_one();
        return result.get();
    }

private:
    Spawner() {
        std::thread([this] { serve(); }).detach();
    }
    void serve() {
        for (;;) {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return !tasks_.empty(); });
            auto task = std::move(tasks_.front());
            tasks_.pop();
            lock.unlock();
            task();
        }
    }
    std::mutex mutex_{};
    std::condition_variable wake_{};
    std::queue<std::packaged_task<pid_t()>> tasks_{};
};

struct Identity {
    uid_t user{};
    gid_t group{};
};

Identity identity_of(const std::string& user) {
    const passwd* entry = ::getpwnam(user.c_str());
    if (entry == nullptr)
        throw std::runtime_error("there is no user " + user + ": deploy/install-packages run");
    return {.user = entry->pw_uid, .group = entry->pw_gid};
}

std::vector<std::string> environment_of(const SpawnRequest& request) {
    std::vector<std::string> entries;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        const std::string name = text.substr(0, text.find('='));
        const bool dropped = request.environment.contains(name) ||
                             std::find(request.without.begin(), request.without.end(), name) !=
                                 request.without.end();
        if (!dropped) entries.push_back(text);
    }
    for (const auto& [name, value] : request.environment) {
        std::string entry = name;
        entry.append("=").append(value);
        entries.push_back(std::move(entry));
    }
    return entries;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (auto& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

int open_for_append(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "open " + file.string());
    return fd;
}

/// Everything the child touches between fork and exec, prepared before the fork: there, only
/// system calls are safe.
struct Prepared {
    std::vector<char*> argv{};
    std::vector<char*> environment{};
    int out{-1};
    int err{-1};
    bool becomes_user{};
    Identity identity{};
    int death_signal{};
    pid_t parent{};
};

[[noreturn]] void become(const Prepared& p) {
    if (p.becomes_user) {
        if (::setgroups(0, nullptr) != 0 || ::setgid(p.identity.group) != 0 ||
            ::setuid(p.identity.user) != 0)
            ::_exit(kProgramNotFound);
    }
    // After setuid, which clears it. If the parent died before this line, nobody will tell.
    ::prctl(PR_SET_PDEATHSIG, p.death_signal);
    if (::getppid() != p.parent) ::_exit(kProgramNotFound);
    ::setpgid(0, 0); // Ctrl-C in the terminal goes to the test, which then ends its children.
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(p.out, STDOUT_FILENO);
    ::dup2(p.err, STDERR_FILENO);
    environ = const_cast<char**>(p.environment.data());
    ::execvp(p.argv[0], p.argv.data());
    ::_exit(kProgramNotFound);
}

} // namespace

pid_t spawn(SpawnRequest request) {
    auto environment = environment_of(request);
    Prepared prepared{
        .argv = pointers(request.argv),
        .environment = pointers(environment),
        .death_signal = request.death_signal,
        .parent = ::getpid()};
    if (!request.user.empty()) {
        prepared.becomes_user = true;
        prepared.identity = identity_of(request.user);
    }
    prepared.out = open_for_append(request.out);
    prepared.err = open_for_append(request.err);
    const pid_t child = Spawner::instance().run([&prepared] {
        const pid_t forked = ::fork();
        if (forked == 0) become(prepared);
        return forked;
    });
    const int error = errno;
    ::close(prepared.out);
    ::close(prepared.err);
    if (child < 0) throw std::system_error(error, std::generic_category(), "fork");
    return child;
}

} // namespace calfleet::test_support
