#include "workers/calfleet/source_store.h"

#include "common/postgres/error.h"

#include <array>

namespace calfleet::cli {
namespace {

using postgres::params;
using postgres::Statement;

constexpr Statement kKnowsCompany{
    "source.knows_company", "select from platform.companies where id = $1"};

constexpr Statement kBind{"source.bind", R"sql(
    insert into calfleet.event_sources (company_id, source, bound_by) values ($1, $2, $3)
    on conflict do nothing
)sql"};

constexpr Statement kRelease{
    "source.release", "delete from calfleet.event_sources where company_id = $1 and source = $2"};

constexpr Statement kTakeBoundOnly{"source.take_bound_only", R"sql(
    insert into calfleet.bound_companies (company_id, bound_by) values ($1, $2) on conflict do nothing
)sql"};

constexpr Statement kTakeAny{
    "source.take_any", "delete from calfleet.bound_companies where company_id = $1"};

constexpr Statement kList{"source.list", R"sql(
    select source, company_id, bound_at::text, bound_by from calfleet.event_sources
    union all
    select '', company_id, bound_at::text, bound_by from calfleet.bound_companies
    order by 1, 2
)sql"};

constexpr std::array kCatalogue{kKnowsCompany, kBind, kRelease, kTakeBoundOnly, kTakeAny, kList};

void must_exist(postgres::Transaction& transaction, CompanyId company) {
    if (transaction.exec(kKnowsCompany, params(company.value)).empty())
        throw postgres::Abort(
            {ErrorKind::NotFound, "there is no company " + std::to_string(company.value)}
        );
}

} // namespace

postgres::Catalogue source_catalogue() {
    return kCatalogue;
}

bool bind_source(
    postgres::Transaction& transaction,
    std::string_view source,
    CompanyId company,
    std::string_view actor
) {
    must_exist(transaction, company);
    return transaction.exec(kBind, params(company.value, source, actor)).affected() > 0;
}

bool release_source(
    postgres::Transaction& transaction, std::string_view source, CompanyId company
) {
    return transaction.exec(kRelease, params(company.value, source)).affected() > 0;
}

bool take_bound_only(
    postgres::Transaction& transaction, CompanyId company, std::string_view actor
) {
    if (company) must_exist(transaction, company);
    return transaction.exec(kTakeBoundOnly, params(company.value, actor)).affected() > 0;
}

bool take_any(postgres::Transaction& transaction, CompanyId company) {
    return transaction.exec(kTakeAny, params(company.value)).affected() > 0;
}

std::vector<SourceRow> list_sources(postgres::Transaction& transaction) {
    std::vector<SourceRow> sources;
    for (const postgres::Row row : transaction.exec(kList))
        sources.push_back(
            {std::string(row.text(0)),
             CompanyId{row.int64(1)},
             std::string(row.text(2)),
             std::string(row.text(3))}
        );
    return sources;
}

} // namespace calfleet::cli
