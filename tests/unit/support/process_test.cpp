#include <gtest/gtest.h>

#include <thread>

#include "tests/support/process.h"
#include "tests/support/wait.h"

namespace calfleet::test_support {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kSoon{10};

class ProcessTest : public testing::Test {
protected:
    ProcessOptions shell(const std::string& script) const {
        return {.argv = {"sh", "-c", script}, .directory = directory_.path()};
    }
    TemporaryDirectory directory_{"process"};
};

bool process_exists(pid_t pid) {
    return ::kill(pid, 0) == 0;
}

TEST_F(ProcessTest, TellsTheExitCode) {
    Process process(shell("exit 78"));
    EXPECT_EQ(process.wait_exit(kSoon), (Exit{.code = 78, .signal = 0}));
    EXPECT_FALSE(process.running());
}

TEST_F(ProcessTest, TellsTheSignalThatEndedIt) {
    Process process(shell("kill -9 $$"));
    EXPECT_EQ(process.wait_exit(kSoon), (Exit{.code = 0, .signal = SIGKILL}));
}

TEST_F(ProcessTest, WaitsNoLongerThanTheDeadline) {
    Process process(shell("exec sleep 60"));
    EXPECT_EQ(process.wait_exit(milliseconds(20)), std::nullopt);
    EXPECT_TRUE(process.running());
}

TEST_F(ProcessTest, ExitsWith127WhenThereIsNoSuchProgram) {
    const Finished done = run({.argv = {"no-such-program"}}, kSoon);
    EXPECT_EQ(done.exit.code, 127);
}

TEST_F(ProcessTest, FindsLinesInTheOrderTheyCame) {
    Process process(shell(R"(echo '{"event":"a","n":1}'; echo '{"event":"a","n":2}'; exec sleep 60)"
    ));
    EXPECT_EQ(process.wait_for_line("\"event\":\"a\"", kSoon), R"({"event":"a","n":1})");
    EXPECT_EQ(process.wait_for_line("\"event\":\"a\"", kSoon), R"({"event":"a","n":2})");
    EXPECT_EQ(process.wait_for_line("\"event\":\"a\"", milliseconds(20)), std::nullopt);
}

TEST_F(ProcessTest, StopsWaitingForALineWhenTheProcessEnded) {
    Process process(shell("echo last"));
    EXPECT_EQ(process.wait_for_line("never", seconds(600)), std::nullopt);
    EXPECT_EQ(process.text(Process::Stream::Output), "last\n");
}

TEST_F(ProcessTest, KeepsErrorsApart) {
    Process process(shell("echo out; echo err >&2"));
    EXPECT_EQ(process.wait_for_line("err", kSoon, Process::Stream::Errors), "err");
    EXPECT_EQ(process.text(Process::Stream::Output), "out\n");
}

TEST_F(ProcessTest, SecondLifeReadsOnlyItsOwnLines) {
    { Process(shell("echo first")).wait_exit(kSoon); }
    Process second(shell("echo second"));
    EXPECT_EQ(second.wait_for_line(".", kSoon), "second");
    EXPECT_EQ(read_file(directory_.path() / "process.out"), "first\nsecond\n");
}

TEST_F(ProcessTest, AddsAndRemovesEnvironment) {
    ::setenv("CALFLEET_UNWANTED", "here", 1);
    ProcessOptions options = shell("echo \"$ADDED,${CALFLEET_UNWANTED:-gone}\"");
    options.environment = {{"ADDED", "yes"}};
    options.without = {"CALFLEET_UNWANTED"};
    EXPECT_EQ(run(options, kSoon).out, "yes,gone\n");
    ::unsetenv("CALFLEET_UNWANTED");
}

TEST_F(ProcessTest, DiesWithItsOwner) {
    pid_t pid{};
    {
        const Process process(shell("exec sleep 60"));
        pid = process.pid();
        EXPECT_TRUE(process_exists(pid));
    }
    EXPECT_FALSE(process_exists(pid));
}

TEST_F(ProcessTest, OutlivesTheThreadThatStartedIt) {
    std::optional<Process> process;
    std::thread([&] { process.emplace(shell("exec sleep 60")); }).join();
    EXPECT_EQ(process->wait_exit(milliseconds(100)), std::nullopt);
}

TEST_F(ProcessTest, StopKillsWhatIgnoresTheRequest) {
    Process process(shell("trap '' TERM; echo ready; while :; do sleep 1; done"));
    ASSERT_TRUE(process.wait_for_line("ready", kSoon));
    EXPECT_EQ(process.stop(milliseconds(50)).signal, SIGKILL);
}

TEST_F(ProcessTest, KnowsItsMemory) {
    Process process(shell("echo ready; exec sleep 60"));
    ASSERT_TRUE(process.wait_for_line("ready", kSoon));
    EXPECT_GT(process.rss_kib(), 0);
    EXPECT_GE(process.peak_rss_kib(), process.rss_kib());
    process.stop(kSoon);
    EXPECT_EQ(process.rss_kib(), 0);
}

TEST_F(ProcessTest, RunKillsAtTheDeadline) {
    EXPECT_EQ(run(shell("exec sleep 60"), milliseconds(50)).exit.signal, SIGKILL);
}

} // namespace

} // namespace calfleet::test_support
