#include "workers/event-type-importer/store.h"

#include "workers/event-type-importer/columns.h"
#include "workers/event-type-importer/team_store.h"

#include "common/core/text.h"

#include <algorithm>
#include <array>

namespace calfleet::event_type_importer {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;

// is_newer() once more, in SQL: only here is the row known and locked.
constexpr Statement kClaim{"event_type_importer.claim", R"sql(
    insert into platform.calcom_event_types as held (company_id, calcom_event_type_id, as_of, is_deleted, digest, bounded_at)
    select * from unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::boolean[], $5::bytea[], $6::timestamptz[])
    on conflict (company_id, calcom_event_type_id) do update
    set as_of = excluded.as_of, is_deleted = excluded.is_deleted, digest = excluded.digest, bounded_at = excluded.bounded_at
    where (coalesce(excluded.bounded_at, excluded.as_of), excluded.is_deleted) > (held.as_of, held.is_deleted)
       or ((coalesce(excluded.bounded_at, excluded.as_of), excluded.is_deleted) = (held.as_of, held.is_deleted)
           and excluded.digest <> held.digest)
       or held.as_of > now() + interval '1 minute' -- the release before believed it
    returning company_id, calcom_event_type_id
)sql"};

// LATERAL ... LIMIT 1 keeps every look-up an index probe, also in a plan that was made when the
// table was empty and is kept by the prepared statement.
constexpr Statement kFindServices{"event_type_importer.find_services", R"sql(
    select w.position, s.id, s.version, s.pushed_version, s.sync_status, s.sync_error, s.deactivation_reason,
           jsonb_build_object(
               'name', s.name, 'slug', s.slug, 'description', s.description, 'duration_minutes', s.duration_minutes, 'duration_options', s.duration_options,
               'is_active', s.is_active, 'minimum_booking_notice_minutes', s.minimum_booking_notice_minutes,
               'buffer_before_minutes', s.buffer_before_minutes, 'buffer_after_minutes', s.buffer_after_minutes,
               'requires_confirmation', s.requires_confirmation, 'disable_guests', s.disable_guests,
               'calcom_schedule_id', s.calcom_schedule_id, 'price_cents', s.price_cents, 'currency', s.currency,
               'booking_url', s.booking_url, 'calcom_price_cents', s.calcom_price_cents,
               'calcom_currency', s.calcom_currency, 'calcom_team_id', s.calcom_team_id,
               'calcom_owner_user_id', s.calcom_owner_user_id, 'calcom_scheduling_type', s.calcom_scheduling_type),
           s.locations, s.booking_fields, s.metadata, s.pushed,
           (select string_agg(d.field, ' ') from platform.service_divergences d
            where d.company_id = s.company_id and d.service_id = s.id and d.resolved_at is null)
    from unnest($1::bigint[], $2::bigint[]) with ordinality as w (company_id, event_type_id, position)
    cross join lateral (
        select * from platform.services s
        where s.company_id = w.company_id and s.calcom_event_type_id = w.event_type_id
        limit 1 for no key update
    ) s
)sql"};

constexpr Statement kRequestPushes{"event_type_importer.request_pushes", R"sql(
    update platform.services s set version = s.version + 1
    from unnest($1::bigint[], $2::bigint[]) as w (company_id, id)
    where s.company_id = w.company_id and s.id = w.id
)sql"};

constexpr Statement kSetWriter{"event_type_importer.set_writer", R"sql(
    select set_config('app.calcom_writer', $1::text, true)
)sql"};

