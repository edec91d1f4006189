#include "workers/host-mapper/event_type_store.h"

#include "common/postgres/columns.h"

#include <array>

namespace calfleet::host_mapper {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Statement;

// A link also gives the host's waiting bookings away, so their event types have a say as well.
constexpr Statement kFind{"host_mapper.find_event_type_hosts", R"sql(
    with asked as (
        select * from unnest($1::bigint[], $2::text[], $3::bigint[]) with ordinality
            as w (company_id, host, event_type, position)
    ), types as (
        select position, company_id, event_type from asked where event_type is not null
        union
        select w.position, w.company_id, a.calcom_event_type_id
        from asked w
        cross join lateral (
            select a.calcom_event_type_id from platform.appointments a
            where a.company_id = w.company_id and a.calcom_host_id = w.host
              and a.assignment in ('review', 'unmatched') and a.status in ('pending', 'accepted')
              and a.calcom_event_type_id is not null
            order by a.calcom_booking_uid limit 50
        ) a
    )
    select t.position, t.event_type, h.user_id, h.username
    from types t
    cross join lateral (
        select c.calcom_user_id as user_id, c.username
        from platform.calcom_event_map c
        where c.company_id = t.company_id and c.child_event_type_id = t.event_type
        union all
        select case when one ->> 'user_id' ~ '^[0-9]{1,18}$' then (one ->> 'user_id')::bigint end, one ->> 'username'
        from platform.team_event_type_mappings e
        cross join lateral jsonb_array_elements(e.hosts) as one
        where e.company_id = t.company_id and e.calcom_event_type_id = t.event_type and e.state = 'active'
    ) h
    order by t.position, t.event_type
)sql"};

constexpr std::array kCatalogue{kFind};

} // namespace

postgres::Catalogue event_type_catalogue() {
    return kCatalogue;
}

std::vector<std::vector<EventTypeHosts>>
find_event_type_hosts(postgres::Transaction& transaction, std::span<const HostSighting> hosts) {
    std::vector<std::vector<EventTypeHosts>> found(hosts.size());
    if (hosts.empty()) return found;
    Array companies, keys, event_types;
    for (const HostSighting& host : hosts) {
        companies.add(host.company.value);
        keys.add(host.key);
        event_types.add(host.event_type);
    }
    for (const Row row : transaction.exec(kFind, params(companies, keys, event_types))) {
        std::vector<EventTypeHosts>& types = found.at(postgres::ordinal(row, 0));
        if (types.empty() || types.back().event_type != row.int64(1))
            types.push_back({.event_type = row.int64(1), .hosts = {}});
        types.back().hosts.push_back(
            {.user_id = row.optional_int64(2), .username = row.optional_text(3).value_or("")}
        );
    }
    return found;
}

} // namespace calfleet::host_mapper
