#pragma once
// What service-pusher reads: services as they are wanted, what is known of them, leases.

#include "workers/service-pusher/job.h"

#include "common/core/ids.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <span>
#include <vector>

namespace calfleet::service_pusher {

postgres::Catalogue store_catalogue();

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

/// One answer per name; the transaction is open for their companies.
std::vector<Facts>
load_facts(postgres::Transaction& transaction, std::span<const ServiceName> names);

} // namespace calfleet::service_pusher
