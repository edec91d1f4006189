#include "workers/service-pusher/service_batch.h"

#include "common/job/kinds.h"
#include "common/jobs/job_store.h"

namespace calfleet::service_pusher {

using postgres::Transaction;

std::string push_entity(ServiceId service) {
    return job::entity_of(job::kPushService, service.value);
}

std::optional<ServiceId> service_of_entity(std::string_view entity) {
    const auto number = job::id_in(job::kPushService, entity);
    return number ? std::optional(ServiceId{*number}) : std::nullopt;
}

void ServiceBatch::clear() {
    arena_.clear();
    changes_.clear();
}

Result<std::string_view> ServiceBatch::add(const intake::Event& event) {
    const Result<events::ServiceChanged> changed = decoder_.decode(event.envelope);
    if (!changed) return changed.error();
    const std::string_view entity = arena_.keep(push_entity(changed->service));
    changes_.push_back({{event.envelope.company, changed->service}, changed->version, entity});
    return arena_.keep("changed:" + std::string(entity));
}

void ServiceBatch::apply(
    Transaction& transaction,
    std::span<const std::uint32_t> chosen,
    std::span<intake::Verdict> verdicts,
    Instant /*now*/
) {
    std::vector<ServiceName> names;
    names.reserve(chosen.size());
    for (const std::uint32_t number : chosen)
        names.push_back(changes_[number].name);
    const std::vector<KnownService> services = find_services(transaction, names);

    std::vector<jobs::NewJob> jobs;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        const Changed& change = changes_[chosen[i]];
        if (!services[i].exists) {
            verdicts[i] = job::Discard{{"service_gone", "the service is not there any more"}};
        } else if (!services[i].has_event_type) {
            verdicts[i] =
                job::Discard{{"no_event_type", "the service has no event type at Cal.com"}};
        } else if (change.version <= services[i].pushed_version) {
            verdicts[i] = intake::Superseded{};
            metrics_.superseded.add();
        } else {
            verdicts[i] = intake::Applied{};
            jobs.push_back(
                {.kind = job::kPushService.name,
                 .company = change.name.company,
                 .entity = change.entity}
            );
        }
    }
    jobs::enqueue_jobs(transaction, kWorker, jobs);
}

} // namespace calfleet::service_pusher
