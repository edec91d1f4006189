#include "common/events/people.h"

#include "common/core/text.h"
#include "common/events/text_rules.h"

#include <array>
#include <charconv>

namespace calfleet::events {
namespace {

using Field = FieldReader::Field;

constexpr TextRule kName{.max_bytes = 1000};
constexpr TextRule kEmail{.max_bytes = 320}; // RFC 5321: 64 + '@' + 255
constexpr TextRule kUsername{.max_bytes = 255};
constexpr TextRule kPhone{.max_bytes = 64};
constexpr TextRule kTimeZone{.max_bytes = 64, .quote = Quote::Value};
constexpr TextRule kHostId{.max_bytes = 64, .quote = Quote::Value};

// What Cal.com writes into every field of a host whose account is gone.
constexpr std::string_view kGone = "unknown";

enum HostField { kId, kHostName, kHostEmail, kHostUsername };
constexpr json::FieldTable kHostFields{
    std::array<std::string_view, 4>{"id", "name", "email", "username"}};

enum AttendeeField { kAttendeeName, kAttendeeEmail, kAttendeePhone, kAttendeeZone };
constexpr json::FieldTable kAttendeeFields{
    std::array<std::string_view, 4>{"name", "email", "phoneNumber", "timeZone"}};

enum ResponseField { kResponseEmail, kResponseHosts };
constexpr json::FieldTable kResponseFields{std::array<std::string_view, 2>{"email", "hosts"}};
constexpr json::FieldTable kAnswerFields{std::array<std::string_view, 1>{"value"}};

bool is_present(const Field& field) {
    return field && !field->is_null();
}

bool read_host_id(
    FieldReader& reader, const Path& path, const Field& value, TextArena& arena, BookingHost& host
) {
    if (!is_present(value)) return true;
    std::optional<std::int64_t> number;
    if (value->as_text()) {
        std::string_view id;
        if (!reader.text(path, value, kHostId, id)) return false;
        if (id.empty() || id == kGone) return true;
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

bool read_person(
    FieldReader& reader, const Path& path, json::Value value, TextArena& arena, BookingHost& host
) {
    Fields<4> fields;
    if (!reader.object(path, value, kHostFields, fields)) return false;
    BookingHost person;
    const bool readable =
        read_host_id(reader, path / "id", fields[kId], arena, person) &&
        reader.text(path / "name", fields[kHostName], kName, person.name) &&
        reader.text(path / "email", fields[kHostEmail], kEmail, person.email) &&
        reader.text(path / "username", fields[kHostUsername], kUsername, person.username);
    if (!readable) return false;
    const auto keep = [&](std::string_view text) {
        return text == kGone ? std::string_view() : arena.keep(text);
    };
    host = {
        .id = person.id,
        .name = keep(person.name),
        .email = keep(person.email),
        .username = keep(person.username)};
    return true;
}

bool read_first_host(
    FieldReader& reader, const Path& path, const Field& hosts, TextArena& arena, BookingHost& host
) {
    if (!is_present(hosts)) return true;
    if (!hosts->is_array()) return reader.fail_kind(path, *hosts, "an array of hosts");
    for (const json::Value first : hosts->elements())
        return read_person(reader, path[0], first, arena, host);
    return true;
}

// A form field of the event type that happens to be called "hosts" holds whatever its form asks
// for, so that anything but a list is passed over instead of refused.
bool read_host_of_responses(
    FieldReader& reader,
    const Path& path,
    const Field& responses,
    TextArena& arena,
    BookingHost& host
) {
    if (!is_present(responses)) return true;
    Fields<2> fields;
    if (!reader.object(path, *responses, kResponseFields, fields)) return false;
    const Field& hosts = fields[kResponseHosts];
    if (!hosts) return true;
    const Path hosts_path = path / "hosts";
    if (hosts->is_array()) return read_first_host(reader, hosts_path, hosts, arena, host);
    const Field value = hosts->find("value");
    if (!value || !value->is_array()) return true;
    return read_first_host(reader, hosts_path / "value", value, arena, host);
}

bool read_answer(
    FieldReader& reader, const Path& path, const Field& answer, std::string_view& email
) {
    if (!is_present(answer)) return true;
    if (!answer->is_object()) return reader.text(path, answer, kEmail, email);
    Fields<1> fields;
    return reader.object(path, *answer, kAnswerFields, fields) &&
           reader.text(path / "value", fields[0], kEmail, email);
}

// The address that the booker typed: tells the customer apart from hosts and guests among the
// attendees.
bool read_booker_email(
    FieldReader& reader, const Path& booking, const PeopleFields& fields, std::string_view& email
) {
    const std::array<std::pair<std::string_view, const Field*>, 2> places{
        {{"bookingFieldsResponses", &fields.booking_field_responses},
         {"responses", &fields.responses}}};
    for (const auto& [name, responses] : places) {
        if (!is_present(*responses)) continue;
        Fields<2> answers;
        const Path path = booking / name;
        if (!reader.object(path, **responses, kResponseFields, answers)) return false;
        if (!read_answer(reader, path / "email", answers[kResponseEmail], email)) return false;
        if (!email.empty()) return true;
    }
    return true;
}

} // namespace

bool read_host(
    FieldReader& reader,
    const Path& booking,
    const PeopleFields& fields,
    TextArena& arena,
    BookingHost& host
) {
    if (is_present(fields.organizer)) {
        if (!read_person(reader, booking / "organizer", *fields.organizer, arena, host))
            return false;
        if (!host.empty()) return true;
    }
    if (!read_first_host(reader, booking / "hosts", fields.hosts, arena, host)) return false;
    if (!host.empty()) return true;
    return read_host_of_responses(reader, booking / "responses", fields.responses, arena, host);
}

bool read_customer(
    FieldReader& reader,
    const Path& booking,
    const PeopleFields& fields,
    TextArena& arena,
    std::optional<BookingCustomer>& customer
) {
    if (!is_present(fields.attendees)) return true;
    const Path attendees = booking / "attendees";
    if (!fields.attendees->is_array())
        return reader.fail_kind(attendees, *fields.attendees, "an array of attendees");
    std::string_view booker;
    if (!read_booker_email(reader, booking, fields, booker)) return false;

    std::optional<BookingCustomer> chosen;
    std::size_t index = 0;
    for (const json::Value element : fields.attendees->elements()) {
        const Path path = attendees[index++];
        Fields<4> parts;
        BookingCustomer person;
        const bool readable =
            reader.object(path, element, kAttendeeFields, parts) &&
            reader.text(path / "email", parts[kAttendeeEmail], kEmail, person.email) &&
            reader.text(path / "name", parts[kAttendeeName], kName, person.name) &&
            reader.text(path / "phoneNumber", parts[kAttendeePhone], kPhone, person.phone) &&
            reader.text(path / "timeZone", parts[kAttendeeZone], kTimeZone, person.time_zone);
        if (!readable) return false;
        const bool is_booker = !booker.empty() && equals_ignoring_ascii_case(person.email, booker);
        if (!chosen || is_booker) chosen = person;
        if (is_booker) break;
    }
    if (!chosen) return true;
    customer = {
        .name = arena.keep(chosen->name),
        .email = arena.keep(chosen->email),
        .phone = arena.keep(chosen->phone),
        .time_zone = arena.keep(chosen->time_zone)};
    return true;
}

} // namespace calfleet::events
