#include "tests/integration/host_mapper/mapper_test.h"

// What a person gave away stays with whom it was given to when customers reschedule.
namespace calfleet::host_mapper {
namespace {

using events::BookingEvent;

/// Of Anna (staff 11); `from` was its uid before.
BookingEvent rescheduled(const std::string& uid, const std::string& from, int as_of) {
    BookingEvent event = booking(uid, as_of);
    event.change = events::BookingChange::Rescheduled;
    event.rescheduled_from_uid = kept(from);
    return event;
}

class Reassignments : public MapperTest {
protected:
    void prepare() override {
        MapperTest::prepare();
        lane_.emplace(database());
        ASSERT_EQ(lane_->apply(1, {booking("a", 1)}), "A");
        give_to_bruno("a");
    }
    void give_to_bruno(const std::string& uid) const {
        run("update platform.appointments set staff_id = 12, assignment = 'manual' where "
            "calcom_booking_uid = '" +
            uid + "'");
    }
    std::string whose(const std::string& uid) const {
        return ask(
            "select staff_id || ' ' || assignment from platform.appointments where company_id = 1 "
            "and calcom_booking_uid = '" +
            uid + "'"
        );
    }
    std::optional<Lane> lane_;
};

TEST_F(Reassignments, SurviveARescheduleAndTheNext) {
    EXPECT_EQ(lane_->apply(1, {rescheduled("b", "a", 2)}), "A");
    EXPECT_EQ(whose("b"), "12 manual");
    EXPECT_EQ(lane_->apply(1, {booking("b", 3)}), "A");
    EXPECT_EQ(lane_->apply(1, {rescheduled("c", "b", 4)}), "A");
    EXPECT_EQ(whose("c"), "12 manual");
}

TEST_F(Reassignments, SurviveReschedulesThatComeInAnyOrderAndTogether) {
    EXPECT_EQ(lane_->apply(1, {rescheduled("d", "c", 4)}), "A");
    EXPECT_EQ(whose("d"), "11 mapping");
    EXPECT_EQ(lane_->apply(1, {rescheduled("c", "b", 3)}), "A");
    EXPECT_EQ(whose("d"), "11 mapping");
    EXPECT_EQ(lane_->apply(1, {rescheduled("b", "a", 2)}), "A");
    EXPECT_EQ(whose("d"), "12 manual") << "known by the event that came last";
    EXPECT_EQ(
        lane_->apply(
            1, {rescheduled("g", "f", 7), rescheduled("f", "e", 6), rescheduled("e", "d", 5)}
        ),
        "AAA"
    );
    EXPECT_EQ(whose("g"), "12 manual");
}

TEST_F(Reassignments, GiveWayToAnotherHostAtCalcom) {
    BookingEvent moved = rescheduled("b", "a", 2);
    moved.host = story_host(102);
    run("update platform.appointments set staff_id = 13 where calcom_booking_uid = 'a'");
    EXPECT_EQ(lane_->apply(1, {moved}), "A");
    EXPECT_EQ(whose("b"), "12 email") << "Bruno by his own address";
}

TEST_F(Reassignments, AreNotHandedOnToSomebodyWhoIsNotActiveAnyMore) {
    run("update platform.staff set is_active = false where id = 12");
    EXPECT_EQ(lane_->apply(1, {rescheduled("b", "a", 2)}), "A");
    EXPECT_EQ(whose("b"), "11 mapping");
}

TEST_F(Reassignments, OfOneCompanyAreNotAnothers) {
    EXPECT_EQ(lane_->apply(2, {booking("a", 1), rescheduled("b", "a", 2)}), "AA");
    EXPECT_EQ(
        ask("select staff_id from platform.appointments where company_id = 2 and "
            "calcom_booking_uid = 'b'"),
        "21"
    );
}

TEST_F(Reassignments, OfABookingThatHasEndedReviveNothing) {
    EXPECT_EQ(lane_->apply(1, {rescheduled("b", "a", 2)}), "A");
    EXPECT_EQ(lane_->apply(1, {booking("b", 3, events::BookingStatus::Cancelled)}), "A");
    EXPECT_EQ(whose("b"), "12 manual");
    EXPECT_EQ(
        ask("select status from platform.appointments where calcom_booking_uid = 'b'"), "cancelled"
    );
}

} // namespace
} // namespace calfleet::host_mapper
