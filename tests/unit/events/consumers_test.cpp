#include "common/events/consumers.h"
#include "common/job/kinds.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace calfleet::events {
namespace {

bool is_known(std::string_view worker) {
    return std::any_of(consumers().begin(), consumers().end(), [&](const Consumer& each) {
        return each.worker == worker;
    });
}

TEST(Consumers, AreAllWhoseJobsSomebodyNames) {
    for (const job::Kind& kind :
         {job::kPushService, job::kRematchHost, job::kSyncTeams, job::kResolveChildren}) {
        EXPECT_TRUE(is_known(kind.worker)) << kind.worker;
        EXPECT_FALSE(topics_of(kind.worker).empty()) << kind.worker;
    }
}

TEST(Consumers, TakeEachTopicOnce) {
    std::vector<std::string_view> all;
    for (const Consumer& each : consumers())
        all.insert(all.end(), each.topics.begin(), each.topics.end());
    std::sort(all.begin(), all.end());
    EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
    EXPECT_TRUE(topics_of("nobody").empty());
}

} // namespace
} // namespace calfleet::events
