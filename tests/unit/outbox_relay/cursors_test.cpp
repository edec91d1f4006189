#include "workers/outbox-relay/cursors.h"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace calfleet::outbox_relay {
namespace {

const HeldShard kShard{3, 7};

Cursors holding() {
    Cursors cursors;
    cursors.hold(std::span(&kShard, 1));
    return cursors;
}

Place after(const Cursors& cursors) {
    return cursors.windows().at(0).after;
}

/// A look that found nothing more.
void look(Cursors& cursors, std::int64_t oldest_running) {
    const Window window = cursors.windows().at(0);
    const Advance done = cursors.advance({3, window.after, false}, std::nullopt, oldest_running);
    cursors.apply(done, oldest_running);
}

TEST(OutboxCursors, GoUpToTheOldestTransactionThatMayStillWrite) {
    Cursors cursors = holding();
    EXPECT_FALSE(cursors.caught_up());
    look(cursors, 500);
    EXPECT_EQ(after(cursors), (Place{500, 0}));
    EXPECT_TRUE(cursors.caught_up());
}

TEST(OutboxCursors, GoNoFurtherThanTheRowsThatWereTaken) {
    Cursors cursors = holding();
    const Advance done = cursors.advance({3, {400, 9}, true}, Place{300, 2}, 500);
    EXPECT_EQ(done.to, (Place{300, 2}));
    cursors.apply(done, 500);
    EXPECT_EQ(cursors.advance({3, {450, 1}, true}, std::nullopt, 500).to, (Place{450, 1}));
    EXPECT_FALSE(cursors.caught_up());
}

TEST(OutboxCursors, BeginAnewUnderAnotherEpochAndApplyNothingOfTheFormer) {
    Cursors cursors = holding();
    look(cursors, 500);
    const Advance late = cursors.advance({3, {501, 1}, true}, std::nullopt, 600);
    const HeldShard again{3, 8};
    cursors.hold(std::span(&again, 1));
    EXPECT_EQ(after(cursors), Place{});
    cursors.apply(late, 600);
    EXPECT_EQ(after(cursors), Place{});
}

TEST(OutboxCursors, ReadATopicThatIsSetAsideFromWhereItBegan) {
    Cursors cursors = holding();
    const Advance batch = cursors.advance({3, {100, 5}, true}, std::nullopt, 500);
    EXPECT_TRUE(cursors.set_aside("gone", std::span(&batch, 1)));
    cursors.apply(batch, 500);
    look(cursors, 900);
    EXPECT_EQ(cursors.windows_of("gone").at(0).after, Place{});
    cursors.advance_aside("gone", 3, {50, 1});
    EXPECT_EQ(cursors.windows_of("gone").at(0).after, (Place{50, 1}));
    EXPECT_TRUE(cursors.set_aside("gone", std::span(&batch, 1)));
    EXPECT_EQ(cursors.windows_of("gone").at(0).after, (Place{50, 1})) << "known already";
    const HeldShard again{3, 8};
    cursors.hold(std::span(&again, 1));
    EXPECT_EQ(cursors.windows_of("gone").at(0).after, Place{}) << "another has held the shard";
    cursors.take_back("gone");
    EXPECT_TRUE(cursors.aside().empty());
}

TEST(OutboxCursors, TryTopicsThatAreSetAsideInTurns) {
    Cursors cursors = holding();
    for (const char* topic : {"a", "b", "c"})
        cursors.set_aside(topic, {});
    const std::vector<std::string> blocked{"b"};
    EXPECT_EQ(cursors.next_to_try(blocked), "a");
    EXPECT_EQ(cursors.next_to_try(blocked), "c");
    EXPECT_EQ(cursors.next_to_try(blocked), "a");
    const std::vector<std::string> all{"a", "b", "c"};
    EXPECT_EQ(cursors.next_to_try(all), std::nullopt);
}

TEST(OutboxCursors, KeepABoundNumberOfTopicsInMemory) {
    Cursors cursors = holding();
    for (std::size_t i = 0; i < Cursors::kMostAside; ++i)
        EXPECT_TRUE(cursors.set_aside("topic" + std::to_string(i), {}));
    EXPECT_FALSE(cursors.set_aside("one more", {}));
    EXPECT_TRUE(cursors.set_aside("topic1", {}));
}

/// Two million dead rows of one transaction: every look would take too long.
TEST(OutboxCursors, WalkThroughOneLargeTransactionInPortions) {
    Cursors cursors = holding();
    constexpr std::int64_t kFat = 700, kNext = 1000, kLast = 2'000'000, kBearable = 150'000;
    int looks = 0;
    while (!cursors.caught_up()) {
        ASSERT_LT(++looks, 200);
        const Window window = cursors.windows().at(0);
        // How many dead rows of the fat transaction the window covers.
        std::int64_t dead = 0;
        if (window.until.xid > kFat && window.after.xid < kFat)
            dead = kLast;
        else if (window.until.xid > kFat && window.after.xid == kFat)
            dead = kLast - window.after.id;
        else if (window.until.xid == kFat)
            dead = std::min(window.until.id, kLast) -
                   (window.after.xid == kFat ? std::min(window.after.id, kLast) : 0);
        if (dead > kBearable) {
            cursors.timed_out(kNext);
            continue;
        }
        look(cursors, kNext);
        cursors.looked(dead > 10'000 ? 150ms : 1ms, kLast);
    }
    EXPECT_EQ(after(cursors), (Place{kNext, 0}));
}

TEST(OutboxChoice, GivesEveryShardItsTurnAndLargeRowsTheirDay) {
    std::vector<Candidate> rows;
    for (int shard : {1, 2}) {
        rows.push_back(
            {.shard = shard, .place = {1, shard}, .topic = "t", .bytes = shard == 2 ? 900 : 100}
        );
        rows.push_back({.shard = shard, .place = {2, shard}, .topic = "t", .bytes = 100});
    }
    using Places = std::vector<std::size_t>;
    EXPECT_EQ(choose(rows, {.rows_per_shard = 5, .bytes = 900}, 0), (Places{0, 1}))
        << "nothing of a shard passes a row that does not fit";
    EXPECT_EQ(choose(rows, {.rows_per_shard = 5, .bytes = 900}, 2), (Places{2}));
    EXPECT_EQ(choose(rows, {.rows_per_shard = 1, .bytes = 5000}, 0), (Places{0, 2}));
    EXPECT_EQ(choose(rows, {.rows_per_shard = 5, .bytes = 1}, 2), (Places{2}))
        << "always one, however large";
    EXPECT_TRUE(choose({}, {}, 0).empty());
}

} // namespace
} // namespace calfleet::outbox_relay
