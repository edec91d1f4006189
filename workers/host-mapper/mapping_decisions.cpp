// The half of job.h that is about mappings.

#include "workers/host-mapper/job.h"

#include "common/core/text.h"

#include <algorithm>
#include <string>
#include <utility>

namespace calfleet::host_mapper {
namespace {

bool names_changed(const MappingRow& row, const HostSighting& host) {
    // What an event leaves out is no change: the two shapes of a booking tell different amounts.
    const auto differs = [](std::string_view told, std::string_view known) {
        return !told.empty() && told != known;
    };
    return differs(host.name, row.host_name) || differs(host.email, row.host_email) ||
           differs(host.username, row.host_username);
}

/// Told, and something else than what is known, however it is written.
bool is_other(std::string_view told, std::string_view known) {
    return !trim(told).empty() && !equals_ignoring_ascii_case(trim(told), trim(known));
}

bool is_unattended(const MappingRow& row) {
    return row.source == "email" || row.source == "name" || row.source == "fuzzy";
}

/// Another name or mailbox than the one that was linked, told later than the last sighting. User
/// names change without the person changing, and small and capital letters by the way it is told.
bool is_another_account(const MappingRow& row, const HostSighting& host) {
    const auto differs = [](std::string_view told, std::string_view known) {
        return !known.empty() && is_other(told, known);
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

bool by_person(const MappingRow& row) {
    return row.source == "manual" || row.source == "admin";
}

Move next_move(
    const std::optional<MappingRow>& row, const HostSighting& host, std::int64_t staff_version
) {
    const bool usable =
        row && row->state == MappingState::Active && row->staff_in_company && row->staff_active;
    if (usable && host.wants_staff && !by_person(*row) && row->account &&
        row->account != row->staff)
        return Move::Redecide;
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
    return kin.account && kin.account != row->staff && !by_person(*row) ? Move::Redecide
                                                                        : without_kin;
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

void weigh_event_types(
    Conclusion& conclusion,
    const HostSighting& host,
    std::string_view username,
    std::span<const EventTypeHosts> event_types
) {
    if (conclusion.state != MappingState::Active) return;
    const std::optional<std::int64_t> id = parse_int64(host.id);
    const std::string_view name = trim(username);
    if (!id && name.empty()) return;
    const auto is_this = [&](const EventTypeHosts::Host& each) {
        return id ? each.user_id == id : equals_ignoring_ascii_case(trim(each.username), name);
    };
    for (const EventTypeHosts& type : event_types) {
        if (type.hosts.empty() || std::any_of(type.hosts.begin(), type.hosts.end(), is_this))
            continue;
        conclusion.state = MappingState::Review;
        conclusion.reasons.push_back(
            {false,
             "event_type.not_a_host",
             "event type " + std::to_string(type.event_type) +
                 " names its hosts at Cal.com, and this one is not among them"}
        );
        return;
    }
}

AccountNews account_news(const MappingRow& row, const HostSighting& host) {
    AccountNews news;
    if (!by_person(row) || host.as_of <= row.last_seen_at.value_or(Instant{})) return news;
    const auto now = [](const std::string& account, const std::string& decided) {
        return std::string_view(account.empty() ? decided : account);
    };
    if (is_other(host.name, now(row.account_name, row.host_name))) news.name = trim(host.name);
    if (is_other(host.email, now(row.account_email, row.host_email))) news.email = trim(host.email);
    news.is_change = (!news.name.empty() && !row.host_name.empty()) ||
                     (!news.email.empty() && !row.host_email.empty());
    return news;
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
    if (usable) {
        for (const std::string_view how : {"email", "name", "fuzzy"})
            if (row->source == how) return {row->staff, decided_now ? how : "mapping", how};
        return {row->staff, "mapping"};
    }
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
