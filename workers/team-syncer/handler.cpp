#include "workers/team-syncer/handler.h"

#include "common/job/kinds.h"
#include "common/jobs/job_store.h"

namespace calfleet::team_syncer {

void RequestBatch::clear() {
    arena_.clear();
    requests_.clear();
}

Result<std::string_view> RequestBatch::add(const intake::Event& event) {
    const auto asked = decoder_.decode(event.envelope, arena_);
    if (!asked) return asked.error();
    requests_.push_back({event.envelope.company, *asked, arena_.keep(event.envelope.id)});
    // Not the entity of the job: a request need not wait for the end of a sync to be written down.
    return std::string_view("request");
}

void RequestBatch::apply(
    postgres::Transaction& transaction,
    std::span<const std::uint32_t> chosen,
    std::span<intake::Verdict> verdicts,
    Instant /*now*/
) {
    std::vector<SyncRequest> requests;
    std::vector<jobs::NewJob> jobs;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        const SyncRequest& request = requests_[chosen[i]];
        requests.push_back(request);
        jobs.push_back(
            {.kind = job::kSyncTeams.name,
             .company = request.company,
             .entity = job::kSyncTeams.entity}
        );
        verdicts[i] = intake::Applied{};
    }
    add_requests(transaction, requests);
    jobs::enqueue_jobs(transaction, kWorker, jobs);
}

} // namespace calfleet::team_syncer
