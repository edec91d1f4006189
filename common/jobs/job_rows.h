#pragma once
// Rows of the jobs table as job::Job.

#include "common/core/ids.h"
#include "common/core/record_view.h"
#include "common/job/job.h"
#include "common/postgres/session.h"

#include <span>
#include <vector>

namespace calfleet::jobs {

postgres::Catalogue job_rows_catalogue();

/// Those that exist, in the order of their numbers.
std::vector<job::Job> load_jobs(postgres::Transaction& transaction, std::span<const JobId> ids);

/// A stored record as codecs and dead letters look at it. Views into the record; headers must be
/// kept beside it.
std::vector<HeaderView> header_views(const job::StoredRecord& record);
RecordView view_of(const job::StoredRecord& record, std::span<const HeaderView> headers);

} // namespace calfleet::jobs
