#include <gtest/gtest.h>

#include <chrono>

#include "tests/support/process.h"
#include "tests/support/wait.h"

namespace calfleet::test_support {

namespace {

using std::chrono::seconds;

constexpr seconds kSoon{20};

class MockBrokerTest : public testing::Test {
protected:
    ProcessOptions broker(std::vector<std::string> arguments) const {
        arguments.insert(
            arguments.begin(), std::string(CALFLEET_BIN_DIR) + "/calfleet-mock-broker"
        );
        return {.argv = std::move(arguments), .directory = directory_.path()};
    }
    TemporaryDirectory directory_{"mock-broker"};
};

TEST_F(MockBrokerTest, ServesItsTopicsUnderThePrintedAddress) {
    const std::string file = directory_.path() / "bootstrap";
    Process process(broker({"--topics", "one:3,two:12", "--file", file}));
    const auto address = process.wait_for_line(":", kSoon);
    ASSERT_TRUE(address);
    EXPECT_TRUE(eventually(kSoon, [&] { return read_file(file) == *address + "\n"; }));
    const Finished listed = run({.argv = {"kcat", "-b", *address, "-L"}}, kSoon);
    EXPECT_NE(listed.out.find("topic \"one\" with 3 partitions"), std::string::npos) << listed.out;
    EXPECT_NE(listed.out.find("topic \"two\" with 12 partitions"), std::string::npos) << listed.out;
}

TEST_F(MockBrokerTest, SaysWhatItForgets) {
    Process process(broker({}));
    EXPECT_TRUE(process.wait_for_line("5 MiB per partition", kSoon, Process::Stream::Errors));
}

TEST_F(MockBrokerTest, EndsCleanlyOnSigterm) {
    Process process(broker({}));
    ASSERT_TRUE(process.wait_for_line(":", kSoon));
    EXPECT_EQ(process.stop(kSoon), Exit{});
}

TEST_F(MockBrokerTest, EndsWhenThePipeOnItsStdinCloses) {
    const std::string program = std::string(CALFLEET_BIN_DIR) + "/calfleet-mock-broker";
    const Finished done = run({.argv = {"sh", "-c", "true | \"$0\"", program}}, kSoon);
    EXPECT_EQ(done.exit, Exit{});
}

TEST_F(MockBrokerTest, FailsWhenTheFileCanNotBeWritten) {
    const Finished done = run(broker({"--file", "/no/such/folder/file"}), kSoon);
    EXPECT_EQ(done.exit.code, 1);
    EXPECT_NE(done.err.find("/no/such/folder/file"), std::string::npos) << done.err;
}

} // namespace

} // namespace calfleet::test_support
