#include "workers/team-syncer/children.h"
#include "workers/team-syncer/snapshot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace calfleet::team_syncer {
namespace {

using calcom::EventTypeId;
using calcom::UserId;
using namespace std::chrono_literals;

const Instant kNoon = parse_instant("2026-11-21T12:00:00Z").value();

TEST(ChildLookUp, IsMadeForWhatIsUnknownOldOrInvalidated) {
    ChildFacts host{.user = UserId{102}, .username = "bruno"};
    EXPECT_TRUE(must_look_up(host, kNoon));
    host.child = EventTypeId{4203};
    host.resolved_at = kNoon - 11h;
    EXPECT_FALSE(must_look_up(host, kNoon));
    host.invalidated_at = kNoon - 24h;
    EXPECT_FALSE(must_look_up(host, kNoon)) << "found again since";
    host.invalidated_at = kNoon - 1h;
    EXPECT_TRUE(must_look_up(host, kNoon));
    host.invalidated_at.reset();
    host.resolved_at = kNoon - 24h + 6h;
    EXPECT_TRUE(must_look_up(host, kNoon)) << "a sync of today, though yesterday's came late";
}

ParentFacts parent() {
    ParentFacts parent;
    parent.id = EventTypeId{4202};
    parent.slug = "visit";
    return parent;
}

calcom::EventType child() {
    calcom::EventType child;
    child.id = EventTypeId{4203};
    child.owner = UserId{102};
    child.managed = true;
    child.slug = "visit";
    return child;
}

class ChildAnswers : public ::testing::Test {
protected:
    ParentFacts parent_ = parent();
    ChildFacts host_{.user = UserId{102}, .username = "bruno"};
    calcom::EventType child_ = child();

    bool found() const {
        return std::holds_alternative<ChildFound>(child_in(parent_, host_, child_));
    }
};

TEST_F(ChildAnswers, AreChildrenWhenManagedAndOfThatMember) {
    EXPECT_TRUE(found());
    child_.owner.reset();
    EXPECT_TRUE(found()) << "the answer need not tell its owner";
}

TEST_F(ChildAnswers, AreNoneWhenTheMemberMadeTheEventTypeHimself) {
    child_.managed = false;
    EXPECT_FALSE(found());
}

TEST_F(ChildAnswers, AreNoneWhenTheyBelongToSomebodyElseOrAreTheParent) {
    child_.owner = UserId{103};
    EXPECT_FALSE(found());
    child_.owner = UserId{102};
    child_.id = parent_.id;
    EXPECT_FALSE(found());
}

TEST_F(ChildAnswers, ThatAreEmptyAreAskedForAgainUnlessTheParentIsHidden) {
    EXPECT_TRUE(std::get<ChildMissing>(child_in(parent_, host_, std::nullopt)).may_come);
    parent_.hidden = true;
    EXPECT_FALSE(std::get<ChildMissing>(child_in(parent_, host_, std::nullopt)).may_come);
}

calcom::EventType round_robin() {
    calcom::EventType type;
    type.id = EventTypeId{1};
    type.title = "A \"title\"";
    type.slug = "a";
    type.scheduling = calcom::Scheduling::RoundRobin;
    type.length_minutes = 30;
    type.hosts = {
        {.user = UserId{2}, .name = "B", .username = "b", .priority = "high"},
        {.user = UserId{1}, .name = "A", .username = "a", .priority = ""}};
    return type;
}

TEST(Snapshots, OfTheSameEventTypeAreTheSameInWhateverOrderHostsCome) {
    calcom::EventType other = round_robin();
    std::reverse(other.hosts.begin(), other.hosts.end());
    EXPECT_EQ(seen(round_robin()).digest, seen(other).digest);
    EXPECT_EQ(seen(round_robin()).digest.size(), 32U);
}

TEST(Snapshots, IsTheSameInWhateverOrderMembersAreAnswered) {
    calcom::EventType one = round_robin();
    one.booking_fields = R"([{"type":"email","slug":"email"}])";
    calcom::EventType other = one;
    other.booking_fields = R"([{"slug":"email","type":"email"}])";
    EXPECT_EQ(seen(one).digest, seen(other).digest);
    other.booking_fields = R"([{"slug":"email","type":"text"}])";
    EXPECT_NE(seen(one).digest, seen(other).digest);
}

TEST(Snapshots, DifferInEveryFieldThatAnEventCarries) {
    const std::string same = seen(round_robin()).digest;
    using Edit = void (*)(calcom::EventType&);
    const std::vector<Edit> edits{
        [](calcom::EventType& t) { t.title = "x"; },
        [](calcom::EventType& t) { t.slug = "x"; },
        [](calcom::EventType& t) { t.description = "x"; },
        [](calcom::EventType& t) { t.length_minutes = 31; },
        [](calcom::EventType& t) { t.hidden = true; },
        [](calcom::EventType& t) { t.minimum_notice_minutes = 1; },
        [](calcom::EventType& t) { t.buffer_before_minutes = 1; },
        [](calcom::EventType& t) { t.buffer_after_minutes = 1; },
        [](calcom::EventType& t) { t.schedule = calcom::ScheduleId{1}; },
        [](calcom::EventType& t) { t.confirmation.when = calcom::Confirmation::When::Always; },
        [](calcom::EventType& t) { t.guests_disabled = true; },
        [](calcom::EventType& t) { t.price = 1; },
        [](calcom::EventType& t) { t.currency = "eur"; },
        [](calcom::EventType& t) { t.booking_url = "x"; },
        [](calcom::EventType& t) { t.assigns_all_members = true; },
        [](calcom::EventType& t) { t.hosts.pop_back(); },
        [](calcom::EventType& t) { t.hosts[0].mandatory = true; },
        [](calcom::EventType& t) { t.locations = "[1]"; },
        [](calcom::EventType& t) { t.booking_fields = "[1]"; },
        [](calcom::EventType& t) { t.metadata = "{\"a\":1}"; },
        [](calcom::EventType& t) { t.scheduling = calcom::Scheduling::Managed; },
        [](calcom::EventType& t) { t.team = calcom::TeamId{1}; }};
    for (std::size_t i = 0; i < edits.size(); ++i) {
        calcom::EventType edited = round_robin();
        edits[i](edited);
        EXPECT_NE(seen(edited).digest, same) << "edit " << i;
    }
}

} // namespace
} // namespace calfleet::team_syncer
