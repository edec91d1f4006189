#include "workers/calfleet/service_actions.h"

#include "common/job/kinds.h"
#include "common/service_fields/fields.h"
#include "common/service_fields/snapshot.h"

#include <array>
#include <string>
#include <utility>

namespace calfleet::cli {
namespace {

using postgres::params;
using postgres::Row;
using postgres::Statement;

constexpr Statement kChosen{"calfleet.chosen_services", R"sql(
    select id from platform.services
    where ($1::bigint is null or company_id = $1) and ($2::bigint[] is null or id = any($2))
    order by company_id, id
)sql"};

// Job before service, the order in which service-pusher locks. Nobody claims the job while its row
// is held.
constexpr Statement kHoldPush{"calfleet.hold_push", R"sql(
    select j.state from jobs j
    where j.worker = $2 and j.entity = $3
      and j.company_id = (select company_id from platform.services where id = $1)
    order by j.id for update of j
)sql"};

constexpr Statement kFacts{"calfleet.reload_facts", R"sql(
    select s.company_id, s.name, s.calcom_event_type_id, s.calcom_team_id, s.sync_status, s.last_calcom_sync,
           m.snapshot::text, m.seen_at, now(),
           coalesce(m.state = 'deleted', false)
           or exists (select from platform.calcom_event_types e
                      where e.company_id = s.company_id and e.calcom_event_type_id = s.calcom_event_type_id
                        and e.is_deleted and e.as_of >= coalesce(m.seen_at, '-infinity'))
    from platform.services s
    left join platform.team_event_type_mappings m
           on m.company_id = s.company_id and m.calcom_event_type_id = s.calcom_event_type_id
    where s.id = $1
    for no key update of s
)sql"};

// NULL in a column: the platform has no opinion, which is no difference.
constexpr Statement kChanges{"calfleet.reload_changes", R"sql(
    select f.key, (to_jsonb(s) -> f.key)::text, f.value::text
    from platform.services s cross join jsonb_each($2::jsonb) f
    where s.id = $1 and to_jsonb(s) -> f.key is distinct from f.value and ($3 or to_jsonb(s) -> f.key <> 'null')
    order by f.key
)sql"};

// What was sent and not answered may still arrive: it stays known as ours. last_calcom_sync is the
// instant at which both sides were the same.
const Statement& adopt() {
    static const std::string sql = "update platform.services s set (" +
                                   service_fields::compared_columns("") + ") = (select " +
                                   service_fields::compared_columns("r.") +
                                   " from jsonb_populate_record(s, $2::jsonb) r)," + R"sql(
        deactivation_reason = case when $2::jsonb -> 'is_active' = 'true' then null else deactivation_reason end,
        version = s.version + 1, sync_status = 'synced', sync_error = null,
        pushed_version = case when $4 then s.pushed_version else s.version + 1 end,
        pushed = $3::jsonb || case when s.pushed ? 'unconfirmed'
                                   then jsonb_build_object('unconfirmed', s.pushed -> 'unconfirmed') else '{}' end,
        last_calcom_sync = greatest(s.last_calcom_sync, $5), last_sync_direction = 'import', updated_at = now()
    where s.id = $1
    returning s.sync_status, s.version
)sql";
    static const Statement kAdopt{"calfleet.adopt", sql};
    return kAdopt;
}

constexpr Statement kCloseDivergences{"calfleet.close_reloaded_divergences", R"sql(
    update platform.service_divergences
    set resolved_at = now(), resolution = case when $4::jsonb ? field then 'adopted' else 'agreed' end
    where company_id = $1 and service_id = $2 and resolved_at is null and $3::jsonb ? field
)sql"};

constexpr Statement kWriteHistory{"calfleet.write_reload", R"sql(
    insert into platform.service_sync_history (company_id, service_id, actor, direction, version, outcome, before, after)
    values ($1, $2, 'operator:' || $3, 'reload', $4, case when $6::jsonb = '{}' then 'unchanged' else 'changed' end, $5, $6)
)sql"};

std::string ask_for_sync(CompanyId company) {
    return "run calfleet sync team --company " + std::to_string(company.value) +
           ", then reload again";
}

/// Why the snapshot must not be taken for what Cal.com has now; empty: it may.
std::string refusal_of(const Row& row, CompanyId company, const ReloadOptions& options) {
    if (row.is_null(2)) return "it has no event type";
    if (row.boolean(9)) return "its event type was deleted at Cal.com";
    if (row.is_null(6) && row.is_null(3))
        return "its event type is a person's own, and no sync has read it: syncs read those of the "
               "key's owner, else write Cal.com's values into the service by hand (what the last "
               "push found there: calfleet service divergences --resolved); " +
               ask_for_sync(company);
    if (row.is_null(6)) return "no team sync has read its event type yet: " + ask_for_sync(company);
    const Instant seen = row.instant(7);
    const auto synced = row.optional_instant(5);
    if (synced && seen < *synced)
        return "its event type was written after it was read at " + format_instant(seen) + ": " +
               ask_for_sync(company);
    if (row.instant(8) - seen > options.max_age)
        return "its event type was read at " + format_instant(seen) +
               ", which is too long ago: " + ask_for_sync(company);
    return {};
}

/// {"name":...}: one side of the changes.
std::string side(const std::vector<FieldChange>& changes, std::string FieldChange::*value) {
    std::string document = "{";
    for (const FieldChange& change : changes) {
        if (document.size() > 1) document += ',';
        document += '"' + change.field + "\":" + change.*value;
    }
    return document + '}';
}

} // namespace

