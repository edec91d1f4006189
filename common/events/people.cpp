#include "common/events/people.h"

#include "common/core/text.h"
#include "common/events/answers.h"
#include "common/events/text_rules.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace calfleet::events {
namespace {

using Field = FieldReader::Field;

constexpr TextRule kName{.max_bytes = kMostNameBytes};
constexpr TextRule kEmail{.max_bytes = kMostEmailBytes};
constexpr TextRule kUsername{.max_bytes = 255};
constexpr TextRule kPhone{.max_bytes = kMostPhoneBytes};
constexpr TextRule kTimeZone{.max_bytes = 64, .quote = Quote::Value};
constexpr TextRule kHostId{.max_bytes = 64, .quote = Quote::Value};
constexpr TextRule kSeatUid{.max_bytes = 255, .quote = Quote::Value, .controls = Controls::Refused};

enum HostField { kId, kHostName, kHostEmail, kHostUsername, kHostZone };
constexpr json::FieldTable kHostFields{
    std::array<std::string_view, 5>{"id", "name", "email", "username", "timeZone"}};
constexpr json::FieldTable kTeamFields{std::array<std::string_view, 1>{"members"}};

enum AttendeeField {
    kAttendeeName,
    kAttendeeEmail,
    kAttendeePhone,
    kAttendeeZone,
    kAttendeeSeat,
    kAttendeeAnswers
};
constexpr json::FieldTable kAttendeeFields{std::array<std::string_view, 6>{
    "name", "email", "phoneNumber", "timeZone", "seatUid", "bookingFieldsResponses"}};

bool read_host_id(
    FieldReader& reader, const Path& path, const Field& value, TextArena& arena, BookingHost& host
) {
    if (reader.is_absent(value)) return true;
    std::optional<std::int64_t> number;
    if (value->as_text()) {
        std::string_view id;
        if (!reader.text(path, value, kHostId, id)) return false;
        if (id.empty() || is_stand_in(id)) return true;
        number = parse_int64(id);
        if (!number || *number < 1)
            return reader.fail_value(
                path, id, "is not a Cal.com user id; expected a positive number"
            );
    } else if (!reader.number(path, value, 1, number)) {
        return false;
    }
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), *number).ptr;
    host.id = arena.keep({digits.data(), static_cast<std::size_t>(end - digits.data())});
    return true;
}

/// It is only shown: whatever is no name of a zone is passed over.
std::string_view zone_of(const Field& value, TextArena& arena) {
    const auto zone = value && !value->is_null() ? value->as_text() : std::nullopt;
    const bool is_name =
        zone && zone->size() <= kTimeZone.max_bytes &&
        std::all_of(zone->begin(), zone->end(), [](char c) { return c > ' ' && c <= '~'; });
    return is_name ? arena.keep(*zone) : std::string_view();
}

bool read_host(
    FieldReader& reader, const Path& path, json::Value value, TextArena& arena, BookingHost& host
) {
    Fields<5> fields;
    if (!reader.object(path, value, kHostFields, fields)) return false;
    BookingHost person;
    const bool readable =
        read_host_id(reader, path / "id", fields[kId], arena, person) &&
        reader.text(path / "name", fields[kHostName], kName, person.name) &&
        reader.text(path / "email", fields[kHostEmail], kEmail, person.email) &&
        reader.text(path / "username", fields[kHostUsername], kUsername, person.username);
    if (!readable) return false;
    host = {
        .id = person.id,
        .name = arena.keep(sound_name(person.name)),
        .email = arena.keep(sound_address(person.email)),
        .username = arena.keep(sound_name(person.username)),
        .time_zone = zone_of(fields[kHostZone], arena)};
    return true;
}

bool is_same(const BookingHost& one, const BookingHost& other) {
    if (!one.id.empty() && !other.id.empty()) return one.id == other.id;
    return !one.email.empty() && equals_ignoring_ascii_case(one.email, other.email);
}

/// The first becomes the host where there is none, the others come beside.
bool add_hosts(
    FieldReader& reader, const Path& path, json::Value hosts, TextArena& arena, BookingEvent& event
) {
    std::size_t index = 0;
    for (const json::Value element : hosts.elements()) {
        if (index == kMostHosts)
            return reader.fail(
                path, "more than " + std::to_string(kMostHosts) + " hosts of one booking"
            );
        const Path at = path[index++];
        if (reader.is_absent(element)) continue;
        BookingHost host;
        if (!read_host(reader, at, element, arena, host)) return false;
        if (host.empty() || is_same(host, event.host)) continue;
        if (event.host.empty())
            event.host = host;
        else
            event.other_hosts.push_back(host);
    }
    return true;
}

bool read_listed_hosts(
    FieldReader& reader, const Path& path, const Field& hosts, TextArena& arena, BookingEvent& event
) {
    if (reader.is_absent(hosts) || FieldReader::is_empty_object(*hosts)) return true;
    if (!hosts->is_array()) return reader.fail_kind(path, *hosts, "an array of hosts");
    return add_hosts(reader, path, *hosts, arena, event);
}

