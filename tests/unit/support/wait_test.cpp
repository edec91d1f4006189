#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/tcp_socket.h"
#include "tests/support/wait.h"

namespace calfleet::test_support {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

TEST(Eventually, AsksAtOnce) {
    int asked = 0;
    EXPECT_TRUE(eventually(seconds(0), [&] { return ++asked == 1; }));
    EXPECT_EQ(asked, 1);
}

TEST(Eventually, AsksUntilYes) {
    int asked = 0;
    EXPECT_TRUE(eventually(seconds(60), [&] { return ++asked == 4; }));
}

TEST(Eventually, AsksOnceMoreAfterTheDeadline) {
    const auto deadline = steady_clock::now() + milliseconds(30);
    EXPECT_TRUE(eventually(milliseconds(30), [&] { return steady_clock::now() >= deadline; }));
}

TEST(Eventually, GivesUpAtTheDeadline) {
    const auto begun = steady_clock::now();
    EXPECT_FALSE(eventually(milliseconds(20), [] { return false; }));
    EXPECT_GE(steady_clock::now() - begun, milliseconds(20));
}

TEST(FreePort, CanBeListenedOn) {
    EXPECT_TRUE(listen_on(free_port()).open());
}

TEST(FreePort, IsBelowTheKernelsClientPorts) {
    EXPECT_LT(free_port(), 32768);
}

TEST(Seed, StaysTheSameInOneProgram) {
    EXPECT_EQ(seed(), seed());
}

TEST(TemporaryDirectory, IsRemovedWithItsContent) {
    std::filesystem::path path;
    {
        const TemporaryDirectory directory("test");
        path = directory.path();
        std::filesystem::create_directory(path / "inner");
        std::ofstream(path / "inner" / "file") << "content";
        EXPECT_EQ(read_file(path / "inner" / "file"), "content");
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

} // namespace

} // namespace calfleet::test_support
