#include "workers/outbox-relay/reading.h"

#include "workers/outbox-relay/window_columns.h"

#include "common/messaging/record_json.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace calfleet::outbox_relay {

namespace {

using postgres::Array;
using postgres::params;
using postgres::Statement;
using postgres::Transaction;

constexpr int kLeastScanned = 1000;
constexpr std::int64_t kLargestRecord = 4'000'000; // the producer's own limit

// A look that takes longer was too wide; the next one is narrower.
constexpr Statement kHurry{"outbox_relay.hurry", R"sql(
    select set_config('statement_timeout', '1s', true), set_config('enable_seqscan', 'off', true),
           set_config('jit', 'off', true)
)sql"};

// Sizes are estimates that read nothing stored out of line: compressed headers may be much larger.
#define OUTBOX_ROW_BYTES                                                                           \
    "200 + coalesce(octet_length(record_value), 0) + coalesce(octet_length(record_key), 0)"        \
    "    + pg_column_size(record_headers)"                                                         \
    "      * case when pg_column_compression(record_headers) is null then 2 else 256 end::bigint"

// Every row looked at counts against the limit, also those of topics set aside: a read ends.
constexpr Statement kScan{
    "outbox_relay.scan",
    "with scanned as materialized ("
    "    select held.shard, o.*"
    "    from unnest($1::smallint[], $2::text[], $3::bigint[], $4::text[], $5::bigint[])"
    "         as held (shard, after_xid, after_id, until_xid, until_id)"
    "    cross join lateral ("
    "        select id, xid, topic, " OUTBOX_ROW_BYTES " as bytes"
    "        from outbox"
    "        where shard = held.shard and (xid, id) > (held.after_xid::xid8, held.after_id)"
    "          and (xid, id) <= (held.until_xid::xid8, held.until_id)"
    "          and xid < pg_snapshot_xmin(pg_current_snapshot())"
    "        order by xid, id limit $7) o"
    ") "
    "select shard, xid::text::bigint, id, bytes, topic from scanned where topic <> all($6::text[]) "
    "union all "
    "(select distinct on (shard) shard, xid::text::bigint, id, count(*) over (partition by shard), "
    "null"
    " from scanned order by shard, xid desc, id desc) "
    "order by 1, 2, 3"};

constexpr Statement kScanTopic{
    "outbox_relay.scan_topic",
    "select held.shard, o.xid::text::bigint, o.id, o.bytes"
    " from unnest($1::smallint[], $2::text[], $3::bigint[]) as held (shard, after_xid, after_id)"
    " cross join lateral ("
    "     select id, xid, " OUTBOX_ROW_BYTES " as bytes"
    "     from outbox"
    "     where shard = held.shard and topic = $4 and (xid, id) > (held.after_xid::xid8, "
    "held.after_id)"
    "       and xid < pg_snapshot_xmin(pg_current_snapshot())"
    "     order by xid, id limit $5) o"
    " order by 1, 2, 3"};

#undef OUTBOX_ROW_BYTES

// In the snapshot that is the oldest of this transaction: what it calls running, the others do,
// too.
constexpr Statement kSnapshot{"outbox_relay.snapshot", R"sql(
    select pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
           coalesce(pg_sequence_last_value('calfleet.outbox_id_seq'), 0)
)sql"};

// What is larger than any record never leaves the server.
constexpr Statement kFetch{"outbox_relay.fetch", R"sql(
    select o.id, o.shard, o.company_id, o.topic, case when fits then o.record_key end,
           case when fits then written.headers else '[]' end, case when fits then o.record_value end, o.created_at,
           o.xid::text::bigint, fits, measured.bytes,
           greatest(0, extract(epoch from clock_timestamp() - o.created_at) * 1000000)::bigint
    from unnest($1::bigint[]) with ordinality as wanted (id, ord)
    join outbox o on o.id = wanted.id
    cross join lateral (select o.record_headers::text as headers) written
    cross join lateral (select coalesce(octet_length(o.record_value), 0)::bigint + coalesce(octet_length(o.record_key), 0)
                               + octet_length(written.headers) as bytes) measured
    cross join lateral (select measured.bytes <= $2 as fits) judged
    order by wanted.ord
)sql"};

constexpr std::array kCatalogue{kHurry, kScan, kScanTopic, kSnapshot, kFetch};

Row to_row(const postgres::Row& from) {
    Row row{
        .id = from.int64(0),
        .xid = from.int64(8),
        .shard = static_cast<int>(from.int64(1)),
        .company = CompanyId{from.optional_int64(2).value_or(0)},
        .topic = std::string(from.text(3)),
        .key = from.optional_bytes(4),
        .value = from.optional_bytes(6),
        .created_at = from.instant(7),
        .age = Microseconds(from.int64(11)),
    };
    row.oversized = !from.boolean(9);
    auto headers = messaging::headers_from_json(from.text(5));
    if (row.oversized)
        row.flaw = "record: " + std::to_string(from.int64(10)) +
                   " bytes with key and headers, more than any topic takes (" +
                   std::to_string(kLargestRecord) + "); the letter has it whole";
    else if (headers)
        row.headers = std::move(*headers);
    else
        row.flaw = headers.error().message;
    return row;
}

/// What the windows hold, of topics not set aside.
std::vector<Candidate> scan(Transaction& transaction, const ReadPlan& plan, Batch& batch) {
    const int most = std::max(kLeastScanned, 2 * plan.limits.rows_per_shard);
    Array aside;
    for (const std::string& topic : plan.aside)
        aside.add(topic);
    const WindowColumns columns(plan.windows);
    postgres::Params values = params(columns.shards, columns.after_xids, columns.after_ids);
    values.add(columns.until_xids).add(columns.until_ids).add(aside).add(most);
    std::vector<Candidate> found;
    std::map<int, WindowRead> reads;
    for (const Window& window : plan.windows)
        reads[window.shard] = {.shard = window.shard, .last = window.after, .full = false};
    for (const postgres::Row row : transaction.exec(kScan, values)) {
        const int shard = static_cast<int>(row.int64(0));
        const Place place{row.int64(1), row.int64(2)};
        if (row.is_null(4)) // the last row looked at, and how many there were
            reads[shard] = {.shard = shard, .last = place, .full = row.int64(3) >= most};
        else
            found.push_back(
                {.shard = shard,
                 .place = place,
                 .topic = std::string(row.text(4)),
                 .bytes = row.int64(3),
                 .aside = false}
            );
    }
    for (const auto& [shard, read] : reads)
        batch.reads.push_back(read);
    return found;
}

void scan_topic(Transaction& transaction, const ReadPlan& plan, std::vector<Candidate>& found) {
    const WindowColumns columns(plan.retried_windows);
    const auto rows = transaction.exec(
        kScanTopic,
        params(
            columns.shards,
            columns.after_xids,
            columns.after_ids,
            *plan.retried,
            plan.limits.rows_per_shard + 1
        )
    );
    for (const postgres::Row row : rows)
        found.push_back(
            {.shard = static_cast<int>(row.int64(0)),
             .place = {row.int64(1), row.int64(2)},
             .topic = *plan.retried,
             .bytes = row.int64(3),
             .aside = true}
        );
}

} // namespace