// What Cal.com has is what would have been pushed: the service is born in step.
constexpr Statement kInsertServices{"event_type_importer.insert_services", R"sql(
    insert into platform.services
        (company_id, calcom_event_type_id, name, slug, description, duration_minutes, duration_options, is_active,
         minimum_booking_notice_minutes, buffer_before_minutes, buffer_after_minutes, requires_confirmation,
         disable_guests, calcom_schedule_id, locations, booking_fields, metadata, price_cents, currency, booking_url,
         calcom_price_cents, calcom_currency, calcom_team_id, calcom_owner_user_id, calcom_scheduling_type,
         version, sync_status, last_calcom_sync, last_sync_direction, pushed, pushed_version)
    select w.company_id, w.event_type_id, f.name, f.slug, f.description, f.duration_minutes, f.duration_options,
           coalesce(f.is_active, true), f.minimum_booking_notice_minutes, f.buffer_before_minutes,
           f.buffer_after_minutes, f.requires_confirmation, f.disable_guests, f.calcom_schedule_id, f.locations,
           f.booking_fields, f.metadata, f.price_cents, f.currency, f.booking_url, f.calcom_price_cents,
           f.calcom_currency, f.calcom_team_id, f.calcom_owner_user_id, f.calcom_scheduling_type,
           1, 'synced', now(), 'import', w.pushed, 1
    from unnest($1::bigint[], $2::bigint[], $3::jsonb[], $4::jsonb[]) as w (company_id, event_type_id, fields, pushed)
    cross join lateral jsonb_to_record(w.fields) as f
        (name text, slug text, description text, duration_minutes integer, duration_options jsonb, is_active boolean,
         minimum_booking_notice_minutes integer, buffer_before_minutes integer, buffer_after_minutes integer,
         requires_confirmation boolean, disable_guests boolean, calcom_schedule_id bigint, locations jsonb,
         booking_fields jsonb, metadata jsonb, price_cents integer, currency text, booking_url text,
         calcom_price_cents integer, calcom_currency text, calcom_team_id bigint, calcom_owner_user_id bigint,
         calcom_scheduling_type text)
    on conflict (company_id, calcom_event_type_id) do nothing
    returning company_id, calcom_event_type_id, id
)sql"};

constexpr Statement kUpdateServices{"event_type_importer.update_services", R"sql(
    update platform.services s
    set booking_url = coalesce(f.booking_url, s.booking_url),
        calcom_price_cents = coalesce(f.calcom_price_cents, s.calcom_price_cents),
        calcom_currency = coalesce(f.calcom_currency, s.calcom_currency),
        calcom_team_id = coalesce(f.calcom_team_id, s.calcom_team_id),
        calcom_owner_user_id = coalesce(f.calcom_owner_user_id, s.calcom_owner_user_id),
        calcom_scheduling_type = coalesce(f.calcom_scheduling_type, s.calcom_scheduling_type),
        is_active = coalesce(w.is_active, s.is_active),
        sync_status = coalesce(w.sync_status, s.sync_status),
        sync_error = case when w.sync_status is null then s.sync_error else nullif(w.sync_error, '') end,
        deactivation_reason = case when w.reason is null then s.deactivation_reason else nullif(w.reason, '') end,
        updated_at = now()
    from unnest($1::bigint[], $2::bigint[], $3::jsonb[], $4::boolean[], $5::text[], $6::text[], $7::text[])
         as w (company_id, id, fields, is_active, sync_status, sync_error, reason)
    cross join lateral jsonb_to_record(w.fields) as f
        (booking_url text, calcom_price_cents integer, calcom_currency text, calcom_team_id bigint,
         calcom_owner_user_id bigint, calcom_scheduling_type text)
    where s.company_id = w.company_id and s.id = w.id
)sql"};

// A foreign edit that service-pusher keeps by the company's policy is known and settled: for as
// long as it lasts it is seen again, not found again.
constexpr Statement kWriteDivergences{"event_type_importer.write_divergences", R"sql(
    with seen as materialized (
        select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::jsonb[], $5::jsonb[], $6::timestamptz[])
                      as w (company_id, service_id, field, platform_value, calcom_value, as_of)
    ), kept as (
        update platform.service_divergences d set last_seen_at = greatest(d.last_seen_at, w.as_of)
        from seen w
        where d.id = (select max(l.id) from platform.service_divergences l
                      where l.company_id = w.company_id and l.service_id = w.service_id and l.field = w.field)
          and d.company_id = w.company_id and d.resolution = 'kept' and d.calcom_value = w.calcom_value
        returning d.service_id, d.field
    ), written as (
        insert into platform.service_divergences as held
            (company_id, service_id, field, platform_value, calcom_value, first_seen_at, last_seen_at)
        select w.company_id, w.service_id, w.field, w.platform_value, w.calcom_value, w.as_of, w.as_of
        from seen w
        where (w.service_id, w.field) not in (select k.service_id, k.field from kept k)
        on conflict (company_id, service_id, field) where resolved_at is null do update
        set platform_value = excluded.platform_value, calcom_value = excluded.calcom_value,
            last_seen_at = greatest(held.last_seen_at, excluded.last_seen_at)
        returning xmax = 0 as is_new
    )
    select count(*) from written where is_new
)sql"};