/// A form field of the event type that happens to be called "hosts" holds whatever its form asks
/// for, so that anything but a list of hosts is passed over.
bool read_host_of_responses(
    FieldReader& reader,
    const Path& path,
    const Field& responses,
    TextArena& arena,
    BookingEvent& event
) {
    if (!responses) return true;
    Field hosts = responses->find("hosts");
    if (hosts && hosts->is_object()) hosts = hosts->find("value");
    if (!hosts || !hosts->is_array()) return true;
    for (const json::Value element : hosts->elements())
        if (!element.is_object()) return true;
    return add_hosts(reader, path / "hosts", *hosts, arena, event);
}

bool read_team(
    FieldReader& reader, const Path& path, const Field& team, TextArena& arena, BookingEvent& event
) {
    // Of a text or a number nobody expects members.
    if (!team || !team->is_object()) return true;
    Fields<1> fields;
    if (!reader.object(path, *team, kTeamFields, fields)) return false;
    return read_listed_hosts(reader, path / "members", fields[0], arena, event);
}

/// One attendee, and the uid of the seat that the shape gives.
struct Attendee {
    BookingSeat seat;
    bool has_typed_address{false}; ///< it is the address that the booker typed
};

class CustomerReading {
public:
    CustomerReading(
        FieldReader& reader,
        const Path& booking,
        const PeopleFields& fields,
        TextArena& arena,
        BookingEvent& event
    )
        : reader_(reader)
        , booking_(booking)
        , fields_(fields)
        , arena_(arena)
        , event_(event) {}

    bool read() {
        read_answers(fields_.booking_field_responses, arena_, answers_);
        read_answers(fields_.responses, arena_, answers_);
        answers_.phone =
            answers_.phone.empty() ? number_of(fields_.reminder_number, arena_) : answers_.phone;
        if (!read_seat_fields() || !read_attendees()) return false;
        choose_customer();
        if (has_seats_) tell_seats();
        return true;
    }

private:
    bool read_seat_fields() {
        std::optional<std::int64_t> seats;
        if (!reader_.number(booking_ / "seatsPerTimeSlot", fields_.seats_per_slot, 0, seats) ||
            !reader_.text(
                booking_ / "attendeeSeatId", fields_.attendee_seat, kSeatUid, named_seat_
            ) ||
            !reader_.text(booking_ / "seatUid", fields_.seat, kSeatUid, taken_seat_))
            return false;
        named_seat_ = arena_.keep(named_seat_);
        has_seats_ = seats.value_or(0) > 0 || !named_seat_.empty() || !taken_seat_.empty();
        return true;
    }

    bool read_attendees() {
        const Field& list = fields_.attendees;
        if (reader_.is_absent(list) || FieldReader::is_empty_object(*list)) return true;
        const Path path = booking_ / "attendees";
        if (!list->is_array()) return reader_.fail_kind(path, *list, "an array of attendees");
        std::size_t index = 0;
        for (const json::Value element : list->elements()) {
            const Path at = path[index++];
            if (reader_.is_absent(element)) continue;
            Attendee attendee;
            if (!read_attendee(at, element, attendee)) return false;
            has_seats_ = has_seats_ || !attendee.seat.uid.empty();
            // Of an appointment of one customer the others are hosts and guests.
            if (!has_seats_ && !attendees_.empty()) {
                if (attendee.has_typed_address) {
                    attendees_.assign(1, attendee);
                    return true;
                }
                continue;
            }
            if (attendees_.size() == kMostSeats)
                return reader_.fail(
                    path, "more than " + std::to_string(kMostSeats) + " seats of one booking"
                );
            attendees_.push_back(attendee);
            if (!has_seats_ && attendee.has_typed_address) return true;
        }
        return true;
    }

    bool read_attendee(const Path& path, json::Value value, Attendee& out) {
        Fields<6> parts;
        BookingCustomer& person = out.seat.person;
        const bool readable =
            reader_.object(path, value, kAttendeeFields, parts) &&
            reader_.text(path / "email", parts[kAttendeeEmail], kEmail, person.email) &&
            reader_.text(path / "name", parts[kAttendeeName], kName, person.name) &&
            reader_.text(path / "phoneNumber", parts[kAttendeePhone], kPhone, person.phone) &&
            reader_.text(path / "timeZone", parts[kAttendeeZone], kTimeZone, person.time_zone) &&
            reader_.text(path / "seatUid", parts[kAttendeeSeat], kSeatUid, out.seat.uid);
        if (!readable) return false;
        out.has_typed_address =
            !answers_.email.empty() && equals_ignoring_ascii_case(person.email, answers_.email);
        out.seat.uid = arena_.keep(out.seat.uid);
        person.name = arena_.keep(sound_name(person.name));
        person.email = arena_.keep(sound_address(person.email));
        person.phone = arena_.keep(sound_name(person.phone));
        person.time_zone = arena_.keep(sound_name(person.time_zone));
        Answers own;
        read_answers(parts[kAttendeeAnswers], arena_, own);
        fill_in(person, own);
        return true;
    }

