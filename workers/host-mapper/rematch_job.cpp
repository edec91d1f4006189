#include "workers/host-mapper/rematch_job.h"

#include "common/core/text.h"
#include "common/job/kinds.h"

#include <array>

namespace calfleet::host_mapper {

job::Outcome RematchJobs::run(postgres::Transaction& transaction, const job::Job& job, Instant) {
    const auto key = job::name_in(job::kRematchHost, job.entity);
    if (!key)
        return job::DeadLetter{
            {"entity",
             "entity: '" + printable(job.entity, 40) +
                 "' names no host; queue rematch-host for 'host:<calcom_host_id>'"}};
    const std::array keys{HostKey{job.company, *key}};
    const HostFacts facts = find_hosts(transaction, keys).front();
    if (!facts.row) return job::Discard{{"no_mapping", "the host has no current mapping"}};
    // The names are those of the last event; nothing here is newer.
    HostSighting host{.company = job.company, .key = *key, .wants_staff = true};
    if (parse_int64(*key)) host.id = *key;
    desk_.resolve(transaction, std::span(&host, 1));
    if (assign_waiting(transaction, keys).more)
        return job::Snooze{
            std::chrono::milliseconds{0},
            {"more_waiting", "more bookings of this host wait than one transaction assigns"}};
    return job::Completed{};
}

} // namespace calfleet::host_mapper
