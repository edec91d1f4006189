// A position is used only in the log that it belongs to, and moves past what cannot be delivered.

#include "common/intake/partition_reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calfleet::intake {
namespace {

using testing::HasSubstr;

const kafka::TopicPartition kOrders3{"orders", 3};

RecordView record(std::int64_t offset, std::string_view value) {
    return {
        .topic = "orders",
        .partition = 3,
        .offset = offset,
        .timestamp = Instant(std::chrono::milliseconds(1'700'000'000'000 + offset)),
        .key = "key",
        .value = value,
        .headers = {}};
}

/// At position, the last record being "old" at the offset before it, or at mark.
PartitionReading reading_at(std::int64_t position, std::optional<std::int64_t> mark = {}) {
    return {
        "worker", {kOrders3, position, 1, mark_of(record(mark.value_or(position - 1), "old"))}, {}};
}
PartitionReading without_mark(std::int64_t position) {
    return {"worker", {kOrders3, position, 1}, {}};
}

TEST(PartitionReading, BeginsAtTheMarkAndDeliversOnlyWhatComesAfterIt) {
    PartitionReading reading = reading_at(46);
    EXPECT_EQ(reading.start(), 45);
    ASSERT_TRUE(reading.wants_content());
    EXPECT_FALSE(reading.take(record(45, "old")));
    EXPECT_FALSE(reading.wants_content());
    EXPECT_TRUE(reading.take(46));
    EXPECT_FALSE(reading.problem());
}

TEST(PartitionReading, AnotherRecordAtTheMarkIsAnotherLog) {
    PartitionReading reading = reading_at(46);
    EXPECT_FALSE(reading.take(record(45, "new")));
    ASSERT_TRUE(reading.problem());
    EXPECT_THAT(
        *reading.problem(), HasSubstr("position 46 does not belong to this log of orders/3")
    );
    EXPECT_THAT(
        *reading.problem(),
        HasSubstr(
            "calfleet positions reset --worker worker --topic orders --partition 3 --to earliest"
        )
    );
    EXPECT_FALSE(reading.take(46)) << "nothing more is delivered";
    EXPECT_FALSE(reading.passable(46));
    EXPECT_FALSE(reading.fall_outside({0, 10})) << "and it does not begin anew by itself";
}

TEST(PartitionReading, EveryPartOfTheMarkCounts) {
    const RecordView old = record(45, "old");
    RecordView other = old;
    other.key = std::nullopt;
    EXPECT_NE(mark_of(other), mark_of(old));
    const LogMark without_key = mark_of(other);
    other.key = "";
    EXPECT_NE(mark_of(other), without_key) << "an empty one is not none";
    other = old;
    other.value = std::nullopt;
    EXPECT_NE(mark_of(other), mark_of(old));
    other = old;
    other.timestamp = *old.timestamp + std::chrono::milliseconds(1);
    EXPECT_NE(mark_of(other), mark_of(old));
    other.timestamp = std::nullopt;
    EXPECT_NE(mark_of(other), mark_of(old));
}

TEST(PartitionReading, AMarkIsTheSameInEveryRelease) {
    const LogMark mark = mark_of(record(45, "old"));
    EXPECT_EQ(mark.offset, 45);
    EXPECT_EQ(mark.timestamp, 1'700'000'000'045);
    EXPECT_EQ(mark.digest, "69c8f181cd3260bd2fe5eac29a112f20649ae4d8bf4950888353edd8246dee13")
        << "stored ones would no longer fit";
}

TEST(PartitionReading, TimesOutsideTheCalendarAreNoPartOfTheMark) {
    for (const Instant time : {Instant::min(), Instant::max()}) {
        RecordView extreme = record(45, "old");
        extreme.timestamp = time;
        EXPECT_EQ(mark_of(extreme).timestamp, std::nullopt);
    }
}

TEST(PartitionReading, ALogWithoutTheMarkIsAnotherLog) {
    PartitionReading hole = reading_at(46);
    EXPECT_FALSE(hole.take(record(47, "new")));
    EXPECT_THAT(hole.problem().value_or(""), HasSubstr("no record is any more at offset 45"));
    PartitionReading only_markers = reading_at(46);
    only_markers.reach_end(50);
    EXPECT_TRUE(only_markers.problem());
    PartitionReading rewritten = reading_at(50, 45);
    EXPECT_FALSE(rewritten.take(record(45, "old")));
    EXPECT_FALSE(rewritten.take(47));
    EXPECT_THAT(rewritten.problem().value_or(""), HasSubstr("where nothing was"));
}

TEST(PartitionReading, WithoutAMarkItBeginsAtThePosition) {
    EXPECT_EQ(without_mark(46).start(), 46);
    EXPECT_EQ(without_mark(0).start(), kafka::kFromBeginning);
    PartitionReading reading = without_mark(46);
    EXPECT_FALSE(reading.take(45)) << "left over from before the position was moved";
    EXPECT_TRUE(reading.take(46));
    EXPECT_FALSE(reading.problem());
}

TEST(PartitionReading, PassesWhatCannotBeDeliveredWhenAllBeforeItIsCommitted) {
    PartitionReading reading = without_mark(10);
    EXPECT_FALSE(reading.passable(10)) << "the end is not known yet";
    EXPECT_TRUE(reading.take(10));
    reading.reach_end(12); // a marker at 11
    EXPECT_FALSE(reading.passable(10)) << "10 is not committed";
    EXPECT_EQ(reading.passable(11), 12);
    EXPECT_FALSE(reading.passable(12)) << "there already";
    EXPECT_TRUE(reading.take(12));
    EXPECT_FALSE(reading.passable(12)) << "an old end is no end any more";
}

TEST(PartitionReading, AQuietPartitionPassesAnAbortedTransaction) {
    PartitionReading reading = reading_at(10);
    reading.reach_end(9);
    EXPECT_FALSE(reading.passable(10)) << "the mark was not seen yet";
    EXPECT_FALSE(reading.take(record(9, "old")));
    reading.reach_end(14);
    EXPECT_EQ(reading.passable(10), 14);
}

TEST(PartitionReading, GoesOnWhenTheMarkWasRemovedAndThePositionWasNot) {
    PartitionReading reading = reading_at(46, 30);
    EXPECT_EQ(reading.fall_outside({40, 80}), 46);
    EXPECT_FALSE(reading.wants_content());
    EXPECT_TRUE(reading.take(46));
    PartitionReading at_start = reading_at(46);
    EXPECT_EQ(at_start.fall_outside({46, 46}), 46);
}

TEST(PartitionReading, GoesOnWhenOnlyWhatItHadPassedWasRemoved) {
    PartitionReading reading = without_mark(10);
    EXPECT_TRUE(reading.take(10));
    reading.reach_end(12); // known, but the database does not have it yet
    EXPECT_EQ(reading.fall_outside({12, 15}), 12);
    EXPECT_FALSE(reading.problem());
}

TEST(PartitionReading, NeverPassesWhatMayHaveBeenRecords) {
    PartitionReading reading = reading_at(10);
    EXPECT_FALSE(reading.fall_outside({11, 15}));
    ASSERT_TRUE(reading.problem());
    EXPECT_THAT(*reading.problem(), HasSubstr("position 10 is before the start of orders/3"));
    EXPECT_THAT(*reading.problem(), HasSubstr("10 to 10"));
    EXPECT_THAT(*reading.problem(), HasSubstr("--to earliest"));
}

TEST(PartitionReading, APositionBeyondTheEndIsAProblemAlsoWhenItWasReachedNow) {
    PartitionReading reading = without_mark(46);
    EXPECT_FALSE(reading.fall_outside({0, 45}));
    EXPECT_THAT(reading.problem().value_or(""), HasSubstr("position 46 is beyond the end"));
    PartitionReading running = without_mark(3);
    EXPECT_TRUE(running.take(45));
    EXPECT_FALSE(running.fall_outside({0, 20}));
    EXPECT_TRUE(running.problem());
}

TEST(PartitionReading, ANewOneBeginsWhereTheLogBegins) {
    EXPECT_EQ(without_mark(0).fall_outside({500, 600}), 500);
}

TEST(PartitionReading, ALogThatEndsBeforeThePositionIsShortUntilItGrows) {
    PartitionReading reading = reading_at(50, 45);
    EXPECT_FALSE(reading.take(record(45, "old")));
    reading.reach_end(46);
    EXPECT_TRUE(reading.is_short());
    EXPECT_FALSE(reading.passable(50));
    EXPECT_FALSE(reading.problem()) << "a new leader may not know its end yet";
    reading.reach_end(50);
    EXPECT_FALSE(reading.is_short());
}

PartitionReading compacted_at(std::int64_t position, Result<bool> answer) {
    return {"worker", {kOrders3, position, 1, mark_of(record(40, "old"))}, {}, [answer] {
                return answer;
            }};
}

TEST(PartitionReading, GoesOnWithoutItsMarkInACompactedTopicOnly) {
    PartitionReading compacted = compacted_at(46, true);
    EXPECT_TRUE(compacted.take(record(47, "next"))) << "the record after the mark is delivered";
    EXPECT_FALSE(compacted.problem());
    EXPECT_FALSE(compacted.wants_content());

    PartitionReading quiet = compacted_at(46, true);
    quiet.reach_end(50);
    EXPECT_FALSE(quiet.problem());
    EXPECT_EQ(quiet.passable(46), 50);

    for (Result<bool> answer : {Result<bool>(false), Result<bool>(unavailable("no right"))}) {
        PartitionReading other = compacted_at(46, answer);
        EXPECT_FALSE(other.take(record(47, "next")));
        ASSERT_TRUE(other.problem());
        EXPECT_EQ(other.problem()->find("no right") != std::string::npos, !answer);
        PartitionReading ended = compacted_at(46, answer);
        ended.reach_end(50);
        EXPECT_TRUE(ended.problem());
    }
}

TEST(PartitionReading, FindsAnotherLogOfACompactedTopicByWhatDoesNotFit) {
    PartitionReading other = compacted_at(46, true);
    EXPECT_FALSE(other.take(record(40, "new"))) << "another record in the place of the mark";
    EXPECT_TRUE(other.problem());
    PartitionReading between = compacted_at(46, true);
    EXPECT_FALSE(between.take(record(43, "new"))) << "a record where none was";
    EXPECT_TRUE(between.problem());
    PartitionReading shorter = compacted_at(46, true);
    shorter.reach_end(39);
    EXPECT_TRUE(shorter.is_short());
}

} // namespace
} // namespace calfleet::intake
