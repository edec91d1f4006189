#include "workers/calfleet/service_store.h"

#include "common/job/kinds.h"
#include "common/postgres/columns.h"

#include <algorithm>
#include <array>

namespace calfleet::cli {
namespace {

using postgres::params;
using postgres::Row;
using postgres::Statement;

constexpr Statement kFindChosen{"calfleet.find_chosen_services", R"sql(
    select (select count(*) from platform.companies where id = $1),
           (select min(w.id) from unnest($2::bigint[]) as w (id)
            where not exists (select from platform.services s where s.id = w.id and ($1::bigint is null or s.company_id = $1)))
)sql"};

constexpr Statement kListServices{"calfleet.list_services", R"sql(
    select s.id, s.company_id, s.name, s.sync_status, c.is_active as company_active, s.is_active, s.calcom_event_type_id, s.calcom_team_id,
           s.version, s.pushed_version, s.sync_error, s.deactivation_reason, s.last_sync_direction, s.last_calcom_sync,
           h.direction, h.actor, m.seen_at, j.last_class as waits_for, d.open, s.written_by,
           l.id as letter
    from platform.services s
    join platform.companies c on c.id = s.company_id
    left join platform.team_event_type_mappings m
           on m.company_id = s.company_id and m.calcom_event_type_id = s.calcom_event_type_id and m.snapshot is not null
    left join lateral (select direction, actor from platform.service_sync_history
                       where company_id = s.company_id and service_id = s.id order by id desc limit 1) h on true
    left join lateral (select last_class from jobs
                       where worker = $6::text and company_id = s.company_id and entity = $7::text || s.id
                         and state = 'parked' order by id limit 1) j on true
    left join lateral (select id from dead_letters
                       where worker = $6::text and company_id = s.company_id and entity = $7::text || s.id
                         and state = 'open' and s.sync_status = 'pending'
                         and not exists (select 1 from jobs o where o.worker = $6::text and o.company_id = s.company_id
                                           and o.entity = $7::text || s.id)
                       order by id desc limit 1) l on true
    cross join lateral (select count(*) as open from platform.service_divergences
                        where company_id = s.company_id and service_id = s.id and resolved_at is null) d
    where ($1::bigint is null or s.company_id = $1) and ($2::bigint[] is null or s.id = any($2))
      and ($3::text is null or s.sync_status = $3) and (not $4 or d.open > 0)
    order by s.company_id, s.id
    limit $5::bigint
)sql"};

// Whose wish a push fulfilled: the operators who raised the version since the push before it. One
// push answers many wishes, hence a list.
// A service that is named without its company is found in services first: the histories' indexes
// begin with the company. Here and below.
constexpr Statement kHistory{"calfleet.service_history", R"sql(
    select h.at, h.service_id, h.actor, h.direction, h.outcome, h.version, h.error, h.event_id,
           h.before::text as before, h.after::text as after, asked.people, h.login
    from platform.service_sync_history h
    join platform.services s on s.company_id = h.company_id and s.id = h.service_id
    left join lateral (
        select string_agg(distinct o.actor, ', ') as people from platform.service_sync_history o
        where h.actor = 'service-pusher' and o.company_id = h.company_id and o.service_id = h.service_id
          and o.direction = 'push' and o.actor like 'operator:%' and o.version <= h.version and o.id < h.id
          and o.version > coalesce((select max(p.version) from platform.service_sync_history p
                                    where p.company_id = h.company_id and p.service_id = h.service_id
                                      and p.actor = 'service-pusher' and p.id < h.id), 0)
    ) asked on true
    where ($1::bigint is null or h.company_id = $1) and ($2::bigint[] is null or s.id = any($2))
    order by h.id desc
    limit $3::bigint
)sql"};

constexpr Statement kDivergences{"calfleet.service_divergences", R"sql(
    select d.company_id, d.service_id, s.name, d.field, d.platform_value::text as platform_value,
           d.calcom_value::text as calcom_value, d.first_seen_at, d.last_seen_at, d.resolution, d.resolved_at
    from platform.service_divergences d
    join platform.services s on s.company_id = d.company_id and s.id = d.service_id
    where ($1::bigint is null or d.company_id = $1) and ($2::bigint[] is null or s.id = any($2))
      and ($3 or d.resolved_at is null)
    order by d.id desc
    limit $4::bigint
)sql"};

constexpr std::array kCatalogue{kFindChosen, kListServices, kHistory, kDivergences};

ServiceRow service_row(const Row& row) {
    ServiceRow service;
    service.id = ServiceId{row.int64("id")};
    service.company = CompanyId{row.int64("company_id")};
    service.name = row.text("name");
    service.status = row.text("sync_status");
    service.company_active = row.boolean("company_active");
    service.active = row.boolean("is_active");
    service.event_type = row.optional_int64("calcom_event_type_id");
    service.team = row.optional_int64("calcom_team_id");
    service.version = row.int64("version");
    service.pushed_version = row.optional_int64("pushed_version");
    service.error = row.optional_text("sync_error");
    service.deactivation_reason = row.optional_text("deactivation_reason");
    service.direction = row.optional_text("last_sync_direction");
    service.last_sync = row.optional_instant("last_calcom_sync");
    service.last_action = row.optional_text("direction");
    service.last_actor = row.optional_text("actor");
    service.snapshot_at = row.optional_instant("seen_at");
    service.waits_for = row.optional_text("waits_for");
    service.divergences = row.int64("open");
    service.written_by = row.text("written_by");
    service.given_up = row.optional_int64("letter");
    return service;
}

} // namespace

postgres::Catalogue service_catalogue() {
    return kCatalogue;
}

postgres::Params choice_params(const ServiceChoice& choice) {
    postgres::Params values = params(choice.company);
    if (choice.services.empty()) return values.add_null();
    return values.add(postgres::array_of(choice.services));
}

void require_chosen(postgres::Transaction& transaction, const ServiceChoice& choice) {
    const auto rows = transaction.exec(kFindChosen, choice_params(choice));
    const std::string of_company =
        choice.company ? "company " + std::to_string(*choice.company) : "";
    if (choice.company && rows[0].int64(0) == 0)
        throw postgres::Abort(
            {ErrorKind::NotFound, "there is no " + of_company + "; see calfleet company list"}
        );
    const auto missing = rows[0].optional_int64(1);
    if (!missing) return;
    const std::string where = choice.company ? " in " + of_company : "";
    throw postgres::Abort(
        {ErrorKind::NotFound,
         "there is no service " + std::to_string(*missing) + where +
             "; nothing was changed, see calfleet service list"}
    );
}

std::vector<std::string> why_not_bookable(const ServiceRow& service) {
    std::vector<std::string> reasons;
    if (!service.company_active) reasons.emplace_back("the company is switched off");
    if (!service.active)
        reasons.push_back(
            service.deactivation_reason ? "inactive: " + *service.deactivation_reason : "inactive"
        );
    if (!service.event_type)
        reasons.emplace_back("it has no event type");
    else if (service.status == "never")
        reasons.emplace_back("never synced");
    else if (service.status == "pending")
        reasons.push_back(
            service.waits_for ? "its push waits: " + *service.waits_for
            : service.given_up
                ? "its push was given up: dead letter " + std::to_string(*service.given_up)
                : "its push is on the way"
        );
    else if (service.status == "error")
        reasons.push_back("error: " + service.error.value_or("unknown"));
    return reasons;
}

std::string why_not_text(const ServiceRow& service) {
    std::string text;
    for (const std::string& reason : why_not_bookable(service))
        text += (text.empty() ? "" : "; ") + reason;
    return text;
}

std::vector<ServiceRow>
list_services(postgres::Transaction& transaction, const ServiceFilter& filter) {
    std::vector<ServiceRow> services;
    auto values = choice_params(filter.choice);
    values.add(filter.status).add(filter.diverged).add(filter.limit);
    values.add(job::kPushService.worker).add(job::kPushService.entity);
    const auto rows = transaction.exec(kListServices, values);
    for (const Row row : rows)
        services.push_back(service_row(row));
    return services;
}

std::vector<SyncHistoryRow> service_history(
    postgres::Transaction& transaction, const ServiceChoice& choice, std::int64_t limit
) {
    std::vector<SyncHistoryRow> history;
    const auto rows = transaction.exec(kHistory, choice_params(choice).add(limit));
    for (const Row row : rows)
        history.push_back(
            {.at = row.instant("at"),
             .service = ServiceId{row.int64("service_id")},
             .actor = std::string(row.text("actor")),
             .direction = std::string(row.text("direction")),
             .outcome = std::string(row.text("outcome")),
             .version = row.int64("version"),
             .error = row.optional_text("error"),
             .event_id = row.optional_text("event_id"),
             .before = row.optional_text("before"),
             .after = row.optional_text("after"),
             .asked_by = row.optional_text("people"),
             .login = row.optional_text("login")}
        );
    return history;
}

std::vector<DivergenceRow> service_divergences(
    postgres::Transaction& transaction,
    const ServiceChoice& choice,
    Divergences which,
    std::int64_t limit
) {
    std::vector<DivergenceRow> divergences;
    const auto rows = transaction.exec(
        kDivergences, choice_params(choice).add(which == Divergences::All).add(limit)
    );
    for (const Row row : rows)
        divergences.push_back(
            {.company = CompanyId{row.int64("company_id")},
             .service = ServiceId{row.int64("service_id")},
             .name = std::string(row.text("name")),
             .field = std::string(row.text("field")),
             .platform = row.optional_text("platform_value"),
             .calcom = row.optional_text("calcom_value"),
             .first_seen = row.instant("first_seen_at"),
             .last_seen = row.instant("last_seen_at"),
             .resolution = row.optional_text("resolution"),
             .resolved_at = row.optional_instant("resolved_at")}
        );
    return divergences;
}

} // namespace calfleet::cli
