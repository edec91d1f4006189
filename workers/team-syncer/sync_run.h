#pragma once
// One run of a sync: the steps in their order, and what they have come to so far.

#include "workers/team-syncer/calls.h"
#include "workers/team-syncer/database_clock.h"
#include "workers/team-syncer/links.h"
#include "workers/team-syncer/member_store.h"
#include "workers/team-syncer/metrics.h"
#include "workers/team-syncer/request_store.h"
#include "workers/team-syncer/store.h"
#include "workers/team-syncer/team_reading.h"

#include "common/executor/remote_jobs.h"
#include "common/job/job.h"
#include "common/messaging/outbox_events.h"

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace calfleet::team_syncer {

/// Lives as long as the job's coroutine.
class SyncRun {
public:
    template <class T>
    using Awaitable = boost::asio::awaitable<T>;
    /// Nothing: go on.
    using Stop = std::optional<job::Outcome>;

    SyncRun(
        const job::Job& job, executor::RemoteContext& context, Calls& calls, const Metrics& metrics
    );

    Awaitable<job::Outcome> run();

private:
    /// A team's reading and what is to be written about it.
    struct TeamWork {
        TeamReading reading;
        TeamFacts facts{};
        std::vector<LinkFacts> link_facts{};
        std::vector<Link> links{}; ///< one per member of the reading
        std::vector<Difference> differences{};
        std::vector<calcom::UserId> removed{};
        std::vector<Finding> findings{}; ///< of a sync that only checks
        Instant gone_at{};               ///< when deletions were seen for the second time
        Report report{};
    };

    Awaitable<Stop> load();
    /// Without a code: none.
    job::Reason company_refusal() const;
    Awaitable<Stop> sync_teams();
    Awaitable<Stop> sync_team(calcom::Team team);
    /// What the key's owner sells alone.
    Awaitable<Stop> sync_personal();
    Awaitable<Stop> name_missed_teams();
    Awaitable<Stop> load_facts(TeamWork& work);
    Awaitable<Stop> link_members(TeamWork& work);
    Awaitable<Stop> compare(TeamWork& work);
    /// What a sync that only checks has to say of the event types.
    Awaitable<Stop> check(TeamWork& work);
    /// Against the platform's own rows; gone: event types that are not there any more.
    Awaitable<Stop> find_findings(
        std::span<const SeenEventType> found,
        std::vector<calcom::EventTypeId> gone,
        std::vector<Finding>& findings
    );
    Awaitable<Stop> write(TeamWork& work);
    Awaitable<Stop> look_for_orphans();
    /// Tells of the orphans and ends the requests. Afterwards the job is `outcome`, unless the end
    /// could not be written.
    Awaitable<job::Outcome> finish(std::string_view word, job::Outcome outcome);
    Awaitable<job::Outcome> fail(job::Reason reason);

    void count(TeamWork& work) const;
    std::vector<messaging::OutgoingEvent> events_of(const TeamWork& work) const;
    messaging::OutgoingEvent
    event_of(EventTypeChange change, calcom::EventTypeId id, Instant at, std::string data) const;
    /// Event types that are new, different or gone.
    void write_found(
        postgres::Transaction& transaction, const TeamWork& work, std::optional<calcom::TeamId> team
    ) const;
    void write_rows(postgres::Transaction& transaction, const TeamWork& work) const;
    bool changes() const { return asked_->mode != SyncMode::Check; }

    const job::Job& job_;
    executor::RemoteContext& context_;
    Calls& calls_;
    DatabaseClock clock_;
    TeamReader reader_;
    const Metrics& metrics_;
    Instant began_{};

    CompanyFacts company_;
    std::optional<OpenRequests> asked_;
    std::optional<StaffFacts> staff_;
    std::optional<matching::CompanyIndex> index_;
    TakenStaff taken_;
    std::vector<calcom::Team> visible_; ///< teams that the company's own sync may call seen
    std::set<calcom::EventTypeId> seen_event_types_;
    std::vector<messaging::OutgoingEvent> orphans_; ///< to be told of
    Report total_;
};

} // namespace calfleet::team_syncer
