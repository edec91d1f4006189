#include "common/intake/event_sources.h"

#include "common/core/text.h"

#include <array>
#include <vector>

namespace calfleet::intake {
namespace {

constexpr postgres::Statement kForeignSources{"event_sources.foreign", R"sql(
    select calfleet.foreign_sources($1::bigint[], $2::text[])
)sql"};

constexpr std::array kCatalogue{kForeignSources};

} // namespace

postgres::Catalogue event_sources_catalogue() {
    return kCatalogue;
}

std::set<SourceOfCompany>
find_foreign_sources(postgres::Transaction& transaction, const std::set<SourceOfCompany>& pairs) {
    std::set<SourceOfCompany> foreign;
    if (pairs.empty()) return foreign;
    postgres::Array companies, sources;
    std::vector<SourceOfCompany> asked;
    for (const SourceOfCompany& pair : pairs) {
        companies.add(pair.first.value);
        sources.add(pair.second);
        asked.push_back(pair);
    }
    for (const postgres::Row row :
         transaction.exec(kForeignSources, postgres::params(companies, sources)))
        foreign.insert(asked[static_cast<std::size_t>(row.int64(0)) - 1]);
    return foreign;
}

job::Reason foreign_source(const SourceOfCompany& pair) {
    return {
        "foreign_source",
        "ce_source: \"" + printable(pair.second, 255) + "\" may not speak for company " +
            std::to_string(pair.first.value) +
            ": bind it (calfleet source bind) and replay, or have the producer name its own "
            "company"};
}

} // namespace calfleet::intake