postgres::Catalogue service_reload_catalogue() {
    static const std::array catalogue{
        kChosen, kHoldPush, kFacts, kChanges, adopt(), kCloseDivergences, kWriteHistory};
    return catalogue;
}

std::vector<ServiceId>
chosen_services(postgres::Transaction& transaction, const ServiceChoice& choice) {
    require_chosen(transaction, choice);
    std::vector<ServiceId> chosen;
    const auto rows = transaction.exec(kChosen, choice_params(choice));
    for (const Row row : rows)
        chosen.push_back(ServiceId{row.int64(0)});
    return chosen;
}

ReloadPlan
plan_reload(postgres::Transaction& transaction, ServiceId service, const ReloadOptions& options) {
    ReloadPlan plan;
    plan.service = service;
    bool running = false;
    const auto jobs = transaction.exec(
        kHoldPush,
        params(
            service.value,
            job::kPushService.worker,
            job::entity_of(job::kPushService, service.value)
        )
    );
    for (const Row job : jobs)
        running = running || job.text(0) == "running";
    const auto facts = transaction.exec(kFacts, params(service.value));
    if (facts.empty())
        throw postgres::Abort(
            {ErrorKind::NotFound, "service " + std::to_string(service.value) + " is gone"}
        );
    const Row row = facts[0];
    plan.company = CompanyId{row.int64(0)};
    plan.name = row.text(1);
    plan.snapshot_at = row.optional_instant(7);
    plan.push_is_queued = row.text(4) == "pending" || !jobs.empty();
    plan.refusal = running ? "it is being pushed at this moment: try again in a minute"
                           : refusal_of(row, plan.company, options);
    if (!plan.refusal.empty()) return plan;
    const auto columns = service_fields::columns_of_snapshot(row.text(6));
    if (!columns) {
        plan.refusal = "its snapshot cannot be read: " + columns.error().message;
        return plan;
    }
    plan.columns = *columns;
    const auto changes =
        transaction.exec(kChanges, params(service.value, plan.columns, options.fill));
    for (const Row differing : changes) {
        FieldChange change{
            std::string(differing.text(0)),
            differing.optional_text(1).value_or("null"),
            std::string(differing.text(2))};
        if (!service_fields::same_but_for_additions(change.field, change.platform, change.calcom))
            plan.changes.push_back(std::move(change));
    }
    return plan;
}

ServiceDeed
reload_service(postgres::Transaction& transaction, const ReloadPlan& plan, std::string_view actor) {
    ServiceDeed deed;
    deed.service = plan.service;
    deed.company = plan.company;
    deed.name = plan.name;
    deed.why_not = plan.refusal;
    if (!plan.refusal.empty()) return deed;
    const std::string after = side(plan.changes, &FieldChange::calcom);
    // A queued push may have begun with the old values by the time this is committed: then the push
    // that the trigger queues now has the last word, and finds out what Cal.com really has.
    set_echo(transaction, plan.push_is_queued ? Echo::Push : Echo::None);
    const auto adopted = transaction.exec(
        adopt(),
        params(plan.service.value, after, plan.columns, plan.push_is_queued, *plan.snapshot_at)
    );
    deed.done = true;
    deed.status = adopted[0].text(0);
    deed.version = adopted[0].int64(1);
    transaction.exec(
        kCloseDivergences, params(plan.company.value, plan.service.value, plan.columns, after)
    );
    transaction.exec(
        kWriteHistory,
        params(
            plan.company.value,
            plan.service.value,
            actor,
            deed.version,
            side(plan.changes, &FieldChange::platform),
            after
        )
    );
    return deed;
}

} // namespace calfleet::cli
