#include "common/messaging/inbox_store.h"

#include <array>
#include <map>

namespace calfleet::messaging {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Statement;

// One day a call, so that the server looks into one partition only.
constexpr Statement kFindSeen{"inbox.find_seen", R"sql(
    select event_key, outcome from inbox where bucket = $1::date and event_key = any($2::uuid[])
)sql"};

constexpr Statement kInsertSeen{"inbox.insert_seen", R"sql(
    insert into inbox (company_id, event_key, bucket, outcome)
    select * from unnest($1::bigint[], $2::uuid[], $3::date[], $4::smallint[])
    on conflict do nothing
)sql"};

constexpr Statement kChangeSeen{"inbox.change_seen", R"sql(
    update inbox seen set outcome = new.outcome
    from unnest($1::bigint[], $2::uuid[], $3::date[], $4::smallint[]) as new (company_id, event_key, bucket, outcome)
    where seen.event_key = new.event_key and seen.bucket = new.bucket and seen.company_id = new.company_id
      and seen.outcome = $5::smallint
)sql"};

constexpr Statement kMaintain{"inbox.maintain", R"sql(
    select created, dropped from calfleet.maintain_inbox($1::date, $2::int, $3::int)
)sql"};

constexpr std::array kCatalogue{kFindSeen, kInsertSeen, kChangeSeen, kMaintain};

struct Columns {
    Array companies, events, buckets, outcomes;

    explicit Columns(std::span<const InboxRow> rows) {
        for (const InboxRow& row : rows) {
            companies.add(row.company.value);
            events.add(row.key.event);
            buckets.add(row.key.bucket);
            outcomes.add(static_cast<std::int64_t>(row.outcome));
        }
    }
};

} // namespace

postgres::Catalogue inbox_catalogue() {
    return kCatalogue;
}

std::unordered_map<Uuid, InboxOutcome>
find_seen(postgres::Transaction& transaction, std::span<const InboxKey> keys) {
    std::map<Date, Array> by_day;
    for (const InboxKey& key : keys)
        by_day[key.bucket].add(key.event);
    std::unordered_map<Uuid, InboxOutcome> seen;
    for (const auto& [day, events] : by_day) {
        for (const postgres::Row row : transaction.exec(kFindSeen, params(day, events)))
            seen.emplace(row.uuid(0), static_cast<InboxOutcome>(row.int64(1)));
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
            columns.companies,
            columns.events,
            columns.buckets,
            columns.outcomes,
            static_cast<std::int64_t>(former)
        )
    );
    return result.affected() == static_cast<std::int64_t>(rows.size());
}

InboxMaintenance maintain_inbox(postgres::Transaction& transaction, Date today) {
    const auto rows = transaction.exec(
        kMaintain,
        params(today, std::int64_t{kInboxDaysAhead.count()}, std::int64_t{kInboxDaysKept.count()})
    );
    return {rows[0].int64(0), rows[0].int64(1)};
}

} // namespace calfleet::messaging
