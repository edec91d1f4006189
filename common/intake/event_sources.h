#pragma once
// Whether the source of an event may speak for the company that it names.

#include "common/core/ids.h"
#include "common/job/outcome.h"
#include "common/postgres/session.h"

#include <set>
#include <string_view>
#include <utility>

namespace calfleet::intake {

using SourceOfCompany = std::pair<CompanyId, std::string_view>;

postgres::Catalogue event_sources_catalogue();

/// Those of the pairs that are forbidden: the source is bound to other companies only, or the
/// company takes bound sources only. Nobody bound anything: none.
std::set<SourceOfCompany>
find_foreign_sources(postgres::Transaction& transaction, const std::set<SourceOfCompany>& pairs);

/// For the letter; names both.
job::Reason foreign_source(const SourceOfCompany& pair);

} // namespace calfleet::intake
