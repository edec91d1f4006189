#pragma once
// service-pusher's rows: services as they are wanted, and the book of what was pushed.

#include "workers/service-pusher/job.h"

#include "common/core/ids.h"
#include "common/job/job.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <span>
#include <vector>

namespace calfleet::service_pusher {

postgres::Catalogue service_pusher_catalogue();

struct ServiceName {
    CompanyId company;
    ServiceId service;
};

/// What intake asks of a service.
struct KnownService {
    bool exists{false};
    bool has_event_type{false};
    std::int64_t pushed_version{0}; ///< 0: never
};

/// One answer per name; the transaction is open for their companies.
std::vector<KnownService>
find_services(postgres::Transaction& transaction, std::span<const ServiceName> names);

Facts load_facts(postgres::Transaction& transaction, const ServiceName& name);

/// The lease that the job was claimed under still holds, and does so until the transaction ends.
bool hold_lease(postgres::Transaction& transaction, const job::Job& job);

/// What is about to be overwritten, and what is about to be sent.
void write_intent(
    postgres::Transaction& transaction,
    CompanyId company,
    const Service& service,
    const Change& change
);

/// The service's row (its status only if nobody edited the service meanwhile; then it stays
/// pending), a line of history, divergences. None of it echoes as service-changed.
void write_result(
    postgres::Transaction& transaction,
    CompanyId company,
    const Service& service,
    const SyncResult& result
);

} // namespace calfleet::service_pusher
