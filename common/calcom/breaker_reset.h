#pragma once
// Closing breakers by hand.

#include "common/calcom/breaker.h"
#include "common/postgres/session.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::calcom {

postgres::Catalogue breaker_reset_catalogue();

/// Closes those that match (nothing: any), forgets what they counted, and takes no notice of calls
/// that are on their way to find out. Returns their keys. Access: login of an operator.
std::vector<BreakerKey> reset_breakers(
    postgres::Transaction& transaction,
    const std::optional<std::string>& scope,
    const std::optional<std::string>& key
);

/// Whose active key it is that a credential's breaker is named after.
std::vector<CompanyId>
companies_with_key(postgres::Transaction& transaction, std::string_view fingerprint);

} // namespace calfleet::calcom
