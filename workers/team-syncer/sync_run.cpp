#include "workers/team-syncer/sync_run.h"

#include "workers/team-syncer/platform_check.h"

#include "common/core/crash_point.h"
#include "common/jobs/job_transaction.h"

#include <algorithm>
#include <utility>

namespace calfleet::team_syncer {
namespace {

using postgres::Access;
using postgres::Transaction;

constexpr std::string_view kTeams = "teams.list";
constexpr std::string_view kEventType = "event-type.get";
/// Each is a call; with more, the rest has its turn on other days.
constexpr int kOrphanLooks = 20;
/// Members matched between two signs of life: a company of thousands takes milliseconds for each.
constexpr std::size_t kMatchesAtOnce = 200;

} // namespace

SyncRun::SyncRun(
    const job::Job& job, executor::RemoteContext& context, Calls& calls, const Metrics& metrics
)
    : job_(job)
    , context_(context)
    , calls_(calls)
    , clock_(context.clock())
    , reader_(calls, clock_)
    , metrics_(metrics) {}

boost::asio::awaitable<job::Outcome> SyncRun::run() {
    if (auto stop = co_await load()) co_return std::move(*stop);
    crash_point("J2");
    if (!asked_) co_return job::Discard{{"nobody_asks", "every request has been answered"}};
    // Arguments of co_await have names: GCC 12 destroys unnamed aggregates twice.
    job::Reason refusal = company_refusal();
    if (!refusal.code.empty()) co_return co_await fail(std::move(refusal));
    if (auto stop = co_await sync_teams()) co_return std::move(*stop);
    if (!asked_->team) {
        if (auto stop = co_await sync_personal()) co_return std::move(*stop);
        if (auto stop = co_await name_missed_teams()) co_return std::move(*stop);
        if (auto stop = co_await look_for_orphans()) co_return std::move(*stop);
    }
    job::Outcome completed = job::Completed{};
    co_return co_await finish(
        total_.problems.empty() ? "done" : "incomplete", std::move(completed)
    );
}

boost::asio::awaitable<SyncRun::Stop> SyncRun::sync_teams() {
    if (!company_.team) co_return std::nullopt;
    const auto send = [](calcom::Client& client, const auto& key, calcom::Until until) {
        return client.teams(key, until);
    };
    using Teams = std::vector<calcom::Team>;
    Answer<Teams> answer = co_await calls_.ask<Teams>(kTeams, send);
    if (const auto* denied = std::get_if<Denied>(&answer)) {
        job::Reason refusal{"teams_denied", "teams: " + denied->text};
        co_return co_await fail(std::move(refusal));
    }
    if (auto* end = std::get_if<job::Outcome>(&answer)) co_return std::move(*end);
    const auto only = asked_->team ? std::optional(calcom::TeamId{*asked_->team}) : std::nullopt;
    auto teams = teams_of_company(std::get<Teams>(answer), *company_.team, only);
    if (!teams) {
        visible_ = std::move(std::get<Teams>(answer));
        job::Reason refusal{"team_not_seen", teams.error().message};
        co_return co_await fail(std::move(refusal));
    }
    visible_ = *teams;
    for (calcom::Team& team : *teams)
        if (auto stop = co_await sync_team(std::move(team))) co_return std::move(*stop);
    co_return std::nullopt;
}

boost::asio::awaitable<SyncRun::Stop> SyncRun::sync_personal() {
    auto read = co_await reader_.read_personal();
    if (auto* end = std::get_if<job::Outcome>(&read)) co_return std::move(*end);
    TeamWork work{.reading = std::move(std::get<TeamReading>(read))};
    const TeamReading& reading = work.reading;
    if (reading.event_types_read) {
        const auto body = [&](Transaction& transaction) {
            work.facts.event_types = load_personal(transaction, job_.company, *reading.personal);
        };
        const Result<> loaded = co_await context_.database(Access::company(job_.company), body);
        if (!loaded) co_return jobs::outcome_of_error(loaded.error());
        if (auto stop = co_await compare(work)) co_return stop;
    }
    if (!changes())
        if (auto stop = co_await check(work)) co_return stop;
    count(work);
    if (changes() && reading.event_types_read)
        if (auto stop = co_await write(work)) co_return stop;
    for (const SeenEventType& one : reading.event_types)
        seen_event_types_.insert(one.event_type.id);
    total_.add(work.report);
    co_return std::nullopt;
}

/// Cal.com lists the teams that the key's owner is a member of, and says nothing of others.
boost::asio::awaitable<SyncRun::Stop> SyncRun::name_missed_teams() {
    const auto body = [&](Transaction& transaction) {
        return load_missed_teams(transaction, job_.company, visible_);
    };
    const auto missed = co_await context_.database(Access::company(job_.company), body);
    if (!missed) co_return jobs::outcome_of_error(missed.error());
    for (const calcom::TeamId team : *missed)
        total_.problems.push_back(
            "team " + std::to_string(team.value) +
            " was not read: it is not below the company's team, or the key's owner is no member of "
            "it"
        );
    co_return std::nullopt;
}

job::Reason SyncRun::company_refusal() const {
    if (!company_.is_active) return {"inactive_company", "the company is switched off"};
    if (!company_.team && asked_->team)
        return {
            "no_team", "companies.calcom_team_id is not set: the company has no team at Cal.com"};
    return {};
}

boost::asio::awaitable<SyncRun::Stop> SyncRun::load() {
    Instant now{};
    const auto body = [&](Transaction& transaction) {
        company_ = load_company(transaction, job_.company);
        asked_ = open_requests(transaction, job_.company);
        now = reading_time(transaction, job_.company);
    };
    const Result<> loaded = co_await context_.database(Access::company(job_.company), body);
    if (!loaded) co_return jobs::outcome_of_error(loaded.error());
    clock_.set(now);
    began_ = now;
    co_return std::nullopt;
}

boost::asio::awaitable<SyncRun::Stop> SyncRun::sync_team(calcom::Team team) {
    auto read = co_await reader_.read(std::move(team));
    if (auto* end = std::get_if<job::Outcome>(&read)) co_return std::move(*end);
    TeamWork work{.reading = std::move(std::get<TeamReading>(read))};
    if (auto stop = co_await load_facts(work)) co_return stop;
    if (auto stop = co_await link_members(work)) co_return stop;
    if (work.reading.event_types_read)
        if (auto stop = co_await compare(work)) co_return stop;
    work.removed =
        removed_members(work.facts.members, work.reading.members, work.reading.members_certain);
    if (!changes())
        if (auto stop = co_await check(work)) co_return stop;
    count(work);
    if (changes())
        if (auto stop = co_await write(work)) co_return stop;
    for (const SeenEventType& one : work.reading.event_types)
        seen_event_types_.insert(one.event_type.id);
    total_.add(work.report);
    co_return std::nullopt;
}

boost::asio::awaitable<SyncRun::Stop> SyncRun::load_facts(TeamWork& work) {
    const auto body = [this, &work](Transaction& transaction) {
        work.facts = load_team(transaction, job_.company, work.reading.team.id);
        if (!index_) {
            staff_ = load_staff(transaction, job_.company);
            index_.emplace(staff_->staff);
        }
        work.link_facts =
            load_links(transaction, job_.company, work.reading.members, staff_->version);
    };
    const Result<> loaded = co_await context_.database(Access::company(job_.company), body);
    if (!loaded) co_return jobs::outcome_of_error(loaded.error());
    for (const auto& [staff, account] : staff_->accounts)
        taken_.take(staff, account);
    co_return std::nullopt;
}

boost::asio::awaitable<SyncRun::Stop> SyncRun::link_members(TeamWork& work) {
    const auto& members = work.reading.members;
    work.links.resize(members.size());
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const auto known = known_link(work.link_facts[i]);
        if (!known) {
            open.push_back(i);
            continue;
        }
        work.links[i] = *known;
        if (known->state == LinkState::Linked) taken_.take(*known->staff, members[i].user);
    }
    for (std::size_t next = 0; next < open.size();) {
        const std::size_t end = std::min(open.size(), next + kMatchesAtOnce);
        // On a database thread, for the event loop must not stand still; without a statement.
        const auto body = [&](Transaction&) {
            for (std::size_t at = next; at < end; ++at) {
                const calcom::Membership& member = members[open[at]];
                const matching::Host host{
                    std::to_string(member.user.value), member.name, member.email, member.username};
                work.links[open[at]] = link_of(
                    matching::match(*index_, host, {}), work.link_facts[open[at]].person_decided
                );
            }
        };
        const Result<> matched = co_await context_.database(Access::company(job_.company), body);
        if (!matched) co_return jobs::outcome_of_error(matched.error());
        next = end;
    }
    for (const std::size_t at : open)
        work.links[at] = taken_.settle(std::move(work.links[at]), members[at].user);
    co_return std::nullopt;
}

