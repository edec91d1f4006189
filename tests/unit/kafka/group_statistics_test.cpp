#include "common/kafka/group_statistics.h"

#include <gtest/gtest.h>

namespace calfleet::kafka {
namespace {

// As librdkafka 2.0.2 writes it, shortened.
constexpr std::string_view kStatistics =
    R"({ "name": "rdkafka#consumer-1", "client_id": "say \"cgrp\": {}", "topics":{ "t": { "topic":"t" }} , )"
    R"("cgrp": { "state": "up", "stateage": 4041, "join_state": "wait-assign-call", "rebalance_age": 1, )"
    R"("rebalance_cnt": 12, "rebalance_reason": "group is rebalancing", "assignment_size": 4 }, "txmsgs":0})";

TEST(GroupStatistics, ReadsTheStateOfTheGroup) {
    const GroupStatistics read = read_group_statistics(kStatistics);
    EXPECT_EQ(read.join_state, "wait-assign-call");
    EXPECT_EQ(read.rebalances, 12);
    EXPECT_EQ(read.assigned, 4);
}

TEST(GroupStatistics, AnswersWithNothingToATextWithoutOrWithHalfAGroup) {
    EXPECT_EQ(read_group_statistics("").join_state, "");
    EXPECT_EQ(read_group_statistics("{}").join_state, "");
    for (std::size_t length = 0; length < kStatistics.size(); ++length)
        read_group_statistics(kStatistics.substr(0, length)); // must not read past the end
    EXPECT_EQ(
        read_group_statistics(R"({"cgrp": {"join_state": 7, "rebalance_cnt": "x"}})").rebalances, 0
    );
}

} // namespace
} // namespace calfleet::kafka
