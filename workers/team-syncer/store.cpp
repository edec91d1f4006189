#include "workers/team-syncer/store.h"

#include <array>

namespace calfleet::team_syncer {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;

constexpr Statement kCompany{
    "team_syncer.company",
    "select is_active, calcom_team_id from platform.companies where id = $1"};

// What was seen in the future was seen by a clock that was wrong.
constexpr Statement kReadingTime{"team_syncer.reading_time", R"sql(
    select greatest(clock_timestamp(), max(seen_at) + interval '1 microsecond')
    from platform.team_event_type_mappings where company_id = $1 and seen_at <= clock_timestamp() + interval '1 minute'
)sql"};

// A service is a team's by its mapping if it has one: an event type that moved is not gone.
constexpr Statement kTeamEventTypes{"team_syncer.team_event_types", R"sql(
    select e.id, coalesce(m.state = 'active', s.is_active), coalesce(s.is_active, false), m.snapshot_digest
    from (select calcom_event_type_id as id from platform.team_event_type_mappings
          where company_id = $1 and calcom_team_id = $2
          union
          select s.calcom_event_type_id from platform.services s
          where s.company_id = $1 and s.calcom_team_id = $2 and s.calcom_event_type_id is not null
            and not exists (select 1 from platform.team_event_type_mappings o
                            where o.company_id = $1 and o.calcom_event_type_id = s.calcom_event_type_id)) as e
    left join platform.team_event_type_mappings m on m.company_id = $1 and m.calcom_event_type_id = e.id
    left join platform.services s on s.company_id = $1 and s.calcom_event_type_id = e.id
    order by e.id
)sql"};

constexpr Statement kPersonal{"team_syncer.personal_event_types", R"sql(
    select m.calcom_event_type_id, m.state = 'active', coalesce(s.is_active, false), m.snapshot_digest
    from platform.team_event_type_mappings m
    left join platform.services s on s.company_id = m.company_id and s.calcom_event_type_id = m.calcom_event_type_id
    where m.company_id = $1 and m.calcom_team_id is null and (m.snapshot ->> 'ownerId')::bigint = $2
    order by 1
)sql"};

constexpr Statement kMissedTeams{"team_syncer.missed_teams", R"sql(
    select t.id
    from (select calcom_team_id as id from platform.services
          where company_id = $1 and is_active and calcom_event_type_id is not null and calcom_team_id is not null
          union
          select calcom_team_id from platform.calcom_teams where company_id = $1 and is_active) t
    where t.id <> all($2::bigint[])
    order by 1
)sql"};

constexpr Statement kTeamMembers{"team_syncer.team_members", R"sql(
    select calcom_user_id from platform.calcom_team_members
    where company_id = $1 and calcom_team_id = $2 and removed_at is null order by 1
)sql"};

constexpr Statement kWriteTeam{"team_syncer.write_team", R"sql(
    insert into platform.calcom_teams as held (company_id, calcom_team_id, name, slug, parent_team_id, is_organization)
    values ($1, $2, $3, nullif($4, ''), $5, $6)
    on conflict (company_id, calcom_team_id) do update
    set name = excluded.name, slug = excluded.slug, parent_team_id = excluded.parent_team_id,
        is_organization = excluded.is_organization, is_active = true
)sql"};

constexpr Statement kWriteTeamReport{"team_syncer.write_team_report", R"sql(
    update platform.calcom_teams
    set synced_at = case when $4::text is null then now() else synced_at end, sync_error = $4, last_report = $3
    where company_id = $1 and calcom_team_id = $2
)sql"};

constexpr Statement kWriteUnseenTeams{"team_syncer.write_unseen_teams", R"sql(
    update platform.calcom_teams set is_active = false, sync_error = 'the company''s key does not see this team any more'
    where company_id = $1 and is_active and calcom_team_id <> all($2::bigint[])
)sql"};

// service_id is the importer's to keep; a service that is there already need not wait for it.
constexpr Statement kWriteEventTypes{"team_syncer.write_event_types", R"sql(
    insert into platform.team_event_type_mappings as held
        (company_id, calcom_team_id, calcom_event_type_id, service_id, title, slug, scheduling_type,
         assign_all_team_members, hosts, snapshot, snapshot_digest, seen_at)
    select $1, $2::bigint, w.id, (select s.id from platform.services s where s.company_id = $1 and s.calcom_event_type_id = w.id),
           w.title, w.slug, w.scheduling, w.all_members, w.hosts, w.snapshot, w.digest, $11
    from unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::jsonb[], $9::jsonb[], $10::bytea[])
         as w (id, title, slug, scheduling, all_members, hosts, snapshot, digest)
    order by w.id
    on conflict (company_id, calcom_event_type_id) do update
    set calcom_team_id = excluded.calcom_team_id, title = excluded.title, slug = excluded.slug,
        scheduling_type = excluded.scheduling_type, assign_all_team_members = excluded.assign_all_team_members,
        hosts = excluded.hosts, snapshot = excluded.snapshot, snapshot_digest = excluded.snapshot_digest,
        state = 'active', service_id = coalesce(held.service_id, excluded.service_id),
        seen_at = greatest(least(held.seen_at, now()), excluded.seen_at)
)sql"};