boost::asio::awaitable<SyncRun::Stop> SyncRun::compare(TeamWork& work) {
    std::vector<FoundEventType> found;
    for (const SeenEventType& one : work.reading.event_types)
        found.push_back({one.event_type.id, one.digest});
    work.differences = differences(work.facts.event_types, found, asked_->mode);
    if (missing(work.facts.event_types, found).empty()) co_return std::nullopt;
    auto again = co_await reader_.read_again(work.reading);
    if (auto* end = std::get_if<job::Outcome>(&again)) co_return std::move(*end);
    const auto* second = std::get_if<TeamReader::Second>(&again);
    if (second == nullptr)
        work.reading.problems.push_back(
            (work.reading.personal ? "the key's owner"
                                   : "team " + std::to_string(work.reading.team.id.value)) +
            ", event types: " + std::get<Denied>(again).text + "; nothing is called deleted"
        );
    else
        work.gone_at = second->read_at;
    std::erase_if(work.differences, [&](const Difference& difference) {
        return difference.change == EventTypeChange::Deleted &&
               (second == nullptr || second->ids.contains(difference.id));
    });
    co_return std::nullopt;
}

boost::asio::awaitable<SyncRun::Stop> SyncRun::check(TeamWork& work) {
    if (!work.reading.event_types_read) co_return std::nullopt;
    std::vector<calcom::EventTypeId> gone;
    for (const Difference& difference : work.differences)
        if (difference.change == EventTypeChange::Deleted) gone.push_back(difference.id);
    co_return co_await find_findings(work.reading.event_types, std::move(gone), work.findings);
}

