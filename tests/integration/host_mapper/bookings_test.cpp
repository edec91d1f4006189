// Bookings become appointments, in whatever order they arrive.

#include <algorithm>
#include <random>
#include <thread>

#include "tests/integration/host_mapper/mapper_test.h"

namespace calfleet::host_mapper {
namespace {

using events::BookingChange;
using events::BookingEvent;
using events::BookingStatus;

class BookingsInPostgres : public MapperTest {};

TEST_F(BookingsInPostgres, BecomeAnAppointmentWithStaffServiceAndCustomer) {
    Lane lane(database());
    BookingEvent event = booking("a", 5);
    event.event_type_id = 7001;
    event.branch = BranchId{1};
    EXPECT_EQ(lane.apply(1, {event}), "A");
    EXPECT_EQ(
        ask("select concat_ws(' ', status, staff_id, assignment, service_id, branch_id, "
            "calcom_host_id) "
            "from platform.appointments where company_id = 1"),
        "accepted 11 email 1 1 101"
    );
    EXPECT_EQ(
        ask("select concat_ws('|', customer_key, name, email, time_zone) from platform.customers"),
        "greta@example.org|Greta Gast|greta@example.org|Europe/Berlin"
    );
}

TEST_F(BookingsInPostgres, OfAnErasedCustomerBecomeAppointmentsWithoutThem) {
    run("insert into calfleet.erasures (company_id, digest, erased_at, actor, counts) values "
        "(1, calfleet.erasure_digest(1, 'greta@example.org'), '2100-01-01', 't', '{}'), "
        "(2, calfleet.erasure_digest(2, 'greta@example.org'), '1971-01-01', 't', '{}'), "
        "(3, calfleet.erasure_digest(3, 'someone@example.org'), '2100-01-01', 't', '{}'), "
        "(4, null, '2100-01-01', 't', '{}')");
    Lane lane(database());
    const BookingEvent event = booking("a", 5);
    EXPECT_EQ(lane.apply({{1, event}, {2, event}, {3, event}, {4, event}, {5, event}}), "AAAAA");
    EXPECT_EQ(lane.apply(1, {booking("b", 6)}), "A");
    EXPECT_EQ(
        ask("select string_agg(distinct company_id::text, ' ') from platform.customers"), "2 3 4 5"
    );
    EXPECT_EQ(
        ask("select string_agg(concat_ws(':', a.company_id, a.calcom_booking_uid, a.status, "
            "a.staff_id, "
            "coalesce(c.name, 'nobody'), a.customer_id is null), ' ' order by a.company_id, a.id) "
            "from platform.appointments a left join platform.customers c on c.id = a.customer_id"),
        "1:a:accepted:11:nobody:t 1:b:accepted:11:nobody:t 2:a:accepted:21:Greta Gast:f "
        "3:a:accepted:31:Greta Gast:f 4:a:accepted:41:Greta Gast:f 5:a:accepted:51:Greta Gast:f"
    );
}

TEST_F(BookingsInPostgres, EndTheSameInEveryOrderOfArrivalAndWithDuplicates) {
    // Every story is told to many companies, to each in another order, in other batches and with
    // other repetitions; the tables of all of them must agree.
    std::mt19937_64 engine(4711);
    std::vector<std::unique_ptr<Lane>> lanes;
    for (int i = 0; i < 2; ++i)
        lanes.push_back(std::make_unique<Lane>(database()));
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const std::vector<BookingEvent> events = tell_bookings(seed);
        std::string expected;
        for (std::int64_t company = 1; company <= 12; ++company) {
            std::vector<BookingEvent> order = events;
            if (company > 1) {
                for (const BookingEvent& event : events)
                    if (engine() % 4 == 0) order.push_back(event);
                std::shuffle(order.begin(), order.end(), engine);
            }
            for (std::size_t from = 0; from < order.size();) {
                const std::size_t count = 1 + engine() % (order.size() - from);
                std::vector<TestEvent> batch;
                for (std::size_t i = from; i < from + count; ++i)
                    batch.push_back({company, order[i]});
                const std::string verdicts = lanes[engine() % 2]->apply(batch);
                ASSERT_NE(verdicts[0], '!') << verdicts;
                from += count;
            }
            if (company == 1)
                expected = appointments(company);
            else
                ASSERT_EQ(appointments(company), expected) << "seed " << seed;
        }
        run("truncate platform.appointments");
    }
}

TEST_F(BookingsInPostgres, AgreeWithThePureMerge) {
    Lane lane(database());
    for (std::uint64_t seed = 100; seed < 140; ++seed) {
        const std::vector<BookingEvent> events = tell_bookings(seed);
        TextArena arena;
        std::vector<EventSightings> sightings;
        for (const BookingEvent& event : events) {
            sightings.push_back(sightings_of(CompanyId{1}, event, arena));
            ASSERT_NE(lane.apply(1, {event})[0], '!');
        }
        std::string expected;
        for (const Sighting& row : fold(sightings).bookings)
            expected += std::string(row.uid) + " " + std::string(text(row.status)) + " " +
                        std::string(row.host) + " " + std::string(row.replaces) + " " +
                        std::string(row.replaced_by) + "\n";
        EXPECT_EQ(
            ask("select coalesce(string_agg(calcom_booking_uid || ' ' || status || ' ' || "
                "coalesce(calcom_host_id, '') "
                "|| ' ' || coalesce(rescheduled_from_uid, '') || ' ' || "
                "coalesce(rescheduled_to_uid, '') || E'\\n', '' "
                "order by calcom_booking_uid collate \"C\"), '') from platform.appointments"),
            expected
        ) << "seed "
          << seed;
        run("truncate platform.appointments");
    }
}

TEST_F(BookingsInPostgres, AreNotTouchedByADuplicate) {
    Lane lane(database());
    EXPECT_EQ(lane.apply(1, {booking("a", 5)}), "A");
    const std::string before = ask("select xmin::text || ctid::text from platform.appointments");
    const std::string customer = ask("select xmin::text || ctid::text from platform.customers");
    EXPECT_EQ(lane.apply(1, {booking("a", 5)}), "S");
    EXPECT_EQ(ask("select xmin::text || ctid::text from platform.appointments"), before);
    EXPECT_EQ(ask("select xmin::text || ctid::text from platform.customers"), customer);
}

TEST_F(BookingsInPostgres, StayCancelledWhenTheCancellationCameFirst) {
    Lane lane(database());
    EXPECT_EQ(lane.apply(1, {booking("a", 9, BookingStatus::Cancelled)}), "A");
    EXPECT_EQ(ask("select assignment from platform.appointments"), "none");
    EXPECT_EQ(ask("select count(*) from platform.calcom_host_mappings"), "0");
    EXPECT_EQ(lane.apply(1, {booking("a", 5)}), "S");
    EXPECT_EQ(ask("select status from platform.appointments"), "cancelled");
}

TEST_F(BookingsInPostgres, ChangeHandsWhenTheHostChanges) {
    Lane lane(database());
    BookingEvent moved = booking("a", 6);
    moved.host = story_host(102);
    EXPECT_EQ(lane.apply(1, {booking("a", 5)}), "A");
    EXPECT_EQ(lane.apply(1, {moved}), "A");
    EXPECT_EQ(ask("select staff_id from platform.appointments"), "12");
}

TEST_F(BookingsInPostgres, AssignedByAPersonKeepTheirStaff) {
    Lane lane(database());
    EXPECT_EQ(lane.apply(1, {booking("a", 5)}), "A");
    run("update platform.appointments set staff_id = 12, assignment = 'manual'");
    BookingEvent moved = booking("a", 7);
    moved.starts_at = at_minute(11'000);
    moved.ends_at = at_minute(11'030);
    EXPECT_EQ(lane.apply(1, {moved}), "A");
    EXPECT_EQ(ask("select staff_id || ' ' || assignment from platform.appointments"), "12 manual");
    EXPECT_EQ(
        ask("select starts_at = to_timestamp(" +
            std::to_string(std::chrono::duration_cast<std::chrono::seconds>(
                               at_minute(11'000).time_since_epoch()
            )
                               .count()) +
            ") from platform.appointments"),
        "t"
    );
}

TEST_F(BookingsInPostgres, AreKeptWithoutABranchThatIsAnotherCompanys) {
    Lane lane(database());
    BookingEvent event = booking("a", 5);
    event.branch = BranchId{2};
    EXPECT_EQ(lane.apply(1, {event}), "A");
    EXPECT_EQ(ask("select branch_id is null from platform.appointments"), "t");
}

TEST_F(BookingsInPostgres, WithoutAddressAndPhoneHaveNoCustomer) {
    Lane lane(database());
    BookingEvent event = booking("a", 5);
    event.customer = events::BookingCustomer{"Greta Gast", {}, {}, {}};
    EXPECT_EQ(lane.apply(1, {event}), "A");
    EXPECT_EQ(ask("select count(*) from platform.customers"), "0");
}

TEST_F(BookingsInPostgres, AnOlderEventDoesNotRenameACustomer) {
    Lane lane(database());
    BookingEvent renamed = booking("b", 9);
    renamed.customer->name = "Greta Neu";
    EXPECT_EQ(lane.apply(1, {renamed}), "A");
    BookingEvent old_name = booking("a", 5);
    old_name.customer->phone = "030 1";
    EXPECT_EQ(lane.apply(1, {old_name}), "A");
    EXPECT_EQ(ask("select name || ' ' || phone from platform.customers"), "Greta Neu 030 1");
}

TEST_F(BookingsInPostgres, OfTwoCompaniesWithTheSameUidAndHostStayApart) {
    Lane lane(database());
    std::vector<TestEvent> both{{1, booking("a", 5)}, {2, booking("a", 5)}};
    both[1].booking.host = story_host(102);
    both[1].booking.host.id = "101";
    EXPECT_EQ(lane.apply(both), "AA");
    EXPECT_EQ(
        ask("select string_agg(company_id || ':' || staff_id, ' ' order by company_id) "
            "from platform.appointments"),
        "1:11 2:22"
    );
    EXPECT_EQ(
        ask("select string_agg(company_id || ':' || staff_id, ' ' order by company_id) "
            "from platform.calcom_host_mappings"),
        "1:11 2:22"
    );
}

TEST_F(BookingsInPostgres, LanesThatMeetTheSameHostsAndCustomersAgree) {
    // Both lanes tell the same story at once, in different orders, over and over.
    constexpr int kBookings = 60;
    const auto work = [&](std::uint64_t seed, std::string& failure) {
        Lane lane(database());
        std::mt19937_64 engine(seed);
        std::vector<TestEvent> events;
        for (int i = 0; i < kBookings; ++i) {
            BookingEvent event = booking("uid-" + std::to_string(i), 5 + i);
            event.host = story_host(i % 2 == 0 ? 101 : 102);
            event.customer->email = kept("guest" + std::to_string(i % 7) + "@example.org");
            events.push_back({1 + i % 5, event});
        }
        for (int round = 0; round < 10; ++round) {
            std::shuffle(events.begin(), events.end(), engine);
            for (std::size_t from = 0; from < events.size(); from += 20) {
                const std::string verdicts =
                    lane.apply({events.begin() + from, events.begin() + from + 20});
                if (verdicts[0] == '!') failure = verdicts;
            }
        }
    };
    // kept() is not for threads: the strings exist before they start.
    std::string unused;
    for (int i = 0; i < kBookings; ++i) {
        booking("uid-" + std::to_string(i), 0);
        kept("guest" + std::to_string(i % 7) + "@example.org");
    }
    std::string first, second;
    std::thread one([&] { work(1, first); });
    std::thread two([&] { work(2, second); });
    one.join();
    two.join();
    EXPECT_EQ(first, "");
    EXPECT_EQ(second, "");
    EXPECT_EQ(ask("select count(*) from platform.appointments"), "60");
    EXPECT_EQ(
        ask("select count(*) from platform.appointments where staff_id % 10 <> case calcom_host_id "
            "when '101' then 1 else 2 end or staff_id is null"),
        "0"
    );
    EXPECT_EQ(ask("select count(*) from platform.calcom_host_mappings"), "10");
    EXPECT_EQ(ask("select count(*) from platform.calcom_host_mapping_audits"), "10");
    EXPECT_EQ(ask("select count(*) from platform.customers"), "35");
}

/// The database's time, which is the test's.
Instant just_now() {
    return system_clock().now();
}

BookingEvent at_host(int host, Instant as_of) {
    BookingEvent event = booking("a", 5);
    event.as_of = as_of;
    event.host = story_host(host);
    event.starts_at = at_minute(host == 101 ? 10'000 : 12'000);
    event.ends_at = *event.starts_at + std::chrono::minutes{30};
    event.customer->name = host == 101 ? "Greta Gast" : "Greta Neu";
    return event;
}

TEST_F(BookingsInPostgres, OfTheSameSecondFollowTheOrderOfThePartition) {
    for (const bool together : {true, false}) {
        for (const int last : {101, 102}) {
            Lane lane(database());
            const BookingEvent first = at_host(last == 101 ? 102 : 101, at_minute(5));
            const BookingEvent second = at_host(last, at_minute(5));
            if (together) {
                ASSERT_EQ(lane.apply(1, {first, second}), "AA");
            } else {
                ASSERT_EQ(lane.apply(1, {first}), "A");
                ASSERT_EQ(lane.apply(1, {second}), "A");
            }
            EXPECT_EQ(
                ask("select calcom_host_id || ' ' || staff_id from platform.appointments"),
                last == 101 ? "101 11" : "102 12"
            );
            EXPECT_EQ(
                ask("select name from platform.customers"), last == 101 ? "Greta Gast" : "Greta Neu"
            );
            run("truncate platform.appointments, platform.customers");
        }
    }
}

TEST_F(BookingsInPostgres, AreNotFrozenByAClaimToBeOfTheFuture) {
    using namespace std::chrono_literals;
    const Instant year_2199{std::chrono::sys_days{std::chrono::year{2199} / 6 / 1}};
    for (const bool together : {true, false}) {
        for (const Instant claim : {year_2199, just_now() + 9h, just_now() + 1min}) {
            // The truth was written before the lie arrived, and comes after it.
            const Instant truth = just_now() - 3s;
            Lane lane(database());
            const TestEvent lie{1, at_host(101, claim), "e-1", {just_now(), claim}};
            const TestEvent then{1, at_host(102, truth), "e-2", {truth, truth}};
            if (together) {
                ASSERT_EQ(lane.apply({lie, then}), "AA");
            } else {
                ASSERT_EQ(lane.apply({lie}), "A");
                EXPECT_EQ(ask("select bounded_at is not null from platform.appointments"), "t");
                ASSERT_EQ(lane.apply({then}), "A");
            }
            EXPECT_EQ(ask("select staff_id from platform.appointments"), "12");
            EXPECT_EQ(ask("select bounded_at is null from platform.appointments"), "t");
            const TestEvent older{1, at_host(101, truth - 1h), "e-3", {truth, truth}};
            EXPECT_EQ(lane.apply({older}), "S");
            EXPECT_EQ(ask("select staff_id from platform.appointments"), "12");
            run("truncate platform.appointments");
        }
    }
}

TEST_F(BookingsInPostgres, BelieveTheLastLieUntilATruthComes) {
    using namespace std::chrono_literals;
    Lane lane(database());
    const Instant truth = just_now() - 1h;
    ASSERT_EQ(lane.apply({{1, at_host(101, truth), "e-1", {truth, truth}}}), "A");
    ASSERT_EQ(lane.apply({{1, at_host(102, just_now() + 9h), "e-2", {just_now(), truth}}}), "A");
    EXPECT_EQ(ask("select staff_id from platform.appointments"), "12");
    ASSERT_EQ(lane.apply({{1, at_host(101, just_now() + 8h), "e-3", {just_now(), truth}}}), "A");
    EXPECT_EQ(ask("select staff_id from platform.appointments"), "11");
    EXPECT_EQ(lane.apply({{1, at_host(102, just_now() + 9h), "e-4", {truth - 1min, truth}}}), "S")
        << "it was written before what is known was true";
    ASSERT_EQ(lane.apply({{1, at_host(102, just_now() - 1s), "e-5", {just_now(), truth}}}), "A");
    EXPECT_EQ(ask("select staff_id from platform.appointments"), "12");
}

TEST_F(BookingsInPostgres, ThatTheFormerReleaseFrozeThaw) {
    using namespace std::chrono_literals;
    Lane lane(database());
    ASSERT_EQ(lane.apply({{1, at_host(101, just_now() - 1h)}}), "A");
    run("update platform.appointments set source_updated_at = '2199-01-01'");
    run("update platform.customers set seen_at = '2199-01-01'");
    ASSERT_EQ(lane.apply({{1, at_host(102, just_now() - 1s)}}), "A");
    EXPECT_EQ(ask("select staff_id from platform.appointments"), "12");
    EXPECT_EQ(ask("select name from platform.customers"), "Greta Neu");
    EXPECT_EQ(
        ask("select max(source_updated_at) <= now() and max(seen_at) <= now() "
            "from platform.appointments, platform.customers"),
        "t"
    );
}

} // namespace
} // namespace calfleet::host_mapper
