#include "workers/calfleet/sync_store.h"

#include "common/job/kinds.h"
#include "common/jobs/job_store.h"
#include "common/json/parser.h"
#include "common/postgres/columns.h"

#include <array>

namespace calfleet::cli {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;

constexpr Statement kCompanies{"calfleet.companies_to_sync", R"sql(
    select c.id, c.is_active, c.calcom_team_id is not null or k.has_key from platform.companies c
    cross join lateral (select exists (select from calcom_credentials
                                       where company_id = c.id and purpose = 'api-key' and state = 'active') as has_key) k
    where case when $1::bigint is null then c.is_active and (c.calcom_team_id is not null or k.has_key) else c.id = $1 end
    order by c.id
)sql"};

constexpr Statement kStates{"calfleet.sync_states", R"sql(
    select company_id, coalesce(outcome, ''), coalesce(report ->> 'text', ''), coalesce((report -> 'problems')::text, '[]'),
           coalesce((report -> 'differences')::text, '[]')
    from platform.team_syncs where event_id = any($1::text[]) order by company_id, id
)sql"};

// The accounts of a staff member, most certain first; NULL: everybody's.
constexpr Statement kChildren{"calfleet.list_children", R"sql(
    with person as (
        select coalesce(
            s.calcom_user_id,
            (select m.calcom_host_id::bigint from platform.calcom_host_mappings m
             where m.company_id = s.company_id and m.staff_id = s.id and m.state = 'active'
               and m.calcom_host_id ~ '^[0-9]{1,18}$' order by m.id limit 1),
            (select min(p.calcom_user_id) from platform.calcom_team_members p
             where p.company_id = s.company_id and p.removed_at is null
               and regexp_replace(lower(p.username), '[^a-z0-9]', '', 'g')
                   = regexp_replace(lower(s.name), '[^a-z0-9]', '', 'g')
             having count(distinct p.calcom_user_id) = 1)) as user_id
        from platform.staff s where s.company_id = $1 and s.id = $3
    )
    select c.id, c.parent_event_type_id, coalesce(e.title, ''), c.calcom_user_id, c.username,
           (select min(s.name) from platform.staff s where s.company_id = $1 and s.calcom_user_id = c.calcom_user_id),
           c.child_event_type_id, c.child_resolved_at,
           coalesce(c.child_resolved_at > now() - interval '24 hours'
                    and (c.invalidated_at is null or c.invalidated_at < c.child_resolved_at), false),
           c.last_error
    from platform.calcom_event_map c
    left join platform.team_event_type_mappings e on e.company_id = $1 and e.calcom_event_type_id = c.parent_event_type_id
    where c.company_id = $1 and ($2::bigint is null or c.parent_event_type_id = $2)
      and ($3::bigint is null or c.calcom_user_id = (select user_id from person))
    order by 2, 4
)sql"};

constexpr Statement kInvalidate{"calfleet.invalidate_children", R"sql(
    update platform.calcom_event_map set invalidated_at = now() where company_id = $1 and id = any($2::bigint[])
)sql"};

constexpr Statement kParents{"calfleet.managed_event_types", R"sql(
    select calcom_event_type_id from platform.team_event_type_mappings
    where company_id = $1 and scheduling_type = 'managed' and state = 'active'
      and ($2::bigint is null or calcom_event_type_id = $2)
    order by 1
)sql"};

constexpr Statement kFindOwner{"calfleet.find_owner_of_children", R"sql(
    select exists (select from platform.companies where id = $1),
           $2::bigint is null or exists (select from platform.staff where company_id = $1 and id = $2)
)sql"};

constexpr std::array kCatalogue{kCompanies, kStates, kChildren, kInvalidate, kParents, kFindOwner};

// An empty answer would look as if nothing were known of them.
void require_owner(postgres::Transaction& transaction, const ChildFilter& filter) {
    const auto found = transaction.exec(kFindOwner, params(filter.company, filter.staff));
    const std::string company = "company " + std::to_string(filter.company);
    if (!found[0].boolean(0))
        throw postgres::Abort(
            {ErrorKind::NotFound, "there is no " + company + "; see calfleet company list"}
        );
    if (!found[0].boolean(1))
        throw postgres::Abort(
            {ErrorKind::NotFound, company + " has no staff member " + std::to_string(*filter.staff)}
        );
}

Rows children(postgres::Transaction& transaction, const ChildFilter& filter) {
    require_owner(transaction, filter);
    return transaction.exec(kChildren, params(filter.company, filter.parent, filter.staff));
}

std::vector<std::string> texts_of(std::string_view json) {
    std::vector<std::string> texts;
    json::Parser parser;
    if (const auto list = parser.parse(json))
        for (const json::Value element : list->elements())
            if (const auto text = element.as_text()) texts.emplace_back(*text);
    return texts;
}

std::vector<SideBySide> differences_of(std::string_view json) {
    std::vector<SideBySide> differences;
    json::Parser parser;
    const auto list = parser.parse(json);
    if (!list) return differences;
    const auto text = [](const json::Value& object, std::string_view name) {
        const auto member = object.find(name);
        const auto value = member ? member->as_text() : std::nullopt;
        return value ? std::optional<std::string>(*value) : std::nullopt;
    };
    const auto number = [](const json::Value& object, std::string_view name) {
        const auto member = object.find(name);
        return member ? member->as_int64() : std::nullopt;
    };
    for (const json::Value each : list->elements())
        differences.push_back(
            {.service = number(each, "service"),
             .event_type = number(each, "event_type").value_or(0),
             .status = text(each, "status").value_or(""),
             .field = text(each, "field").value_or(""),
             .platform = text(each, "platform"),
             .calcom = text(each, "calcom")}
        );
    return differences;
}

} // namespace

