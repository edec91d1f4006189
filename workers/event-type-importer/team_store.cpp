#include "workers/event-type-importer/team_store.h"

#include "workers/event-type-importer/columns.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>
#include <vector>

namespace calfleet::event_type_importer {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;

// "not exists" first, because a conflict that does nothing still uses up a number. The name is a
// stand-in until the team is synced.
constexpr Statement kInsertTeams{"event_type_importer.insert_teams", R"sql(
    insert into platform.calcom_teams (company_id, calcom_team_id, name)
    select distinct w.company_id, w.team_id, 'Team ' || w.team_id
    from unnest($1::bigint[], $2::bigint[]) as w (company_id, team_id)
    where not exists (select 1 from platform.calcom_teams t
                      where t.company_id = w.company_id and t.calcom_team_id = w.team_id)
    order by 1, 2
    on conflict (company_id, calcom_team_id) do nothing
)sql"};

// snapshot and its digest are of the sync that compares with them: never touched here.
constexpr Statement kWriteMappings{"event_type_importer.write_mappings", R"sql(
    insert into platform.team_event_type_mappings as held
        (company_id, calcom_team_id, calcom_event_type_id, service_id, title, slug, scheduling_type,
         assign_all_team_members, hosts, seen_at)
    select w.company_id, w.team_id, w.event_type_id, w.service_id, w.title, w.slug, w.scheduling, w.all_members,
           coalesce(w.hosts, (select m.hosts from platform.team_event_type_mappings m
                              where m.company_id = w.company_id and m.calcom_event_type_id = w.event_type_id), '[]'),
           w.as_of
    from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[],
                $8::boolean[], $9::jsonb[], $10::timestamptz[])
         as w (company_id, team_id, event_type_id, service_id, title, slug, scheduling, all_members, hosts, as_of)
    on conflict (company_id, calcom_event_type_id) do update
    set calcom_team_id = excluded.calcom_team_id, service_id = excluded.service_id, title = excluded.title,
        slug = excluded.slug, scheduling_type = coalesce(excluded.scheduling_type, held.scheduling_type),
        assign_all_team_members = excluded.assign_all_team_members, hosts = excluded.hosts, state = 'active',
        seen_at = greatest(held.seen_at, excluded.seen_at)
    where (held.calcom_team_id, held.service_id, held.title, held.slug, held.assign_all_team_members, held.hosts,
           held.state)
          is distinct from (excluded.calcom_team_id, excluded.service_id, excluded.title, excluded.slug,
                            excluded.assign_all_team_members, excluded.hosts, 'active')
       or held.scheduling_type is distinct from coalesce(excluded.scheduling_type, held.scheduling_type)
)sql"};

constexpr Statement kDeleteMappings{"event_type_importer.delete_mappings", R"sql(
    update platform.team_event_type_mappings m set state = 'deleted'
    from unnest($1::bigint[], $2::bigint[]) as w (company_id, event_type_id)
    where m.company_id = w.company_id and m.calcom_event_type_id = w.event_type_id and m.state <> 'deleted'
)sql"};

// Of a parent that is gone all children are gone.
constexpr Statement kInvalidateChildren{"event_type_importer.invalidate_children", R"sql(
    update platform.calcom_event_map m
    set invalidated_at = greatest(m.invalidated_at, w.as_of), last_error = 'the event type was deleted at Cal.com'
    from unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) as w (company_id, event_type_id, as_of)
    where m.company_id = w.company_id
      and (m.child_event_type_id = w.event_type_id or m.parent_event_type_id = w.event_type_id)
      and coalesce(m.child_resolved_at < w.as_of, true)
)sql"};

constexpr Statement kFindParents{"event_type_importer.find_parents", R"sql(
    select w.position, coalesce(
        (select max(m.parent_event_type_id) from platform.calcom_event_map m
         where m.company_id = w.company_id and m.child_event_type_id = w.child_id),
        (select max(t.calcom_event_type_id) from platform.team_event_type_mappings t
         where t.company_id = w.company_id and t.slug = w.slug and t.scheduling_type = 'managed' and t.state = 'active'
           and t.calcom_event_type_id <> w.child_id and t.hosts @> jsonb_build_array(jsonb_build_object('user_id', w.owner_id))
         having count(*) = 1))
    from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]) with ordinality
         as w (company_id, child_id, owner_id, slug, position)
)sql"};

