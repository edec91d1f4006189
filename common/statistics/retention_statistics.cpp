#include "common/statistics/retention_statistics.h"

#include <array>

namespace calfleet::statistics {
namespace {

constexpr postgres::Statement kAge{"statistics.retention_age", R"sql(
    select extract(epoch from now() - coalesce(ended_at, installed_at))::bigint from retention_state
)sql"};

constexpr std::array kCatalogue{kAge};

} // namespace

postgres::Catalogue retention_statistics_catalogue() {
    return kCatalogue;
}

std::chrono::seconds read_retention_age(postgres::Transaction& transaction) {
    return std::chrono::seconds{transaction.exec(kAge)[0].int64(0)};
}

} // namespace calfleet::statistics
