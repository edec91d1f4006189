#include "workers/calfleet/retention_store.h"

#include <array>

namespace calfleet::cli {
namespace {

using postgres::params;
using postgres::Statement;

// $1 days, $2 walk on behind this id, $3 rows to look at. A walk along the primary key: no portion
// looks at more than $3 rows, whatever there is to do, and no index is needed that writers would
// pay for.
#define CALFLEET_LOOKED(table)                                                                     \
    "with looked as (select id from " table " where id > $2::bigint order by id limit "            \
    "$3::bigint), "
#define CALFLEET_ANSWER                                                                            \
    " select coalesce((select max(id) from looked), 0), (select count(*) from done)"
#define CALFLEET_COUNT(table, condition)                                                           \
    CALFLEET_LOOKED(table)                                                                         \
    "done as (select from " table " t where t.id in (select id from looked) and " condition        \
    ")" CALFLEET_ANSWER
#define CALFLEET_DELETE(table, condition)                                                          \
    CALFLEET_LOOKED(table)                                                                         \
    "done as (delete from " table " t where t.id in (select id from looked) and " condition        \
    " returning 1)" CALFLEET_ANSWER
#define CALFLEET_BEFORE(column) column " < now() - make_interval(days => $1::int)"

#define CALFLEET_CLOSED                                                                            \
    "t.state in ('replayed', 'superseded', 'discarded') and " CALFLEET_BEFORE(                     \
        "coalesce(t.decided_at, t.last_failed_at)"                                                 \
    )
#define CALFLEET_PAYLOAD                                                                           \
    CALFLEET_CLOSED " and t.record_topic is not null and t.payload_emptied_at is null"
#define CALFLEET_OPEN "t.state = 'open' and " CALFLEET_BEFORE("t.last_failed_at")
#define CALFLEET_AUDIT                                                                             \
    CALFLEET_BEFORE("t.at")                                                                        \
    " and exists (select from platform.calcom_host_mapping_audits n where n.company_id = "         \
    "t.company_id"                                                                                 \
    " and n.calcom_host_id = t.calcom_host_id and n.id > t.id)"
#define CALFLEET_HISTORY                                                                           \
    CALFLEET_BEFORE("t.at")                                                                        \
    " and exists (select from platform.service_sync_history n where n.company_id = t.company_id"   \
    " and n.service_id = t.service_id and n.id > t.id)"
#define CALFLEET_DIVERGENCE CALFLEET_BEFORE("t.resolved_at")
// What a company's last sync of each kind came to is asked for, however old it is.
#define CALFLEET_SYNC                                                                              \
    CALFLEET_BEFORE("t.ended_at")                                                                  \
    " and exists (select from platform.team_syncs n where n.company_id = t.company_id and n.id > " \
    "t.id"                                                                                         \
    " and n.mode = t.mode and n.outcome = t.outcome"                                               \
    " and n.calcom_team_id is not distinct from t.calcom_team_id)"
#define CALFLEET_CUSTOMER                                                                          \
    CALFLEET_BEFORE("t.seen_at")                                                                   \
    " and not exists (select from platform.appointments a where a.company_id = t.company_id"       \
    " and a.customer_id = t.id and coalesce(a.ends_at, a.starts_at, a.updated_at)"                 \
    " >= now() - make_interval(days => $1::int))"
#define CALFLEET_DIGEST "t.digest is not null and " CALFLEET_BEFORE("t.erased_at")

constexpr Statement kEmptyLetters{
    "calfleet.retain_payloads",
    CALFLEET_LOOKED("dead_letters"
    ) "done as (update dead_letters t set record_key = null, record_headers = '[]', "
      "record_value = null, payload_emptied_at = now()"
      " where t.id in (select id from looked) and " CALFLEET_PAYLOAD
      " returning 1)" CALFLEET_ANSWER};
constexpr Statement kCountPayloads{
    "calfleet.count_payloads", CALFLEET_COUNT("dead_letters", CALFLEET_PAYLOAD)};

constexpr Statement kCloseLetters{
    "calfleet.retain_open_letters",
    CALFLEET_LOOKED("dead_letters"
    ) "done as (update dead_letters t set state = 'discarded', decided_at = now(), "
      "decided_by = 'retention', decided_reason = 'open for ' || $1::int || ' days'"
      " where t.id in (select id from looked) and " CALFLEET_OPEN " returning 1)" CALFLEET_ANSWER};
constexpr Statement kCountOpen{
    "calfleet.count_open_letters", CALFLEET_COUNT("dead_letters", CALFLEET_OPEN)};

constexpr Statement kDeleteLetters{
    "calfleet.retain_letters", CALFLEET_DELETE("dead_letters", CALFLEET_CLOSED)};
constexpr Statement kCountLetters{
    "calfleet.count_letters", CALFLEET_COUNT("dead_letters", CALFLEET_CLOSED)};

constexpr Statement kDeleteAudits{
    "calfleet.retain_audits",
    CALFLEET_DELETE("platform.calcom_host_mapping_audits", CALFLEET_AUDIT)};
constexpr Statement kCountAudits{
    "calfleet.count_audits", CALFLEET_COUNT("platform.calcom_host_mapping_audits", CALFLEET_AUDIT)};

constexpr Statement kDeleteHistory{
    "calfleet.retain_history", CALFLEET_DELETE("platform.service_sync_history", CALFLEET_HISTORY)};
constexpr Statement kCountHistory{
    "calfleet.count_history", CALFLEET_COUNT("platform.service_sync_history", CALFLEET_HISTORY)};

constexpr Statement kDeleteDivergences{
    "calfleet.retain_divergences",
    CALFLEET_DELETE("platform.service_divergences", CALFLEET_DIVERGENCE)};
constexpr Statement kCountDivergences{
    "calfleet.count_divergences",
    CALFLEET_COUNT("platform.service_divergences", CALFLEET_DIVERGENCE)};

constexpr Statement kDeleteSyncs{
    "calfleet.retain_syncs", CALFLEET_DELETE("platform.team_syncs", CALFLEET_SYNC)};
constexpr Statement kCountSyncs{
    "calfleet.count_syncs", CALFLEET_COUNT("platform.team_syncs", CALFLEET_SYNC)};

constexpr Statement kDeleteCustomers{
    "calfleet.retain_customers",
    CALFLEET_LOOKED("platform.customers"
    ) "done as (delete from platform.customers t where t.id in (select id from "
      "looked) and " CALFLEET_CUSTOMER " returning t.company_id, t.id), "
      "forgotten as (update platform.appointments a set customer_id = null from "
      "done where a.company_id = done.company_id and a.customer_id = "
      "done.id)" CALFLEET_ANSWER};
constexpr Statement kCountCustomers{
    "calfleet.count_customers", CALFLEET_COUNT("platform.customers", CALFLEET_CUSTOMER)};

constexpr Statement kForgetDigests{
    "calfleet.retain_digests",
    CALFLEET_LOOKED("erasures"
    ) "done as (update erasures t set digest = null where t.id in (select id from looked) "
      "and " CALFLEET_DIGEST " returning 1)" CALFLEET_ANSWER};
constexpr Statement kCountDigests{
    "calfleet.count_digests", CALFLEET_COUNT("erasures", CALFLEET_DIGEST)};

#undef CALFLEET_LOOKED
#undef CALFLEET_ANSWER
#undef CALFLEET_COUNT
#undef CALFLEET_DELETE
#undef CALFLEET_BEFORE
#undef CALFLEET_CLOSED
#undef CALFLEET_PAYLOAD
#undef CALFLEET_OPEN
#undef CALFLEET_AUDIT
#undef CALFLEET_HISTORY
#undef CALFLEET_DIVERGENCE
#undef CALFLEET_SYNC
#undef CALFLEET_CUSTOMER
#undef CALFLEET_DIGEST

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
