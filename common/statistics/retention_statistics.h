#pragma once
// How long ago everything that is kept for a time only was last looked through.

#include "common/postgres/session.h"

#include <chrono>

namespace calfleet::statistics {

postgres::Catalogue retention_statistics_catalogue();

/// Since `calfleet retention run` last came to its end, or, when it never did, since the fleet was
/// installed; by the database's clock. Access: runtime or login.
std::chrono::seconds read_retention_age(postgres::Transaction& transaction);

} // namespace calfleet::statistics
