#include "common/messaging/inbox_store.h"

#include <array>

namespace calfleet::messaging {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Statement;

// One probe of the key's index per event, whatever the table looked like when the plan was made: a
// join, or "= any", is planned as a walk through a table that was never analysed. Two rows: the
// former release saw the event under two days, and applied under one of them is applied.
constexpr Statement kFindSeen{"inbox.find_seen", R"sql(
    select wanted.company_id, wanted.event_key, seen.outcome
    from unnest($1::bigint[], $2::uuid[]) as wanted (company_id, event_key)
    cross join lateral (
        select min(outcome) as outcome from inbox
        where event_key = wanted.event_key and company_id = wanted.company_id
        having count(*) > 0
    ) seen
)sql"};

// Sorted, so that two transactions never wait for each other's rows in opposite order.
constexpr Statement kInsertSeen{"inbox.insert_seen", R"sql(
    insert into inbox (company_id, event_key, bucket, outcome)
    select * from unnest($1::bigint[], $2::uuid[], $3::date[], $4::smallint[])
         as new (company_id, event_key, bucket, outcome)
    order by event_key, company_id
    on conflict (event_key, company_id) do nothing
)sql"};

// An event that the former release saw under two days has two rows until they are folded into one:
// counted once.
constexpr Statement kChangeSeen{"inbox.change_seen", R"sql(
    with changed as (
        update inbox seen set outcome = new.outcome
        from unnest($1::bigint[], $2::uuid[], $3::smallint[]) as new (company_id, event_key, outcome)
        where seen.event_key = new.event_key and seen.company_id = new.company_id and seen.outcome = $4::smallint
        returning seen.event_key, seen.company_id
    )
    select count(distinct (event_key, company_id)) from changed
)sql"};

constexpr Statement kForget{"inbox.forget", R"sql(
    select forgotten, finished from calfleet.forget_events($1::int)
)sql"};

constexpr Statement kFold{"inbox.fold", R"sql(
    select moved, left_over, my_turn from calfleet.fold_former_inbox($1::int)
)sql"};

constexpr Statement kUnswept{"inbox.unswept", R"sql(
    select (now() at time zone 'UTC')::date - swept_on from calfleet.inbox_upkeep
)sql"};

constexpr std::array kCatalogue{kFindSeen, kInsertSeen, kChangeSeen, kForget, kFold, kUnswept};

/// Pages a portion: 8 MiB, some hundred thousand rows at most, well under a second.
constexpr std::int64_t kPages = 1000;

struct Columns {
    Array companies, events, buckets, outcomes;

    explicit Columns(std::span<const InboxRow> rows) {
        for (const InboxRow& row : rows) {
            companies.add(row.key.company.value);
            events.add(row.key.event);
            buckets.add(row.bucket);
            outcomes.add(static_cast<std::int64_t>(row.outcome));
        }
    }
};

} // namespace

postgres::Catalogue inbox_catalogue() {
    return kCatalogue;
}

Uuid event_uuid(std::string_view worker, std::string_view source, std::string_view id) {
    return name_uuid({worker, source, id});
}

std::unordered_map<EventKey, InboxOutcome>
find_seen(postgres::Transaction& transaction, std::span<const EventKey> keys) {
    std::unordered_map<EventKey, InboxOutcome> seen;
    if (keys.empty()) return seen;
    Array companies, events;
    for (const EventKey& key : keys) {
        companies.add(key.company.value);
        events.add(key.event);
    }
    for (const postgres::Row row : transaction.exec(kFindSeen, params(companies, events))) {
        const EventKey key{CompanyId{row.int64(0)}, row.uuid(1)};
        seen.emplace(key, static_cast<InboxOutcome>(row.int64(2)));
    }
    return seen;
}

bool insert_seen(postgres::Transaction& transaction, std::span<const InboxRow> rows) {
    if (rows.empty()) return true;
    const Columns columns(rows);
    const auto result = transaction.exec(
        kInsertSeen, params(columns.companies, columns.events, columns.buckets, columns.outcomes)
    );
    return result.affected() == static_cast<std::int64_t>(rows.size());
}

bool change_seen(
    postgres::Transaction& transaction, std::span<const InboxRow> rows, InboxOutcome former
) {
    if (rows.empty()) return true;
    const Columns columns(rows);
    const auto result = transaction.exec(
        kChangeSeen,
        params(
            columns.companies, columns.events, columns.outcomes, static_cast<std::int64_t>(former)
        )
    );
    return result[0].int64(0) == static_cast<std::int64_t>(rows.size());
}

InboxUpkeep keep_up_inbox(postgres::Transaction& transaction) {
    InboxUpkeep done;
    const auto forgot = transaction.exec(kForget, params(kPages));
    const auto folded = transaction.exec(kFold, params(kPages));
    done.forgotten = forgot[0].int64(0);
    done.moved = folded[0].int64(0);
    done.former_partitions = folded[0].int64(1);
    const bool nothing_to_fold = done.former_partitions == 0 || !folded[0].boolean(2);
    done.finished = forgot[0].boolean(1) && nothing_to_fold;
    return done;
}

std::int64_t days_unswept(postgres::Transaction& transaction) {
    return transaction.exec(kUnswept)[0].int64(0);
}

} // namespace calfleet::messaging
