#include "workers/service-pusher/store.h"

#include "common/json/parser.h"

#include <array>
#include <limits>
#include <string>

namespace calfleet::service_pusher {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Statement;

constexpr Statement kFindServices{"service_pusher.find_services", R"sql(
    select w.position, s.calcom_event_type_id is not null, coalesce(s.pushed_version, 0)
    from unnest($1::bigint[], $2::bigint[]) with ordinality as w (company_id, service_id, position)
    cross join lateral (
        select calcom_event_type_id, pushed_version from services
        where company_id = w.company_id and id = w.service_id limit 1
    ) s
)sql"};

constexpr Statement kFacts{"service_pusher.facts", R"sql(
    select c.is_active, c.divergence_policy = 'keep', s.id, s.version, s.name, s.description, s.duration_minutes,
           s.is_active, s.minimum_booking_notice_minutes, s.buffer_before_minutes, s.buffer_after_minutes,
           s.calcom_schedule_id, s.requires_confirmation, s.disable_guests, s.price_cents, coalesce(s.currency, ''),
           s.calcom_event_type_id, s.calcom_team_id, s.pushed
    from companies c left join services s on s.company_id = c.id and s.id = $2
    where c.id = $1
)sql"};

// FOR SHARE: whoever takes the lease away waits until what is written here is committed.
constexpr Statement kHoldLease{"service_pusher.hold_lease", R"sql(
    select 1 from jobs where id = $1 and company_id = $2 and lease_epoch = $3 and state = 'running' for share
)sql"};

constexpr Statement kMarkWriter{
    "service_pusher.mark_writer", "select set_config('app.calcom_writer', 'service-pusher', true)"};

// Another event type has another past.
constexpr Statement kWriteIntent{"service_pusher.write_intent", R"sql(
    update services set pushed = $4
    where company_id = $1 and id = $2 and calcom_event_type_id = $3 and pushed is not null
)sql"};

// What was pushed is true whoever edited the service meanwhile; the status is not: the newer
// version stays pending and has a job of its own.
constexpr Statement kWriteResult{"service_pusher.write_result", R"sql(
    update services
    set sync_status = case when version <> $4 then sync_status when $5::text is null then 'synced' else 'error' end,
        sync_error = case when version <> $4 then sync_error else $5 end,
        pushed = coalesce($6::jsonb, pushed),
        pushed_version = case when $5 is null then $4 else pushed_version end,
        last_calcom_sync = case when $5 is null then now() else last_calcom_sync end,
        last_sync_direction = case when $5 is null then 'push' else last_sync_direction end,
        calcom_price_cents = coalesce($7, calcom_price_cents),
        calcom_currency = coalesce($8, calcom_currency),
        calcom_team_id = coalesce(calcom_team_id, $9)
    where company_id = $1 and id = $2 and calcom_event_type_id = $3
)sql"};

constexpr Statement kWriteHistory{"service_pusher.write_history", R"sql(
    insert into service_sync_history (company_id, service_id, actor, direction, version, outcome, error, before, after)
    values ($1, $2, 'service-pusher', 'push', $3, $4, $5, $6, $7)
)sql"};

constexpr Statement kOpenDivergences{"service_pusher.open_divergences", R"sql(
    insert into service_divergences as known (company_id, service_id, field, platform_value, calcom_value)
    select $1, $2, field, platform_value::jsonb, calcom_value::jsonb
    from unnest($3::text[], $4::text[], $5::text[]) as seen (field, platform_value, calcom_value)
    on conflict (company_id, service_id, field) where resolved_at is null do update
    set platform_value = excluded.platform_value, calcom_value = excluded.calcom_value, last_seen_at = now()
)sql"};

constexpr Statement kResolveDivergences{"service_pusher.resolve_divergences", R"sql(
    update service_divergences open set resolved_at = now(), resolution = ended.resolution
    from unnest($3::text[], $4::text[]) as ended (field, resolution)
    where open.company_id = $1 and open.service_id = $2 and open.field = ended.field and open.resolved_at is null
)sql"};

// An edit that is left alone is one divergence for as long as it lasts, however often it is seen.
constexpr Statement kKeepDivergences{"service_pusher.keep_divergences", R"sql(
    with seen as materialized (
        select * from unnest($3::text[], $4::text[], $5::text[]) as seen (field, platform_value, calcom_value)
    ), again as (
        update service_divergences known set last_seen_at = now()
        from seen
        where known.company_id = $1 and known.service_id = $2 and known.resolution = 'kept'
          and known.id = (select max(d.id) from service_divergences d
                          where d.company_id = $1 and d.service_id = $2 and d.field = seen.field)
          and known.calcom_value = seen.calcom_value::jsonb
        returning known.field
    )
    insert into service_divergences (company_id, service_id, field, platform_value, calcom_value, resolved_at, resolution)
    select $1, $2, field, platform_value::jsonb, calcom_value::jsonb, now(), 'kept' from seen
    where field not in (select field from again)
)sql"};

constexpr std::array kCatalogue{
    kFindServices,
    kFacts,
    kHoldLease,
    kMarkWriter,
    kWriteIntent,
    kWriteResult,
    kWriteHistory,
    kOpenDivergences,
    kResolveDivergences,
    kKeepDivergences};

std::optional<bool> optional_boolean(const Row& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return row.boolean(column);
}

std::optional<Pushed> optional_pushed(const Row& row, int column) {
    const auto text = row.optional_text(column);
    if (!text) return std::nullopt;
    json::Parser parser;
    const Result<json::Value> value = parser.parse(*text);
    // jsonb is JSON; what is too large for the parser says nothing that we wrote.
    if (!value) return std::nullopt;
    return read_pushed(*value);
}

Service read_service(const Row& row) {
    Service service;
    service.id = ServiceId{row.int64(2)};
    service.version = row.int64(3);
    service.wanted = {
        .title = std::string(row.text(4)),
        .description = row.optional_text(5),
        .length_minutes = row.optional_int64(6),
        .active = row.boolean(7),
        .minimum_notice_minutes = row.optional_int64(8),
        .buffer_before_minutes = row.optional_int64(9),
        .buffer_after_minutes = row.optional_int64(10),
        .schedule = row.optional_int64(11),
        .requires_confirmation = optional_boolean(row, 12),
        .guests_disabled = optional_boolean(row, 13)};
    if (const auto amount = row.optional_int64(14))
        service.price = Price{*amount, std::string(row.text(15))};
    if (const auto id = row.optional_int64(16)) service.event_type = calcom::EventTypeId{*id};
    if (const auto team = row.optional_int64(17)) service.team = calcom::TeamId{*team};
    service.pushed = optional_pushed(row, 18);
    return service;
}

struct DivergenceColumns {
    Array fields, platform, calcom;

