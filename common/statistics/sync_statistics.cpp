#include "common/statistics/sync_statistics.h"

#include <array>

namespace calfleet::statistics {
namespace {

using postgres::params;
using postgres::Row;
using postgres::Statement;
using std::chrono::seconds;

// From each company to its newest rows: an index serves both, however long the history is.
constexpr Statement kTeamSyncs{"statistics.team_syncs", R"sql(
    with companies_with_team as (
        select c.id, last.outcome, complete.ended_at
        from platform.companies c
        left join lateral (
            select outcome from platform.team_syncs t
            where t.company_id = c.id and t.ended_at is not null and t.mode <> 'check' and t.calcom_team_id is null
            order by t.id desc limit 1
        ) last on true
        left join lateral (
            select ended_at from platform.team_syncs t
            where t.company_id = c.id and t.outcome = 'done' and t.mode <> 'check' and t.calcom_team_id is null
            order by t.id desc limit 1
        ) complete on true
        where c.is_active and c.calcom_team_id is not null and ($1::bigint is null or c.id = $1)
    )
    select count(*) filter (where outcome = 'done'), count(*) filter (where outcome = 'incomplete'),
           count(*) filter (where outcome = 'failed'), count(*) filter (where outcome is null),
           extract(epoch from now() - min(ended_at))::bigint,
           (select count(*) from platform.team_syncs t where t.ended_at is null and ($1::bigint is null or t.company_id = $1)),
           (select extract(epoch from now() - min(t.requested_at))::bigint from platform.team_syncs t
            where t.ended_at is null and ($1::bigint is null or t.company_id = $1))
    from companies_with_team
)sql"};

constexpr Statement kCompanySyncs{"statistics.company_syncs", R"sql(
    select c.id, last.outcome, last.ended_at, complete.ended_at, waiting.since
    from platform.companies c
    left join lateral (
        select outcome, ended_at from platform.team_syncs t
        where t.company_id = c.id and t.ended_at is not null and t.mode <> 'check' and t.calcom_team_id is null
        order by t.id desc limit 1
    ) last on true
    left join lateral (
        select ended_at from platform.team_syncs t
        where t.company_id = c.id and t.outcome = 'done' and t.mode <> 'check' and t.calcom_team_id is null
        order by t.id desc limit 1
    ) complete on true
    cross join lateral (
        select min(requested_at) as since from platform.team_syncs t where t.company_id = c.id and t.ended_at is null
    ) waiting
    where c.is_active and c.calcom_team_id is not null and ($1::bigint is null or c.id = $1)
    order by complete.ended_at nulls first, c.id
    limit $2::bigint
)sql"};

constexpr Statement kServices{"statistics.services", R"sql(
    select sync_status, count(*)
    from platform.services where $1::bigint is null or company_id = $1
    group by sync_status order by 2 desc, 1
)sql"};

constexpr Statement kDivergences{"statistics.divergences", R"sql(
    select count(*), count(distinct (company_id, service_id))
    from platform.service_divergences where resolved_at is null and ($1::bigint is null or company_id = $1)
)sql"};

constexpr std::array kCatalogue{kTeamSyncs, kCompanySyncs, kServices, kDivergences};

std::optional<seconds> age(const Row& row, int column) {
    const auto value = row.optional_int64(column);
    if (!value) return std::nullopt;
    return seconds{*value};
}

} // namespace

postgres::Catalogue sync_statistics_catalogue() {
    return kCatalogue;
}

TeamSyncStatistics
read_team_sync_statistics(postgres::Transaction& transaction, std::optional<std::int64_t> company) {
    const auto rows = transaction.exec(kTeamSyncs, params(company));
    const Row row = rows[0];
    return {
        .done = row.int64(0),
        .incomplete = row.int64(1),
        .failed = row.int64(2),
        .never = row.int64(3),
        .open = row.int64(5),
        .oldest_open = age(row, 6),
        .stalest = age(row, 4)};
}

std::vector<CompanySync> read_company_syncs(
    postgres::Transaction& transaction, std::optional<std::int64_t> company, std::int64_t limit
) {
    std::vector<CompanySync> syncs;
    for (const Row row : transaction.exec(kCompanySyncs, params(company, limit))) {
        CompanySync& sync = syncs.emplace_back();
        sync.company = CompanyId{row.int64(0)};
        sync.last_outcome = row.optional_text(1);
        sync.last_ended = row.optional_instant(2);
        sync.last_complete = row.optional_instant(3);
        sync.waiting_since = row.optional_instant(4);
    }
    return syncs;
}

ServiceStatistics
read_service_statistics(postgres::Transaction& transaction, std::optional<std::int64_t> company) {
    ServiceStatistics statistics;
    for (const Row row : transaction.exec(kServices, params(company)))
        statistics.by_status.push_back(
            {.status = std::string(row.text(0)), .services = row.int64(1)}
        );
    const auto divergences = transaction.exec(kDivergences, params(company));
    statistics.open_divergences = divergences[0].int64(0);
    statistics.services_diverged = divergences[0].int64(1);
    return statistics;
}

} // namespace calfleet::statistics
