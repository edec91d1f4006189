// The vocabulary types that are too small for a file of their own.
#include "common/core/clock.h"
#include "common/core/record_view.h"
#include "common/core/result.h"
#include "common/core/stop_signal.h"
#include "common/core/text_arena.h"

#include <gtest/gtest.h>

#include <array>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace calfleet {
namespace {

using namespace std::chrono_literals;

Result<int> half(int number) {
    if (number % 2 != 0) return invalid("not even: " + std::to_string(number));
    return number / 2;
}

TEST(Result, IsAValueOrAnError) {
    EXPECT_EQ(*half(4), 2);
    const auto odd = half(3);
    ASSERT_FALSE(odd);
    EXPECT_EQ(odd.error().kind, ErrorKind::Invalid);
    EXPECT_EQ(name(odd.error().kind), "invalid");
}

TEST(Result, ThrowsItsMessageWhenAskedForAValueItDoesNotHave) {
    try {
        (void)half(3).value();
        FAIL() << "must throw";
    } catch (const std::logic_error& error) {
        EXPECT_STREQ(error.what(), "invalid: not even: 3");
    }
}

TEST(StopSignal, EndsAWaitAtOnce) {
    StopSignal stop;
    EXPECT_FALSE(stop.wait_for(0ms));
    std::thread other([&] { stop.request(); });
    EXPECT_TRUE(stop.wait_for(1min));
    other.join();
    EXPECT_TRUE(stop.requested());
}

TEST(TextArena, KeepsEveryStringUntilItIsCleared) {
    TextArena arena;
    std::vector<std::string> originals;
    std::vector<std::string_view> kept;
    for (std::size_t i = 0; i < 3000; ++i) {
        originals.push_back(std::string(i % 97, static_cast<char>('a' + i % 26)));
        kept.push_back(arena.keep(originals.back()));
    }
    originals.push_back(std::string(1'000'000, 'z')); // larger than a block
    kept.push_back(arena.keep(originals.back()));
    for (std::size_t i = 0; i < kept.size(); ++i)
        ASSERT_EQ(kept[i], originals[i]);
}

TEST(TextArena, UsesItsMemoryAgain) {
    TextArena arena;
    const char* first = arena.keep("one").data();
    arena.keep(std::string(100'000, 'x'));
    arena.clear();
    EXPECT_EQ(arena.keep("two").data(), first);
    EXPECT_EQ(arena.keep(std::string(100'000, 'y')), std::string(100'000, 'y'));
}

TEST(RecordView, GivesTheLastHeaderOfAName) {
    const std::array<HeaderView, 3> headers{{{"a", "1"}, {"a", "2"}, {"b", std::nullopt}}};
    RecordView record;
    record.headers = headers;
    EXPECT_EQ(record.header("a"), "2");
    EXPECT_EQ(record.header("b"), std::nullopt);
    EXPECT_EQ(record.header("c"), std::nullopt);
}

TEST(ManualClock, MovesOnlyWhenMoved) {
    ManualClock clock(Instant{5s});
    const auto before = clock.monotonic();
    clock.advance(3s);
    EXPECT_EQ(clock.now(), Instant{8s});
    EXPECT_EQ(clock.monotonic() - before, 3s);
}

} // namespace
} // namespace calfleet
