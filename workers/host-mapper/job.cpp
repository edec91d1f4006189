#include "workers/host-mapper/job.h"

#include "common/core/phone_number.h"
#include "common/core/text.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace calfleet::host_mapper {
namespace {

constexpr std::string_view kPhoneKey = "tel:";
constexpr std::array<std::string_view, 5> kStatusNames{
    "pending", "accepted", "rejected", "cancelled", "rescheduled"};
constexpr std::array<std::string_view, 4> kStateNames{"active", "review", "unmatched", "inactive"};

/// Up to which instant a description replaces others.
Instant reach(const Sighting& sighting) {
    return sighting.bounded_at.value_or(sighting.as_of);
}

/// Whether it tells something else; what it leaves out is no difference.
bool tells_otherwise(const Sighting& held, const Sighting& incoming) {
    const auto times = [](const Sighting& each) { return std::pair(each.starts_at, each.ends_at); };
    return (incoming.starts_at && times(incoming) != times(held)) ||
           (!incoming.host.empty() && incoming.host != held.host) ||
           (!incoming.customer.empty() && incoming.customer != held.customer) ||
           (incoming.branch && incoming.branch != held.branch) ||
           (incoming.status != held.status && !is_terminal(incoming.status));
}

/// Nobody's description has no order of arrival that means anything: the greater one is kept.
bool tells_more(const Sighting& held, const Sighting& incoming) {
    const auto order = [](const Sighting& each) {
        return std::pair(
            each.starts_at.value_or(Instant::min()), each.ends_at.value_or(Instant::min())
        );
    };
    return order(held) < order(incoming);
}

bool replaces_description(const Sighting& held, const Sighting& incoming) {
    if (reach(incoming) != held.as_of) return reach(incoming) > held.as_of;
    return incoming.as_of == kNeverDescribed ? tells_more(held, incoming)
                                             : tells_otherwise(held, incoming);
}

Status joined_status(const Sighting& held, const Sighting& incoming, bool newer) {
    if (is_terminal(held.status) || is_terminal(incoming.status))
        return std::max(held.status, incoming.status);
    return newer ? incoming.status : held.status;
}

bool wants_staff_at(const Sighting& sighting, std::string_view host) {
    return sighting.wants_staff && (sighting.host.empty() || sighting.host == host);
}

/// Takes the candidate where a value is missing or smaller; says whether that changed anything.
template <class T>
bool raise(T& held, const T& candidate) {
    if (!(held < candidate)) return false;
    held = candidate;
    return true;
}

std::string_view folded_text(std::string_view prefix, std::string_view text, TextArena& arena) {
    text = trim(text);
    if (text.empty() || text.size() > kLongestKey) return {};
    std::string key(prefix);
    for (const char c : text)
        key.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    return arena.keep(key);
}

Status status_of(const events::BookingEvent& event) {
    switch (event.status) {
    case events::BookingStatus::Rejected:
        return Status::Rejected;
    case events::BookingStatus::Cancelled:
        return Status::Cancelled;
    case events::BookingStatus::Pending:
    case events::BookingStatus::Accepted:
        break;
    }
    if (event.change == events::BookingChange::Cancelled && !event.seats) return Status::Cancelled;
    return event.status == events::BookingStatus::Pending ? Status::Pending : Status::Accepted;
}

} // namespace

std::string_view text(Status status) {
    return kStatusNames[static_cast<std::size_t>(status)];
}

std::string_view text(MappingState state) {
    return kStateNames[static_cast<std::size_t>(state)];
}

std::optional<MappingState> mapping_state(std::string_view text) {
    const auto found = std::find(kStateNames.begin(), kStateNames.end(), text);
    if (found == kStateNames.end()) return std::nullopt;
    return static_cast<MappingState>(found - kStateNames.begin());
}