    void fill_in(BookingCustomer& person, const Answers& answers) {
        if (const auto number = number_of_address(person.email, arena_); !number.empty()) {
            person.email = {};
            if (person.phone.empty()) person.phone = number;
        }
        if (person.name.empty()) person.name = answers.name;
        if (person.email.empty()) person.email = answers.email;
        if (const auto number = number_of_address(person.email, arena_); !number.empty()) {
            person.email = {};
            if (person.phone.empty()) person.phone = number;
        }
        if (person.phone.empty()) person.phone = answers.phone;
    }

    /// The answers are of one person; whoever has another address is somebody else.
    bool is_booker(const Attendee& attendee) const {
        return attendee.has_typed_address || answers_.email.empty() ||
               attendee.seat.person.email.empty();
    }

    void choose_customer() {
        if (attendees_.empty()) {
            BookingCustomer told;
            fill_in(told, answers_);
            const bool is_known = !told.email.empty() || !told.phone.empty();
            if (is_known) event_.customer = told;
            if (has_seats_ && (is_known || !named_seat_.empty()))
                attendees_.push_back(
                    {.seat = {.uid = named_seat_, .person = is_known ? told : BookingCustomer{}}}
                );
            return;
        }
        std::size_t chosen = 0;
        while (chosen < attendees_.size() && !attendees_[chosen].has_typed_address)
            ++chosen;
        if (chosen == attendees_.size()) chosen = 0;
        Attendee& attendee = attendees_[chosen];
        BookingCustomer& person = attendee.seat.person;
        if (is_booker(attendee)) fill_in(person, answers_);
        if (!person.empty()) event_.customer = person;
        if (attendee.seat.uid.empty()) attendee.seat.uid = named_seat_;
        chosen_ = chosen;
    }

    void tell_seats() {
        using Named = BookingSeats::Named;
        BookingSeats& seats = event_.seats.emplace();
        const bool is_list = named_seat_.empty() && !attendees_.empty() &&
                             std::all_of(attendees_.begin(), attendees_.end(), has_seat_uid);
        const bool cancelled = event_.change == BookingChange::Cancelled;
        // Cal.com's webhook of a cancelled seat names the seat or one person; that of a cancelled
        // booking names everybody. A list of seats shows what is left.
        const bool of_one_seat = !named_seat_.empty() || attendees_.size() == 1;
        if (cancelled && (is_list ? fields_.stands : of_one_seat))
            event_.status = BookingStatus::Accepted;
        seats.names_all = is_list;
        seats.are = cancelled && !(is_list && fields_.stands) ? Named::Left : Named::Sit;
        // Of a webhook that names a seat, the others beside it keep theirs.
        const bool only_chosen = !named_seat_.empty() && event_.change != BookingChange::Created;
        for (std::size_t i = 0; i < attendees_.size(); ++i)
            if (!only_chosen || i == chosen_) seats.named.push_back(attendees_[i].seat);
    }

    static bool has_seat_uid(const Attendee& attendee) { return !attendee.seat.uid.empty(); }

    FieldReader& reader_;
    const Path& booking_;
    const PeopleFields& fields_;
    TextArena& arena_;
    BookingEvent& event_;
    Answers answers_;
    std::string_view named_seat_; ///< the webhook is about it
    std::string_view taken_seat_; ///< the REST answer to whoever took it
    bool has_seats_{false};
    std::vector<Attendee> attendees_;
    std::size_t chosen_{0};
};

} // namespace

bool read_hosts(
    FieldReader& reader,
    const Path& booking,
    const PeopleFields& fields,
    TextArena& arena,
    BookingEvent& event
) {
    if (!reader.is_absent(fields.organizer) &&
        !read_host(reader, booking / "organizer", *fields.organizer, arena, event.host))
        return false;
    // Beside an organizer the list tells nothing new, and is wrong or right all the same.
    BookingEvent listed;
    BookingEvent& reading = event.host.empty() ? event : listed;
    if (!read_listed_hosts(reader, booking / "hosts", fields.hosts, arena, reading)) return false;
    if (event.host.empty() &&
        !read_host_of_responses(reader, booking / "responses", fields.responses, arena, event))
        return false;
    return read_team(reader, booking / "team", fields.team, arena, event);
}

bool read_customers(
    FieldReader& reader,
    const Path& booking,
    const PeopleFields& fields,
    TextArena& arena,
    BookingEvent& event
) {
    return CustomerReading(reader, booking, fields, arena, event).read();
}

} // namespace calfleet::events
