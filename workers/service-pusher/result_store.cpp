#include "workers/service-pusher/result_store.h"

#include "common/core/text.h"
#include "common/job/kinds.h"

#include <array>
#include <limits>
#include <string>

namespace calfleet::service_pusher {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Statement;

// Whoever holds a row, a bulk update say, must not hold up the services of others that happen to be
// written in the same transaction.
constexpr Statement kLockServices{"service_pusher.lock_services", R"sql(
    select w.position, free.locked is not null
    from unnest($1::bigint[], $2::bigint[]) with ordinality as w (company_id, service_id, position)
    cross join lateral (
        select from platform.services where company_id = w.company_id and id = w.service_id limit 1
    ) there
    left join lateral (
        select true as locked from platform.services where company_id = w.company_id and id = w.service_id
        limit 1 for no key update skip locked
    ) free on true
)sql"};

constexpr Statement kMarkWriter{
    "service_pusher.mark_writer", "select set_config('app.calcom_writer', 'service-pusher', true)"};

// Another event type has another past.
constexpr Statement kWriteIntents{"service_pusher.write_intents", R"sql(
    update platform.services s
    set pushed = case when s.pushed is null then null else coalesce(i.pushed::jsonb, s.pushed) end,
        sync_error = coalesce(i.note, s.sync_error)
    from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[])
         as i (company_id, service_id, event_type, pushed, note)
    where s.company_id = i.company_id and s.id = i.service_id and s.calcom_event_type_id = i.event_type
)sql"};

// What was pushed is true whoever edited the service meanwhile; the status is not: the newer
// version stays pending and has a job of its own. A service that was linked to another event type
// meanwhile is not returned: what was found says nothing about that one.
constexpr Statement kWriteResults{"service_pusher.write_results", R"sql(
    update platform.services s
    set sync_status = case when s.version <> r.version then s.sync_status when r.error is null then 'synced' else 'error' end,
        sync_error = case when s.version <> r.version then s.sync_error else coalesce(r.error, r.note) end,
        pushed = coalesce(r.pushed::jsonb, s.pushed),
        pushed_version = case when r.error is null then r.version else s.pushed_version end,
        last_calcom_sync = case when r.error is null then now() else s.last_calcom_sync end,
        last_sync_direction = case when r.error is null then 'push' else s.last_sync_direction end,
        calcom_price_cents = coalesce(r.price, s.calcom_price_cents),
        calcom_currency = coalesce(r.currency, s.calcom_currency),
        calcom_team_id = coalesce(s.calcom_team_id, r.team)
    from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::text[],
                $9::bigint[], $10::text[])
         with ordinality as r (company_id, service_id, event_type, version, error, pushed, price, currency, team, note,
                               position)
    where s.company_id = r.company_id and s.id = r.service_id and s.calcom_event_type_id = r.event_type
    returning r.position
)sql"};

constexpr Statement kWriteHistory{"service_pusher.write_history", R"sql(
    insert into platform.service_sync_history (company_id, service_id, actor, direction, version, outcome, error, before, after)
    select company_id, service_id, 'service-pusher', 'push', version, outcome, error, before::jsonb, after::jsonb
    from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[])
         as h (company_id, service_id, version, outcome, error, before, after)
)sql"};

constexpr Statement kOpenDivergences{"service_pusher.open_divergences", R"sql(
    insert into platform.service_divergences as known (company_id, service_id, field, platform_value, calcom_value)
    select company_id, service_id, field, platform_value::jsonb, calcom_value::jsonb
    from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[])
         as seen (company_id, service_id, field, platform_value, calcom_value)
    on conflict (company_id, service_id, field) where resolved_at is null do update
    set platform_value = excluded.platform_value, calcom_value = excluded.calcom_value, last_seen_at = now()
)sql"};

constexpr Statement kResolveDivergences{"service_pusher.resolve_divergences", R"sql(
    update platform.service_divergences open set resolved_at = now(), resolution = ended.resolution
    from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[]) as ended (company_id, service_id, field, resolution)
    where open.company_id = ended.company_id and open.service_id = ended.service_id and open.field = ended.field
      and open.resolved_at is null
)sql"};

// An edit that is left alone is one divergence for as long as it lasts, however often it is seen.
constexpr Statement kKeepDivergences{"service_pusher.keep_divergences", R"sql(
    with seen as materialized (
        select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[])
                      as seen (company_id, service_id, field, platform_value, calcom_value)
    ), again as (
        update platform.service_divergences known set last_seen_at = now()
        from seen
        where known.company_id = seen.company_id and known.service_id = seen.service_id and known.resolution = 'kept'
          and known.id = (select max(d.id) from platform.service_divergences d
                          where d.company_id = seen.company_id and d.service_id = seen.service_id and d.field = seen.field)
          and known.calcom_value = seen.calcom_value::jsonb
        returning known.service_id, known.field
    )
    insert into platform.service_divergences (company_id, service_id, field, platform_value, calcom_value, resolved_at, resolution)
    select company_id, service_id, field, platform_value::jsonb, calcom_value::jsonb, now(), 'kept' from seen
    where (service_id, field) not in (select service_id, field from again)
)sql"};

