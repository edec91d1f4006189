#include "workers/outbox-relay/store.h"

#include "workers/outbox-relay/window_columns.h"

#include "common/core/crash_point.h"
#include "common/core/text.h"
#include "common/core/text_arena.h"
#include "common/events/envelope.h"
#include "common/messaging/dead_letter_headers.h"
#include "common/messaging/dead_letter_replays.h"
#include "common/messaging/dead_letter_store.h"
#include "common/messaging/inbox_store.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace calfleet::outbox_relay {

namespace {

using postgres::Access;
using postgres::Array;
using postgres::params;
using postgres::Statement;
using postgres::Transaction;

static_assert(kDeadLetterCopyPrefix == messaging::kDeadLetterHeaderPrefix);

// Also the lock that lets one relay at a time share the shards out.
constexpr Statement kLockShards{"outbox_relay.lock_shards", R"sql(
    select shard, coalesce(lease_owner, ''), lease_until < now(), lease_epoch
    from outbox_shards order by shard for update
)sql"};

constexpr Statement kForgetSilent{"outbox_relay.forget_silent", R"sql(
    delete from outbox_relays where alive_until < now()
)sql"};

constexpr Statement kAnnounce{"outbox_relay.announce", R"sql(
    insert into outbox_relays (relay, alive_until) values ($1, now() + $2 * interval '1 millisecond')
    on conflict (relay) do update set alive_until = excluded.alive_until
)sql"};

constexpr Statement kAlive{"outbox_relay.alive", R"sql(
    select relay from outbox_relays order by relay collate "C"
)sql"};

constexpr Statement kRenew{"outbox_relay.renew", R"sql(
    update outbox_shards set lease_until = now() + $2 * interval '1 millisecond' where shard = any ($1::smallint[])
    returning shard, lease_epoch
)sql"};

constexpr Statement kTake{"outbox_relay.take", R"sql(
    update outbox_shards
    set lease_owner = $3, lease_epoch = lease_epoch + 1, lease_until = now() + $2 * interval '1 millisecond'
    where shard = any ($1::smallint[])
    returning shard, lease_epoch
)sql"};

constexpr Statement kRelease{"outbox_relay.release", R"sql(
    update outbox_shards set lease_owner = null, lease_until = '-infinity' where shard = any ($1::smallint[])
)sql"};

constexpr Statement kReleaseAll{"outbox_relay.release_all", R"sql(
    update outbox_shards set lease_owner = null, lease_until = '-infinity' where lease_owner = $1
)sql"};

constexpr Statement kGoodbye{"outbox_relay.goodbye", R"sql(
    delete from outbox_relays where relay = $1
)sql"};

constexpr Statement kKeepOversized{"outbox_relay.keep_oversized", R"sql(
    update dead_letters d
    set record_key = o.record_key, record_headers = o.record_headers, record_value = o.record_value
    from outbox o where o.id = $1 and d.worker = $2 and d.letter_key = $3
)sql"};

// The epoch fences a relay that lost the shard while it waited for Kafka: its successor settles
// these rows.
// Its copy in the topic of dead letters would have no value: the row says everything.
constexpr Statement kDropCopy{"outbox_relay.drop_copy", R"sql(
    delete from outbox o using dead_letters d
    where o.shard = any(array(select generate_series(0, 15)::smallint)) and o.xid = pg_current_xact_id()
      and d.worker = $1 and d.letter_key = $2
      and o.record_headers @> jsonb_build_array(jsonb_build_object('name', 'calfleet_dlq_id', 'text', d.id::text))
)sql"};

constexpr Statement kDelete{"outbox_relay.delete", R"sql(
    delete from outbox o
    using unnest($1::bigint[], $2::smallint[], $3::bigint[]) as settled (id, shard, epoch), outbox_shards s
    where o.id = settled.id and s.shard = settled.shard and s.lease_epoch = settled.epoch
)sql"};

// A process's own clock decides about nothing that is kept or told.
constexpr Statement kNow{"outbox_relay.now", "select now()"};

constexpr Statement kOldest{"outbox_relay.oldest", R"sql(
    select greatest(0, extract(epoch from clock_timestamp() - min(o.created_at)) * 1000000)::bigint, min(o.created_at)
    from unnest($1::smallint[], $2::text[], $3::bigint[]) as held (shard, after_xid, after_id)
    cross join lateral (
        select created_at from outbox
        where shard = held.shard and (xid, id) > (held.after_xid::xid8, held.after_id)
        order by xid, id limit 1
    ) as o
)sql"};

constexpr Statement kHeldBack{"outbox_relay.held_back", R"sql(
    select held.shard, greatest(0, extract(epoch from clock_timestamp() - o.created_at) * 1000000)::bigint,
           exists (select 1 from outbox f
                   where f.shard = held.shard and f.xid >= pg_snapshot_xmax(pg_current_snapshot()))
    from unnest($1::smallint[]) as held (shard)
    cross join lateral (
        select created_at from outbox
        where shard = held.shard and xid >= pg_snapshot_xmin(pg_current_snapshot())
        order by xid, id limit 1
    ) as o
)sql"};

// Also of another database of the cluster, and of nobody's session: a prepared transaction.
constexpr Statement kHolder{"outbox_relay.holder", R"sql(
    with oldest as materialized (select pg_snapshot_xmin(pg_current_snapshot()) as xid)
    select 'transaction ' || xid || ': ' || coalesce(
        (select 'prepared as ' || quote_literal(gid) || ' by ' || owner || ' in database ' || database || ' at '
                || to_char(prepared at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
         from pg_prepared_xacts where transaction = oldest.xid::xid),
        (select 'process ' || l.pid || ' of ' || coalesce(a.usename, '?') || ' in database ' || coalesce(a.datname, '?')
         from pg_locks l left join pg_stat_activity a on a.pid = l.pid
         where l.locktype = 'transactionid' and l.transactionid = oldest.xid::xid and l.granted
           and l.mode = 'ExclusiveLock' limit 1),
        'ended meanwhile')
    from oldest
)sql"};

constexpr Statement kRestamp{"outbox_relay.restamp", "select restamp_outbox($1)"};

constexpr std::array kCatalogue{
    kLockShards,
    kForgetSilent,
    kAnnounce,
    kAlive,
    kRenew,
    kTake,
    kRelease,
    kReleaseAll,
    kGoodbye,
    kKeepOversized,
    kDropCopy,
    kDelete,
    kNow,
    kOldest,
    kHeldBack,
    kHolder,
    kRestamp,
};

Array shard_array(std::span<const int> shards) {
    Array array;
    for (const int shard : shards)
        array.add(std::int64_t{shard});
    return array;
}

Array shard_array(std::span<const HeldShard> shards) {
    Array array;
    for (const HeldShard& held : shards)
        array.add(std::int64_t{held.shard});
    return array;
}

std::vector<HeaderView> views_of(const Row& row) {
    std::vector<HeaderView> views;
    for (const auto& header : row.headers) {
        views.push_back({header.name, std::nullopt});
        if (header.value) views.back().value = *header.value;
    }
    return views;
}

RecordView record_of(const Row& row, std::span<const HeaderView> headers) {
    RecordView record;
    record.topic = row.topic;
    record.timestamp = row.created_at;
    if (row.key) record.key = *row.key;
    if (row.value) record.value = *row.value;
    record.headers = headers;
    return record;
}

std::optional<DeadLetterId> replayed_letter(std::span<const HeaderView> headers) {
    for (const HeaderView& header : headers) {
        if (header.name != messaging::kReplayHeader || !header.value) continue;
        if (const auto id = parse_int64(*header.value)) return DeadLetterId{*id};
    }
    return std::nullopt;
}

void write_dead_letters(
    Transaction& transaction,
    std::span<const Row> rows,
    std::span<const Report> reports,
    std::span<const std::size_t> dead
) {
    const Instant now = transaction.exec(kNow)[0].instant(0);
    TextArena arena;
    std::vector<std::vector<HeaderView>> headers;
    std::vector<messaging::DeadLetterRecord> letters;
    for (const std::size_t i : dead) {
        const std::vector<HeaderView>& views = headers.emplace_back(views_of(rows[i]));
        const RecordView record = record_of(rows[i], views);
        const events::PartialIdentity identity = events::partial_identity(record, arena);
        const bool known = !identity.id.empty() && !identity.source.empty();
        const Uuid of_row = name_uuid({kWorker, "outbox", std::to_string(rows[i].id)});
        letters.push_back({
            .keys = known ? messaging::letter_keys_of(messaging::EventKey{
                                rows[i].company,
                                messaging::event_uuid(kWorker, identity.source, identity.id)})
                          : messaging::LetterKeys{of_row, of_row},
            .event_key = {},
            .company = rows[i].company,
            .reason = {.code = "undeliverable", .text = reports[i].reason},
            .attempts = 1,
            .first_failed_at = now,
            .last_failed_at = now,
            .event_source = identity.source,
            .event_id = identity.id,
            .event_type = identity.type,
            .job_kind = {},
            .entity = {},
            .record = record,
            .replay_of = replayed_letter(views),
        });
    }
    messaging::record_dead_letters(transaction, kWorker, letters, now);
    for (std::size_t i = 0; i < dead.size(); ++i) {
        if (!rows[dead[i]].oversized) continue;
        const Uuid& key = letters[i].keys.key;
        transaction.exec(kKeepOversized, params(rows[dead[i]].id, kWorker, key));
        transaction.exec(kDropCopy, params(kWorker, key));
    }
}

/// A letter of the relay's own that was replayed and has now been delivered is done.
void settle_replays(
    Transaction& transaction, std::span<const Row> rows, std::span<const std::size_t> delivered
) {
    std::vector<messaging::ReplayEnd> ends;
    for (const std::size_t i : delivered)
        if (const auto letter = replayed_letter(views_of(rows[i])))
            ends.push_back({.letter = *letter, .company = rows[i].company});
    messaging::settle_replays(transaction, kWorker, ends);
}

} // namespace

postgres::Catalogue catalogue() {
    return kCatalogue;
}

Result<std::vector<HeldShard>>
Store::keep_leases(const std::string& owner, std::chrono::milliseconds lease, Sharing sharing) {
    return session_.transact(Access::runtime(), [&](Transaction& transaction) {
        std::vector<ShardLease> shards;
        for (const postgres::Row row : transaction.exec(kLockShards))
            shards.push_back(
                {static_cast<int>(row.int64(0)), std::string(row.text(1)), row.boolean(2)}
            );
        const std::int64_t milliseconds = lease.count();
        transaction.exec(kAnnounce, params(owner, milliseconds));
        transaction.exec(kForgetSilent);
        std::vector<std::string> alive;
        for (const postgres::Row row : transaction.exec(kAlive))
            alive.emplace_back(row.text(0));

        LeasePlan plan = share_out(shards, owner, std::move(alive));
        if (sharing == Sharing::Keep) {
            plan.renew.insert(plan.renew.end(), plan.release.begin(), plan.release.end());
            plan.release.clear();
        }
        std::vector<HeldShard> held;
        const auto keep = [&held](const postgres::Rows& rows) {
            for (const postgres::Row row : rows)
                held.push_back({static_cast<int>(row.int64(0)), row.int64(1)});
        };
        if (!plan.renew.empty())
            keep(transaction.exec(kRenew, params(shard_array(plan.renew), milliseconds)));
        if (!plan.take.empty())
            keep(transaction.exec(kTake, params(shard_array(plan.take), milliseconds, owner)));
        if (!plan.release.empty()) transaction.exec(kRelease, params(shard_array(plan.release)));
        return held;
    });
}

Result<> Store::leave(const std::string& owner) {
    return session_.transact(Access::runtime(), [&](Transaction& transaction) {
        transaction.exec(kReleaseAll, params(owner));
        transaction.exec(kGoodbye, params(owner));
    });
}

Result<Batch> Store::read(const ReadPlan& plan) {
    auto batch = session_.transact(Access::runtime(), [&](Transaction& transaction) {
        return read_batch(transaction, plan);
    });
    if (batch && !batch->rows.empty()) crash_point("O1");
    return batch;
}

Result<std::int64_t> Store::settle(
    std::span<const HeldShard> shards,
    std::span<const Row> rows,
    std::span<const Report> reports,
    const Settlement& settlement
) {
    std::map<int, std::int64_t> epochs;
    for (const HeldShard& held : shards)
        epochs[held.shard] = held.epoch;
    Array ids, row_shards, row_epochs;
    for (const std::size_t i : settlement.gone) {
        ids.add(rows[i].id);
        row_shards.add(std::int64_t{rows[i].shard});
        row_epochs.add(epochs[rows[i].shard]);
    }
    const auto deleted = session_.transact(Access::runtime(), [&](Transaction& transaction) {
        if (!settlement.dead.empty())
            write_dead_letters(transaction, rows, reports, settlement.dead);
        const auto count =
            transaction.exec(kDelete, params(ids, row_shards, row_epochs)).affected();
        settle_replays(transaction, rows, settlement.delivered);
        crash_point("O4");
        return count;
    });
    if (deleted) crash_point("O5");
    return deleted;
}

Result<std::optional<Microseconds>> Store::oldest(std::span<const Window> windows) {
    const WindowColumns columns(windows);
    return session_.transact(
        Access::runtime(),
        [&](Transaction& transaction) -> std::optional<Microseconds> {
            hurry(transaction);
            const auto values = params(columns.shards, columns.after_xids, columns.after_ids);
            const auto rows = transaction.exec(kOldest, values);
            if (rows[0].is_null(1)) return std::nullopt;
            return Microseconds(rows[0].int64(0));
        }
    );
}

Result<Held> Store::held_back(std::span<const HeldShard> shards) {
    return session_.transact(Access::runtime(), [&](Transaction& transaction) {
        Held held;
        hurry(transaction);
        for (const postgres::Row row : transaction.exec(kHeldBack, params(shard_array(shards)))) {
            held.shards.push_back(static_cast<int>(row.int64(0)));
            held.age = std::max(held.age.value_or(Microseconds(0)), Microseconds(row.int64(1)));
            held.foreign = held.foreign || row.boolean(2);
        }
        if (held.age) held.holder = transaction.exec(kHolder)[0].text(0);
        return held;
    });
}

Result<std::int64_t> Store::restamp(int most) {
    return session_.transact(Access::runtime(), [&](Transaction& transaction) {
        return transaction.exec(kRestamp, params(most))[0].int64(0);
    });
}

} // namespace calfleet::outbox_relay