constexpr Statement kWriteChildren{"event_type_importer.write_children", R"sql(
    insert into platform.calcom_event_map as held
        (company_id, parent_event_type_id, calcom_user_id, child_event_type_id, child_resolved_at)
    select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[])
    on conflict (company_id, parent_event_type_id, calcom_user_id) do update
    set child_event_type_id = excluded.child_event_type_id, child_resolved_at = excluded.child_resolved_at,
        last_error = null
    where held.child_resolved_at is null or excluded.child_resolved_at > held.child_resolved_at
)sql"};

constexpr std::array kCatalogue{
    kInsertTeams,
    kWriteMappings,
    kDeleteMappings,
    kInvalidateChildren,
    kFindParents,
    kWriteChildren};

/// A child and the member whose it is.
struct Child {
    const Snapshot* snapshot{nullptr};
    std::int64_t parent{0};
    auto key() const { return std::tuple(snapshot->company, parent, *snapshot->owner); }
};

void find_parents(postgres::Transaction& transaction, std::vector<Child>& children) {
    EventTypeColumns keys;
    Array owners, slugs;
    std::vector<Child*> asked;
    for (Child& child : children) {
        if (child.parent != 0) continue;
        asked.push_back(&child);
        keys.add(*child.snapshot);
        owners.add(*child.snapshot->owner);
        slugs.add(child.snapshot->slug);
    }
    if (asked.empty()) return;
    const Rows rows =
        transaction.exec(kFindParents, params(keys.companies, keys.event_types, owners, slugs));
    for (const Row row : rows)
        if (const auto parent = row.optional_int64(1))
            asked.at(static_cast<std::size_t>(row.int64(0) - 1))->parent = *parent;
}

} // namespace

postgres::Catalogue team_catalogue() {
    return kCatalogue;
}

void write_team_event_types(
    postgres::Transaction& transaction, std::span<const TeamEventType> event_types
) {
    if (event_types.empty()) return;
    Array companies, teams, ids, services, titles, slugs, scheduling, all_members, hosts, as_of;
    for (const TeamEventType& event_type : event_types) {
        const Snapshot& snapshot = *event_type.snapshot;
        companies.add(snapshot.company.value);
        teams.add(*snapshot.team);
        ids.add(snapshot.event_type);
        services.add(event_type.service);
        titles.add(snapshot.title);
        slugs.add(snapshot.slug);
        add_or_null(scheduling, snapshot.scheduling);
        all_members.add(snapshot.assigns_all_members);
        add_or_null(hosts, snapshot.hosts);
        as_of.add(snapshot.as_of);
    }
    transaction.exec(kInsertTeams, params(companies, teams));
    transaction.exec(
        kWriteMappings,
        params(
            companies, teams, ids, services, titles, slugs, scheduling, all_members, hosts, as_of
        )
    );
}

void forget_event_types(
    postgres::Transaction& transaction, std::span<const Snapshot* const> deleted
) {
    if (deleted.empty()) return;
    const EventTypeColumns keys(deleted);
    Array as_of;
    for (const Snapshot* snapshot : deleted)
        as_of.add(snapshot->as_of);
    transaction.exec(kDeleteMappings, params(keys.companies, keys.event_types));
    transaction.exec(kInvalidateChildren, params(keys.companies, keys.event_types, as_of));
}

std::size_t
place_children(postgres::Transaction& transaction, std::span<const Snapshot* const> children) {
    std::vector<Child> known;
    for (const Snapshot* snapshot : children)
        if (snapshot->owner) known.push_back({snapshot, snapshot->parent.value_or(0)});
    find_parents(transaction, known);
    std::erase_if(known, [](const Child& child) { return child.parent == 0; });
    const std::size_t unplaced = children.size() - known.size();
    // In the order of the rows; of two children of one member under one parent the newer holds.
    std::sort(known.begin(), known.end(), [](const Child& left, const Child& right) {
        return std::tuple(left.key(), right.snapshot->as_of, right.snapshot->event_type) <
               std::tuple(right.key(), left.snapshot->as_of, left.snapshot->event_type);
    });
    const auto same = [](const Child& left, const Child& right) {
        return left.key() == right.key();
    };
    known.erase(std::unique(known.begin(), known.end(), same), known.end());
    if (known.empty()) return unplaced;
    Array companies, parents, owners, ids, resolved;
    for (const Child& child : known) {
        companies.add(child.snapshot->company.value);
        parents.add(child.parent);
        owners.add(*child.snapshot->owner);
        ids.add(child.snapshot->event_type);
        resolved.add(child.snapshot->as_of);
    }
    transaction.exec(kWriteChildren, params(companies, parents, owners, ids, resolved));
    return unplaced;
}

} // namespace calfleet::event_type_importer
