#pragma once
// host-mapper's SQL about bookings: customers, services, branches and appointments, a batch at a
// time. Every function is one statement whatever the size of the batch. Rows are written in the
// order of their keys, tables in the order mappings, customers, appointments, so that lanes cannot
// deadlock.

#include "workers/host-mapper/job.h"

#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace calfleet::host_mapper {

/// Every statement of this worker.
postgres::Catalogue host_mapper_catalogue();

struct NumberOfCompany {
    CompanyId company;
    std::int64_t number{0};
    friend auto operator<=>(const NumberOfCompany&, const NumberOfCompany&) = default;
};

/// Ids of the services that sell these Cal.com event types; one per question.
std::vector<std::optional<std::int64_t>>
find_services(postgres::Transaction& transaction, std::span<const NumberOfCompany> event_types);

/// Which of these are branches of their company; one answer per question.
std::vector<bool>
find_branches(postgres::Transaction& transaction, std::span<const NumberOfCompany> branches);

/// Brings the customers up to date and answers their ids, one per sighting. Sightings are sorted by
/// (company, key), each once. One statement when all are known and unchanged, at most three.
std::vector<std::int64_t>
keep_customers(postgres::Transaction& transaction, std::span<const CustomerSighting> customers);

/// A booking with everything its row refers to.
struct AppointmentWrite {
    const Sighting* booking{nullptr};
    Assignment assignment{};
    std::optional<std::int64_t> service{};
    std::optional<std::int64_t> customer{};
};

/// Merges the bookings into their rows by the same rule as merge(): sorted by (company, uid), each
/// once. Rows that know it all already are not touched. A staff member set by a person stays.
std::vector<Written> write_appointments(
    postgres::Transaction& transaction, std::span<const AppointmentWrite> appointments
);

} // namespace calfleet::host_mapper