void bound_claim(Sighting& sighting, Instant latest) {
    if (sighting.as_of > latest + kClockTolerance) {
        sighting.as_of = kUnranked;
        sighting.bounded_at = latest;
    } else {
        sighting.as_of = std::min(sighting.as_of, latest);
    }
}

Merge merge(Sighting& held, const Sighting& incoming) {
    const bool newer = replaces_description(held, incoming);
    const bool had_ended = is_terminal(held.status);
    const Sighting& winner = newer ? incoming : held;
    const Sighting& loser = newer ? held : incoming;

    Sighting next = held;
    next.status = joined_status(held, incoming, newer);
    next.as_of = std::max(held.as_of, incoming.as_of);
    next.bounded_at = winner.bounded_at;
    const Sighting& timed = winner.starts_at ? winner : loser;
    next.starts_at = timed.starts_at;
    next.ends_at = timed.ends_at;
    next.host = winner.host.empty() ? loser.host : winner.host;
    next.customer = winner.customer.empty() ? loser.customer : winner.customer;
    next.branch = winner.branch ? winner.branch : loser.branch;
    next.wants_staff = wants_staff_at(held, next.host) || wants_staff_at(incoming, next.host);

    bool filled = next.starts_at != held.starts_at || next.host != held.host ||
                  next.customer != held.customer || next.branch != held.branch ||
                  next.wants_staff != held.wants_staff;
    filled |= raise(next.booking_id, incoming.booking_id);
    filled |= raise(next.event_type_id, incoming.event_type_id);
    filled |= raise(next.replaces, incoming.replaces);
    filled |= raise(next.replaced_by, incoming.replaced_by);

    const bool advanced = next.status != held.status || (newer && !had_ended);
    held = next;
    if (advanced) return Merge::Advanced;
    return filled || newer ? Merge::Filled : Merge::Nothing;
}

EventSightings
sightings_of(CompanyId company, const events::BookingEvent& event, TextArena& arena) {
    EventSightings result;
    Sighting& own = result.own;
    own.company = company;
    own.uid = event.uid;
    own.status = status_of(event);
    own.as_of = event.as_of;
    own.starts_at = event.starts_at;
    own.ends_at = event.ends_at;
    own.host = host_key(event.host, arena);
    // Of those who share a booking the first stays its customer, which only the rows know.
    if (event.customer && !event.seats) own.customer = customer_key(*event.customer, arena);
    own.branch = event.branch;
    own.booking_id = event.booking_id;
    own.event_type_id = event.event_type_id;
    own.replaces = event.rescheduled_from_uid;
    if (!event.rescheduled_to_uid.empty()) {
        own.replaced_by = event.rescheduled_to_uid;
        own.status = Status::Rescheduled;
    }
    own.wants_staff = !is_terminal(own.status);

    if (own.replaces.empty()) return result;
    Sighting& replaced = result.replaced.emplace();
    replaced.company = company;
    replaced.uid = own.replaces;
    if (event.seats) {
        replaced.status = Status::Accepted;
    } else {
        replaced.status = Status::Rescheduled;
        replaced.replaced_by = own.uid;
    }
    // Times count only as a pair, as in every description: half of one would have to give way to a
    // whole one later, and a row does not remember where its times came from.
    if (event.rescheduled_from_start && event.rescheduled_from_end &&
        *event.rescheduled_from_start <= *event.rescheduled_from_end) {
        replaced.starts_at = event.rescheduled_from_start;
        replaced.ends_at = event.rescheduled_from_end;
    }
    return result;
}

bool ends_series(const events::BookingEvent& event) {
    return event.change == events::BookingChange::Cancelled && event.recurs_every;
}

std::string_view host_key(const events::BookingHost& host, TextArena& arena) {
    if (!host.id.empty()) return host.id;
    const std::string_view email = folded_text("email:", host.email, arena);
    return email.empty() ? folded_text("username:", host.username, arena) : email;
}

