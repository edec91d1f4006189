// How sightings of bookings add up: the order of arrival must not matter.

#include "workers/host-mapper/job.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/host_mapper/booking_stories.h"

namespace calfleet::host_mapper {
namespace {

using events::BookingChange;
using events::BookingEvent;
using events::BookingStatus;

constexpr CompanyId kCompany{17};

class Bookings : public ::testing::Test {
protected:
    EventSightings see(const BookingEvent& event) { return sightings_of(kCompany, event, arena_); }

    Fold fold_of(const std::vector<BookingEvent>& events) {
        std::vector<EventSightings> sightings;
        for (const BookingEvent& event : events)
            sightings.push_back(see(event));
        return fold(sightings);
    }

    /// As apply() does with several batches: fold each, merge the folds into the rows.
    std::map<std::string, Sighting>
    arrive(const std::vector<BookingEvent>& events, std::mt19937_64& engine) {
        std::map<std::string, Sighting> rows;
        for (std::size_t from = 0; from < events.size();) {
            const std::size_t count = 1 + engine() % (events.size() - from);
            const Fold folded = fold_of({events.begin() + from, events.begin() + from + count});
            for (const Sighting& seen : folded.bookings) {
                const auto [row, inserted] = rows.emplace(std::string(seen.uid), seen);
                if (!inserted) merge(row->second, seen);
            }
            from += count;
        }
        return rows;
    }

    TextArena arena_;
};

std::string describe(const Sighting& row) {
    std::string out(row.uid);
    out += ' ';
    out += text(row.status);
    out += " as of " + format_instant(row.as_of);
    out += " starts " + (row.starts_at ? format_instant(*row.starts_at) : "-");
    out += " ends " + (row.ends_at ? format_instant(*row.ends_at) : "-");
    out += " host " + std::string(row.host) + " customer " + std::string(row.customer);
    out += " from " + std::string(row.replaces) + " to " + std::string(row.replaced_by);
    out += " type " + std::to_string(row.event_type_id.value_or(0));
    return out + (row.wants_staff ? " wants staff" : "");
}

std::string describe(const std::map<std::string, Sighting>& rows) {
    std::string out;
    for (const auto& [uid, row] : rows)
        out += describe(row) + "\n";
    return out;
}

TEST_F(Bookings, EndTheSameInEveryOrderOfArrivalAndWithDuplicates) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        std::mt19937_64 engine(seed);
        std::vector<BookingEvent> events = tell_bookings(seed);
        const std::string expected = describe(arrive(events, engine));
        for (int shuffle = 0; shuffle < 20; ++shuffle) {
            std::vector<BookingEvent> shuffled = events;
            for (const BookingEvent& event : events)
                if (engine() % 4 == 0) shuffled.push_back(event);
            std::shuffle(shuffled.begin(), shuffled.end(), engine);
            ASSERT_EQ(describe(arrive(shuffled, engine)), expected) << "seed " << seed;
        }
    }
}

TEST_F(Bookings, AreWrittenInTheOrderOfTheirKeys) {
    const Fold folded =
        fold_of({booking("b", 1), booking("a", 2), booking("c", 3), booking("a", 4)});
    ASSERT_EQ(folded.bookings.size(), 3u);
    EXPECT_EQ(folded.bookings[0].uid, "a");
    EXPECT_EQ(folded.bookings[1].uid, "b");
    EXPECT_EQ(folded.bookings[2].uid, "c");
}

TEST_F(Bookings, AreNotAliveAgainAfterTheyEnded) {
    Sighting row = see(booking("a", 5, BookingStatus::Cancelled)).own;
    EXPECT_EQ(merge(row, see(booking("a", 9)).own), Merge::Filled);
    EXPECT_EQ(row.status, Status::Cancelled);
}

