#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/integration/calfleet/command_test.h"
#include "tests/integration/calfleet/on_terminal.h"

// Asking a person for a secret, on a terminal of the test's own.
namespace calfleet::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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
