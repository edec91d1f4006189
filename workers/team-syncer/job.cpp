#include "workers/team-syncer/job.h"

#include "common/core/text.h"
#include "common/json/writer.h"

#include <algorithm>
#include <map>

namespace calfleet::team_syncer {
namespace {

using calcom::EventTypeId;
using calcom::Team;
using calcom::TeamId;
using calcom::UserId;

// A report is a row that people read.
constexpr std::size_t kMostProblemsTold = 50;
constexpr std::size_t kMostProblemBytes = 500;

std::string counted(std::int64_t count, std::string_view one, std::string_view many) {
    return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

std::set<EventTypeId> ids_of(std::span<const FoundEventType> found) {
    std::set<EventTypeId> ids;
    for (const FoundEventType& event_type : found)
        ids.insert(event_type.id);
    return ids;
}

} // namespace

Result<std::vector<Team>>
teams_of_company(std::span<const Team> seen, TeamId root, std::optional<TeamId> only) {
    std::set<TeamId> ours;
    for (const Team& team : seen)
        if (team.id == root) ours.insert(root);
    if (ours.empty())
        return Error{
            ErrorKind::NotFound,
            "companies.calcom_team_id: the company's key does not see team " +
                std::to_string(root.value) +
                "; its owner must be an accepted admin of that team, or the number is wrong"};
    // A parent may stand behind its child: until nothing is added.
    for (std::size_t before = 0; before != ours.size();) {
        before = ours.size();
        for (const Team& team : seen)
            if (team.parent && ours.contains(*team.parent)) ours.insert(team.id);
    }
    if (only && !ours.contains(*only))
        return Error{
            ErrorKind::NotFound,
            "team_id: " + std::to_string(only->value) + " is neither team " +
                std::to_string(root.value) + " of the company nor below it"};
    std::vector<Team> teams;
    for (const Team& team : seen)
        if (ours.contains(team.id) && (!only || team.id == *only)) teams.push_back(team);
    std::stable_partition(teams.begin(), teams.end(), [&](const Team& team) {
        return team.id == root;
    });
    return teams;
}

std::vector<Difference> differences(
    std::span<const KnownEventType> known, std::span<const FoundEventType> found, SyncMode mode
) {
    std::map<EventTypeId, const KnownEventType*> by_id;
    for (const KnownEventType& event_type : known)
        by_id.emplace(event_type.id, &event_type);
    std::vector<Difference> result;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto held = by_id.find(found[i].id);
        if (held == by_id.end() || !held->second->active)
            result.push_back({EventTypeChange::Created, found[i].id, i});
        else if (held->second->digest != found[i].digest)
            result.push_back({EventTypeChange::Updated, found[i].id, i});
        else if (mode == SyncMode::Force)
            result.push_back({EventTypeChange::Updated, found[i].id, i, false, true});
    }
    const std::set<EventTypeId> there = ids_of(found);
    for (const KnownEventType& event_type : known)
        if (!there.contains(event_type.id) && (event_type.active || event_type.sold))
            result.push_back({EventTypeChange::Deleted, event_type.id, 0, event_type.sold});
    return result;
}

std::vector<EventTypeId>
missing(std::span<const KnownEventType> known, std::span<const FoundEventType> found) {
    std::vector<EventTypeId> gone;
    for (const Difference& difference : differences(known, found, SyncMode::Sync))
        if (difference.change == EventTypeChange::Deleted) gone.push_back(difference.id);
    return gone;
}

std::vector<UserId> removed_members(
    std::span<const UserId> known, std::span<const calcom::Membership> list, bool certain
) {
    std::vector<UserId> removed;
    if (!certain || list.empty()) return removed;
    std::set<UserId> there;
    for (const calcom::Membership& membership : list)
        there.insert(membership.user);
    for (const UserId user : known)
        if (!there.contains(user)) removed.push_back(user);
    return removed;
}

void Report::add(const Report& other) {
    for (const auto count :
         {&Report::teams,
          &Report::members,
          &Report::pending,
          &Report::removed,
          &Report::linked,
          &Report::review,
          &Report::unmatched,
          &Report::event_types,
          &Report::managed,
          &Report::created,
          &Report::updated,
          &Report::deleted,
          &Report::repeated,
          &Report::orphans,
          &Report::fields})
        this->*count += other.*count;
    problems.insert(problems.end(), other.problems.begin(), other.problems.end());
    for (const Finding& finding : other.findings)
        if (findings.size() < kMostFindings) findings.push_back(finding);
}

void Report::count(const Difference& difference) {
    if (difference.same) {
        ++repeated;
        return;
    }
    switch (difference.change) {
    case EventTypeChange::Created:
        ++created;
        break;
    case EventTypeChange::Updated:
        ++updated;
        break;
    case EventTypeChange::Deleted:
        ++deleted;
        break;
    }
    if (difference.orphan) ++orphans;
}

void Report::count(std::vector<Finding> found) {
    std::optional<std::int64_t> last;
    for (Finding& finding : found) {
        if (!finding.service) {
            ++created;
        } else if (!finding.calcom) {
            ++deleted;
            ++orphans;
        } else {
            ++fields;
            if (finding.service != last) ++updated;
            last = finding.service;
        }
        if (findings.size() < kMostFindings) findings.push_back(std::move(finding));
    }
}

namespace {

void write_finding(json::Writer& json, const Finding& finding) {
    const auto value = [&](std::string_view name, const std::optional<std::string>& text) {
        json.key(name);
        if (text)
            json.value(printable(*text, kMostFindingBytes));
        else
            json.null();
    };
    json.begin_object().key("service");
    if (finding.service)
        json.value(*finding.service);
    else
        json.null();
    json.field("event_type", finding.event_type.value)
        .field("status", finding.status)
        .field("field", finding.field);
    value("platform", finding.platform);
    value("calcom", finding.calcom);
    json.end_object();
}

} // namespace

std::string sentence(const Report& report) {
    std::string text = counted(report.teams, "team", "teams");
    text += ", " + counted(report.members, "member", "members");
    if (report.pending > 0) text += " (" + std::to_string(report.pending) + " pending)";
    text += ", " + std::to_string(report.linked) + " staff linked";
    if (report.review > 0) text += ", " + std::to_string(report.review) + " for review";
    if (report.unmatched > 0) text += ", " + std::to_string(report.unmatched) + " unmatched";
    if (report.removed > 0) text += ", " + std::to_string(report.removed) + " removed";
    text += ", " + counted(report.event_types, "event type", "event types");
    if (report.created > 0) text += ", " + std::to_string(report.created) + " new";
    if (report.updated > 0) text += ", " + std::to_string(report.updated) + " changed";
    if (report.deleted > 0) text += ", " + std::to_string(report.deleted) + " deleted";
    if (report.repeated > 0) text += ", " + std::to_string(report.repeated) + " told again";
    if (report.fields > 0) text += ", " + counted(report.fields, "field differs", "fields differ");
    if (report.orphans > 0) text += ", " + counted(report.orphans, "orphan", "orphans");
    if (!report.problems.empty())
        text += ", " +
                counted(static_cast<std::int64_t>(report.problems.size()), "problem", "problems");
    return text;
}

std::string json_of(const Report& report, SyncMode mode, Instant read_at) {
    json::Writer json;
    json.begin_object()
        .field("mode", events::name(mode))
        .field("read_at", format_instant(read_at))
        .field("text", sentence(report))
        .field("teams", report.teams)
        .field("members", report.members)
        .field("pending", report.pending)
        .field("removed", report.removed)
        .field("linked", report.linked)
        .field("review", report.review)
        .field("unmatched", report.unmatched)
        .field("event_types", report.event_types)
        .field("managed", report.managed)
        .field("created", report.created)
        .field("updated", report.updated)
        .field("deleted", report.deleted)
        .field("repeated", report.repeated)
        .field("orphans", report.orphans)
        .key("problems")
        .begin_array();
    const std::size_t told = std::min(report.problems.size(), kMostProblemsTold);
    for (std::size_t i = 0; i < told; ++i)
        json.value(printable(report.problems[i], kMostProblemBytes));
    if (told < report.problems.size())
        json.value("and " + std::to_string(report.problems.size() - told) + " more");
    json.end_array();
    if (mode != SyncMode::Check) return json.end_object().take();
    json.field("fields", report.fields).key("differences").begin_array();
    for (const Finding& finding : report.findings)
        write_finding(json, finding);
    return json.end_array().end_object().take();
}

} // namespace calfleet::team_syncer
