#include "workers/calfleet/person.h"

#include "common/core/phone_number.h"
#include "common/core/text.h"
#include "common/events/structured_mode.h"
#include "common/json/parser.h"
#include "common/json/writer.h"

#include <algorithm>
#include <array>

namespace calfleet::cli {
namespace {

constexpr std::size_t kLongestAddress = 320;
constexpr std::size_t kFewestDigits = 4;
constexpr std::size_t kMostDigits = 40;
constexpr std::string_view kTelephone = "tel:";
/// A structured event inside base64 inside JSON is larger than what intake accepts; letters keep it
/// all the same.
constexpr json::Limits kLimits{.max_bytes = 64 * 1024 * 1024, .max_depth = 64};

// What a booking is, where and when, and whose work it is. Everything else may tell of the
// customer.
constexpr std::array<std::string_view, 21> kFacts{
    "uid",
    "id",
    "bookingId",
    "eventTypeId",
    "eventTypeSlug",
    "status",
    "start",
    "startTime",
    "end",
    "endTime",
    "length",
    "duration",
    "createdAt",
    "updatedAt",
    "rescheduleUid",
    "rescheduleId",
    "rescheduleStartTime",
    "rescheduleEndTime",
    "rescheduledFromUid",
    "rescheduledToUid",
    "rescheduled"};
constexpr std::array<std::string_view, 2> kHosts{"organizer", "hosts"};
constexpr std::array<std::string_view, 9> kAttributes{
    "specversion",
    "id",
    "source",
    "type",
    "time",
    "companyid",
    "datacontenttype",
    "traceparent",
    "dataschema"};

template <std::size_t N>
bool is_among(std::string_view name, const std::array<std::string_view, N>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_scalar(json::Value value) {
    return !value.is_object() && !value.is_array();
}

bool is_of_address(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '+' ||
           c == '-' || byte >= 0x80;
}

bool is_hex(char c) {
    return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9');
}

/// "%20" before an address in a link ends what stands before it.
bool ends_with_percent_code(std::string_view text) {
    return text.size() >= 3 && text[text.size() - 3] == '%' && is_hex(text[text.size() - 2]) &&
           is_hex(text.back());
}

bool begins_here(std::string_view before) {
    return before.empty() || !is_of_address(before.back()) || ends_with_percent_code(before);
}

bool ends_here(std::string_view after) {
    if (after.empty()) return true;
    const auto is_of_domain = [](char c) { return is_of_address(c) && c != '.' && c != '+'; };
    if (after[0] == '.') return after.size() == 1 || !is_of_domain(after[1]);
    return !is_of_domain(after[0]);
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Bytes of what people write between the digits of a number, also in links; 0: nothing of it.
std::size_t length_of_gap(std::string_view text) {
    if (std::string_view("+ -./()").find(text[0]) != std::string_view::npos) return 1;
    if (text.starts_with("\xC2\xA0")) return 2; // no-break space
    for (const std::string_view code : {"%20", "%2b", "%2d", "%28", "%29", "%2f"})
        if (text.starts_with(code)) return code.size();
    return 0;
}

std::optional<unsigned> hex_unit(std::string_view digits) {
    unsigned unit = 0;
    for (const char c : ascii_lower(digits.substr(0, 4))) {
        if (!is_hex(c)) return std::nullopt;
        unit = unit * 16 + static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return unit;
}

// JSON's escapes of ASCII, wherever they stand: the bytes need not be JSON.
std::string without_escapes(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        if (text[0] == '\\' && text.size() >= 6 && text[1] == 'u') {
            const auto unit = hex_unit(text.substr(2));
            if (unit && *unit < 0x80) {
                out += static_cast<char>(*unit);
                text.remove_prefix(6);
                continue;
            }
        }
        const bool escapes = text[0] == '\\' && text.size() >= 2 &&
                             (text[1] == '/' || text[1] == '\\' || text[1] == '"');
        if (escapes) text.remove_prefix(1);
        out += text[0];
        text.remove_prefix(1);
    }
    return out;
}

void write_hosts_of_responses(json::Writer& out, json::Value responses) {
    const auto hosts = responses.find("hosts");
    if (!hosts) return;
    out.key("responses").begin_object().key("hosts").value(*hosts).end_object();
}

void write_booking(json::Writer& out, json::Value booking) {
    out.begin_object();
    for (const auto& [name, value] : booking.members()) {
        if ((is_among(name, kFacts) && is_scalar(value)) || is_among(name, kHosts))
            out.key(name).value(value);
        else if (name == "eventType" && value.find("id"))
            out.key(name).begin_object().key("id").value(*value.find("id")).end_object();
        else if (name == "responses" && value.is_object())
            write_hosts_of_responses(out, value);
    }
    out.end_object();
}

/// Without the people of an event about a seat it would be one about the booking.
bool is_about_seats(json::Value booking) {
    for (const std::string_view name : {"seatsPerTimeSlot", "attendeeSeatId", "seatUid"})
        if (const auto found = booking.find(name); found && !found->is_null()) return true;
    const auto attendees = booking.find("attendees");
    if (!attendees) return false;
    for (const json::Value attendee : attendees->elements())
        if (attendee.find("seatUid")) return true;
    return false;
}

bool write_data(json::Writer& out, json::Value data) {
    const auto booking = data.find("booking");
    if (!booking || !booking->is_object() || !booking->find("uid")) return false;
    if (is_about_seats(*booking)) return false;
    out.begin_object();
    out.key("booking");
    write_booking(out, *booking);
    if (const auto branch = data.find("branch_id"); branch && is_scalar(*branch))
        out.key("branch_id").value(*branch);
    out.end_object();
    return true;
}

std::optional<std::string> structured_without_customer(json::Value event, std::string_view data) {
    json::Parser parser;
    const auto parsed = parser.parse_leniently(data, kLimits);
    if (!parsed) return std::nullopt;
    json::Writer out;
    out.begin_object();
    for (const auto& [name, value] : event.members())
        if (is_among(name, kAttributes) && is_scalar(value)) out.key(name).value(value);
    out.key("data");
    if (!write_data(out, *parsed)) return std::nullopt;
    out.end_object();
    return out.take();
}

} // namespace

Result<Person> Person::of(std::string_view email) {
    const std::string key = ascii_lower(trim(email));
    const auto at = key.find('@');
    const bool whole = at != std::string::npos && at > 0 && at + 1 < key.size() &&
                       key.size() <= kLongestAddress && key.find('@', at + 1) == std::string::npos;
    const bool clean = is_valid_utf8(key) && std::none_of(key.begin(), key.end(), [](char c) {
                           const auto byte = static_cast<unsigned char>(c);
                           return byte <= 0x20 || byte == 0x7F;
                       });
    if (!whole || !clean)
        return invalid(
            "--email: '" + printable(email, 80) + "' is no address; expected like anna@example.com"
        );
    Person person;
    person.keys_ = {key};
    std::string in_links = key;
    in_links.replace(at, 1, "%40");
    person.addresses_ = {key, in_links};
    return person;
}

Result<Person> Person::of_phone(std::string_view phone) {
    std::string digits;
    for (const char c : phone)
        if (is_digit(c)) digits += c;
    const bool clean = std::all_of(phone.begin(), phone.end(), [](char c) {
        return is_digit(c) || std::string_view("+ -./()").find(c) != std::string_view::npos;
    });
    if (digits.starts_with("00")) digits.erase(0, 2);
    if (!clean || digits.size() < kFewestDigits || digits.size() > kMostDigits)
        return invalid(
            "--phone: '" + printable(phone, 80) + "' is no number; expected like +49 170 1234567"
        );
    Person person;
    person.numbers_ = {digits, "00" + digits};
    for (const std::string& number : person.numbers_)
        person.keys_.push_back(std::string(kTelephone) + number);
    // As customers have been known since 0.3.0, with what is dialled within the country left out.
    const std::string canonical = canonical_phone(phone, {});
    if (canonical != digits) person.keys_.push_back(std::string(kTelephone) + canonical);
    return person;
}

Result<Person> Person::of_key(std::string_view key) {
    return key.starts_with(kTelephone) ? of_phone(key.substr(kTelephone.size())) : of(key);
}

void Person::also(const Person& other) {
    const auto add = [](std::vector<std::string>& mine, const std::vector<std::string>& theirs) {
        for (const std::string& one : theirs)
            if (std::find(mine.begin(), mine.end(), one) == mine.end()) mine.push_back(one);
    };
    add(keys_, other.keys_);
    add(addresses_, other.addresses_);
    add(numbers_, other.numbers_);
}

std::optional<std::string> Person::email() const {
    if (addresses_.empty()) return std::nullopt;
    return addresses_.front();
}

std::vector<Sha256> Person::digests(std::int64_t company) const {
    std::vector<Sha256> digests;
    for (const std::string& key : keys_)
        digests.push_back(sha256(std::to_string(company) + ":" + key));
    return digests;
}

bool Person::stands_in(std::string_view folded) const {
    return address_stands_in(folded) || (!numbers_.empty() && number_stands_in(folded));
}

bool Person::address_stands_in(std::string_view folded) const {
    for (const std::string& wanted : addresses_)
        for (auto at = folded.find(wanted); at != std::string_view::npos;
             at = folded.find(wanted, at + 1))
            if (begins_here(folded.substr(0, at)) && ends_here(folded.substr(at + wanted.size())))
                return true;
    return false;
}

// Groups of digits with little between them may be one number: "+49 (170) 123-45 67". Which of them
// belong together nobody says, so every row of whole groups is tried.
bool Person::number_stands_in(std::string_view folded) const {
    std::vector<std::string> groups;
    bool gap_is_small = false;
    const auto ends_a_number = [&] {
        std::string row;
        for (std::size_t first = groups.size(); first-- > 0 && row.size() <= kMostDigits + 2;) {
            row.insert(0, groups[first]);
            if (std::find(numbers_.begin(), numbers_.end(), row) != numbers_.end()) return true;
        }
        return false;
    };
    for (std::size_t at = 0; at < folded.size();) {
        if (is_digit(folded[at])) {
            const auto end = std::min(folded.find_first_not_of("0123456789", at), folded.size());
            if (!gap_is_small) groups.clear();
            groups.emplace_back(folded.substr(at, end - at));
            if (ends_a_number()) return true;
            if (groups.size() > kMostDigits) groups.erase(groups.begin());
            at = end;
            gap_is_small = true;
            continue;
        }
        const std::size_t gap = length_of_gap(folded.substr(at));
        gap_is_small = gap_is_small && gap > 0;
        at += std::max<std::size_t>(gap, 1);
    }
    return false;
}

bool Person::named_in(std::string_view bytes) const {
    if (bytes.size() < kFewestDigits) return false;
    const std::string folded = ascii_lower(bytes);
    if (stands_in(folded)) return true;
    if (folded.find('\\') != std::string::npos) {
        // Twice: JSON inside a text of JSON.
        const std::string once = without_escapes(bytes);
        if (stands_in(ascii_lower(once)) || stands_in(ascii_lower(without_escapes(once))))
            return true;
    }
    if (bytes.find("base64") == std::string_view::npos) return false;
    const std::string data(events::read_what_is_readable(bytes).data);
    return !data.empty() && data.find("data_base64") == std::string::npos && named_in(data);
}

std::optional<std::string> without_customer(std::string_view value) {
    json::Parser parser;
    const auto parsed = parser.parse_leniently(value, kLimits);
    if (!parsed || !parsed->is_object()) return std::nullopt;
    if (parsed->find("specversion"))
        return structured_without_customer(*parsed, events::read_what_is_readable(value).data);
    json::Writer out;
    if (!write_data(out, *parsed)) return std::nullopt;
    return out.take();
}

} // namespace calfleet::cli