constexpr Statement kWriteDeleted{"team_syncer.write_deleted_event_types", R"sql(
    update platform.team_event_type_mappings set state = 'deleted', snapshot = null, snapshot_digest = null
    where company_id = $1 and calcom_event_type_id = any($2::bigint[])
)sql"};

// What never was in step may be hidden from this key, or a wrong number: the push says so.
constexpr Statement kUnplaced{"team_syncer.unplaced_event_types", R"sql(
    select s.calcom_event_type_id from platform.services s
    where s.company_id = $1 and s.is_active and s.calcom_event_type_id is not null and s.calcom_team_id is null
      and s.last_calcom_sync is not null
      and not exists (select 1 from platform.team_event_type_mappings m
                      where m.company_id = $1 and m.calcom_event_type_id = s.calcom_event_type_id)
    order by md5(s.id::text || $2::date::text) limit $3
)sql"};

constexpr std::array kCatalogue{
    kCompany,
    kReadingTime,
    kTeamEventTypes,
    kPersonal,
    kMissedTeams,
    kTeamMembers,
    kWriteTeam,
    kWriteTeamReport,
    kWriteUnseenTeams,
    kWriteEventTypes,
    kWriteDeleted,
    kUnplaced};

/// Null for what is neither of the three.
void add_scheduling(Array& array, calcom::Scheduling scheduling) {
    using calcom::Scheduling;
    if (scheduling == Scheduling::Personal || scheduling == Scheduling::Other)
        array.add_null();
    else
        array.add(calcom::name(scheduling));
}

} // namespace

postgres::Catalogue store_catalogue() {
    return kCatalogue;
}

CompanyFacts load_company(postgres::Transaction& transaction, CompanyId company) {
    const Rows rows = transaction.exec(kCompany, params(company.value));
    CompanyFacts facts;
    if (rows.empty()) return facts;
    facts.is_active = rows[0].boolean(0);
    if (const auto team = rows[0].optional_int64(1)) facts.team = calcom::TeamId{*team};
    return facts;
}

Instant reading_time(postgres::Transaction& transaction, CompanyId company) {
    return transaction.exec(kReadingTime, params(company.value))[0].instant(0);
}

namespace {

std::vector<KnownEventType> known_event_types(const Rows& rows) {
    std::vector<KnownEventType> known;
    for (const Row row : rows)
        known.push_back(
            {.id = calcom::EventTypeId{row.int64(0)},
             .active = row.boolean(1),
             .sold = row.boolean(2),
             .digest = row.optional_bytes(3).value_or("")}
        );
    return known;
}

} // namespace

