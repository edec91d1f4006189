#include "common/log/capture.h"
#include "common/log/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <thread>

namespace calfleet::log {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using namespace std::chrono_literals;

class Pipe {
public:
    Pipe() { EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0); }
    ~Pipe() {
        close_writer();
        close_reader();
    }
    int writer() const { return ends_[1]; }
    void close_writer() { close(ends_[1]); }
    void close_reader() { close(ends_[0]); }

    /// Everything until the writer closes.
    std::string read_all() {
        std::string text;
        std::array<char, 65536> buffer{};
        for (;;) {
            const ssize_t count = ::read(ends_[0], buffer.data(), buffer.size());
            if (count <= 0) return text;
            text.append(buffer.data(), static_cast<std::size_t>(count));
        }
    }

private:
    static void close(int& descriptor) {
        if (descriptor >= 0) ::close(descriptor);
        descriptor = -1;
    }
    std::array<int, 2> ends_{-1, -1};
};

std::size_t count_lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(Log, WritesLinesOfItsLevelAndAbove) {
    Pipe pipe;
    start({.worker = "w", .level = Level::Warn, .descriptor = pipe.writer()});
    debug("a");
    info("b");
    warn("c");
    error("d");
    stop();
    pipe.close_writer();
    const std::string text = pipe.read_all();
    EXPECT_EQ(count_lines(text), 2U);
    EXPECT_THAT(text, HasSubstr(R"("level":"warn","worker":"w","event":"c")"));
    EXPECT_THAT(text, HasSubstr(R"("level":"error","worker":"w","event":"d")"));
}

TEST(Log, IsSilentBeforeStartAndAfterStop) {
    error("before");
    Pipe pipe;
    start({.worker = "w", .descriptor = pipe.writer()});
    stop();
    error("after");
    EXPECT_FALSE(enabled(Level::Error));
    pipe.close_writer();
    EXPECT_EQ(pipe.read_all(), "");
}

TEST(Log, KeepsLinesOfManyThreadsWhole) {
    Pipe pipe;
    start({.worker = "w", .descriptor = pipe.writer(), .queue_lines = 8192});
    std::string text;
    std::thread reader([&] { text = pipe.read_all(); });
    {
        std::vector<std::jthread> writers;
        for (int t = 0; t < 4; ++t)
            writers.emplace_back([t] {
                for (int i = 0; i < 500; ++i)
                    info("line", {{"thread", t}, {"i", i}});
            });
    }
    stop();
    pipe.close_writer();
    reader.join();
    EXPECT_EQ(count_lines(text), 2000U);
    EXPECT_EQ(dropped_lines(), 0U);
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
        ASSERT_TRUE(text.substr(at).starts_with(R"({"ts":)"));
}

// A full pipe: nobody reads until the worker has long gone on.
TEST(Log, NeverMakesTheWorkerWaitForAStalledReaderAndCountsWhatItDropped) {
    static constexpr int kLines = 20'000;
    Pipe pipe;
    start({.worker = "w", .descriptor = pipe.writer(), .queue_lines = 256});
    for (int i = 0; i < kLines; ++i)
        info("flood", {{"i", i}});
    const std::uint64_t dropped = dropped_lines();
    EXPECT_GT(dropped, 10'000U);
    std::string text;
    std::thread reader([&] { text = pipe.read_all(); });
    stop();
    pipe.close_writer();
    reader.join();
    EXPECT_THAT(
        text, HasSubstr(R"("level":"warn","worker":"w","event":"log.lines_dropped","lines":)")
    );
    EXPECT_THAT(text, HasSubstr("\"i\":19999}")) << "the newest line survives, the oldest do not";
    std::size_t floods = 0;
    for (std::size_t at = text.find("flood"); at != std::string::npos;
         at = text.find("flood", at + 1))
        ++floods;
    EXPECT_EQ(floods + dropped_lines(), static_cast<std::size_t>(kLines));
}

TEST(Log, EndsInTimeAlthoughNobodyReads) {
    Pipe pipe;
    start({.worker = "w", .descriptor = pipe.writer(), .queue_lines = 1024, .flush_patience = 200ms}
    );
    for (int i = 0; i < 5000; ++i)
        info("flood", {{"i", i}});
    const auto before = std::chrono::steady_clock::now();
    stop();
    EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
    EXPECT_GT(dropped_lines(), 0U);
}

TEST(Log, SurvivesAReaderThatWentAway) {
    Pipe pipe;
    pipe.close_reader();
    start({.worker = "w", .descriptor = pipe.writer()});
    info("to nobody");
    stop();
    EXPECT_EQ(dropped_lines(), 1U);
}

TEST(LogContext, AddsItsFieldsToEveryLineOfItsThreadWhileItLives) {
    const Capture capture;
    {
        const Context job{{"event_id", "e1"}};
        {
            const Context attempt{{"attempt", 2}};
            info("inner", {{"x", 1}});
        }
        std::thread([] { info("elsewhere"); }).join();
        info("outer");
    }
    info("bare");
    EXPECT_THAT(
        capture.lines(),
        ElementsAre(
            HasSubstr(R"("event":"inner","event_id":"e1","attempt":2,"x":1})"),
            HasSubstr(R"("event":"elsewhere"})"),
            HasSubstr(R"("event":"outer","event_id":"e1"})"),
            HasSubstr(R"("event":"bare"})")
        )
    );
}

TEST(LogCapture, SeesLinesByEvent) {
    const Capture capture("w", Level::Info);
    debug("hidden");
    info("a.b", {{"n", 1}});
    info("a.bc");
    EXPECT_THAT(capture.lines(), SizeIs(2));
    EXPECT_THAT(capture.lines_of("a.b"), ElementsAre(HasSubstr("\"n\":1")));
    EXPECT_THAT(capture.lines_of("hidden"), IsEmpty());
}

} // namespace
} // namespace calfleet::log
