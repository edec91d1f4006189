#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/checks/banned_words.h"

namespace calfleet::checks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Violations in(const std::string& path, const std::string& line) {
    return banned_words_in({path, "first\n" + line + "\n"});
}

TEST(BannedWords, AreNowhereInTheTree) {
    Violations all;
    for (const SourceFile& file : source_tree())
        for (std::string& violation : banned_words_in(file))
            all.push_back(std::move(violation));
    EXPECT_TRUE(all.empty()) << listed(all);
}

TEST(BannedWords, AreReportedWithPlaceAndReplacement) {
    EXPECT_THAT(
        in("common/runtime/x.cpp", "    std::cout << 1;"),
        ElementsAre("common/runtime/x.cpp:2 says std::cout << 1; - use log::info(...): one JSON "
                    "object a line")
    );
}

TEST(BannedWords, DependOnThePlace) {
    EXPECT_THAT(in("workers/calfleet/x.cpp", "std::cout << 1;"), IsEmpty());
    EXPECT_THAT(in("common/core/clock.cpp", "std::chrono::system_clock::now()"), IsEmpty());
    EXPECT_THAT(in("tests/unit/x.cpp", "std::chrono::system_clock::now()"), SizeIs(1));
    EXPECT_THAT(in("tests/unit/x.cpp", "std::this_thread::sleep_for(1s);"), SizeIs(1));
    EXPECT_THAT(in("tests/support/wait.cpp", "std::this_thread::sleep_for(1s);"), IsEmpty());
    EXPECT_THAT(in("workers/x/relay.cpp", "std::this_thread::sleep_for(1s);"), SizeIs(1));
    EXPECT_THAT(in("workers/x/relay.cpp", "std::getenv(\"X\")"), SizeIs(1));
    EXPECT_THAT(in("common/runtime/x.cpp", "std::snprintf(buffer, 3, \"\")"), IsEmpty());
    EXPECT_THAT(in("common/runtime/x.cpp", "std::printf(\"\")"), SizeIs(1));
}

TEST(BannedWords, MayStandInCommentsUnlessTheyArePromises) {
    EXPECT_THAT(in("common/runtime/x.cpp", "// not std::cout"), IsEmpty());
    EXPECT_THAT(in("common/runtime/x.cpp", "// TODO later"), SizeIs(1));
    EXPECT_THAT(in("deploy/README.md", "FIXME"), SizeIs(1));
}

TEST(BannedWords, IncludePathsOfSomebodysMachine) {
    EXPECT_THAT(in("README.md", "see `/home/anna/notes`"), SizeIs(1));
    EXPECT_THAT(in("README.md", "see `tests/home/x`"), IsEmpty());
}

} // namespace
} // namespace calfleet::checks
