#pragma once
// The job rematch-host: a host that waits for a staff member is looked at again after the staff has
// changed, and its waiting bookings with it.

#include "workers/host-mapper/mapping_desk.h"
#include "workers/host-mapper/metrics.h"

#include "common/core/clock.h"
#include "common/jobs/transactional_jobs.h"

namespace calfleet::host_mapper {

/// Entity "host:<calcom_host_id>". Whoever queues it: one coalesced job per host is enough, since
/// it reads everything anew. Harmless when there is nothing to do. A host with very many waiting
/// bookings takes several runs, which use no attempt. One thread.
class RematchJobs final : public jobs::TransactionalJobs {
public:
    RematchJobs(const Metrics& metrics, const Clock& clock)
        : desk_(metrics, clock) {}

    job::Outcome run(postgres::Transaction& transaction, const job::Job& job, Instant now) override;

private:
    MappingDesk desk_;
};

} // namespace calfleet::host_mapper