    explicit DivergenceColumns(std::span<const Divergence> divergences) {
        for (const Divergence& divergence : divergences) {
            fields.add(divergence.field);
            platform.add(divergence.platform);
            calcom.add(divergence.calcom);
        }
    }
    bool empty() const { return fields.size() == 0; }
};

void write_divergences(
    postgres::Transaction& transaction,
    const Statement& statement,
    CompanyId company,
    ServiceId service,
    std::span<const Divergence> divergences
) {
    const DivergenceColumns columns(divergences);
    if (columns.empty()) return;
    transaction.exec(
        statement,
        params(company.value, service.value, columns.fields, columns.platform, columns.calcom)
    );
}

void resolve_divergences(
    postgres::Transaction& transaction,
    CompanyId company,
    ServiceId service,
    const SyncResult& result
) {
    Array fields, resolutions;
    const auto add = [&](const std::string& field, std::string_view resolution) {
        fields.add(field);
        resolutions.add(resolution);
    };
    for (const std::string& field : result.overwritten)
        add(field, "overwritten");
    for (const std::string& field : result.agreed)
        add(field, "agreed");
    for (const Divergence& kept : result.kept)
        add(kept.field, "kept");
    if (fields.size() == 0) return;
    transaction.exec(
        kResolveDivergences, params(company.value, service.value, fields, resolutions)
    );
}

/// Nothing for what the column cannot hold.
std::optional<std::int64_t> storable(const std::optional<Price>& price) {
    constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
    if (!price || price->minor_units < 0 || price->minor_units > kMost) return std::nullopt;
    return price->minor_units;
}

std::string_view outcome_word(SyncEnd end) {
    switch (end) {
    case SyncEnd::Unchanged:
        return "unchanged";
    case SyncEnd::Changed:
        return "changed";
    case SyncEnd::Failed:
        break;
    }
    return "failed";
}

std::optional<std::string> json_or_null(const Fields& fields) {
    if (fields.empty()) return std::nullopt;
    return json_of(fields);
}

} // namespace