constexpr Statement kCloseDivergences{"event_type_importer.close_divergences", R"sql(
    update platform.service_divergences d
    set resolved_at = now(), resolution = 'agreed'
    from unnest($1::bigint[], $2::bigint[], $3::text[]) as w (company_id, service_id, field)
    where d.company_id = w.company_id and d.service_id = w.service_id and d.field = w.field
      and d.resolved_at is null
)sql"};

constexpr Statement kWriteHistory{"event_type_importer.write_history", R"sql(
    insert into platform.service_sync_history
        (company_id, service_id, actor, direction, version, outcome, event_id, before, after)
    select w.company_id, w.service_id, 'event-type-importer', w.direction, w.version, 'changed', w.event_id,
           w.before, w.after
    from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::jsonb[], $7::jsonb[])
         as w (company_id, service_id, direction, version, event_id, before, after)
)sql"};

constexpr std::array kOwn{
    kClaim,
    kFindServices,
    kRequestPushes,
    kSetWriter,
    kInsertServices,
    kUpdateServices,
    kWriteDivergences,
    kCloseDivergences,
    kWriteHistory};

/// Who changes services from here to the end of the transaction. Of the importer's changes the
/// triggers make no event; of anybody's they do.
enum class Writer { Anybody, Importer };

void set_writer(postgres::Transaction& transaction, Writer writer) {
    transaction.exec(kSetWriter, params(writer == Writer::Importer ? "importer" : ""));
}

/// Rows of (company, event type, ...) come in the order of the batch; calls found(index, row).
template <class Found>
void match(const Rows& rows, Batch snapshots, const Found& found) {
    std::size_t next = 0;
    for (const Row row : rows) {
        while (next < snapshots.size() && (snapshots[next]->company.value != row.int64(0) ||
                                           snapshots[next]->event_type != row.int64(1)))
            ++next;
        found(next++, row);
    }
}

std::vector<Field> fields_named(std::string_view names) {
    std::vector<Field> fields;
    for (const std::string_view name : split(names, ' '))
        if (const auto field = service_fields::field_of(name)) fields.push_back(*field);
    return fields;
}

ServiceRow service_row(const Row& row, Canonicalizer& canonicalizer, TextArena& arena) {
    const auto kept = [&](int column) {
        return row.is_null(column) ? std::string_view{} : arena.keep(row.text(column));
    };
    const auto document = [&](Field field, int column) {
        return row.is_null(column) ? std::string_view{}
                                   : canonicalizer.document_in(field, row.text(column), arena);
    };
    ServiceRow service{
        .id = row.int64(1),
        .version = row.int64(2),
        .pushed_version = row.optional_int64(3),
        .sync_status = kept(4),
        .sync_error = kept(5),
        .deactivation_reason = kept(6),
        .values = canonicalizer.values_in(row.text(7), arena)};
    service.values[Field::Locations] = document(Field::Locations, 8);
    service.values[Field::BookingFields] = document(Field::BookingFields, 9);
    service.values[Field::Metadata] = document(Field::Metadata, 10);
    if (!row.is_null(11)) service.pushed = canonicalizer.pushed_in(row.text(11), arena);
    if (!row.is_null(12)) service.open_divergences = fields_named(row.text(12));
    return service;
}

std::string refreshed_document(const Update& update) {
    Values refreshed;
    for (const Field field : update.decision->refreshed)
        refreshed[field] = update.snapshot->values[field];
    return document(refreshed, kFields);
}

} // namespace

postgres::Catalogue event_type_importer_catalogue() {
    static const std::vector<Statement> all = [] {
        std::vector<Statement> statements(kOwn.begin(), kOwn.end());
        const postgres::Catalogue teams = team_catalogue();
        statements.insert(statements.end(), teams.begin(), teams.end());
        return statements;
    }();
    return all;
}

std::vector<bool> claim_event_types(postgres::Transaction& transaction, Batch snapshots) {
    std::vector<bool> fresh(snapshots.size());
    if (snapshots.empty()) return fresh;
    const EventTypeColumns keys(snapshots);
    Array as_of, deleted, digests, bounded_at;
    for (const Snapshot* snapshot : snapshots) {
        as_of.add(rank_of(*snapshot));
        bounded_at.add(snapshot->bounded ? std::optional(snapshot->as_of) : std::nullopt);
        deleted.add(snapshot->deleted());
        digests.add_bytes(
            {reinterpret_cast<const char*>(snapshot->digest.data()), snapshot->digest.size()}
        );
    }
    const Rows rows = transaction.exec(
        kClaim, params(keys.companies, keys.event_types, as_of, deleted, digests, bounded_at)
    );
    match(rows, snapshots, [&](std::size_t index, const Row&) { fresh.at(index) = true; });
    return fresh;
}

