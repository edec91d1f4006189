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

bool names_changed(const MappingRow& row, const HostSighting& host) {
    // What an event leaves out is no change: the two shapes of a booking tell different amounts.
    const auto differs = [](std::string_view told, std::string_view known) {
        return !told.empty() && told != known;
    };
    return differs(host.name, row.host_name) || differs(host.email, row.host_email) ||
           differs(host.username, row.host_username);
}

bool is_unattended(const MappingRow& row) {
    return row.source == "email" || row.source == "name" || row.source == "fuzzy";
}

/// Another name or mailbox than the one that was linked, told later than the last sighting. User
/// names change without the person changing, and small and capital letters by the way it is told.
bool is_another_account(const MappingRow& row, const HostSighting& host) {
    const auto differs = [](std::string_view told, std::string_view known) {
        return !trim(told).empty() && !known.empty() &&
               !equals_ignoring_ascii_case(trim(told), trim(known));
    };
    return host.as_of > row.last_seen_at.value_or(row.decided_at) &&
           (differs(host.name, row.host_name) || differs(host.email, row.host_email));
}

std::string_view source_of(matching::Source source) {
    switch (source) {
    case matching::Source::Email:
        return "email";
    case matching::Source::Name:
        return "name";
    case matching::Source::Fuzzy:
        return "fuzzy";
    case matching::Source::None:
        break;
    }
    return "none";
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

Move next_move(
    const std::optional<MappingRow>& row, const HostSighting& host, std::int64_t staff_version
) {
    const bool usable =
        row && row->state == MappingState::Active && row->staff_in_company && row->staff_active;
    if (usable)
        return host.wants_staff && is_unattended(*row) && is_another_account(*row, host)
                   ? Move::Doubt
                   : Move::Use;
    if (!host.wants_staff) return Move::Leave;
    if (!row) return Move::Decide;
    if (row->state == MappingState::Active) return Move::Invalidate;
    const bool is_late = row->last_seen_at && host.as_of < *row->last_seen_at;
    return row->staff_version != staff_version || (!is_late && names_changed(*row, host))
               ? Move::Redecide
               : Move::Use;
}

bool may_have_kin(const std::optional<MappingRow>& row, const HostSighting& host, Move move) {
    if (host.id.empty()) return false;
    const bool undecided =
        row && (row->state == MappingState::Unmatched || row->state == MappingState::Review);
    return move == Move::Decide || move == Move::Redecide || (move == Move::Leave && !row) ||
           (move == Move::Use && undecided);
}

Move next_move(const std::optional<MappingRow>& row, const HostKin& kin, Move without_kin) {
    if (kin.empty()) return without_kin;
    if (!row) return Move::Decide;
    const bool by_person = row->source == "manual" || row->source == "admin";
    return kin.account && kin.account != row->staff && !by_person ? Move::Redecide : without_kin;
}

matching::Reason invalidation_reason(const MappingRow& row) {
    const std::string who =
        row.staff ? "staff member " + std::to_string(row.staff->value) : "nobody";
    if (!row.staff_in_company)
        return {false, "mapping.staff_left", who + " is no longer of this company"};
    return {false, "mapping.staff_inactive", who + " is no longer active"};
}

Conclusion conclude(matching::Match match, bool person_decided) {
    Conclusion result;
    result.source = source_of(match.source);
    result.score = std::clamp(match.score, 0, 100);
    result.reasons = std::move(match.reasons);
    if (const auto staff = parse_int64(match.staff_id)) result.staff = StaffId{*staff};
    if (match.decision == matching::Decision::None || !result.staff) {
        result.state = MappingState::Unmatched;
        result.staff.reset();
        result.source = "none";
    } else if (match.decision == matching::Decision::Link && person_decided) {
        result.state = MappingState::Review;
        result.reasons.push_back(
            {false,
             "mapping.person_decided",
             "a person has decided about this host before, or its account was another's; only a "
             "person links it again"}
        );
    } else {
        result.state = match.decision == matching::Decision::Link ? MappingState::Active
                                                                  : MappingState::Review;
    }
    return result;
}

std::optional<Conclusion> conclude(const HostKin& kin, bool person_decided) {
    if (kin.former && kin.former->state == MappingState::Active && kin.former->staff_active) {
        Conclusion result{MappingState::Active, kin.former->staff, "none", kin.former->score, {}};
        for (const std::string_view known :
             {"email", "name", "fuzzy", "manual", "admin", "account"})
            if (kin.former->source == known) result.source = known;
        result.reasons = {
            {true,
             "mapping.same_host",
             "known until now without Cal.com's user id, and linked to staff member " +
                 std::to_string(kin.former->staff->value)}};
        return result;
    }
    if (!kin.account) return std::nullopt;
    matching::Match match;
    match.decision = matching::Decision::Link;
    match.staff_id = std::to_string(kin.account->value);
    match.score = 100;
    match.reasons = {{true, "account.linked", "the account at Cal.com is this staff member's"}};
    Conclusion result = conclude(std::move(match), person_decided);
    result.source = "account";
    return result;
}

Conclusion conclude_doubt(matching::Match match, const MappingRow& before) {
    Conclusion result = conclude(std::move(match), false);
    if (result.state == MappingState::Active && result.staff == before.staff) return result;
    result.state = MappingState::Review;
    result.reasons.push_back(
        {false,
         "mapping.account_changed",
         "the account had another name or mailbox when it was linked to staff member " +
             std::to_string(before.staff ? before.staff->value : 0)}
    );
    return result;
}

bool is_news(const MappingRow& row, const HostSighting& host) {
    const Instant seen = row.last_seen_at.value_or(Instant{});
    if (host.as_of <= seen) return false;
    return !row.last_seen_at || host.as_of > seen + kSeenRefresh ||
           (!host.time_zone.empty() && host.time_zone != row.host_time_zone);
}

Assignment assignment(const std::optional<MappingRow>& row, bool decided_now, bool wants_staff) {
    const bool usable =
        row && row->state == MappingState::Active && row->staff_in_company && row->staff_active;
    if (usable && decided_now) {
        for (const std::string_view how : {"email", "name", "fuzzy"})
            if (row->source == how) return {row->staff, how};
    }
    if (usable) return {row->staff, "mapping"};
    if (!wants_staff) return {};
    return {std::nullopt, row && row->state == MappingState::Review ? "review" : "unmatched"};
}

Audit audit_of(
    Move move,
    const HostSighting& host,
    const std::optional<MappingRow>& before,
    const Conclusion& conclusion
) {
    Audit audit;
    audit.company = host.company;
    audit.host = host.key;
    audit.event_id = host.event_id;
    audit.score = conclusion.score;
    audit.reasons = conclusion.reasons;
    audit.source = conclusion.source;
    audit.action = "decided";
    if (move == Move::Redecide || move == Move::Doubt) audit.action = "redecided";
    if (move == Move::Doubt && conclusion.state != MappingState::Active) audit.action = "doubted";
    if (move == Move::Invalidate) audit.action = "invalidated";
    audit.before = before;
    return audit;
}

} // namespace calfleet::host_mapper
