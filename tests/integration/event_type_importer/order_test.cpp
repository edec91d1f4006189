// What orders the snapshots of an event type: when they were true, as far as their records can
// know, and then the order of their partition.

#include <gtest/gtest.h>

#include "tests/integration/event_type_importer/importer_test.h"

namespace calfleet::event_type_importer {
namespace {

using std::chrono::hours;

constexpr int kYear2199 = 175 * 525'600;

std::string price(int cents) {
    return "\"price\":" + std::to_string(cents);
}

class SnapshotOrder : public ImporterTest {
protected:
    void prepare() override {
        ImporterTest::prepare();
        lane_.emplace(database());
    }
    std::string apply(const std::vector<Told>& events) { return lane_->apply(events); }
    std::string known() const { return services("calcom_price_cents, is_active"); }

private:
    std::optional<Lane> lane_;
};

TEST_F(SnapshotOrder, IsNotFrozenByAClaimOfTheFuture) {
    for (const int lie : {kYear2199, minute_of_now(hours{9}), minute_of_now(hours{23})}) {
        SCOPED_TRACE(lie);
        EXPECT_EQ(apply({updated(5120, lie, price(2))}), "A");
        EXPECT_EQ(known(), "2|t");
        EXPECT_EQ(
            ask("select (as_of < '1971-01-01') || ' ' || (bounded_at between now() - interval '1 "
                "minute' and now()) from platform.calcom_event_types"),
            "true true"
        );
        const int truth = minute_of_now();
        EXPECT_EQ(apply({updated(5120, truth, price(3))}), "A");
        EXPECT_EQ(known(), "3|t");
        EXPECT_EQ(apply({updated(5120, truth - 5, price(4))}), "S") << "the order is back";
        run("delete from platform.calcom_event_types");
    }
}

/// The lie arrived after a truth that arrives after it.
TEST_F(SnapshotOrder, LetsATruthFromBeforeTheArrivalOfALieHold) {
    EXPECT_EQ(apply({updated(5120, 10, price(1))}), "A");
    Told lie = updated(5120, 500, price(2));
    lie.written = 20;
    EXPECT_EQ(apply({lie}), "A");
    Told truth = updated(5120, 15, price(3));
    truth.written = 21;
    EXPECT_EQ(apply({truth}), "A");
    EXPECT_EQ(known(), "3|t");
}

TEST_F(SnapshotOrder, LetsALieReplaceOnlyWhatWasTrueBeforeItArrived) {
    EXPECT_EQ(apply({updated(5120, 30, price(1))}), "A");
    Told lie = updated(5120, 500, price(2));
    lie.written = 20;
    EXPECT_EQ(apply({lie}), "S");
    EXPECT_EQ(known(), "1|t");
}

TEST_F(SnapshotOrder, BelievesNoDeletionOfTheFutureForGood) {
    EXPECT_EQ(apply({updated(5120, 10, price(1))}), "A");
    EXPECT_EQ(apply({deleted(5120, kYear2199)}), "A");
    EXPECT_EQ(known(), "1|f");
    EXPECT_EQ(apply({updated(5120, minute_of_now(), price(1))}), "A");
    EXPECT_EQ(known(), "1|t");
}

TEST_F(SnapshotOrder, OfOneBatchIsTheSame) {
    EXPECT_EQ(
        apply(
            {updated(5120, 10, price(1)),
             updated(5120, kYear2199, price(2)),
             updated(5120, 11, price(3)),
             updated(5121, 11, price(3)),
             updated(5121, 11, price(5)),
             updated(5121, 11, price(4))}
        ),
        "SSASSA"
    );
    EXPECT_EQ(known(), "3|t\n4|t");
}

TEST_F(SnapshotOrder, OfTheSameInstantIsThatOfThePartition) {
    for (const int cents : {5, 9, 1, 7, 3})
        EXPECT_EQ(apply({updated(5120, 10, price(cents))}), "A");
    EXPECT_EQ(known(), "3|t");
    EXPECT_EQ(apply({updated(5120, 10, price(3))}), "S") << "a repetition";
    EXPECT_EQ(apply({deleted(5120, 10)}), "A");
    EXPECT_EQ(apply({updated(5120, 10, price(8))}), "S") << "no event type comes back";
    EXPECT_EQ(known(), "3|f");
}

/// The release before believed claims of up to a day ahead.
TEST_F(SnapshotOrder, ThatTheReleaseBeforeFrozeThaws) {
    EXPECT_EQ(apply({updated(5120, 10, price(1))}), "A");
    run("update platform.calcom_event_types set as_of = now() + interval '9 hours'");
    EXPECT_EQ(apply({updated(5120, 11, price(2))}), "A");
    EXPECT_EQ(known(), "2|t");
    EXPECT_EQ(apply({updated(5120, 10, price(3))}), "S");
}

} // namespace
} // namespace calfleet::event_type_importer
