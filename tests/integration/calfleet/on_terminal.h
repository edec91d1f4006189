#pragma once
// A program on a pseudo-terminal of the test's own.

#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

namespace calfleet::cli {

/// Killed at the end if it still runs.
class OnTerminal {
public:
    OnTerminal(const std::vector<std::string>& argv, const std::string& postgres_url) {
        pid_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
        if (pid_ != 0) return;
        ::setenv("CALFLEET_POSTGRES_URL", postgres_url.c_str(), 1);
        std::vector<char*> words;
        for (const std::string& word : argv)
            words.push_back(const_cast<char*>(word.c_str()));
        words.push_back(nullptr);
        ::execv(words[0], words.data());
        ::_exit(127);
    }
    ~OnTerminal() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        if (terminal_ >= 0) ::close(terminal_);
    }
    OnTerminal(const OnTerminal&) = delete;
    OnTerminal& operator=(const OnTerminal&) = delete;

    /// Everything shown so far, once it has these words, or at the end of the program or of a
    /// minute.
    const std::string& wait_for(const std::string& words) {
        while (shown_.find(words) == std::string::npos) {
            pollfd readable{terminal_, POLLIN, 0};
            std::array<char, 1024> bytes{};
            if (::poll(&readable, 1, 60000) != 1) break;
            const ssize_t got = ::read(terminal_, bytes.data(), bytes.size());
            if (got <= 0) break;
            shown_.append(bytes.data(), static_cast<std::size_t>(got));
        }
        return shown_;
    }
    /// What was shown so far does not count for the next wait.
    void forget() { shown_.clear(); }
    pid_t pid() const { return pid_; }
    /// Whether what is typed now would be shown and a line would end it, as a shell wants it.
    bool is_as_a_shell_wants_it() const {
        termios now{};
        return ::tcgetattr(terminal_, &now) == 0 && (now.c_lflag & ECHO) != 0 &&
               (now.c_lflag & ICANON) != 0;
    }
    void type(const std::string& keys) {
        ASSERT_EQ(::write(terminal_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
    }
    /// Ends it when it does not end by itself.
    int exit_code() {
        wait_for("nothing shows these words");
        int status = 0;
        pid_t ended = 0;
        // It has let go of the terminal, and ends any moment.
        for (int tries = 0; ended == 0 && tries < 500; ++tries) {
            ended = ::waitpid(pid_, &status, WNOHANG);
            if (ended == 0) ::poll(nullptr, 0, 20);
        }
        if (ended == 0) {
            ::kill(pid_, SIGKILL);
            ended = ::waitpid(pid_, &status, 0);
        }
        if (ended != pid_) return -1;
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

private:
    int terminal_{-1};
    pid_t pid_{-1};
    std::string shown_;
};

} // namespace calfleet::cli