std::vector<KnownEventType>
load_personal(postgres::Transaction& transaction, CompanyId company, calcom::UserId owner) {
    return known_event_types(transaction.exec(kPersonal, params(company.value, owner.value)));
}

std::vector<calcom::TeamId> load_missed_teams(
    postgres::Transaction& transaction, CompanyId company, std::span<const calcom::Team> seen
) {
    Array ids;
    for (const calcom::Team& team : seen)
        ids.add(team.id.value);
    std::vector<calcom::TeamId> missed;
    const Rows rows = transaction.exec(kMissedTeams, params(company.value, ids));
    for (const Row row : rows)
        missed.push_back(calcom::TeamId{row.int64(0)});
    return missed;
}

TeamFacts load_team(postgres::Transaction& transaction, CompanyId company, calcom::TeamId team) {
    TeamFacts facts;
    const auto whose = params(company.value, team.value);
    facts.event_types = known_event_types(transaction.exec(kTeamEventTypes, whose));
    for (const Row row : transaction.exec(kTeamMembers, whose))
        facts.members.push_back(calcom::UserId{row.int64(0)});
    return facts;
}

void write_team(postgres::Transaction& transaction, CompanyId company, const calcom::Team& team) {
    const auto parent = team.parent ? std::optional(team.parent->value) : std::nullopt;
    transaction.exec(
        kWriteTeam,
        params(company.value, team.id.value, team.name, team.slug, parent, team.is_organization)
    );
}

void write_team_report(
    postgres::Transaction& transaction,
    CompanyId company,
    calcom::TeamId team,
    const std::optional<std::string>& problem,
    std::string_view report_json
) {
    transaction.exec(kWriteTeamReport, params(company.value, team.value, report_json, problem));
}

void write_unseen_teams(
    postgres::Transaction& transaction, CompanyId company, std::span<const calcom::Team> seen
) {
    Array ids;
    for (const calcom::Team& team : seen)
        ids.add(team.id.value);
    transaction.exec(kWriteUnseenTeams, params(company.value, ids));
}

void write_event_types(
    postgres::Transaction& transaction,
    CompanyId company,
    std::optional<calcom::TeamId> team,
    std::span<const SeenEventType* const> changed,
    Instant read_at
) {
    if (changed.empty()) return;
    Array ids, titles, slugs, scheduling, all_members, hosts, snapshots, digests;
    for (const SeenEventType* one : changed) {
        const calcom::EventType& type = one->event_type;
        ids.add(type.id.value);
        titles.add(type.title);
        slugs.add(type.slug);
        add_scheduling(scheduling, type.scheduling);
        all_members.add(type.assigns_all_members);
        hosts.add(hosts_document(type));
        snapshots.add(one->json);
        digests.add_bytes(one->digest);
    }
    const auto of_team = team ? std::optional(team->value) : std::nullopt;
    postgres::Params values = params(company.value, of_team, ids, titles, slugs, scheduling);
    values.add(all_members).add(hosts).add(snapshots).add(digests).add(read_at);
    transaction.exec(kWriteEventTypes, values);
}

void write_deleted_event_types(
    postgres::Transaction& transaction, CompanyId company, std::span<const calcom::EventTypeId> ids
) {
    if (ids.empty()) return;
    Array numbers;
    for (const calcom::EventTypeId id : ids)
        numbers.add(id.value);
    transaction.exec(kWriteDeleted, params(company.value, numbers));
}

std::vector<calcom::EventTypeId> load_unplaced_event_types(
    postgres::Transaction& transaction, CompanyId company, Date today, int limit
) {
    std::vector<calcom::EventTypeId> ids;
    for (const Row row : transaction.exec(kUnplaced, params(company.value, today, limit)))
        ids.push_back(calcom::EventTypeId{row.int64(0)});
    return ids;
}

} // namespace calfleet::team_syncer
