#include "workers/calfleet/service_actions.h"

#include <array>

namespace calfleet::cli {
namespace {

using postgres::Row;
using postgres::Rows;
using postgres::Statement;

// Rows are locked in the order of their numbers, here and by everybody who locks several.
constexpr Statement kPush{"calfleet.push_services", R"sql(
    with chosen as materialized (
        select s.id, s.company_id, s.name, s.version, s.sync_status,
               case when not c.is_active then 'the company is switched off'
                    when s.calcom_event_type_id is null then 'it has no event type'
                    else '' end as why_not
        from platform.services s join platform.companies c on c.id = s.company_id
        where ($1::bigint is null or s.company_id = $1) and ($2::bigint[] is null or s.id = any($2))
        order by s.id for no key update of s
    ), raised as (
        update platform.services s set version = s.version + 1
        from chosen w where s.id = w.id and s.company_id = w.company_id and w.why_not = ''
        returning s.id, s.company_id, s.version, s.sync_status
    ), noted as (
        insert into platform.service_sync_history (company_id, service_id, actor, direction, version, outcome, before, after)
        select r.company_id, r.id, 'operator:' || $3, 'push', r.version, 'changed',
               jsonb_build_object('sync_status', w.sync_status, 'version', w.version),
               jsonb_build_object('sync_status', r.sync_status, 'version', r.version)
        from raised r join chosen w on w.id = r.id
    )
    select w.id, w.company_id, w.name, w.why_not, coalesce(r.sync_status, w.sync_status), coalesce(r.version, w.version)
    from chosen w left join raised r on r.id = w.id
    order by w.company_id, w.id
)sql"};

// The triggers believe a marked write and queue nothing.
constexpr Statement kMarkWriter{"calfleet.mark_service_writer", R"sql(
    select set_config('app.calcom_writer', $1::text, true)
)sql"};

constexpr Statement kReset{"calfleet.reset_services", R"sql(
    with chosen as materialized (
        select s.id, s.company_id, s.name, s.sync_status, s.sync_error, s.pushed, s.pushed_version
        from platform.services s
        where ($1::bigint is null or s.company_id = $1) and ($2::bigint[] is null or s.id = any($2))
        order by s.id for no key update
    ), forgotten as (
        update platform.services s
        set pushed = null, pushed_version = null, sync_error = null, updated_at = now(),
            sync_status = case when w.sync_status = 'pending' and s.calcom_event_type_id is not null then 'pending'
                               else 'never' end
        from chosen w where s.id = w.id and s.company_id = w.company_id
        returning s.id, s.company_id, s.version, s.sync_status
    ), closed as (
        update platform.service_divergences d set resolved_at = now(), resolution = 'reset'
        from chosen w where d.company_id = w.company_id and d.service_id = w.id and d.resolved_at is null
        returning d.service_id, d.field
    ), noted as (
        insert into platform.service_sync_history (company_id, service_id, actor, direction, version, outcome, before, after)
        select f.company_id, f.id, 'operator:' || $3, 'reset', f.version, 'changed',
               jsonb_build_object('sync_status', w.sync_status, 'sync_error', w.sync_error, 'pushed', w.pushed,
                                  'pushed_version', w.pushed_version,
                                  'divergences', (select coalesce(jsonb_agg(c.field order by c.field), '[]')
                                                  from closed c where c.service_id = f.id)),
               jsonb_build_object('sync_status', f.sync_status, 'sync_error', null, 'pushed', null,
                                  'pushed_version', null, 'divergences', '[]'::jsonb)
        from forgotten f join chosen w on w.id = f.id
    )
    select w.id, w.company_id, w.name, '', f.sync_status, f.version
    from chosen w join forgotten f on f.id = w.id
    order by w.company_id, w.id
)sql"};

constexpr std::array kCatalogue{kPush, kMarkWriter, kReset};

ServiceDeed deed_of(const Row& row) {
    ServiceDeed deed;
    deed.service = ServiceId{row.int64(0)};
    deed.company = CompanyId{row.int64(1)};
    deed.name = row.text(2);
    deed.why_not = row.text(3);
    deed.done = deed.why_not.empty();
    deed.status = row.text(4);
    deed.version = row.int64(5);
    return deed;
}

std::vector<ServiceDeed>
run(postgres::Transaction& transaction,
    const Statement& statement,
    const ServiceChoice& choice,
    std::string_view actor) {
    std::vector<ServiceDeed> deeds;
    const Rows rows = transaction.exec(statement, choice_params(choice).add(actor));
    for (const Row row : rows)
        deeds.push_back(deed_of(row));
    return deeds;
}

} // namespace

postgres::Catalogue service_action_catalogue() {
    return kCatalogue;
}

void set_echo(postgres::Transaction& transaction, Echo echo) {
    transaction.exec(kMarkWriter, postgres::params(echo == Echo::None ? "operator" : ""));
}

std::vector<ServiceDeed> push_services(
    postgres::Transaction& transaction, const ServiceChoice& choice, std::string_view actor
) {
    require_chosen(transaction, choice);
    return run(transaction, kPush, choice, actor);
}

std::vector<ServiceDeed> reset_services(
    postgres::Transaction& transaction,
    const ServiceChoice& choice,
    AfterReset after,
    std::string_view actor
) {
    require_chosen(transaction, choice);
    set_echo(transaction, Echo::None);
    auto deeds = run(transaction, kReset, choice, actor);
    if (after == AfterReset::Forget) return deeds;
    set_echo(transaction, Echo::Push);
    for (ServiceDeed& pushed : run(transaction, kPush, choice, actor))
        for (ServiceDeed& deed : deeds) {
            if (deed.service != pushed.service) continue;
            if (pushed.done)
                deed = std::move(pushed);
            else
                deed.why_not = "not pushed: " + pushed.why_not;
        }
    return deeds;
}

} // namespace calfleet::cli