std::vector<std::optional<ServiceRow>> find_services(
    postgres::Transaction& transaction,
    Batch snapshots,
    Canonicalizer& canonicalizer,
    TextArena& arena
) {
    std::vector<std::optional<ServiceRow>> services(snapshots.size());
    if (snapshots.empty()) return services;
    const EventTypeColumns keys(snapshots);
    const Rows rows = transaction.exec(kFindServices, params(keys.companies, keys.event_types));
    for (const Row row : rows)
        services.at(static_cast<std::size_t>(row.int64(0) - 1)) =
            service_row(row, canonicalizer, arena);
    return services;
}

std::vector<std::optional<std::int64_t>>
insert_services(postgres::Transaction& transaction, Batch snapshots) {
    std::vector<std::optional<std::int64_t>> ids(snapshots.size());
    if (snapshots.empty()) return ids;
    set_writer(transaction, Writer::Importer);
    const EventTypeColumns keys(snapshots);
    Array fields, pushed;
    for (const Snapshot* snapshot : snapshots) {
        fields.add(row_document(*snapshot));
        pushed.add(
            document(snapshot->values, std::span(kFields).first(service_fields::kComparedFields))
        );
    }
    const Rows rows =
        transaction.exec(kInsertServices, params(keys.companies, keys.event_types, fields, pushed));
    match(rows, snapshots, [&](std::size_t index, const Row& row) {
        ids.at(index) = row.int64(2);
    });
    return ids;
}

void request_pushes(postgres::Transaction& transaction, std::span<const Update> updates) {
    Array companies, ids;
    for (const Update& update : updates) {
        if (!update.decision->state.asks_for_push) continue;
        companies.add(update.snapshot->company.value);
        ids.add(update.service->id);
    }
    if (ids.size() == 0) return;
    set_writer(transaction, Writer::Anybody);
    transaction.exec(kRequestPushes, params(companies, ids));
}

void update_services(postgres::Transaction& transaction, std::span<const Update> updates) {
    Array companies, ids, fields, active, statuses, errors, reasons;
    for (const Update& update : updates) {
        if (!update.decision->changes_row()) continue;
        const StateChange& state = update.decision->state;
        companies.add(update.snapshot->company.value);
        ids.add(update.service->id);
        fields.add(refreshed_document(update));
        active.add(state.active);
        statuses.add(state.sync_status);
        errors.add(state.sync_error);
        reasons.add(state.deactivation_reason);
    }
    if (ids.size() == 0) return;
    set_writer(transaction, Writer::Importer);
    transaction.exec(
        kUpdateServices, params(companies, ids, fields, active, statuses, errors, reasons)
    );
}

std::int64_t
write_divergences(postgres::Transaction& transaction, std::span<const Update> updates) {
    Array companies, services, fields, platform, calcom, as_of;
    for (const Update& update : updates) {
        for (const Difference& difference : update.decision->differences) {
            companies.add(update.snapshot->company.value);
            services.add(update.service->id);
            fields.add(service_fields::column(difference.field));
            platform.add(difference.platform);
            calcom.add(difference.calcom);
            as_of.add(update.snapshot->as_of);
        }
    }
    if (fields.size() == 0) return 0;
    const Rows rows = transaction.exec(
        kWriteDivergences, params(companies, services, fields, platform, calcom, as_of)
    );
    return rows[0].int64(0);
}

void close_divergences(postgres::Transaction& transaction, std::span<const Update> updates) {
    Array companies, services, fields;
    for (const Update& update : updates) {
        for (const Field field : update.decision->agreed) {
            companies.add(update.snapshot->company.value);
            services.add(update.service->id);
            fields.add(service_fields::column(field));
        }
    }
    if (fields.size() == 0) return;
    transaction.exec(kCloseDivergences, params(companies, services, fields));
}

void write_history(postgres::Transaction& transaction, std::span<const HistoryRow> rows) {
    if (rows.empty()) return;
    Array companies, services, directions, versions, events, before, after;
    for (const HistoryRow& row : rows) {
        companies.add(row.company.value);
        services.add(row.service);
        directions.add(row.direction);
        versions.add(row.version);
        events.add(row.event_id);
        add_or_null(before, row.before);
        add_or_null(after, row.after);
    }
    transaction.exec(
        kWriteHistory, params(companies, services, directions, versions, events, before, after)
    );
}

} // namespace calfleet::event_type_importer
