#include "workers/team-syncer/platform_check.h"

#include "common/postgres/columns.h"
#include "common/service_fields/snapshot.h"

#include <array>
#include <string>
#include <utility>

namespace calfleet::team_syncer {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Statement;

// NULL in a column: the platform has no opinion, which is no difference.
constexpr Statement kCompare{"team_syncer.compare_with_platform", R"sql(
    select d.id, s.id, s.sync_status, f.key, (to_jsonb(s) -> f.key)::text, f.value::text, d.title
    from unnest($2::bigint[], $3::jsonb[], $4::text[]) as d (id, columns, title)
    left join platform.services s on s.company_id = $1 and s.calcom_event_type_id = d.id
    left join lateral (
        select f.key, f.value from jsonb_each(d.columns) f
        where to_jsonb(s) -> f.key is distinct from f.value and to_jsonb(s) -> f.key <> 'null'
    ) f on s.id is not null
    where s.id is null or f.key is not null
    order by d.id, f.key
)sql"};

constexpr Statement kGone{"team_syncer.services_of_gone_event_types", R"sql(
    select s.calcom_event_type_id, s.id, s.sync_status from platform.services s
    where s.company_id = $1 and s.calcom_event_type_id = any($2::bigint[]) and s.is_active
    order by 1
)sql"};

constexpr std::array kCatalogue{kCompare, kGone};

} // namespace

postgres::Catalogue platform_check_catalogue() {
    return kCatalogue;
}

std::vector<Finding> compare_with_platform(
    postgres::Transaction& transaction,
    CompanyId company,
    std::span<const SeenEventType> found,
    std::span<const calcom::EventTypeId> gone
) {
    Array ids, columns, titles;
    std::vector<Finding> findings;
    for (const SeenEventType& one : found) {
        // What its own codec cannot read is no service of the platform's either.
        const auto document = service_fields::columns_of_snapshot(one.json);
        ids.add(one.event_type.id.value);
        columns.add(document ? std::string_view(*document) : std::string_view("{}"));
        titles.add(one.event_type.title);
    }
    for (const Row row : transaction.exec(kCompare, params(company.value, ids, columns, titles))) {
        Finding finding{.event_type = calcom::EventTypeId{row.int64(0)}};
        if (row.is_null(1)) {
            finding.field = "service";
            finding.calcom = std::string(row.text(6));
            findings.push_back(std::move(finding));
            continue;
        }
        finding.service = row.int64(1);
        finding.status = row.text(2);
        finding.field = row.text(3);
        finding.platform = std::string(row.text(4));
        finding.calcom = std::string(row.text(5));
        if (!service_fields::same_but_for_additions(
                finding.field, *finding.platform, *finding.calcom
            ))
            findings.push_back(std::move(finding));
    }
    if (gone.empty()) return findings;
    const auto lost = transaction.exec(kGone, params(company.value, postgres::array_of(gone)));
    for (const Row row : lost)
        findings.push_back(
            {.service = row.int64(1),
             .event_type = calcom::EventTypeId{row.int64(0)},
             .status = std::string(row.text(2)),
             .field = "event_type",
             .platform = std::to_string(row.int64(0)),
             .calcom = std::nullopt}
        );
    return findings;
}

} // namespace calfleet::team_syncer