TEST_F(Bookings, OfTheSameInstantFollowTheOrderOfArrival) {
    BookingEvent earlier = booking("a", 5);
    earlier.starts_at = at_minute(10'300);
    earlier.ends_at = at_minute(10'330);
    earlier.host = story_host(102);
    for (const bool swapped : {false, true}) {
        BookingEvent first = swapped ? earlier : booking("a", 5);
        BookingEvent second = swapped ? booking("a", 5) : earlier;
        Sighting row = see(first).own;
        EXPECT_EQ(merge(row, see(second).own), Merge::Advanced);
        EXPECT_EQ(row.starts_at, second.starts_at);
        EXPECT_EQ(row.host, second.host.id);
        const Fold folded = fold_of({first, second});
        EXPECT_EQ(folded.bookings.front().starts_at, second.starts_at);
    }
    Sighting row = see(booking("a", 5)).own;
    EXPECT_EQ(merge(row, see(booking("a", 5)).own), Merge::Nothing) << "the same again";
    EXPECT_EQ(merge(row, see(booking("a", 5, BookingStatus::Pending)).own), Merge::Advanced);
    EXPECT_EQ(row.status, Status::Pending);
    BookingEvent sparse = booking("a", 5, BookingStatus::Pending);
    sparse.host = {};
    sparse.customer.reset();
    EXPECT_EQ(merge(row, see(sparse).own), Merge::Nothing) << "leaves out, and so says nothing";
}

Sighting claiming(Sighting sighting, Instant claim, Instant latest) {
    sighting.as_of = claim;
    bound_claim(sighting, latest);
    return sighting;
}

TEST_F(Bookings, AClaimToBeOfTheFutureGivesWayToWhateverComesAfterIt) {
    const Instant year_2199 = Instant{std::chrono::sys_days{std::chrono::year{2199} / 1 / 1}};
    for (const Instant claim : {year_2199, at_minute(20) + std::chrono::seconds{2}}) {
        BookingEvent lie = booking("a", 0);
        lie.host = story_host(102);
        Sighting row = see(booking("a", 10)).own;
        EXPECT_EQ(merge(row, claiming(see(lie).own, claim, at_minute(20))), Merge::Advanced);
        EXPECT_EQ(row.host, "102") << "it came last, and is believed until something comes";
        EXPECT_EQ(row.as_of, at_minute(10));
        EXPECT_EQ(merge(row, see(booking("a", 9)).own), Merge::Nothing) << "older than both";
        EXPECT_EQ(merge(row, see(booking("a", 19)).own), Merge::Advanced)
            << "true a minute before the other arrived, and yet it came after it";
        EXPECT_EQ(row.host, "101");
        EXPECT_EQ(row.bounded_at, std::nullopt);
    }
}

TEST_F(Bookings, AClaimToBeOfTheFutureThatComesFirstFreezesNothing) {
    Sighting row = claiming(see(booking("a", 0)).own, at_minute(99'999), at_minute(20));
    EXPECT_EQ(row.as_of, kUnranked);
    BookingEvent truth = booking("a", 1);
    truth.host = story_host(102);
    EXPECT_EQ(merge(row, see(truth).own), Merge::Advanced);
    EXPECT_EQ(row.host, "102");
    EXPECT_EQ(row.as_of, at_minute(1));
}

TEST_F(Bookings, ClocksThatDifferByLessThanASecondAreBelieved) {
    const Sighting seen =
        claiming(see(booking("a", 0)).own, at_minute(20) + std::chrono::seconds{1}, at_minute(20));
    EXPECT_EQ(seen.as_of, at_minute(20));
    EXPECT_EQ(seen.bounded_at, std::nullopt);
}

TEST(LatestTellable, IsKafkasTimestampUnlessThatIsAbsurd) {
    const Instant now = at_minute(50'000);
    const Instant happened = at_minute(49'000);
    EXPECT_EQ(latest_tellable({at_minute(49'001), happened}, now), at_minute(49'001));
    EXPECT_EQ(latest_tellable({at_minute(48'000), happened}, now), at_minute(48'000));
    EXPECT_EQ(latest_tellable({at_minute(60'000), happened}, now), now) << "of the future";
    EXPECT_EQ(latest_tellable({Instant::max(), happened}, now), now);
    EXPECT_EQ(latest_tellable({Instant{}, happened}, now), now) << "1970";
    EXPECT_EQ(latest_tellable({Instant::min(), happened}, now), now);
    EXPECT_EQ(latest_tellable({std::nullopt, happened}, now), now);
    EXPECT_EQ(latest_tellable({}, now), now);
}

TEST_F(Bookings, ThatMovedAreRescheduledAlthoughCalcomShowsThemAsCancelled) {
    BookingEvent old_one = booking("a", 7, BookingStatus::Cancelled);
    old_one.rescheduled_to_uid = "b";
    EXPECT_EQ(see(old_one).own.status, Status::Rescheduled);

    Sighting row = see(booking("a", 7, BookingStatus::Cancelled)).own;
    BookingEvent new_one = booking("b", 6);
    new_one.rescheduled_from_uid = "a";
    EXPECT_EQ(merge(row, *see(new_one).replaced), Merge::Advanced);
    EXPECT_EQ(row.status, Status::Rescheduled);
    EXPECT_EQ(row.replaced_by, "b");
}

TEST_F(Bookings, AReschedulingLeavesARowForABookingNeverSeen) {
    BookingEvent event = booking("b", 6);
    event.change = BookingChange::Rescheduled;
    event.rescheduled_from_uid = "a";
    event.rescheduled_from_start = at_minute(99);
    event.rescheduled_from_end = at_minute(129);
    const Fold folded = fold_of({event});
    ASSERT_EQ(folded.bookings.size(), 2u);
    EXPECT_EQ(
        describe(folded.bookings[0]),
        "a rescheduled as of 1970-01-01T00:00:00.000000Z starts " + format_instant(at_minute(99)) +
            " ends " + format_instant(at_minute(129)) + " host  customer  from  to b type 0"
    );
    EXPECT_FALSE(folded.bookings[0].wants_staff);
}

TEST_F(Bookings, ACancellationIsBelievedBeforeTheSnapshotSaysSo) {
    BookingEvent event = booking("a", 6);
    event.change = BookingChange::Cancelled;
    EXPECT_EQ(see(event).own.status, Status::Cancelled);
}

TEST_F(Bookings, LateEventsFillTheRowOfAMovedBookingAndCountAsSuperseded) {
    BookingEvent moved = booking("b", 6);
    moved.rescheduled_from_uid = "a";
    const Fold folded = fold_of({moved, booking("a", 2)});
    EXPECT_EQ(folded.bookings[0].host, "101");
    const std::vector<Written> written{Status::Rescheduled, Status::Accepted};
    EXPECT_TRUE(had_effect(folded, folded.traces[0], written));
    EXPECT_FALSE(had_effect(folded, folded.traces[1], written));
}

TEST_F(Bookings, AnEventHasNoEffectWhenItsRowHadEndedOrWasNotTouched) {
    const Fold folded = fold_of({booking("a", 2)});
    EXPECT_TRUE(had_effect(folded, folded.traces[0], std::vector<Written>{Status::Accepted}));
    EXPECT_FALSE(had_effect(folded, folded.traces[0], std::vector<Written>{Status::Cancelled}));
    EXPECT_FALSE(had_effect(folded, folded.traces[0], std::vector<Written>{std::nullopt}));
}

TEST_F(Bookings, AReschedulingWithACancelledSuccessorStillMarksThePredecessor) {
    BookingEvent moved = booking("b", 6);
    moved.rescheduled_from_uid = "a";
    const Fold folded = fold_of({moved});
    const std::vector<Written> written{Status::Rescheduled, std::nullopt};
    EXPECT_TRUE(had_effect(folded, folded.traces[0], written));
}

TEST(HostKey, IsTheIdElseTheAddressElseTheUserName) {
    TextArena arena;
    EXPECT_EQ(host_key({"101", "Anna", "anna@x.de", "anna"}, arena), "101");
    EXPECT_EQ(host_key({"", "Anna", " Anna@X.de ", "anna"}, arena), "email:anna@x.de");
    EXPECT_EQ(host_key({"", "Anna", "", "Anna"}, arena), "username:anna");
    EXPECT_EQ(host_key({"", "Anna", "", ""}, arena), "");
}

TEST(CustomerKey, IsTheFoldedAddressElseThePhoneNumber) {
    TextArena arena;
    EXPECT_EQ(
        customer_key({"Greta", " Greta@Example.ORG", "+49 30 1", ""}, arena), "greta@example.org"
    );
    EXPECT_EQ(customer_key({"Greta", "", "+49 (30) 12-34", ""}, arena), "tel:49301234");
    EXPECT_EQ(customer_key({"Greta", "", "", ""}, arena), "");
    EXPECT_EQ(customer_key({"Greta", std::string(400, 'x'), "5", ""}, arena), "tel:5");
}

TEST(Customers, AreNotWrittenWhenNothingChanged) {
    const CustomerRow row{7, "Greta", "", "Europe/Berlin", at_minute(10)};
    CustomerSighting seen{
        kCompany, "greta@x", "Greta", "greta@x", "", "Europe/Berlin", at_minute(20)};
    EXPECT_FALSE(changes(row, seen));
    seen.name = "Greta Gast";
    EXPECT_TRUE(changes(row, seen));
    seen.as_of = at_minute(5);
    EXPECT_FALSE(changes(row, seen)) << "an older event overwrites nothing";
    seen.phone = "030";
    EXPECT_TRUE(changes(row, seen)) << "but fills in what was not known";
}

TEST(Customers, OfTheSameInstantFollowTheOrderOfArrival) {
    const CustomerRow row{7, "Greta", "", "", at_minute(10)};
    EXPECT_TRUE(changes(row, {kCompany, "k", "Greta Gast", "", "", "", at_minute(10)}));
    EXPECT_FALSE(changes(row, {kCompany, "k", "Greta", "", "", "", at_minute(10)}));
    CustomerSighting held{kCompany, "k", "Zoe", "", "", "", at_minute(10)};
    merge(held, {kCompany, "k", "Anna", "", "", "", at_minute(10)});
    EXPECT_EQ(held.name, "Anna");
}

TEST(Customers, AreStampedAnewAfterAnHourSoThatStaleNewsStaysStale) {
    const CustomerRow row{7, "Greta", "", "", at_minute(10)};
    EXPECT_FALSE(changes(row, {kCompany, "k", "Greta", "", "", "", at_minute(70)}));
    EXPECT_TRUE(changes(row, {kCompany, "k", "Greta", "", "", "", at_minute(71)}));
}

} // namespace
} // namespace calfleet::host_mapper
