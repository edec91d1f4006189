#pragma once
// What is said when the source of an event may not speak for the company that it names: it is bound
// to other companies only, or the company takes bound sources only.

#include "common/core/ids.h"
#include "common/job/outcome.h"

#include <string_view>
#include <utility>

namespace calfleet::intake {

using SourceOfCompany = std::pair<CompanyId, std::string_view>;

/// For the letter; names both.
job::Reason foreign_source(const SourceOfCompany& pair);

} // namespace calfleet::intake