postgres::Catalogue sync_catalogue() {
    return kCatalogue;
}

std::vector<CompanyId>
companies_to_sync(postgres::Transaction& transaction, std::optional<std::int64_t> company) {
    std::vector<CompanyId> companies;
    for (const Row row : transaction.exec(kCompanies, params(company))) {
        const std::string which = "company " + std::to_string(row.int64(0));
        if (!row.boolean(1))
            throw postgres::Abort({ErrorKind::Conflict, which + " is switched off"});
        if (!row.boolean(2))
            throw postgres::Abort(
                {ErrorKind::Conflict,
                 which + " has no team at Cal.com and no API key: calfleet company set-key " +
                     std::to_string(row.int64(0)) +
                     ", or set companies.calcom_team_id, which asks for a sync by itself"}
            );
        companies.push_back(CompanyId{row.int64(0)});
    }
    if (company && companies.empty())
        throw postgres::Abort(
            {ErrorKind::NotFound, "there is no company " + std::to_string(*company)}
        );
    return companies;
}

std::vector<SyncState>
sync_states(postgres::Transaction& transaction, std::span<const std::string> event_ids) {
    const Array ids = postgres::array_of(event_ids);
    std::vector<SyncState> states;
    for (const Row row : transaction.exec(kStates, params(ids)))
        states.push_back(
            {CompanyId{row.int64(0)},
             std::string(row.text(1)),
             std::string(row.text(2)),
             texts_of(row.text(3)),
             differences_of(row.text(4))}
        );
    return states;
}

std::vector<ChildRow> list_children(postgres::Transaction& transaction, const ChildFilter& filter) {
    std::vector<ChildRow> rows;
    for (const Row row : children(transaction, filter)) {
        ChildRow& child = rows.emplace_back();
        child.parent = row.int64(1);
        child.title = row.text(2);
        child.user = row.int64(3);
        child.username = row.optional_text(4);
        child.staff_name = row.optional_text(5);
        child.child = row.optional_int64(6);
        child.resolved_at = row.optional_instant(7);
        child.trusted = row.boolean(8);
        child.error = row.optional_text(9);
    }
    return rows;
}

std::int64_t invalidate_children(postgres::Transaction& transaction, const ChildFilter& filter) {
    Array ids;
    for (const Row row : children(transaction, filter))
        ids.add(row.int64(0));
    if (ids.size() == 0) return 0;
    return transaction.exec(kInvalidate, params(filter.company, ids)).affected();
}

std::int64_t resolve_children(postgres::Transaction& transaction, const ChildFilter& filter) {
    invalidate_children(transaction, filter);
    std::vector<std::string> entities;
    for (const Row row : transaction.exec(kParents, params(filter.company, filter.parent)))
        entities.push_back(job::entity_of(job::kResolveChildren, row.int64(0)));
    if (entities.empty())
        throw postgres::Abort(
            {ErrorKind::NotFound,
             "company " + std::to_string(filter.company) +
                 " has no such managed event type; calfleet sync team reads them"}
        );
    std::vector<jobs::NewJob> jobs;
    for (const std::string& entity : entities)
        jobs.push_back(
            {.kind = job::kResolveChildren.name,
             .company = CompanyId{filter.company},
             .entity = entity}
        );
    jobs::enqueue_jobs(transaction, job::kResolveChildren.worker, jobs);
    return static_cast<std::int64_t>(jobs.size());
}

} // namespace calfleet::cli