// A push that reached Cal.com answers earlier ones of the service that were given up.
constexpr Statement kCloseLetters{"service_pusher.close_letters", R"sql(
    update dead_letters letter set state = 'superseded', decided_at = now(), decided_by = 'service-pusher'
    from unnest($1::bigint[], $2::text[]) as done (company_id, entity)
    where letter.worker = 'service-pusher' and letter.company_id = done.company_id and letter.entity = done.entity
      and letter.state = 'open'
)sql"};

// A change of a managed event type tells the numbers of its members' copies, which a member who was
// taken off and put on again has anew.
constexpr Statement kWriteCopies{"service_pusher.write_copies", R"sql(
    insert into platform.calcom_event_map as held
        (company_id, parent_event_type_id, calcom_user_id, child_event_type_id, child_resolved_at)
    select company_id, parent, owner, child, clock_timestamp()
    from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) as seen (company_id, parent, owner, child)
    order by 1, 2, 3
    on conflict (company_id, parent_event_type_id, calcom_user_id) do update
    set child_event_type_id = excluded.child_event_type_id, child_resolved_at = excluded.child_resolved_at,
        invalidated_at = null, last_error = null
    where held.child_event_type_id is distinct from excluded.child_event_type_id or held.invalidated_at is not null
)sql"};

constexpr std::array kCatalogue{
    kLockServices,
    kMarkWriter,
    kWriteIntents,
    kWriteResults,
    kWriteHistory,
    kOpenDivergences,
    kResolveDivergences,
    kKeepDivergences,
    kCloseLetters,
    kWriteCopies};

/// Which services the columns' rows are about.
struct ServiceColumns {
    Array companies, services;

    void add(CompanyId company, ServiceId service) {
        companies.add(company.value);
        services.add(service.value);
    }
    bool empty() const { return companies.size() == 0; }
};

struct DivergenceColumns {
    ServiceColumns of;
    Array fields, platform, calcom;

    void add(CompanyId company, ServiceId service, std::span<const Divergence> divergences) {
        for (const Divergence& divergence : divergences) {
            of.add(company, service);
            fields.add(divergence.field);
            platform.add(divergence.platform);
            calcom.add(divergence.calcom);
        }
    }
    void write(postgres::Transaction& transaction, const Statement& statement) const {
        if (of.empty()) return;
        transaction.exec(statement, params(of.companies, of.services, fields, platform, calcom));
    }
};

struct ResolutionColumns {
    ServiceColumns of;
    Array fields, resolutions;

    void add(CompanyId company, ServiceId service, const SyncResult& result) {
        const auto end = [&](const std::string& field, std::string_view resolution) {
            of.add(company, service);
            fields.add(field);
            resolutions.add(resolution);
        };
        for (const std::string& field : result.overwritten)
            end(field, "overwritten");
        for (const std::string& field : result.agreed)
            end(field, "agreed");
        for (const Divergence& kept : result.kept)
            end(kept.field, "kept");
    }
    void write(postgres::Transaction& transaction) const {
        if (of.empty()) return;
        transaction.exec(
            kResolveDivergences, params(of.companies, of.services, fields, resolutions)
        );
    }
};

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

constexpr std::size_t kMostErrorBytes = 2000;

/// It may quote values of both sides, as long as descriptions are.
std::optional<std::string> error_of(const SyncResult& result) {
    if (result.end != SyncEnd::Failed) return std::nullopt;
    return printable(result.error, kMostErrorBytes);
}

/// What goes along with a change that succeeded.
std::optional<std::string> note_of(const SyncResult& result) {
    if (result.end == SyncEnd::Failed || result.error.empty()) return std::nullopt;
    return printable(result.error, kMostErrorBytes);
}

struct ResultColumns {
    ServiceColumns of;
    Array event_types, versions, errors, pushed, prices, currencies, teams, notes;

    void add(const EndedPush& end) {
        const SyncResult& result = *end.result;
        of.add(end.company, end.service->id);
        event_types.add(result.endpoint.event_type.value);
        versions.add(end.service->version);
        errors.add(error_of(result));
        notes.add(note_of(result));
        pushed.add(result.pushed ? std::optional(json_of(*result.pushed)) : std::nullopt);
        prices.add(storable(result.reported));
        const bool named = result.reported && !result.reported->currency.empty();
        currencies.add(named ? std::optional(result.reported->currency) : std::nullopt);
        teams.add(result.endpoint.team ? std::optional(result.endpoint.team->value) : std::nullopt);
    }
    postgres::Params bound() const {
        return params(
            of.companies,
            of.services,
            event_types,
            versions,
            errors,
            pushed,
            prices,
            currencies,
            teams,
            notes
        );
    }
};

