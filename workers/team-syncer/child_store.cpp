#include "workers/team-syncer/child_store.h"

#include <array>
#include <set>

namespace calfleet::team_syncer {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;

constexpr Statement kParent{"team_syncer.parent", R"sql(
    select m.slug, coalesce((m.snapshot ->> 'hidden')::boolean, false),
           coalesce((select o.slug from platform.calcom_teams o
                     where o.company_id = $1 and o.is_organization
                       and o.calcom_team_id in (t.parent_team_id, t.calcom_team_id)
                     order by o.calcom_team_id limit 1), '')
    from platform.team_event_type_mappings m
    join platform.calcom_teams t on t.company_id = $1 and t.calcom_team_id = m.calcom_team_id
    where m.company_id = $1 and m.calcom_event_type_id = $2 and m.scheduling_type = 'managed' and m.state = 'active'
)sql"};

// The name in the host's own entry is of the same reading as the parent; the members' list tells it
// where that has none.
constexpr Statement kHosts{"team_syncer.hosts", R"sql(
    with host as (
        select (h ->> 'user_id')::bigint as user_id, max(h ->> 'username') as username
        from platform.team_event_type_mappings m cross join lateral jsonb_array_elements(m.hosts) as h
        where m.company_id = $1 and m.calcom_event_type_id = $2
        group by 1
    )
    select coalesce(host.user_id, held.calcom_user_id),
           coalesce(host.username, (select max(p.username) from platform.calcom_team_members p
                                    where p.company_id = $1 and p.calcom_user_id = host.user_id), held.username, ''),
           held.child_event_type_id, held.child_resolved_at, held.invalidated_at, host.user_id is not null
    from host
    full join (select * from platform.calcom_event_map where company_id = $1 and parent_event_type_id = $2) held
      on held.calcom_user_id = host.user_id
    order by 1
)sql"};

// What was found resolves; what was not leaves the number for whoever still has bookings of it.
constexpr Statement kWriteChild{"team_syncer.write_child", R"sql(
    insert into platform.calcom_event_map as held
        (company_id, parent_event_type_id, calcom_user_id, username, child_event_type_id, child_resolved_at,
         invalidated_at, last_error)
    values ($1, $2, $3, nullif($4, ''), $5, case when $5::bigint is null then null else $6::timestamptz end,
            case when $5::bigint is null then $6::timestamptz end, $7)
    on conflict (company_id, parent_event_type_id, calcom_user_id) do update
    set username = coalesce(excluded.username, held.username),
        child_event_type_id = coalesce(excluded.child_event_type_id, held.child_event_type_id),
        child_resolved_at = coalesce(excluded.child_resolved_at, held.child_resolved_at),
        invalidated_at = case when excluded.child_event_type_id is null then excluded.invalidated_at
                              when held.invalidated_at >= excluded.child_resolved_at then held.invalidated_at end,
        last_error = excluded.last_error
    where held.child_resolved_at is null or held.child_resolved_at <= $6::timestamptz
       or held.child_resolved_at > $6::timestamptz + interval '1 day'
)sql"};

constexpr Statement kWriteFormer{"team_syncer.write_former_hosts", R"sql(
    update platform.calcom_event_map
    set invalidated_at = now(), last_error = 'the member is no host of the managed event type any more'
    where company_id = $1 and parent_event_type_id = $2 and calcom_user_id = any($3::bigint[])
      and (invalidated_at is null or invalidated_at < child_resolved_at)
)sql"};

constexpr Statement kInvalidate{"team_syncer.invalidate_children", R"sql(
    update platform.calcom_event_map set invalidated_at = now()
    where company_id = $1 and parent_event_type_id = any($2::bigint[])
)sql"};

constexpr std::array kCatalogue{kParent, kHosts, kWriteChild, kWriteFormer, kInvalidate};

} // namespace

postgres::Catalogue child_catalogue() {
    return kCatalogue;
}

std::optional<ParentFacts>
load_parent(postgres::Transaction& transaction, CompanyId company, calcom::EventTypeId parent) {
    const auto which = params(company.value, parent.value);
    const Rows found = transaction.exec(kParent, which);
    if (found.empty()) return std::nullopt;
    ParentFacts facts;
    facts.id = parent;
    facts.slug = found[0].text(0);
    facts.hidden = found[0].boolean(1);
    facts.organization_slug = found[0].text(2);
    for (const Row row : transaction.exec(kHosts, which)) {
        const calcom::UserId user{row.int64(0)};
        if (!row.boolean(5)) {
            facts.former.push_back(user);
            continue;
        }
        ChildFacts& host = facts.hosts.emplace_back();
        host.user = user;
        host.username = row.text(1);
        if (const auto child = row.optional_int64(2)) host.child = calcom::EventTypeId{*child};
        host.resolved_at = row.optional_instant(3);
        host.invalidated_at = row.optional_instant(4);
    }
    return facts;
}

void write_child(
    postgres::Transaction& transaction,
    CompanyId company,
    calcom::EventTypeId parent,
    const ChildFacts& host,
    const ChildAnswer& answer,
    Instant at
) {
    const auto* found = std::get_if<ChildFound>(&answer);
    const auto child = found != nullptr ? std::optional(found->id.value) : std::nullopt;
    const auto error =
        found == nullptr ? std::optional(std::get<ChildMissing>(answer).why) : std::nullopt;
    transaction.exec(
        kWriteChild,
        params(company.value, parent.value, host.user.value, host.username, child, at, error)
    );
}

void write_former_hosts(
    postgres::Transaction& transaction,
    CompanyId company,
    calcom::EventTypeId parent,
    std::span<const calcom::UserId> users
) {
    if (users.empty()) return;
    Array numbers;
    for (const calcom::UserId user : users)
        numbers.add(user.value);
    transaction.exec(kWriteFormer, params(company.value, parent.value, numbers));
}

void invalidate_children(
    postgres::Transaction& transaction,
    CompanyId company,
    std::span<const calcom::EventTypeId> parents
) {
    if (parents.empty()) return;
    Array numbers;
    for (const calcom::EventTypeId parent : parents)
        numbers.add(parent.value);
    transaction.exec(kInvalidate, params(company.value, numbers));
}

} // namespace calfleet::team_syncer
