#pragma once
// What was decided about mappings, and what they were before and after: for people who ask later.

#include "workers/host-mapper/job.h"

#include "common/postgres/session.h"

#include <span>

namespace calfleet::host_mapper {

postgres::Catalogue audit_catalogue();

struct AuditWrite {
    MappingId mapping;
    Audit audit;
};
/// After the mappings were written.
void write_audits(postgres::Transaction& transaction, std::span<const AuditWrite> audits);

} // namespace calfleet::host_mapper
