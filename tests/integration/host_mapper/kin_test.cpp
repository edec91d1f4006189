// Bookings that belong together although each is told alone: of one series, of one host whatever an
// event names it by, of one customer's telephone number.

#include "tests/integration/host_mapper/mapper_test.h"

namespace calfleet::host_mapper {
namespace {

using events::BookingChange;
using events::BookingCustomer;
using events::BookingEvent;
using events::BookingHost;
using events::BookingStatus;

BookingHost without_id(BookingHost host) {
    host.id = {};
    return host;
}

class KinOfBookings : public MapperTest {
protected:
    std::string statuses(std::int64_t company) const {
        return ask(
            "select coalesce(string_agg(calcom_booking_uid || '=' || status, ' ' order by "
            "calcom_booking_uid), '') from platform.appointments where company_id = " +
            std::to_string(company)
        );
    }
    std::string staff_of(const std::string& uid) const {
        return ask(
            "select concat_ws(' ', calcom_host_id, staff_id, assignment, status) from "
            "platform.appointments where company_id = 1 and calcom_booking_uid = '" +
            uid + "'"
        );
    }
    std::string mappings() const {
        return ask("select coalesce(string_agg(concat_ws(' ', calcom_host_id, state, staff_id, "
                   "source), E'\\n' order by id), '') from platform.calcom_host_mappings");
    }
};

BookingEvent occurrence(const std::string& uid, int as_of, int week, std::string series = {}) {
    BookingEvent event = booking(uid, as_of);
    event.event_type_id = 7001;
    event.starts_at = at_minute(10'000) + std::chrono::days{7 * week};
    event.ends_at = *event.starts_at + std::chrono::minutes{30};
    event.is_recurring = true;
    event.series = kept(std::move(series));
    if (event.series.empty()) event.recurs_every = std::chrono::days{7};
    return event;
}
BookingEvent cancelled(BookingEvent event, int as_of, bool series) {
    event.change = BookingChange::Cancelled;
    event.status = BookingStatus::Cancelled;
    event.as_of = at_minute(as_of);
    event.recurs_every.reset();
    if (series) event.recurs_every = std::chrono::days{7};
    return event;
}

TEST_F(KinOfBookings, EndWithTheirSeries) {
    Lane lane(database());
    for (const bool named : {false, true}) {
        const std::int64_t company = named ? 2 : 1;
        std::vector<BookingEvent> all;
        for (int week = 0; week < 4; ++week)
            all.push_back(occurrence("o" + std::to_string(week), 1, week, named ? "r1" : ""));
        // Another of the same customer's, on another day.
        BookingEvent other = occurrence("x", 1, 0, named ? "r2" : "");
        other.starts_at = *other.starts_at + std::chrono::days{9};
        other.ends_at = *other.starts_at + std::chrono::minutes{30};
        EXPECT_EQ(lane.apply(company, {all[0], all[1], all[2], other}), "AAAA");
        EXPECT_EQ(lane.apply(company, {cancelled(all[0], 2, false)}), "A");
        EXPECT_EQ(statuses(company), "o0=cancelled o1=accepted o2=accepted x=accepted");
        EXPECT_EQ(lane.apply(company, {cancelled(all[1], 3, true)}), "A");
        EXPECT_EQ(statuses(company), "o0=cancelled o1=cancelled o2=cancelled x=accepted");
        // What becomes known later was ended as well, unless it was made afterwards.
        lane.apply(company, {all[3]});
        EXPECT_EQ(
            statuses(company), "o0=cancelled o1=cancelled o2=cancelled o3=cancelled x=accepted"
        );
        lane.apply(company, {occurrence("y", 4, 5, named ? "r3" : "")});
        EXPECT_EQ(
            ask("select status from platform.appointments where calcom_booking_uid = 'y' and "
                "company_id = " +
                std::to_string(company)),
            "accepted"
        );
    }
}

TEST_F(KinOfBookings, EndWithTheirSeriesInOneBatchAndByItsLastOccurrence) {
    Lane lane(database());
    const BookingEvent first = occurrence("o0", 1, 0), second = occurrence("o1", 1, 1),
                       last = occurrence("o2", 1, 2);
    EXPECT_EQ(lane.apply(1, {first, second, last, cancelled(last, 2, true)}), "AAAA");
    EXPECT_EQ(statuses(1), "o0=cancelled o1=cancelled o2=cancelled");
}

TEST_F(KinOfBookings, KnowAHostThatIsNamedWithoutItsId) {
    Lane lane(database());
    EXPECT_EQ(lane.apply(1, {booking("a", 1)}), "A");
    run("update platform.calcom_host_mappings set source = 'admin', decided_by = 'petra'");
    for (const bool by_username : {false, true}) {
        BookingEvent event = booking("a", by_username ? 3 : 2, BookingStatus::Pending);
        event.host = without_id(event.host);
        event.host.name = kept("Somebody");
        if (by_username)
            event.host.email = {};
        else
            event.host.email = kept("ANNA@example.com");
        EXPECT_EQ(lane.apply(1, {event}), "A");
        EXPECT_EQ(staff_of("a"), "101 11 email pending");
    }
    BookingEvent end = booking("a", 4, BookingStatus::Cancelled);
    end.host = without_id(end.host);
    EXPECT_EQ(lane.apply(1, {end}), "A");
    EXPECT_EQ(staff_of("a"), "101 11 email cancelled");
    EXPECT_EQ(mappings(), "101 active 11 admin");
}

TEST_F(KinOfBookings, KeepTheirOwnHostWhenNothingSaysOtherwise) {
    Lane lane(database());
    BookingEvent first = booking("a", 1);
    first.host.email = first.host.username = {};
    BookingEvent second = booking("a", 2);
    second.host = {{}, "Anna Albrecht", "anna.private@mail.example", {}};
    EXPECT_EQ(lane.apply(1, {first}), "A");
    lane.apply(1, {second});
    EXPECT_EQ(ask("select calcom_host_id from platform.appointments"), "101");
    // Both in one batch.
    EXPECT_EQ(lane.apply(2, {first, second})[0], 'A');
    EXPECT_EQ(ask("select calcom_host_id from platform.appointments where company_id = 2"), "101");
    // Known to be somebody else's address.
    BookingEvent bruno = booking("c", 1);
    bruno.host = story_host(102);
    EXPECT_EQ(lane.apply(1, {bruno}), "A");
    BookingEvent third = booking("a", 3);
    third.host = without_id(story_host(102));
    EXPECT_EQ(lane.apply(1, {third}), "A");
    EXPECT_EQ(staff_of("a"), "102 12 mapping accepted");
}

TEST_F(KinOfBookings, HandAMappingOverOnceTheIdOfItsHostIsKnown) {
    Lane lane(database());
    BookingEvent nameless = booking("a", 1);
    nameless.host = {{}, "Room 4", "room4@example.net", {}};
    EXPECT_EQ(lane.apply(1, {nameless}), "A");
    EXPECT_EQ(staff_of("a"), "email:room4@example.net unmatched accepted");
    // A person decides, then the id becomes known: the decision stands, and there is one mapping.
    run("update platform.calcom_host_mappings set state = 'active', staff_id = 12, source = "
        "'manual'");
    BookingEvent known = booking("b", 2);
    known.host = {"404", "Room 4", "Room4@example.net", {}};
    EXPECT_EQ(lane.apply(1, {known}), "A");
    EXPECT_EQ(mappings(), "email:room4@example.net inactive 12 manual\n404 active 12 manual");
    EXPECT_EQ(staff_of("b"), "404 12 mapping accepted");
    EXPECT_EQ(staff_of("a"), "404 12 mapping accepted") << "whoever waits is assigned";
}

TEST_F(KinOfBookings, KnowAHostByTheAccountOfItsStaffMember) {
    Lane lane(database());
    run("update platform.staff set calcom_user_id = 555 where id = 12");
    BookingEvent event = booking("a", 1);
    event.host = {"555", "Quite Another Name", "other@mail.example", "other"};
    // Without a live booking nobody is asked for, but the account tells.
    BookingEvent end = booking("b", 2, BookingStatus::Cancelled);
    end.host = event.host;
    EXPECT_EQ(lane.apply(1, {booking("b", 1)}), "A");
    EXPECT_EQ(lane.apply(1, {end}), "A");
    EXPECT_EQ(staff_of("b"), "555 12 mapping cancelled");
    EXPECT_EQ(lane.apply(1, {event}), "A");
    EXPECT_EQ(staff_of("a"), "555 12 mapping accepted");
    EXPECT_EQ(mappings(), "101 active 11 email\n555 active 12 account");
    // A person has put it away: then only a person links it again.
    run("update platform.staff set calcom_user_id = 556 where id = 11; "
        "insert into platform.calcom_host_mapping_audits (company_id, mapping_id, calcom_host_id, "
        "action, source, score, reasons, actor, at) select 1, min(id), '556', 'deactivated', "
        "'manual', "
        "0, '[]', 'petra', now() from platform.calcom_host_mappings");
    event = booking("c", 3);
    event.host = {"556", "Quite Another Name", "third@mail.example", "third"};
    EXPECT_EQ(lane.apply(1, {event}), "A");
    EXPECT_EQ(staff_of("c"), "556 review accepted");
}

TEST_F(KinOfBookings, AreDecidedAnewWhenTheAccountBecomesKnown) {
    Lane lane(database());
    BookingEvent event = booking("a", 1);
    event.host = {"555", "Quite Another Name", "other@mail.example", "other"};
    EXPECT_EQ(lane.apply(1, {event}), "A");
    EXPECT_EQ(staff_of("a"), "555 unmatched accepted");
    run("update platform.staff set calcom_user_id = 555 where id = 12");
    event.uid = kept("b");
    EXPECT_EQ(lane.apply(1, {event}), "A");
    EXPECT_EQ(staff_of("a"), "555 12 mapping accepted");
}

TEST_F(KinOfBookings, OfOneTelephoneNumberAreOfOneCustomer) {
    Lane lane(database());
    std::vector<TestEvent> events;
    int number = 0;
    run("update platform.companies set time_zone = 'Europe/Madrid' where id = 2");
    for (const char* phone :
         {"+49 151 23456789", "0049 (0)151/23456789", "0151 23456789", "49151 23456789"})
        for (const std::int64_t company : {1, 2}) {
            BookingEvent event = booking("p" + std::to_string(number), 1 + number);
            event.customer = BookingCustomer{"Kay", {}, kept(phone), {}};
            events.push_back({company, event});
            ++number;
        }
    EXPECT_EQ(lane.apply(events), "AAAAAAAA");
    EXPECT_EQ(
        ask("select string_agg(company_id || ' ' || customer_key, ', ' order by company_id, "
            "customer_key) from platform.customers"),
        "1 tel:4915123456789, 2 tel:34015123456789, 2 tel:344915123456789, 2 tel:4915123456789"
    );
    EXPECT_EQ(
        ask("select count(distinct customer_id) || ' ' || count(customer_id) from "
            "platform.appointments where company_id = 1"),
        "1 4"
    );
}

} // namespace
} // namespace calfleet::host_mapper