postgres::Catalogue service_pusher_catalogue() {
    return kCatalogue;
}

std::vector<KnownService>
find_services(postgres::Transaction& transaction, std::span<const ServiceName> names) {
    std::vector<KnownService> known(names.size());
    if (names.empty()) return known;
    Array companies, services;
    for (const ServiceName& name : names) {
        companies.add(name.company.value);
        services.add(name.service.value);
    }
    for (const Row row : transaction.exec(kFindServices, params(companies, services)))
        known[static_cast<std::size_t>(row.int64(0) - 1)] = {
            .exists = true, .has_event_type = row.boolean(1), .pushed_version = row.int64(2)};
    return known;
}

Facts load_facts(postgres::Transaction& transaction, const ServiceName& name) {
    const auto rows = transaction.exec(kFacts, params(name.company.value, name.service.value));
    Facts facts;
    if (rows.empty()) return facts;
    const Row row = rows[0];
    facts.company_active = row.boolean(0);
    if (row.boolean(1)) facts.foreign_edits = ForeignEdits::Kept;
    if (!row.is_null(2)) facts.service = read_service(row);
    return facts;
}

bool hold_lease(postgres::Transaction& transaction, const job::Job& job) {
    return !transaction.exec(kHoldLease, params(job.id.value, job.company.value, job.lease_epoch))
                .empty();
}

void write_intent(
    postgres::Transaction& transaction,
    CompanyId company,
    const Service& service,
    const Change& change
) {
    if (change.intent) {
        transaction.exec(kMarkWriter);
        transaction.exec(
            kWriteIntent,
            params(
                company.value,
                service.id.value,
                change.endpoint.event_type.value,
                json_of(*change.intent)
            )
        );
    }
    write_divergences(transaction, kOpenDivergences, company, service.id, change.overwrites);
}

void write_result(
    postgres::Transaction& transaction,
    CompanyId company,
    const Service& service,
    const SyncResult& result
) {
    const bool failed = result.end == SyncEnd::Failed;
    const auto error = failed ? std::optional(result.error) : std::nullopt;
    const auto pushed = result.pushed ? std::optional(json_of(*result.pushed)) : std::nullopt;
    const auto currency = result.reported && !result.reported->currency.empty()
                              ? std::optional(result.reported->currency)
                              : std::nullopt;
    const auto team =
        result.endpoint.team ? std::optional(result.endpoint.team->value) : std::nullopt;
    transaction.exec(kMarkWriter);
    const auto updated = transaction.exec(
        kWriteResult,
        params(
            company.value,
            service.id.value,
            result.endpoint.event_type.value,
            service.version,
            error,
            pushed,
            storable(result.reported),
            currency,
            team
        )
    );
    // Linked to another event type meanwhile: what was found says nothing about that one.
    if (updated.affected() == 0) return;
    transaction.exec(
        kWriteHistory,
        params(
            company.value,
            service.id.value,
            service.version,
            outcome_word(result.end),
            error,
            json_or_null(result.before),
            json_or_null(result.after)
        )
    );
    resolve_divergences(transaction, company, service.id, result);
    write_divergences(transaction, kKeepDivergences, company, service.id, result.kept);
    write_divergences(transaction, kOpenDivergences, company, service.id, result.open);
}

} // namespace calfleet::service_pusher