postgres::Catalogue reading_catalogue() {
    return kCatalogue;
}

void hurry(Transaction& transaction) {
    transaction.exec(kHurry);
}

Batch read_batch(Transaction& transaction, const ReadPlan& plan) {
    Batch batch;
    hurry(transaction);
    {
        const auto snapshot = transaction.exec(kSnapshot);
        batch.oldest_running = snapshot[0].int64(0);
        batch.next_xid = snapshot[0].int64(1);
        batch.last_id = snapshot[0].int64(2);
    }
    std::vector<Candidate> found = scan(transaction, plan, batch);
    if (plan.retried) scan_topic(transaction, plan, found);
    const std::vector<std::size_t> chosen = choose(found, plan.limits, plan.turn);
    Array ids;
    std::size_t next = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (next < chosen.size() && chosen[next] == i) {
            ids.add(found[i].place.id);
            ++next;
            continue;
        }
        if (found[i].aside) batch.retried_to_the_end = false;
        batch.left.push_back(std::move(found[i]));
    }
    if (ids.size() == 0) return batch;
    const auto rows = transaction.exec(kFetch, params(ids, kLargestRecord));
    batch.rows.reserve(static_cast<std::size_t>(rows.size()));
    for (const postgres::Row row : rows)
        batch.rows.push_back(to_row(row));
    return batch;
}

} // namespace calfleet::outbox_relay
