#include "common/postgres/login.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calfleet::postgres {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(WorkerLogin, IsTakenWhenRowSecurityBindsIt) {
    EXPECT_FALSE(why_no_worker({.name = "calfleet_worker"}));
}

TEST(WorkerLogin, IsRefusedForEachWayAroundIt) {
    const std::vector<std::pair<LoginFacts, const char*>> cases{
        {{.name = "x", .superuser = true}, "is a superuser"},
        {{.name = "x", .bypasses_row_security = true}, "BYPASSRLS"},
        {{.name = "x", .owner = true}, "calfleet_owner"},
        {{.name = "x", .operates = true}, "calfleet_operator"},
        {{.name = "x", .inherits_runtime = true}, "inherits calfleet_runtime"},
        {{.name = "x", .becomes_unbound = true}, "may become a superuser"}};
    for (const auto& [facts, words] : cases) {
        const auto refusal = why_no_worker(facts);
        ASSERT_TRUE(refusal) << words;
        EXPECT_THAT(*refusal, StartsWith(std::string(kLoginRefused))) << words;
        EXPECT_THAT(*refusal, HasSubstr(words));
        EXPECT_THAT(*refusal, HasSubstr("\"x\""));
    }
}

} // namespace
} // namespace calfleet::postgres
