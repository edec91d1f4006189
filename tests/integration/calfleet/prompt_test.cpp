#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>
#include <vector>

#include "tests/integration/calfleet/command_test.h"

// Asking a person for a secret, on a terminal of the test's own.
namespace calfleet::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A program on a pseudo-terminal; killed at the end if it still runs.
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

    // Everything shown so far, once it has these words, or at the end of the program or of a
    // minute.
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
    void type(const std::string& keys) {
        ASSERT_EQ(::write(terminal_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
    }
    int exit_code() {
        int status = 0;
        if (::waitpid(pid_, &status, 0) != pid_) return -1;
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

private:
    int terminal_{-1};
    pid_t pid_{-1};
    std::string shown_;
};

class KeyPrompt : public CommandTest {
protected:
    std::vector<std::string> set_key() const {
        return {
            std::string(CALFLEET_BIN_DIR) + "/calfleet",
            "company",
            "set-key",
            "1",
            "--key-files",
            file("kek", std::string(64, 'a')),
            "--pepper-file",
            file("pepper", std::string(64, 'e'))};
    }
    std::string url() const { return database().dsn("calfleet_operator").reveal_for_use(); }
};

TEST_F(KeyPrompt, DoesNotShowWhatIsTyped) {
    OnTerminal terminal(set_key(), url());
    EXPECT_THAT(
        terminal.wait_for("(not shown): "), HasSubstr("API key of company 1 (not shown): ")
    );
    terminal.type("cal_live_canaryX\x7f\r"); // the last letter is taken back
    EXPECT_THAT(terminal.wait_for("jobs woken"), Not(HasSubstr("canary")));
    EXPECT_EQ(terminal.exit_code(), 0);
    EXPECT_EQ(ask("select count(*) from calfleet.calcom_credentials where state = 'active'"), "1");
}

TEST_F(KeyPrompt, IsLeftWithControlCAndNothingIsChanged) {
    OnTerminal terminal(set_key(), url());
    terminal.wait_for("(not shown): ");
    terminal.type("cal_live_can\x03");
    EXPECT_THAT(
        terminal.wait_for("nothing was changed"), HasSubstr("nothing was changed: no key was given")
    );
    EXPECT_EQ(
        terminal.exit_code(), 2
    ); // ended by itself, not by the signal: the terminal is as before
    EXPECT_EQ(ask("select count(*) from calfleet.calcom_credentials"), "0");
}

} // namespace
} // namespace calfleet::cli
