// A ticket is good for one assignment of one partition, and for no other.

#include "common/intake/partition_book.h"

#include <gtest/gtest.h>

namespace calfleet::intake {
namespace {

const kafka::TopicPartition kOrders3{"orders", 3};

TEST(PartitionBook, ATicketOfAnEarlierAssignmentIsVoid) {
    PartitionBook book;
    const Ticket first = book.open({kOrders3, 17, 1});
    book.close(kOrders3);
    EXPECT_FALSE(book.holds(first));
    const Ticket second = book.open({kOrders3, 20, 3});
    EXPECT_FALSE(book.holds(first)) << "the same partition came back, the old records must not";
    EXPECT_TRUE(book.holds(second));
    book.advance(first, 99);
    EXPECT_EQ(book.position(second)->next_offset, 20);
}

TEST(PartitionBook, AFencedPartitionIsStillHeldButNothingIsWrittenForIt) {
    PartitionBook book;
    const Ticket ticket = book.open({kOrders3, 17, 1});
    book.mark_fenced(ticket);
    EXPECT_FALSE(book.holds(ticket));
    EXPECT_FALSE(book.position(ticket).has_value());
    EXPECT_EQ(book.held(), std::vector{kOrders3});
    EXPECT_EQ(book.fenced_for(std::chrono::seconds{0}), std::vector{kOrders3});
    EXPECT_TRUE(book.fenced_for(std::chrono::hours{1}).empty());
    EXPECT_TRUE(book.holds(book.open({kOrders3, 17, 4})));
}

TEST(PartitionBook, AStoppedPartitionIsHeldAndNothingIsWrittenUntilItsPositionWasMoved) {
    PartitionBook book;
    const Ticket ticket = book.open({kOrders3, 17, 1});
    book.stop(ticket, "another log");
    EXPECT_FALSE(book.holds(ticket));
    EXPECT_FALSE(book.position(ticket).has_value());
    ASSERT_EQ(book.status().size(), 1U);
    EXPECT_EQ(book.status()[0].problem, "another log");
    EXPECT_TRUE(book.holds(book.open({kOrders3, 0, 2})));
    EXPECT_EQ(book.status()[0].problem, "");
}

TEST(PartitionBook, FollowsAMovedPositionOnlyAfterTheReaderWentThere) {
    PartitionBook book;
    const Ticket before = book.open({kOrders3, 17, 1});
    book.mark_fenced(before);
    const FencedPosition moved{kOrders3, 5, 3};
    const auto refused = reopen(book, moved, []() -> Result<> { return unavailable("busy"); });
    EXPECT_FALSE(refused);
    EXPECT_FALSE(book.holds(before));
    EXPECT_FALSE(book.holds(*book.ticket(kOrders3))) << "records of the old place must not count";
    EXPECT_EQ(book.fenced_for(std::chrono::seconds{0}), std::vector{kOrders3}) << "tried again";
    EXPECT_EQ(book.status()[0].next_offset, 17);

    const auto done = reopen(book, moved, []() -> Result<> { return {}; });
    ASSERT_TRUE(done);
    EXPECT_TRUE(book.holds(*done));
    EXPECT_EQ(book.position(*done)->next_offset, 5);
    EXPECT_TRUE(book.fenced_for(std::chrono::seconds{0}).empty());
}

TEST(PartitionBook, StatusShowsOnlyWhatIsHeld) {
    PartitionBook book;
    book.open({kOrders3, 17, 1});
    book.open({{"orders", 4}, 0, 2});
    book.close(kOrders3);
    const auto status = book.status();
    ASSERT_EQ(status.size(), 1U);
    EXPECT_EQ(status[0].partition.partition, 4);
    EXPECT_EQ(status[0].epoch, 2);
}

} // namespace
} // namespace calfleet::intake
