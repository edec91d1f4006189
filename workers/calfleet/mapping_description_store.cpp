#include "workers/calfleet/mapping_description_store.h"

#include "common/postgres/columns.h"

#include <array>

namespace calfleet::cli {
namespace {

using postgres::params;
using postgres::Row;
using postgres::Statement;

// The event type is that of the waiting booking that was changed last.
constexpr Statement kDescribe{"calfleet.describe_mappings", R"sql(
    select m.id, m.decided_at, m.company_id, c.name as company_name, m.calcom_host_id, m.state, m.source, m.host_name, m.host_email,
           m.host_username, m.host_time_zone, coalesce(b.name, m.branch_id::text) as branch, m.branch_id,
           booked.calcom_event_type_id || coalesce(' ' || coalesce(e.title, v.name), '') as event_type,
           m.staff_id, s.name as staff_name, s.email as staff_email, m.score, waiting.bookings, first.at as first_at,
           m.last_seen_at, coalesce(told.reasons, '') as reasons
    from unnest($1::bigint[]) with ordinality as w (id, position)
    join platform.calcom_host_mappings m on m.id = w.id
    join platform.companies c on c.id = m.company_id
    left join platform.branches b on b.company_id = m.company_id and b.id = m.branch_id
    left join platform.staff s on s.company_id = m.company_id and s.id = m.staff_id
    cross join lateral (
        select count(*) as bookings from platform.appointments a
        where a.company_id = m.company_id and a.calcom_host_id = m.calcom_host_id
          and a.assignment in ('review', 'unmatched') and a.status in ('pending', 'accepted')
          and (a.starts_at is null or a.starts_at > now())
    ) waiting
    left join lateral (
        select a.at from platform.calcom_host_mapping_audits a
        where a.company_id = m.company_id and a.calcom_host_id = m.calcom_host_id
        order by a.id limit 1
    ) first on true
    left join lateral (
        select string_agg(
                   case jsonb_typeof(r.reason)
                       when 'object' then case when (r.reason ->> 'in_favour')::boolean then 'for: ' else 'against: ' end
                                          || (r.reason ->> 'text')
                       else r.reason #>> '{}' end,
                   E'\n' order by r.reason ->> 'in_favour', r.position) as reasons
        from (select a.reasons from platform.calcom_host_mapping_audits a
              where a.company_id = m.company_id and a.calcom_host_id = m.calcom_host_id and a.mapping_id = m.id
                and a.action <> 'appointment_reassigned'
              order by a.id desc limit 1) last,
             jsonb_array_elements(last.reasons) with ordinality as r (reason, position)
    ) told on true
    left join lateral (
        select a.calcom_event_type_id, a.service_id from platform.appointments a
        where a.company_id = m.company_id and a.calcom_host_id = m.calcom_host_id
          and a.assignment in ('review', 'unmatched') and a.status in ('pending', 'accepted')
          and a.calcom_event_type_id is not null
        order by a.updated_at desc limit 1
    ) booked on true
    left join platform.team_event_type_mappings e
      on e.company_id = m.company_id and e.calcom_event_type_id = booked.calcom_event_type_id
    left join platform.services v on v.company_id = m.company_id and v.id = booked.service_id
    order by w.position
)sql"};

constexpr std::array kCatalogue{kDescribe};

} // namespace

postgres::Catalogue mapping_description_catalogue() {
    return kCatalogue;
}

std::vector<MappingDescription>
describe_mappings(postgres::Transaction& transaction, std::span<const MappingId> mappings) {
    std::vector<MappingDescription> described;
    if (mappings.empty()) return described;
    for (const Row row : transaction.exec(kDescribe, params(postgres::array_of(mappings)))) {
        MappingDescription& one = described.emplace_back();
        one.mapping = MappingId{row.int64("id")};
        one.decided_at = row.instant("decided_at");
        one.company = CompanyId{row.int64("company_id")};
        one.company_name = row.text("company_name");
        one.host = row.text("calcom_host_id");
        one.state = row.text("state");
        one.source = row.text("source");
        one.host_name = row.optional_text("host_name");
        one.host_email = row.optional_text("host_email");
        one.host_username = row.optional_text("host_username");
        one.time_zone = row.optional_text("host_time_zone");
        one.branch = row.optional_text("branch");
        one.branch_number = row.optional_int64("branch_id");
        one.event_type = row.optional_text("event_type");
        one.staff = row.optional_int64("staff_id");
        one.staff_name = row.optional_text("staff_name");
        one.staff_email = row.optional_text("staff_email");
        one.score = row.int64("score");
        one.waiting = row.int64("bookings");
        one.first_seen = row.optional_instant("first_at");
        one.last_seen = row.optional_instant("last_seen_at");
        one.reasons = row.text("reasons");
    }
    return described;
}

} // namespace calfleet::cli
