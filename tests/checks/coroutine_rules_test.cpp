#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/checks/coroutine_rules.h"

namespace calfleet::checks {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Violations in(const std::string& code) {
    return coroutine_violations({"workers/x/run.cpp", code});
}

TEST(CoroutineRules, HoldInTheWholeTree) {
    Violations all;
    for (const SourceFile& file : source_tree()) {
        if (file.path.starts_with("tests/checks/")) continue; // shows what is wrong
        for (std::string& violation : coroutine_violations(file))
            all.push_back(std::move(violation));
    }
    EXPECT_TRUE(all.empty()) << listed(all);
}

TEST(CoroutineRules, FindTemporariesInBracesAlsoAcrossLines) {
    EXPECT_THAT(
        in("\n    co_return co_await fail({\"code\", text});"),
        ElementsAre("workers/x/run.cpp:2 co_await with a temporary in braces: GCC 12 destroys it "
                    "twice; give it a name first")
    );
    EXPECT_EQ(in("co_await finish(\"failed\",\n    job::Discard{std::move(reason)});").size(), 1U);
    EXPECT_EQ(in("auto x = co_await Sleep{5};").size(), 1U);
}

TEST(CoroutineRules, LeaveLambdasEmptyBracesAndBlocksAlone) {
    EXPECT_THAT(in("co_await run([&](int x) { return x; });"), IsEmpty());
    EXPECT_THAT(in("co_await run([&]() -> Awaitable<void> { co_return; });"), IsEmpty());
    EXPECT_THAT(in("co_await write(stream, {});"), IsEmpty());
    EXPECT_THAT(in("if (co_await ready(x)) { stop({1, 2}); }"), IsEmpty());
    EXPECT_THAT(in("while (co_await ready(x)) {\n    y = {1};\n}"), IsEmpty());
    EXPECT_THAT(in("// co_await fail({1, 2});\n"), IsEmpty());
}

} // namespace
} // namespace calfleet::checks