boost::asio::awaitable<SyncRun::Stop> SyncRun::find_findings(
    std::span<const SeenEventType> found,
    std::vector<calcom::EventTypeId> gone,
    std::vector<Finding>& findings
) {
    const auto body = [&](Transaction& transaction) {
        findings = compare_with_platform(transaction, job_.company, found, gone);
    };
    const Result<> compared = co_await context_.database(Access::company(job_.company), body);
    if (!compared) co_return jobs::outcome_of_error(compared.error());
    co_return std::nullopt;
}

boost::asio::awaitable<SyncRun::Stop> SyncRun::look_for_orphans() {
    const Date today = std::chrono::floor<std::chrono::days>(began_);
    const auto body = [&](Transaction& transaction) {
        return load_unplaced_event_types(transaction, job_.company, today, kOrphanLooks);
    };
    const auto ids = co_await context_.database(Access::company(job_.company), body);
    if (!ids) co_return jobs::outcome_of_error(ids.error());
    std::vector<calcom::EventTypeId> gone;
    for (const calcom::EventTypeId id : *ids) {
        if (seen_event_types_.contains(id)) continue;
        const Instant at = clock_.now();
        const auto send = [&](calcom::Client& client, const auto& key, calcom::Until until) {
            return client.event_type(key, id, until);
        };
        Answer<calcom::EventType> answer = co_await calls_.ask<calcom::EventType>(kEventType, send);
        if (auto* end = std::get_if<job::Outcome>(&answer)) co_return std::move(*end);
        const auto* denied = std::get_if<Denied>(&answer);
        if (denied == nullptr) continue;
        if (!denied->not_found) {
            total_.problems.push_back(
                "event type " + std::to_string(id.value) + ": " + denied->text
            );
            continue;
        }
        if (!changes()) {
            gone.push_back(id);
            continue;
        }
        total_.count({EventTypeChange::Deleted, id, 0, true});
        orphans_.push_back(event_of(
            EventTypeChange::Deleted,
            id,
            at,
            change_document(events::name(EventTypeChange::Deleted), deleted_json(id))
        ));
    }
    if (gone.empty()) co_return std::nullopt;
    std::vector<Finding> findings;
    const std::span<const SeenEventType> nothing;
    auto stop = co_await find_findings(nothing, std::move(gone), findings);
    if (stop) co_return stop;
    total_.count(std::move(findings));
    co_return std::nullopt;
}

} // namespace calfleet::team_syncer
