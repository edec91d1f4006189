#include "workers/calfleet/dead_letter_store.h"

#include "common/jobs/job_store.h"
#include "common/messaging/inbox_store.h"
#include "common/postgres/columns.h"

#include <array>

namespace calfleet::cli {
namespace {

using postgres::Array;
using postgres::Params;
using postgres::params;
using postgres::Statement;

// The plan is made for the filters given: each has an index that those without it cannot use.
constexpr Statement kPlanByFilter{"calfleet.plan_by_filter", R"sql(
    select set_config('plan_cache_mode', 'force_custom_plan', true)
)sql"};

// $1 ids or NULL, $2 worker, $3 class, $4 key, $5 event id, $6 company, $7 since, $8 until
#define CALFLEET_LETTER_FILTER                                                                     \
    "($1::bigint[] is null or d.id = any($1)) and ($2::text is null or d.worker = $2)"             \
    " and ($3::text is null or d.reason_class = $3)"                                               \
    " and ($4::bytea is null or sha256(d.record_key) = sha256($4) and d.record_key = $4)"          \
    " and ($5::text is null or d.event_id = $5) and ($6::bigint is null or d.company_id = $6)"     \
    " and ($7::timestamptz is null or d.last_failed_at >= $7)"                                     \
    " and ($8::timestamptz is null or d.last_failed_at < $8)"

// Letters of a state in the order of their ids, so that only an index with both serves: those of
// another state may fill the first half of the table, and the planner takes them for mixed.
#define CALFLEET_LETTER_STATE(state)                                                               \
    "(d.state, d.id) >= (" state ", 0) and (d.state, d.id) <= (" state ", 9223372036854775807)"

constexpr Statement kList{
    "calfleet.list_dead_letters",
    "select d.id, d.worker, d.state, d.reason_class, d.reason, d.company_id, d.attempts, "
    "d.failures,"
    "       d.first_failed_at, d.last_failed_at, d.event_id, d.event_type, d.event_source, "
    "d.entity, d.job_kind,"
    "       d.record_topic, d.record_partition, d.record_offset, d.record_key, d.decided_by, "
    "d.decided_reason, d.decided_login, d.decided_at, d.payload_emptied_at"
    " from dead_letters d where " CALFLEET_LETTER_FILTER
    " and ($9::text is null or " CALFLEET_LETTER_STATE("$9"
    ) ") order by case when $9::text is not null then d.state end, d.id limit $10::bigint"};

constexpr Statement kRecord{"calfleet.record_of_dead_letter", R"sql(
    select record_headers::text, record_value from dead_letters where id = $1 and record_topic is not null
)sql"};

// A run that was killed leaves letters 'replaying'; after ten minutes another may take them: what
// was sent twice is recognised by the inbox. In the inbox, 4 is this very letter, 5 a job that
// still tries the event and will close or open the letter itself; all else is another end.
#define CALFLEET_REPLAYABLE(state, condition)                                                      \
    "(select d.id, d.worker, d.reason_class, d.record_topic, d.company_id,"                        \
    "        coalesce(d.event_key, d.letter_key) as event_key"                                     \
    " from dead_letters d where " CALFLEET_LETTER_FILTER " and " CALFLEET_LETTER_STATE(state)      \
        condition " and d.payload_emptied_at is null order by d.state, d.id limit $9::bigint)"

constexpr Statement kFindReplayable{
    "calfleet.find_replayable_dead_letters",
    "select d.id, d.worker, d.reason_class, d.record_topic is not null,"
    "       coalesce((select min(i.outcome) from inbox i where i.company_id = d.company_id"
    "                 and i.event_key = d.event_key), 0)"
    " from (" CALFLEET_REPLAYABLE("'open'", "") " union all " CALFLEET_REPLAYABLE(
        "'replaying'", " and d.decided_at < now() - interval '10 minutes'"
    ) ") d order by d.id limit $9::bigint"};

#undef CALFLEET_REPLAYABLE

constexpr Statement kDiscard{
    "calfleet.discard_dead_letters",
    "update dead_letters d set state = 'discarded', decided_at = now(), decided_by = $9, "
    "decided_reason = $10"
    " where " CALFLEET_LETTER_FILTER " and d.state = 'open'"};

#undef CALFLEET_LETTER_STATE
#undef CALFLEET_LETTER_FILTER

constexpr Statement kTake{"calfleet.take_dead_letters", R"sql(
    update dead_letters set state = 'replaying', replay_run = $1::uuid, decided_at = now(), decided_by = $2
    where id = any($3::bigint[]) and payload_emptied_at is null
      and (state = 'open' or state = 'replaying' and decided_at < now() - interval '10 minutes')
    returning id, worker, company_id, job_kind, entity, record_topic is not null
)sql"};

// The record never leaves the server: bytes and headers cannot be changed on the way.
constexpr Statement kPublishTaken{"calfleet.publish_taken_dead_letters", R"sql(
    insert into outbox (shard, company_id, topic, record_key, record_headers, record_value)
    select calfleet.outbox_shard(record_topic, coalesce(record_key, '')), company_id, record_topic, record_key,
           record_headers || jsonb_build_array(jsonb_build_object('name', 'calfleet_replay', 'text', id::text)), record_value
    from dead_letters
    where id = any($2::bigint[]) and replay_run = $1::uuid and state = 'replaying' and record_topic is not null
    order by id
)sql"};

constexpr Statement kCloseSuperseded{"calfleet.close_superseded_dead_letters", R"sql(
    update dead_letters set state = 'superseded', decided_at = now(), decided_by = $1,
                            decided_reason = 'the event was dealt with before the replay'
    where id = any($2::bigint[])
      and (state = 'open' or state = 'replaying' and decided_at < now() - interval '10 minutes')
)sql"};

constexpr Statement kProgress{"calfleet.replay_progress", R"sql(
    select count(*) filter (where state = 'replaying'), count(*) filter (where state = 'replayed'),
           count(*) filter (where state = 'superseded'), count(*) filter (where state = 'open')
    from dead_letters where replay_run = $1::uuid
)sql"};

// Not those that a job still works on: the job closes or opens them.
constexpr Statement kGiveBack{"calfleet.give_back_dead_letters", R"sql(
    update dead_letters letter set state = 'open', replay_run = null
    where replay_run = $1::uuid and state = 'replaying'
      and not exists (select from jobs job
                      where job.worker = letter.worker and job.company_id = letter.company_id
                        and job.entity = letter.entity and job.event_key is not distinct from
                            case when letter.record_topic is null then null
                                 else coalesce(letter.event_key, letter.letter_key) end)
)sql"};

constexpr Statement kStillTried{"calfleet.replays_still_tried", R"sql(
    select count(*) from dead_letters where replay_run = $1::uuid and state = 'replaying'
)sql"};

constexpr std::array kCatalogue{
    kPlanByFilter,
    kList,
    kRecord,
    kFindReplayable,
    kDiscard,
    kTake,
    kPublishTaken,
    kCloseSuperseded,
    kProgress,
    kGiveBack,
    kStillTried};

Array ids_of(const std::vector<DeadLetterId>& letters) {
    return postgres::array_of(letters);
}

Params filter_params(const DeadLetterFilter& filter) {
    Params values;
    if (filter.ids.empty()) {
        values.add_null();
    } else {
        values.add(postgres::array_of(filter.ids));
    }
    values.add(filter.worker).add(filter.reason_class);
    if (filter.key)
        values.add_bytes(*filter.key);
    else
        values.add_null();
    values.add(filter.event_id).add(filter.company).add(filter.since).add(filter.until);
    return values;
}

/// 0: the inbox does not know the event.
bool is_done_in_inbox(std::int64_t outcome) {
    return outcome != 0 && messaging::is_done(static_cast<messaging::InboxOutcome>(outcome));
}

DeadLetterRow read_row(const postgres::Row& row) {
    DeadLetterRow letter;
    letter.id = DeadLetterId{row.int64("id")};
    letter.worker = row.text("worker");
    letter.state = row.text("state");
    letter.reason_class = row.text("reason_class");
    letter.reason = row.text("reason");
    letter.company = row.optional_int64("company_id");
    letter.attempts = row.int64("attempts");
    letter.failures = row.int64("failures");
    letter.first_failed_at = row.instant("first_failed_at");
    letter.last_failed_at = row.instant("last_failed_at");
    letter.event_id = row.optional_text("event_id");
    letter.event_type = row.optional_text("event_type");
    letter.event_source = row.optional_text("event_source");
    letter.entity = row.optional_text("entity");
    letter.job_kind = row.optional_text("job_kind");
    letter.topic = row.optional_text("record_topic");
    letter.partition = row.optional_int64("record_partition");
    letter.offset = row.optional_int64("record_offset");
    letter.key = row.optional_bytes("record_key");
    letter.decided_by = row.optional_text("decided_by");
    letter.decided_reason = row.optional_text("decided_reason");
    letter.decided_login = row.optional_text("decided_login");
    letter.decided_at = row.optional_instant("decided_at");
    letter.payload_emptied_at = row.optional_instant("payload_emptied_at");
    return letter;
}

} // namespace

postgres::Catalogue dead_letter_catalogue() {
    return kCatalogue;
}

std::vector<DeadLetterRow> list_dead_letters(
    postgres::Transaction& transaction,
    const DeadLetterFilter& filter,
    const std::optional<std::string>& state,
    std::int64_t limit
) {
    transaction.exec(kPlanByFilter);
    std::vector<DeadLetterRow> letters;
    for (const postgres::Row row :
         transaction.exec(kList, filter_params(filter).add(state).add(limit)))
        letters.push_back(read_row(row));
    return letters;
}

std::optional<RecordText>
record_of_dead_letter(postgres::Transaction& transaction, DeadLetterId id) {
    const auto rows = transaction.exec(kRecord, params(id.value));
    if (rows.empty()) return std::nullopt;
    return RecordText{rows[0].optional_text(0).value_or("[]"), rows[0].optional_bytes(1)};
}

std::vector<ReplayCandidate> find_replayable(
    postgres::Transaction& transaction, const DeadLetterFilter& filter, std::int64_t limit
) {
    transaction.exec(kPlanByFilter);
    std::vector<ReplayCandidate> candidates;
    for (const postgres::Row row :
         transaction.exec(kFindReplayable, filter_params(filter).add(limit)))
        candidates.push_back(
            {DeadLetterId{row.int64(0)},
             std::string(row.text(1)),
             std::string(row.text(2)),
             row.boolean(3),
             is_done_in_inbox(row.int64(4)),
             row.int64(4) == static_cast<std::int64_t>(messaging::InboxOutcome::Job)}
        );
    return candidates;
}

std::int64_t start_replay(
    postgres::Transaction& transaction,
    const Uuid& run,
    std::string_view actor,
    const std::vector<DeadLetterId>& letters
) {
    const Array ids = ids_of(letters);
    const auto taken = transaction.exec(kTake, params(run, actor, ids));
    transaction.exec(kPublishTaken, params(run, ids));
    for (const postgres::Row row : taken) {
        if (row.boolean(5)) continue; // a record, published above
        const jobs::NewJob job{
            .kind = row.text(3),
            .company = CompanyId{row.int64(2)},
            .entity = row.text(4),
            .lane = jobs::Lane::Bulk,
            .replay_of = DeadLetterId{row.int64(0)}};
        jobs::enqueue_jobs(transaction, row.text(1), std::span(&job, 1));
    }
    return taken.size();
}

std::int64_t close_superseded(
    postgres::Transaction& transaction,
    std::string_view actor,
    const std::vector<DeadLetterId>& letters
) {
    if (letters.empty()) return 0;
    return transaction.exec(kCloseSuperseded, params(actor, ids_of(letters))).affected();
}

ReplayProgress replay_progress(postgres::Transaction& transaction, const Uuid& run) {
    const auto rows = transaction.exec(kProgress, params(run));
    return {rows[0].int64(0), rows[0].int64(1), rows[0].int64(2), rows[0].int64(3)};
}

GivenBack give_back(postgres::Transaction& transaction, const Uuid& run) {
    GivenBack result;
    result.opened = transaction.exec(kGiveBack, params(run)).affected();
    result.still_tried = transaction.exec(kStillTried, params(run))[0].int64(0);
    return result;
}

std::int64_t discard_dead_letters(
    postgres::Transaction& transaction,
    const DeadLetterFilter& filter,
    std::string_view actor,
    std::string_view why
) {
    transaction.exec(kPlanByFilter);
    return transaction.exec(kDiscard, filter_params(filter).add(actor).add(why)).affected();
}

} // namespace calfleet::cli
