#pragma once
// Which sources of events are bound to which companies.

#include "common/core/ids.h"
#include "common/postgres/session.h"

#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

postgres::Catalogue source_catalogue();

/// True when it was not so before. Aborts with NotFound when there is no such company.
bool bind_source(
    postgres::Transaction& transaction,
    std::string_view source,
    CompanyId company,
    std::string_view actor
);
bool release_source(postgres::Transaction& transaction, std::string_view source, CompanyId company);
/// Company 0: every company. From then on only bound sources speak for it, or any again.
bool take_bound_only(postgres::Transaction& transaction, CompanyId company, std::string_view actor);
bool take_any(postgres::Transaction& transaction, CompanyId company);

struct SourceRow {
    std::string source; ///< empty: the company takes bound sources only
    CompanyId company;
    std::string bound_at, bound_by;
};
std::vector<SourceRow> list_sources(postgres::Transaction& transaction);

} // namespace calfleet::cli
