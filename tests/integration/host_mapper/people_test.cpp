// Bookings that more than one customer shares, that more than one host holds, that are one of a
// series; and hosts that events name in several ways.

#include <algorithm>
#include <random>

#include "tests/integration/host_mapper/mapper_test.h"

namespace calfleet::host_mapper {
namespace {

using events::BookingChange;
using events::BookingCustomer;
using events::BookingEvent;
using events::BookingHost;
using events::BookingSeats;
using events::BookingStatus;

BookingCustomer person(std::string name) {
    return {kept(name), kept(name + "@example.org"), {}, {}};
}

/// A webhook: those named take a seat, or leave it.
BookingEvent
seats(const std::string& uid, int as_of, BookingSeats::Named are, std::vector<std::string> names) {
    BookingEvent event = booking(uid, as_of);
    event.customer = person(names.front());
    event.seats.emplace().are = are;
    for (const std::string& name : names)
        event.seats->named.push_back({kept("seat-" + name), person(name)});
    if (are == BookingSeats::Named::Left) event.change = BookingChange::Cancelled;
    return event;
}
BookingEvent sit(const std::string& uid, int as_of, std::vector<std::string> names) {
    return seats(uid, as_of, BookingSeats::Named::Sit, std::move(names));
}
BookingEvent leave(const std::string& uid, int as_of, std::vector<std::string> names) {
    return seats(uid, as_of, BookingSeats::Named::Left, std::move(names));
}
/// A REST answer: whoever is not named has no seat.
BookingEvent listed(const std::string& uid, int as_of, std::vector<std::string> names) {
    BookingEvent event = sit(uid, as_of, std::move(names));
    event.seats->names_all = true;
    return event;
}
BookingEvent move_seat(
    const std::string& from, const std::string& to, int as_of, std::vector<std::string> names
) {
    BookingEvent event = sit(to, as_of, std::move(names));
    event.change = BookingChange::Rescheduled;
    event.rescheduled_from_uid = kept(from);
    return event;
}

class BookingsOfSeveral : public MapperTest {
protected:
    /// "a accepted ada: ada=booked bo=cancelled"
    std::string shared(std::int64_t company) const {
        return ask(
            R"(
            select coalesce(string_agg(concat(a.calcom_booking_uid, ' ', a.status, ' ', c.name, ': ', x.seats), E'\n'
                                       order by a.calcom_booking_uid), '')
            from platform.appointments a
            left join platform.customers c on c.id = a.customer_id
            left join lateral (
                select string_agg(coalesce(p.name, x.person) || '=' || x.state, ' ' order by coalesce(p.name, x.person)) as seats
                from platform.appointment_attendees x left join platform.customers p on p.id = x.customer_id
                where x.company_id = a.company_id and x.calcom_booking_uid = a.calcom_booking_uid
            ) x on true
            where a.company_id = )" +
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

TEST_F(BookingsOfSeveral, StandWhileAnybodyHasASeat) {
    Lane lane(database());
    EXPECT_EQ(lane.apply(1, {sit("a", 1, {"ada"}), sit("a", 2, {"bo"})}), "AA");
    EXPECT_EQ(shared(1), "a accepted ada: ada=booked bo=booked");
    EXPECT_EQ(lane.apply(1, {leave("a", 3, {"bo"})}), "A");
    EXPECT_EQ(shared(1), "a accepted ada: ada=booked bo=cancelled");
    EXPECT_EQ(lane.apply(1, {leave("a", 3, {"bo"})}), "S");
    EXPECT_EQ(lane.apply(1, {leave("a", 4, {"ada"})}), "A");
    EXPECT_EQ(shared(1), "a cancelled ada: ada=cancelled bo=cancelled");
    EXPECT_EQ(lane.apply(1, {sit("a", 5, {"cy"})}), "A");
    EXPECT_EQ(shared(1), "a accepted cy: ada=cancelled bo=cancelled cy=booked");
    EXPECT_EQ(staff_of("a"), "101 11 email accepted");
}

TEST_F(BookingsOfSeveral, AreRevivedByANewerListOfSeats) {
    Lane lane(database());
    EXPECT_EQ(lane.apply(1, {leave("a", 3, {"bo"})}), "A");
    EXPECT_EQ(shared(1), "a cancelled bo: bo=cancelled");
    EXPECT_EQ(lane.apply(1, {listed("a", 5, {"ada"})}), "A");
    EXPECT_EQ(shared(1), "a accepted ada: ada=booked bo=cancelled");
    // Who is not on the list has no seat, also when that is learned later.
    EXPECT_EQ(lane.apply(1, {sit("a", 4, {"cy"})}), "A");
    EXPECT_EQ(shared(1), "a accepted ada: ada=booked bo=cancelled cy=cancelled");
    EXPECT_EQ(lane.apply(1, {sit("a", 6, {"cy"})}), "A");
    EXPECT_EQ(shared(1), "a accepted cy: ada=booked bo=cancelled cy=booked");
}

TEST_F(BookingsOfSeveral, EndForGoodWhenTheBookingIsCancelled) {
    Lane lane(database());
    BookingEvent end = leave("a", 3, {"ada", "bo"});
    end.status = BookingStatus::Cancelled;
    EXPECT_EQ(lane.apply(1, {sit("a", 1, {"ada", "bo"}), end}), "AA");
    EXPECT_EQ(shared(1), "a cancelled ada: ada=cancelled bo=cancelled");
    lane.apply(1, {sit("a", 2, {"cy"})});
    EXPECT_EQ(shared(1), "a cancelled ada: ada=cancelled bo=cancelled cy=cancelled");
}

TEST_F(BookingsOfSeveral, LoseTheSeatsThatAreMovedAndNoOther) {
    Lane lane(database());
    EXPECT_EQ(lane.apply(1, {sit("a", 1, {"ada"}), sit("a", 2, {"bo"})}), "AA");
    EXPECT_EQ(lane.apply(1, {move_seat("a", "b", 3, {"bo"})}), "A");
    EXPECT_EQ(shared(1), "a accepted ada: ada=booked bo=rescheduled\nb accepted bo: bo=booked");
    EXPECT_EQ(lane.apply(1, {move_seat("a", "b", 4, {"ada"})}), "A");
    EXPECT_EQ(
        shared(1),
        "a rescheduled ada: ada=rescheduled bo=rescheduled\nb accepted bo: ada=booked bo=booked"
    );
    EXPECT_EQ(
        ask("select rescheduled_to_uid from platform.appointments where calcom_booking_uid = 'a'"),
        "b"
    );
}

TEST_F(BookingsOfSeveral, EndTheSameInEveryOrderOfArrivalAndWithDuplicates) {
    std::mt19937_64 engine(99);
    Lane one(database());
    Lane other(database());
    for (int story = 1; story <= 8; ++story) {
        std::vector<BookingEvent> events;
        for (int at = 1; at <= 7; ++at) {
            const std::string uid = engine() % 4 == 0 ? "b" : "a";
            const std::string name(1, static_cast<char>('a' + engine() % 3));
            switch (engine() % 5) {
            case 0:
                events.push_back(leave(uid, at, {name}));
                break;
            case 1:
                events.push_back(move_seat("a", "b", at, {name}));
                break;
            case 2:
                events.push_back(listed(uid, at, {name}));
                break;
            default:
                events.push_back(sit(uid, at, {name}));
            }
        }
        std::string expected;
        for (std::int64_t company = 1; company <= 8; ++company) {
            std::vector<BookingEvent> order = events;
            if (company > 1) {
                for (const BookingEvent& event : events)
                    if (engine() % 3 == 0) order.push_back(event);
                std::shuffle(order.begin(), order.end(), engine);
            }
            for (std::size_t from = 0; from < order.size();) {
                const std::size_t count = 1 + engine() % (order.size() - from);
                std::vector<TestEvent> batch;
                for (std::size_t i = from; i < from + count; ++i)
                    batch.push_back({company, order[i]});
                const std::string verdicts = (engine() % 2 ? one : other).apply(batch);
                ASSERT_NE(verdicts[0], '!') << verdicts;
                from += count;
            }
            if (company == 1)
                expected = shared(company);
            else
                ASSERT_EQ(shared(company), expected) << "story " << story << ", order " << company;
        }
        run("truncate platform.appointments, platform.appointment_attendees");
    }
}

TEST_F(BookingsOfSeveral, KnowASeatByItsUidAlone) {
    Lane lane(database());
    BookingEvent event = leave("a", 3, {"bo"});
    event.seats->named[0].person = {};
    event.customer.reset();
    EXPECT_EQ(lane.apply(1, {sit("a", 1, {"ada", "bo"}), event}), "AA");
    EXPECT_EQ(shared(1), "a accepted ada: ada=booked bo=cancelled");
    BookingEvent unknown = sit("b", 3, {"cy"});
    unknown.seats->named[0].person = {};
    EXPECT_EQ(lane.apply(1, {unknown}), "A");
    EXPECT_EQ(
        ask("select person from platform.appointment_attendees where calcom_booking_uid = 'b'"),
        "seat:seat-cy"
    );
}

TEST_F(BookingsOfSeveral, KeepASeatOfACustomerWhoIsForgotten) {
    Lane lane(database());
    EXPECT_EQ(lane.apply(1, {sit("a", 1, {"ada", "bo"}), leave("a", 2, {"bo"})}), "AA");
    run("delete from platform.customers where name = 'ada'");
    EXPECT_EQ(
        ask("select string_agg(split_part(person, ':', 1) || '=' || state || coalesce(seat_uid, "
            "''), "
            "' ' order by state) from platform.appointment_attendees"),
        "forgotten=booked customer=cancelledseat-bo"
    );
    EXPECT_EQ(lane.apply(1, {leave("a", 3, {"bo"})}), "A");
    EXPECT_EQ(ask("select status from platform.appointments"), "accepted");
    run("insert into calfleet.erasures (company_id, digest, erased_at, actor, counts) values "
        "(1, calfleet.erasure_digest(1, 'dee@example.org'), '2100-01-01', 't', '{}')");
    EXPECT_EQ(lane.apply(1, {sit("a", 4, {"dee", "eve"})}), "A");
    EXPECT_EQ(ask("select count(*) from platform.customers where name in ('dee', 'eve')"), "1");
}

TEST_F(BookingsOfSeveral, AreHeldByAllTheirHosts) {
    Lane lane(database());
    BookingEvent event = booking("a", 1);
    event.other_hosts = {
        story_host(102), {"909", "Nobody Knows", "nobody@elsewhere.example", "nobody"}};
    EXPECT_EQ(lane.apply(1, {event}), "A");
    const std::string hosts =
        "select string_agg(concat_ws(' ', calcom_host_id, staff_id, assignment), ', ' order by "
        "calcom_host_id) from platform.appointment_hosts";
    EXPECT_EQ(ask(hosts), "101 11 email, 102 12 email, 909 unmatched");
    EXPECT_EQ(staff_of("a"), "101 11 email accepted");
    EXPECT_EQ(mappings(), "101 active 11 email\n102 active 12 email\n909 unmatched none");
    EXPECT_EQ(ask("select count(*) from platform.calcom_host_mapping_audits"), "3");
    // An older list says nothing, a newer one holds.
    event.as_of = at_minute(3);
    event.other_hosts = {story_host(102)};
    EXPECT_NE(lane.apply(1, {event})[0], '!');
    EXPECT_EQ(ask(hosts), "101 11 email, 102 12 email");
    event.as_of = at_minute(2);
    event.other_hosts = {{"909", "Nobody Knows", "nobody@elsewhere.example", "nobody"}};
    EXPECT_NE(lane.apply(1, {event})[0], '!');
    EXPECT_EQ(ask(hosts), "101 11 email, 102 12 email");
    // Those of one host need no rows.
    EXPECT_EQ(lane.apply(1, {booking("b", 1)}), "A");
    EXPECT_EQ(
        ask("select count(*) from platform.appointment_hosts where calcom_booking_uid = 'b'"), "0"
    );
}

TEST_F(BookingsOfSeveral, GiveAHostItsStaffMemberOnceThatIsKnown) {
    Lane lane(database());
    BookingEvent event = booking("a", 1);
    event.other_hosts = {{"909", "Nora Neu", "nora@example.com", "nora"}};
    EXPECT_EQ(lane.apply(1, {event}), "A");
    run("insert into platform.staff (id, company_id, reference, name, email) values "
        "(900, 1, 'nora', 'Nora Neu', 'nora@example.com')");
    BookingEvent another = booking("b", 2);
    another.host = {"909", "Nora Neu", "nora@example.com", "nora"};
    EXPECT_EQ(lane.apply(1, {another}), "A");
    EXPECT_EQ(
        ask("select staff_id from platform.appointment_hosts where calcom_host_id = '909'"), "900"
    );
}

TEST_F(BookingsOfSeveral, OfAMembersCopyHaveTheServiceOfTheParent) {
    run("insert into platform.calcom_event_map (company_id, parent_event_type_id, calcom_user_id, "
        "child_event_type_id, child_resolved_at) values (1, 7001, 101, 8001, now()), "
        "(2, 7001, 101, 8002, now())");
    Lane lane(database());
    BookingEvent event = booking("a", 1);
    event.event_type_id = 8001;
    EXPECT_EQ(lane.apply({{1, event}, {2, event}}), "AA");
    EXPECT_EQ(
        ask("select string_agg(coalesce(service_id::text, 'none'), ' ' order by company_id) from "
            "platform.appointments"),
        "1 none"
    );
}

/// As the worker reads it from a topic.
BookingEvent
read(std::string_view type, int minute, std::string_view members, std::string_view uid = "yoga") {
    static TextArena arena;
    static events::BookingDecoder decoder;
    const std::string document =
        R"({"booking":{"uid":")" + std::string(uid) +
        R"(","startTime":"2027-03-04T15:00:00Z","endTime":"2027-03-04T16:00:00Z",)"
        R"("organizer":{"id":101,"name":"Anna Albrecht","email":"anna@example.com"},)" +
        std::string(members) + "}}";
    events::Envelope envelope;
    envelope.type = type;
    envelope.time = at_minute(minute);
    envelope.company = CompanyId{1};
    envelope.data = document;
    auto event = decoder.decode(envelope, arena);
    EXPECT_TRUE(event) << event.error().message;
    return event ? *event : BookingEvent{};
}

TEST_F(BookingsOfSeveral, AreReadFromWhatCalcomSends) {
    Lane lane(database());
    const auto apply = [&](std::string_view type, int minute, std::string_view members) {
        return lane.apply(1, {read(type, minute, members)});
    };
    EXPECT_EQ(
        apply(
            "booking-created",
            1,
            R"("seatsPerTimeSlot":5,"status":"ACCEPTED","attendees":[{"name":"ada","email":"ada@x.example"},
               {"name":"bo","email":"bo@x.example"}],"responses":{"email":{"value":"ada@x.example"}})"
        ),
        "A"
    );
    EXPECT_EQ(shared(1), "yoga accepted ada: ada=booked bo=booked");
    // One person gives up a seat: everything says "cancelled".
    EXPECT_EQ(
        apply(
            "booking-cancelled",
            2,
            R"("seatsPerTimeSlot":5,"status":"CANCELLED","attendees":[{"name":"bo","email":"bo@x.example","id":7}],
               "responses":{"email":{"value":"bo@x.example"}},"requestReschedule":false)"
        ),
        "A"
    );
    EXPECT_EQ(shared(1), "yoga accepted ada: ada=booked bo=cancelled");
    // A REST answer lists who is left.
    EXPECT_EQ(
        apply(
            "booking-created",
            3,
            R"("status":"accepted","attendees":[{"name":"ada","email":"ada@x.example","seatUid":"s1"},
               {"name":"cy","email":"cy@x.example","seatUid":"s3"}])"
        ),
        "A"
    );
    EXPECT_EQ(shared(1), "yoga accepted ada: ada=booked bo=cancelled cy=booked");
    // Another moves to a later group.
    EXPECT_EQ(
        lane.apply(
            1,
            {read(
                "booking-rescheduled",
                4,
                R"("seatsPerTimeSlot":5,"attendeeSeatId":"s1","rescheduleUid":"yoga","status":"ACCEPTED",
                   "attendees":[{"name":"ada","email":"ada@x.example"}])",
                "late"
            )}
        ),
        "A"
    );
    EXPECT_EQ(
        shared(1),
        "late accepted ada: ada=booked\nyoga accepted cy: ada=rescheduled bo=cancelled cy=booked"
    );
    // The host cancels it for all.
    EXPECT_EQ(
        apply(
            "booking-cancelled",
            5,
            R"("seatsPerTimeSlot":5,"status":"CANCELLED","attendees":[{"name":"cy","email":"cy@x.example"}])"
        ),
        "A"
    );
    EXPECT_EQ(
        shared(1),
        "late accepted ada: ada=booked\nyoga cancelled ada: ada=rescheduled bo=cancelled "
        "cy=cancelled"
    );
}

} // namespace
} // namespace calfleet::host_mapper
