#include "workers/calfleet/retention_store.h"

#include <array>

namespace calfleet::cli {
namespace {

using postgres::params;
using postgres::Statement;

// $1 days, $2 walk on behind this id, $3 rows to look at. A walk along the primary key: no portion
// looks at more than $3 rows, whatever there is to do, and no index is needed that writers would
// pay for. Each statement stands beside the one that only counts.
constexpr Statement kEmptyLetters{"calfleet.retain_payloads", R"sql(
    with looked as (
        select id from dead_letters where id > $2::bigint order by id limit $3::bigint
    ), done as (
        update dead_letters t
        set record_key = null, record_headers = '[]', record_value = null, payload_emptied_at = now()
        where t.id in (select id from looked)
          and t.state in ('replayed', 'superseded', 'discarded')
          and coalesce(t.decided_at, t.last_failed_at) < now() - make_interval(days => $1::int)
          and t.record_topic is not null and t.payload_emptied_at is null
        returning 1
    )
    select coalesce((select max(id) from looked), 0), (select count(*) from done)
)sql"};

constexpr Statement kCountPayloads{"calfleet.count_payloads", R"sql(
    with looked as (
        select id from dead_letters where id > $2::bigint order by id limit $3::bigint
    ), done as (
        select from dead_letters t
        where t.id in (select id from looked)
          and t.state in ('replayed', 'superseded', 'discarded')
          and coalesce(t.decided_at, t.last_failed_at) < now() - make_interval(days => $1::int)
          and t.record_topic is not null and t.payload_emptied_at is null
    )
    select coalesce((select max(id) from looked), 0), (select count(*) from done)
)sql"};

constexpr Statement kCloseLetters{"calfleet.retain_open_letters", R"sql(
    with looked as (
        select id from dead_letters where id > $2::bigint order by id limit $3::bigint
    ), done as (
        update dead_letters t
        set state = 'discarded', decided_at = now(), decided_by = 'retention',
            decided_reason = 'open for ' || $1::int || ' days'
        where t.id in (select id from looked)
          and t.state = 'open' and t.last_failed_at < now() - make_interval(days => $1::int)
        returning 1
    )
    select coalesce((select max(id) from looked), 0), (select count(*) from done)
)sql"};

constexpr Statement kCountOpen{"calfleet.count_open_letters", R"sql(
    with looked as (
        select id from dead_letters where id > $2::bigint order by id limit $3::bigint
    ), done as (
        select from dead_letters t
        where t.id in (select id from looked)
          and t.state = 'open' and t.last_failed_at < now() - make_interval(days => $1::int)
    )
    select coalesce((select max(id) from looked), 0), (select count(*) from done)
)sql"};

constexpr Statement kDeleteLetters{"calfleet.retain_letters", R"sql(
    with looked as (
        select id from dead_letters where id > $2::bigint order by id limit $3::bigint
    ), done as (
        delete from dead_letters t
        where t.id in (select id from looked)
          and t.state in ('replayed', 'superseded', 'discarded')
          and coalesce(t.decided_at, t.last_failed_at) < now() - make_interval(days => $1::int)
        returning 1
    )
    select coalesce((select max(id) from looked), 0), (select count(*) from done)
)sql"};

constexpr Statement kCountLetters{"calfleet.count_letters", R"sql(
    with looked as (
        select id from dead_letters where id > $2::bigint order by id limit $3::bigint
    ), done as (
        select from dead_letters t
        where t.id in (select id from looked)
          and t.state in ('replayed', 'superseded', 'discarded')
          and coalesce(t.decided_at, t.last_failed_at) < now() - make_interval(days => $1::int)
    )
    select coalesce((select max(id) from looked), 0), (select count(*) from done)
)sql"};

constexpr Statement kDeleteAudits{"calfleet.retain_audits", R"sql(
    with looked as (
        select id from platform.calcom_host_mapping_audits where id > $2::bigint order by id limit $3::bigint
    ), done as (
        delete from platform.calcom_host_mapping_audits t
        where t.id in (select id from looked)
          and t.at < now() - make_interval(days => $1::int)
          and exists (select from platform.calcom_host_mapping_audits n
                      where n.company_id = t.company_id and n.calcom_host_id = t.calcom_host_id and n.id > t.id)
        returning 1
    )
    select coalesce((select max(id) from looked), 0), (select count(*) from done)
)sql"};

constexpr Statement kCountAudits{"calfleet.count_audits", R"sql(
    with looked as (
        select id from platform.calcom_host_mapping_audits where id > $2::bigint order by id limit $3::bigint
    ), done as (
        select from platform.calcom_host_mapping_audits t
        where t.id in (select id from looked)
          and t.at < now() - make_interval(days => $1::int)
          and exists (select from platform.calcom_host_mapping_audits n
                      where n.company_id = t.company_id and n.calcom_host_id = t.calcom_host_id and n.id > t.id)
    )
    select coalesce((select max(id) from looked), 0), (select count(*) from done)
)sql"};

constexpr Statement kDeleteHistory{"calfleet.retain_history", R"sql(
    with looked as (
        select id from platform.service_sync_history where id > $2::bigint order by id limit $3::bigint
    ), done as (
        delete from platform.service_sync_history t
        where t.id in (select id from looked)
          and t.at < now() - make_interval(days => $1::int)
          and exists (select from platform.service_sync_history n
                      where n.company_id = t.company_id and n.service_id = t.service_id and n.id > t.id)
        returning 1
    )
    select coalesce((select max(id) from looked), 0), (select count(*) from done)
)sql"};

constexpr Statement kCountHistory{"calfleet.count_history", R"sql(
    with looked as (
        select id from platform.service_sync_history where id > $2::bigint order by id limit $3::bigint
    ), done as (
        select from platform.service_sync_history t
        where t.id in (select id from looked)
          and t.at < now() - make_interval(days => $1::int)
          and exists (select from platform.service_sync_history n
                      where n.company_id = t.company_id and n.service_id = t.service_id and n.id > t.id)
    )
    select coalesce((select max(id) from looked), 0), (select count(*) from done)
)sql"};

constexpr Statement kDeleteDivergences{"calfleet.retain_divergences", R"sql(
    with looked as (
        select id from platform.service_divergences where id > $2::bigint order by id limit $3::bigint
    ), done as (
        delete from platform.service_divergences t
        where t.id in (select id from looked)
          and t.resolved_at < now() - make_interval(days => $1::int)
        returning 1
    )
    select coalesce((select max(id) from looked), 0), (select count(*) from done)
)sql"};

constexpr Statement kCountDivergences{"calfleet.count_divergences", R"sql(
    with looked as (
        select id from platform.service_divergences where id > $2::bigint order by id limit $3::bigint
    ), done as (
        select from platform.service_divergences t
        where t.id in (select id from looked)
          and t.resolved_at < now() - make_interval(days => $1::int)
    )
    select coalesce((select max(id) from looked), 0), (select count(*) from done)
)sql"};

// What a company's last sync of each kind came to is asked for, however old it is.
constexpr Statement kDeleteSyncs{"calfleet.retain_syncs", R"sql(
    with looked as (
        select id from platform.team_syncs where id > $2::bigint order by id limit $3::bigint
    ), done as (
        delete from platform.team_syncs t
        where t.id in (select id from looked)
          and t.ended_at < now() - make_interval(days => $1::int)
          and exists (select from platform.team_syncs n
                      where n.company_id = t.company_id and n.id > t.id and n.mode = t.mode and n.outcome = t.outcome
                        and n.calcom_team_id is not distinct from t.calcom_team_id)
        returning 1
    )
    select coalesce((select max(id) from looked), 0), (select count(*) from done)
)sql"};

constexpr Statement kCountSyncs{"calfleet.count_syncs", R"sql(
    with looked as (
        select id from platform.team_syncs where id > $2::bigint order by id limit $3::bigint
    ), done as (
        select from platform.team_syncs t
        where t.id in (select id from looked)
          and t.ended_at < now() - make_interval(days => $1::int)
          and exists (select from platform.team_syncs n
                      where n.company_id = t.company_id and n.id > t.id and n.mode = t.mode and n.outcome = t.outcome
                        and n.calcom_team_id is not distinct from t.calcom_team_id)
    )
    select coalesce((select max(id) from looked), 0), (select count(*) from done)
)sql"};

constexpr Statement kDeleteCustomers{"calfleet.retain_customers", R"sql(
    with looked as (
        select id from platform.customers where id > $2::bigint order by id limit $3::bigint
    ), done as (
        delete from platform.customers t
        where t.id in (select id from looked)
          and t.seen_at < now() - make_interval(days => $1::int)
          and not exists (select from platform.appointments a
                          where a.company_id = t.company_id and a.customer_id = t.id
                            and coalesce(a.ends_at, a.starts_at, a.updated_at) >= now() - make_interval(days => $1::int))
          and not exists (select from platform.appointment_attendees x
                          join platform.appointments a
                            on a.company_id = x.company_id and a.calcom_booking_uid = x.calcom_booking_uid
                          where x.company_id = t.company_id and x.customer_id = t.id
                            and coalesce(a.ends_at, a.starts_at, a.updated_at) >= now() - make_interval(days => $1::int))
        returning t.company_id, t.id
    ), forgotten as (
        update platform.appointments a set customer_id = null
        from done where a.company_id = done.company_id and a.customer_id = done.id
    )
    select coalesce((select max(id) from looked), 0), (select count(*) from done)
)sql"};

constexpr Statement kCountCustomers{"calfleet.count_customers", R"sql(
    with looked as (
        select id from platform.customers where id > $2::bigint order by id limit $3::bigint
    ), done as (
        select from platform.customers t
        where t.id in (select id from looked)
          and t.seen_at < now() - make_interval(days => $1::int)
          and not exists (select from platform.appointments a
                          where a.company_id = t.company_id and a.customer_id = t.id
                            and coalesce(a.ends_at, a.starts_at, a.updated_at) >= now() - make_interval(days => $1::int))
          and not exists (select from platform.appointment_attendees x
                          join platform.appointments a
                            on a.company_id = x.company_id and a.calcom_booking_uid = x.calcom_booking_uid
                          where x.company_id = t.company_id and x.customer_id = t.id
                            and coalesce(a.ends_at, a.starts_at, a.updated_at) >= now() - make_interval(days => $1::int))
    )
    select coalesce((select max(id) from looked), 0), (select count(*) from done)
)sql"};

constexpr Statement kForgetDigests{"calfleet.retain_digests", R"sql(
    with looked as (
        select id from erasures where id > $2::bigint order by id limit $3::bigint
    ), done as (
        update erasures t set digest = null
        where t.id in (select id from looked)
          and t.digest is not null and t.erased_at < now() - make_interval(days => $1::int)
        returning 1
    )
    select coalesce((select max(id) from looked), 0), (select count(*) from done)
)sql"};

constexpr Statement kCountDigests{"calfleet.count_digests", R"sql(
    with looked as (
        select id from erasures where id > $2::bigint order by id limit $3::bigint
    ), done as (
        select from erasures t
        where t.id in (select id from looked)
          and t.digest is not null and t.erased_at < now() - make_interval(days => $1::int)
    )
    select coalesce((select max(id) from looked), 0), (select count(*) from done)
)sql"};

constexpr Statement kNoteEnd{"calfleet.note_retention", R"sql(
    update retention_state set ended_at = now(), actor = $1, login = session_user
)sql"};

constexpr std::array kCatalogue{
    kNoteEnd,
    kEmptyLetters,
    kCountPayloads,
    kCloseLetters,
    kCountOpen,
    kDeleteLetters,
    kCountLetters,
    kDeleteAudits,
    kCountAudits,
    kDeleteHistory,
    kCountHistory,
    kDeleteDivergences,
    kCountDivergences,
    kDeleteSyncs,
    kCountSyncs,
    kDeleteCustomers,
    kCountCustomers,
    kForgetDigests,
    kCountDigests};

RetentionPortion walk(
    postgres::Transaction& transaction,
    const Statement& statement,
    std::int64_t days,
    std::int64_t after,
    std::int64_t rows
) {
    const auto answer = transaction.exec(statement, params(days, after, rows));
    return {answer[0].int64(0), answer[0].int64(1)};
}

} // namespace

postgres::Catalogue retention_catalogue() {
    return kCatalogue;
}

std::vector<RetentionStep> retention_steps(const RetentionSettings& settings) {
    // Closed first, so that what is closed today is emptied when its own time has come.
    return {
        {"open letters closed", settings.open_letter_days, &kCloseLetters, &kCountOpen},
        {"letters emptied", settings.payload_days, &kEmptyLetters, &kCountPayloads},
        {"letters deleted", settings.letter_days, &kDeleteLetters, &kCountLetters},
        {"mapping audits deleted", settings.audit_days, &kDeleteAudits, &kCountAudits},
        {"sync history deleted", settings.history_days, &kDeleteHistory, &kCountHistory},
        {"divergences deleted", settings.divergence_days, &kDeleteDivergences, &kCountDivergences},
        {"team syncs deleted", settings.sync_days, &kDeleteSyncs, &kCountSyncs},
        {"customers deleted", settings.customer_days, &kDeleteCustomers, &kCountCustomers},
        {"digests of erasures forgotten", kErasureDigestDays, &kForgetDigests, &kCountDigests}};
}

void note_retention(postgres::Transaction& transaction, std::string_view actor) {
    transaction.exec(kNoteEnd, params(actor));
}

RetentionPortion apply_retention(
    postgres::Transaction& transaction,
    const RetentionStep& step,
    std::int64_t after,
    std::int64_t rows_looked_at
) {
    return walk(transaction, *step.statement, step.days, after, rows_looked_at);
}

RetentionPortion count_retention(
    postgres::Transaction& transaction,
    const RetentionStep& step,
    std::int64_t after,
    std::int64_t rows_looked_at
) {
    return walk(transaction, *step.count, step.days, after, rows_looked_at);
}

} // namespace calfleet::cli