struct HistoryColumns {
    ServiceColumns of;
    Array versions, outcomes, errors, before, after;

    void add(const EndedPush& end) {
        const SyncResult& result = *end.result;
        of.add(end.company, end.service->id);
        versions.add(end.service->version);
        outcomes.add(outcome_word(result.end));
        errors.add(error_of(result));
        before.add(json_or_null(result.before));
        after.add(json_or_null(result.after));
    }
    void write(postgres::Transaction& transaction) const {
        if (of.empty()) return;
        transaction.exec(
            kWriteHistory,
            params(of.companies, of.services, versions, outcomes, errors, before, after)
        );
    }
};

struct CopyColumns {
    Array companies, parents, owners, children;

    void add(const EndedPush& end) {
        for (const Copy& copy : end.result->copies) {
            companies.add(end.company.value);
            parents.add(end.result->endpoint.event_type.value);
            owners.add(copy.owner.value);
            children.add(copy.event_type.value);
        }
    }
    void write(postgres::Transaction& transaction) const {
        if (companies.size() > 0)
            transaction.exec(kWriteCopies, params(companies, parents, owners, children));
    }
};

struct LetterColumns {
    Array companies, entities;

    void add(const EndedPush& end) {
        if (end.result->end == SyncEnd::Failed) return;
        companies.add(end.company.value);
        entities.add(job::entity_of(job::kPushService, end.service->id.value));
    }
    void write(postgres::Transaction& transaction) const {
        if (companies.size() > 0) transaction.exec(kCloseLetters, params(companies, entities));
    }
};

/// The row of each service: gone, held by somebody else, or ours until the transaction ends.
template <class Push>
std::vector<RowWrite>
lock_services(postgres::Transaction& transaction, std::span<const Push> pushes) {
    std::vector<RowWrite> rows(pushes.size(), RowWrite::Gone);
    ServiceColumns columns;
    for (const Push& push : pushes)
        columns.add(push.company, push.service->id);
    if (columns.empty()) return rows;
    for (const Row row :
         transaction.exec(kLockServices, params(columns.companies, columns.services)))
        rows[static_cast<std::size_t>(row.int64(0) - 1)] =
            row.boolean(1) ? RowWrite::Written : RowWrite::Busy;
    return rows;
}

} // namespace

postgres::Catalogue result_catalogue() {
    return kCatalogue;
}

std::vector<RowWrite>
write_intents(postgres::Transaction& transaction, std::span<const BegunChange> changes) {
    std::vector<RowWrite> rows = lock_services(transaction, changes);
    ServiceColumns of;
    Array event_types, pushed, notes;
    DivergenceColumns overwrites;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (rows[i] != RowWrite::Written) continue;
        const BegunChange& begun = changes[i];
        overwrites.add(begun.company, begun.service->id, begun.change->overwrites);
        const auto& [endpoint, sent, overwritten, intent, policy, note] = *begun.change;
        if (!intent && note.empty()) continue;
        of.add(begun.company, begun.service->id);
        event_types.add(endpoint.event_type.value);
        pushed.add(intent ? std::optional(json_of(*intent)) : std::nullopt);
        notes.add(note.empty() ? std::nullopt : std::optional(note));
    }
    if (!of.empty()) {
        transaction.exec(kMarkWriter);
        transaction.exec(
            kWriteIntents, params(of.companies, of.services, event_types, pushed, notes)
        );
    }
    overwrites.write(transaction, kOpenDivergences);
    return rows;
}

std::vector<RowWrite>
write_results(postgres::Transaction& transaction, std::span<const EndedPush> ends) {
    std::vector<RowWrite> rows = lock_services(transaction, ends);
    ResultColumns results;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < ends.size(); ++i) {
        if (rows[i] != RowWrite::Written) continue;
        results.add(ends[i]);
        places.push_back(i);
        rows[i] = RowWrite::Gone; // unless the statement finds it still linked
    }
    if (results.of.empty()) return rows;
    transaction.exec(kMarkWriter);
    HistoryColumns history;
    LetterColumns answered;
    CopyColumns copies;
    ResolutionColumns resolved;
    DivergenceColumns kept, open;
    for (const Row row : transaction.exec(kWriteResults, results.bound())) {
        const std::size_t place = places[static_cast<std::size_t>(row.int64(0) - 1)];
        const EndedPush& end = ends[place];
        rows[place] = RowWrite::Written;
        history.add(end);
        answered.add(end);
        copies.add(end);
        resolved.add(end.company, end.service->id, *end.result);
        kept.add(end.company, end.service->id, end.result->kept);
        open.add(end.company, end.service->id, end.result->open);
    }
    history.write(transaction);
    answered.write(transaction);
    copies.write(transaction);
    resolved.write(transaction);
    kept.write(transaction, kKeepDivergences);
    open.write(transaction, kOpenDivergences);
    return rows;
}

} // namespace calfleet::service_pusher
