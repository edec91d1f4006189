// What a run writes down: rows, events, the end of the requests.

#include "workers/team-syncer/child_store.h"
#include "workers/team-syncer/children_job.h"
#include "workers/team-syncer/handler.h"
#include "workers/team-syncer/sync_run.h"

#include "common/core/crash_point.h"
#include "common/core/uuid.h"
#include "common/job/kinds.h"
#include "common/jobs/job_leases.h"
#include "common/jobs/job_store.h"
#include "common/jobs/job_transaction.h"
#include "common/log/log.h"

#include <utility>

namespace calfleet::team_syncer {
namespace {

using postgres::Access;
using postgres::Transaction;

job::Outcome lease_lost() {
    return job::Snooze{
        std::chrono::milliseconds{100}, {"lease_lost", "another process has the job by now"}};
}

} // namespace

void SyncRun::count(TeamWork& work) const {
    Report& report = work.report;
    report.teams = work.reading.personal || work.reading.team.id.value == 0 ? 0 : 1;
    report.members = std::ssize(work.reading.members);
    for (std::size_t i = 0; i < work.links.size(); ++i) {
        if (!work.reading.members[i].accepted) ++report.pending;
        switch (work.links[i].state) {
        case LinkState::Linked:
            ++report.linked;
            break;
        case LinkState::Review:
            ++report.review;
            break;
        case LinkState::Unmatched:
            ++report.unmatched;
            break;
        }
    }
    report.removed = std::ssize(work.removed);
    report.event_types = std::ssize(work.reading.event_types);
    for (const SeenEventType& one : work.reading.event_types)
        if (one.event_type.scheduling == calcom::Scheduling::Managed) ++report.managed;
    if (changes())
        for (const Difference& difference : work.differences)
            report.count(difference);
    else
        report.count(std::move(work.findings));
    report.problems = work.reading.problems;
}

messaging::OutgoingEvent SyncRun::event_of(
    EventTypeChange change, calcom::EventTypeId id, Instant at, std::string data
) const {
    const std::string number = std::to_string(id.value);
    return {
        .type = events::kEventTypeUpdated,
        .id = to_string(name_uuid(
            {"event type",
             std::to_string(job_.company.value),
             number,
             events::name(change),
             format_instant(at)}
        )),
        .source = kSource,
        .time = at,
        .company = job_.company,
        .entity = number,
        .data = std::move(data)};
}

std::vector<messaging::OutgoingEvent> SyncRun::events_of(const TeamWork& work) const {
    std::vector<messaging::OutgoingEvent> events;
    for (const Difference& difference : work.differences) {
        const bool gone = difference.change == EventTypeChange::Deleted;
        events.push_back(event_of(
            difference.change,
            difference.id,
            gone ? work.gone_at : work.reading.read_at,
            change_document(
                events::name(difference.change),
                gone ? deleted_json(difference.id) : work.reading.event_types[difference.found].json
            )
        ));
    }
    return events;
}

void SyncRun::write_found(
    Transaction& transaction, const TeamWork& work, std::optional<calcom::TeamId> team
) const {
    std::vector<const SeenEventType*> changed;
    std::vector<calcom::EventTypeId> gone;
    for (const Difference& difference : work.differences) {
        if (difference.change == EventTypeChange::Deleted)
            gone.push_back(difference.id);
        else
            changed.push_back(&work.reading.event_types[difference.found]);
    }
    write_event_types(transaction, job_.company, team, changed, work.reading.read_at);
    write_deleted_event_types(transaction, job_.company, gone);
}

void SyncRun::write_rows(Transaction& transaction, const TeamWork& work) const {
    const TeamReading& reading = work.reading;
    const CompanyId company = job_.company;
    if (reading.personal) {
        write_found(transaction, work, std::nullopt);
        return;
    }
    write_team(transaction, company, reading.team);
    write_members(transaction, company, reading.members, work.links, staff_->version);
    write_removed_members(transaction, company, reading.team.id, work.removed);
    write_accounts(transaction, company, reading.members, work.links);
    write_found(transaction, work, reading.team.id);
    const auto problem =
        reading.problems.empty() ? std::nullopt : std::optional(reading.problems.front());
    write_team_report(
        transaction,
        company,
        reading.team.id,
        problem,
        json_of(work.report, asked_->mode, reading.read_at)
    );
}

boost::asio::awaitable<SyncRun::Stop> SyncRun::write(TeamWork& work) {
    const auto events = events_of(work);
    std::vector<calcom::EventTypeId> parents;
    for (const SeenEventType& one : work.reading.event_types)
        if (one.event_type.scheduling == calcom::Scheduling::Managed)
            parents.push_back(one.event_type.id);
    const auto body = [&](Transaction& transaction) {
        if (!jobs::hold_lease(transaction, job_)) return false;
        write_rows(transaction, work);
        messaging::append_events(transaction, events);
        if (asked_->mode == SyncMode::Force)
            invalidate_children(transaction, job_.company, parents);
        ask_for_children(transaction, job_.company, parents);
        return true;
    };
    const Result<bool> written = co_await context_.database(Access::company(job_.company), body);
    if (!written) co_return jobs::outcome_of_error(written.error());
    if (!*written) co_return lease_lost();
    metrics_.wrote(work.report);
    co_return std::nullopt;
}

boost::asio::awaitable<job::Outcome> SyncRun::fail(job::Reason reason) {
    total_.problems.push_back(reason.text);
    job::Outcome discarded = job::Discard{std::move(reason)};
    co_return co_await finish("failed", std::move(discarded));
}

boost::asio::awaitable<job::Outcome> SyncRun::finish(std::string_view word, job::Outcome outcome) {
    crash_point("T1");
    const std::string report = json_of(total_, asked_->mode, began_);
    const auto body = [&](Transaction& transaction) {
        if (!jobs::hold_lease(transaction, job_)) return false;
        if (changes() && !asked_->team && !visible_.empty())
            write_unseen_teams(transaction, job_.company, visible_);
        // Nothing else remembers that they were told: with the requests' end, or not at all.
        messaging::append_events(transaction, orphans_);
        end_requests(transaction, job_.company, *asked_, word, report);
        if (asked_->more) {
            const jobs::NewJob next{
                .kind = job::kSyncTeams.name,
                .company = job_.company,
                .entity = job::kSyncTeams.entity};
            jobs::enqueue_jobs(transaction, kWorker, std::span(&next, 1));
        }
        return true;
    };
    const Result<bool> written = co_await context_.database(Access::company(job_.company), body);
    if (!written) co_return jobs::outcome_of_error(written.error());
    if (!*written) co_return lease_lost();
    metrics_.deleted.add(static_cast<double>(orphans_.size()));
    metrics_.ended(word);
    log::info(
        "team_sync.ended",
        {{"company", job_.company},
         {"mode", events::name(asked_->mode)},
         {"reason", asked_->reason},
         {"requests", asked_->count},
         {"outcome", word},
         {"report", sentence(total_)}}
    );
    co_return outcome;
}

} // namespace calfleet::team_syncer
