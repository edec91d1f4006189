#pragma once
// The job that finds the children of one managed event type: a look-up for each host whose child is
// not known, or not known any more.

#include "workers/team-syncer/calls.h"
#include "workers/team-syncer/children.h"
#include "workers/team-syncer/database_clock.h"
#include "workers/team-syncer/metrics.h"

#include "common/executor/remote_jobs.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace calfleet::team_syncer {

/// "children:4202", the managed event type.
std::string children_entity(calcom::EventTypeId parent);
std::optional<calcom::EventTypeId> parent_of_entity(std::string_view entity);

/// A waiting job for each parent; the transaction is open for the company.
void ask_for_children(
    postgres::Transaction& transaction,
    CompanyId company,
    std::span<const calcom::EventTypeId> parents
);

/// Every answer is written by itself: a run that is cut off goes on where it stopped.
class ChildrenJobs final : public executor::RemoteJobs {
public:
    /// All outlive the jobs.
    ChildrenJobs(calcom::Gate& gate, const Metrics& metrics, Patience patience = {})
        : gate_(gate)
        , metrics_(metrics)
        , patience_(patience) {}

    boost::asio::awaitable<job::Outcome>
    run(job::Job job, executor::RemoteContext& context) override;

private:
    boost::asio::awaitable<Answer<ChildAnswer>>
    look_up(Calls& calls, const ParentFacts& parent, const ChildFacts& host) const;
    boost::asio::awaitable<job::Outcome> resolve(
        const job::Job& job,
        const ParentFacts& parent,
        const DatabaseClock& clock,
        executor::RemoteContext& context
    ) const;

    calcom::Gate& gate_;
    const Metrics& metrics_;
    Patience patience_;
};

} // namespace calfleet::team_syncer