std::string_view
customer_key(const events::BookingCustomer& customer, TextArena& arena, std::string_view region) {
    const std::string_view email = folded_text("", customer.email, arena);
    if (!email.empty()) return email;
    const std::string number = canonical_phone(customer.phone, region);
    return number.empty() ? std::string_view{} : arena.keep(std::string(kPhoneKey) + number);
}

bool needs_region(std::string_view customer_key, std::string_view phone) {
    return customer_key.starts_with(kPhoneKey) && !is_international_phone(phone);
}

Fold fold(std::span<const EventSightings> events) {
    struct Part {
        CompanyId company;
        std::string_view uid;
        std::uint32_t event;
        bool replaced;
        auto operator<=>(const Part&) const = default;
    };
    std::vector<Part> parts;
    parts.reserve(events.size() + events.size() / 4);
    for (std::uint32_t i = 0; i < events.size(); ++i) {
        parts.push_back({events[i].own.company, events[i].own.uid, i, false});
        if (events[i].replaced)
            parts.push_back({events[i].replaced->company, events[i].replaced->uid, i, true});
    }
    std::sort(parts.begin(), parts.end());

    Fold result;
    result.bookings.reserve(parts.size());
    result.traces.resize(events.size());
    for (const Part& part : parts) {
        const EventSightings& event = events[part.event];
        const Sighting& sighting = part.replaced ? *event.replaced : event.own;
        Merge merged = Merge::Advanced;
        if (!result.bookings.empty() && result.bookings.back().uid == sighting.uid &&
            result.bookings.back().company == sighting.company)
            merged = merge(result.bookings.back(), sighting);
        else
            result.bookings.push_back(sighting);
        const auto index = static_cast<std::uint32_t>(result.bookings.size() - 1);
        Fold::Trace& trace = result.traces[part.event];
        (part.replaced ? trace.replaced : trace.own) = index;
        (part.replaced ? trace.replaced_merge : trace.own_merge) = merged;
    }
    return result;
}

bool had_effect(const Fold& fold, const Fold::Trace& trace, std::span<const Written> written) {
    const auto moved = [&](std::uint32_t index, Merge merged) {
        if (index == Fold::kNone || merged != Merge::Advanced || !written[index]) return false;
        // Written, and yet ended although nothing here ends it: it had ended before, and this only
        // filled blanks.
        return !is_terminal(*written[index]) || is_terminal(fold.bookings[index].status);
    };
    return moved(trace.own, trace.own_merge) || moved(trace.replaced, trace.replaced_merge);
}

CustomerSighting customer_sighting(
    CompanyId company, const events::BookingCustomer& customer, std::string_view key, Instant as_of
) {
    return {
        .company = company,
        .key = key,
        .name = customer.name,
        .email = customer.email,
        .phone = customer.phone,
        .time_zone = customer.time_zone,
        .as_of = as_of};
}

bool changes(const CustomerRow& row, const CustomerSighting& seen) {
    const bool newer = row.seen_at <= seen.as_of;
    const auto differs = [newer](std::string_view known, std::string_view told) {
        return !told.empty() && (known.empty() || (newer && known != told));
    };
    return differs(row.name, seen.name) || differs(row.phone, seen.phone) ||
           differs(row.time_zone, seen.time_zone) || row.seen_at + kCustomerRefresh < seen.as_of;
}

void merge(CustomerSighting& held, const CustomerSighting& incoming) {
    const bool newer = held.as_of <= incoming.as_of;
    const CustomerSighting& winner = newer ? incoming : held;
    const CustomerSighting& loser = newer ? held : incoming;
    const auto pick = [&](std::string_view CustomerSighting::*field) {
        return (winner.*field).empty() ? loser.*field : winner.*field;
    };
    CustomerSighting next = winner;
    next.name = pick(&CustomerSighting::name);
    next.email = pick(&CustomerSighting::email);
    next.phone = pick(&CustomerSighting::phone);
    next.time_zone = pick(&CustomerSighting::time_zone);
    held = next;
}

} // namespace calfleet::host_mapper
