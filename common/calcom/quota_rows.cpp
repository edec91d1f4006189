#include "common/calcom/quota_rows.h"

#include "common/core/text.h"

#include <array>
#include <utility>

namespace calfleet::calcom {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Statement;

constexpr Statement kAddBuckets{"quota.add_buckets", R"sql(
    insert into rate_buckets (fingerprint, rate_per_minute)
    select fingerprint, $2 from unnest($1::text[]) as new (fingerprint) order by fingerprint
    on conflict do nothing
)sql"};

constexpr Statement kLockBuckets{"quota.lock_buckets", R"sql(
    select fingerprint, clock_timestamp() as now, rate_per_minute, rate_changed_at, limit_per_minute, ceiling, ceiling_first,
           ceiling_until, frozen_until, refused_at, refusals
    from rate_buckets where fingerprint = any($1::text[]) order by fingerprint for update
)sql"};

constexpr Statement kWriteBuckets{"quota.write_buckets", R"sql(
    update rate_buckets b
    set rate_per_minute = new.rate, rate_changed_at = new.rate_changed_at, limit_per_minute = new.most,
        ceiling = new.ceiling, ceiling_first = new.ceiling_first, ceiling_until = new.ceiling_until,
        frozen_until = new.frozen_until, refused_at = new.refused_at, refusals = new.refusals
    from unnest($1::text[], $2::text[]::float8[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::bigint[],
                $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::bigint[])
         as new (fingerprint, rate, rate_changed_at, most, ceiling, ceiling_first, ceiling_until, frozen_until, refused_at,
                 refusals)
    where b.fingerprint = new.fingerprint
)sql"};

constexpr Statement kAddBreakers{"quota.add_breakers", R"sql(
    insert into breakers (scope, key)
    select scope, key from unnest($1::text[], $2::text[]) as new (scope, key) order by scope, key
    on conflict do nothing
)sql"};

constexpr Statement kLockBreakers{"quota.lock_breakers", R"sql(
    select scope, key, clock_timestamp() as now, state, reason, opened_at, retry_at, pause_seconds, successes, strikes, struck_at,
           closed_at, probe_until, probe_epoch, slot, calls, failures, callers, caller_slots, failing, failing_slots
    from breakers
    where (scope, key) in (select scope, key from unnest($1::text[], $2::text[]) as wanted (scope, key))
    order by scope, key for update
)sql"};

constexpr Statement kWriteBreakers{"quota.write_breakers", R"sql(
    update breakers b
    set state = new.state, reason = new.reason, opened_at = new.opened_at, retry_at = new.retry_at,
        pause_seconds = new.pause, successes = new.successes, strikes = new.strikes, struck_at = new.struck_at,
        closed_at = new.closed_at, probe_until = new.probe_until, probe_epoch = new.probe_epoch, slot = new.slot, calls = new.calls::integer[],
        failures = new.failures::integer[], callers = new.callers::bigint[], caller_slots = new.caller_slots::bigint[],
        failing = new.failing::bigint[], failing_slots = new.failing_slots::bigint[], updated_at = clock_timestamp()
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::integer[],
                $8::integer[], $9::integer[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::bigint[],
                $14::bigint[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[])
         as new (scope, key, state, reason, opened_at, retry_at, pause, successes, strikes, struck_at, closed_at,
                 probe_until, probe_epoch, slot, calls, failures, callers, caller_slots, failing, failing_slots)
    where (b.scope, b.key) = (new.scope, new.key)
)sql"};

constexpr Statement kLook{"quota.look_at_breakers", R"sql(
    select b.scope, b.key, t.now, b.state, b.reason, b.opened_at, b.retry_at, b.pause_seconds, b.successes, b.strikes,
           b.struck_at, b.closed_at, b.probe_until, b.probe_epoch
    from (select clock_timestamp() as now) t
    left join breakers b on b.scope in ('host', 'operation')
         and (b.state = 'open' or b.closed_at > t.now - $1::integer * interval '1 second')
)sql"};

constexpr Statement kTakeProbe{"quota.take_probe", R"sql(
    update breakers set probe_owner = $3, probe_epoch = probe_epoch + 1,
                        probe_until = clock_timestamp() + $4::integer * interval '1 second'
    where (scope, key) = (select scope, key from breakers
                          where scope = $1 and key = $2 and state = 'open' and retry_at <= clock_timestamp()
                            and probe_until <= clock_timestamp()
                          for update skip locked)
    returning probe_epoch
)sql"};

constexpr std::array kCatalogue{
    kAddBuckets,
    kLockBuckets,
    kWriteBuckets,
    kAddBreakers,
    kLockBreakers,
    kWriteBreakers,
    kLook,
    kTakeProbe};

BucketState read_bucket(const Row& row) {
    return {
        .rate_per_minute = row.number("rate_per_minute"),
        .rate_changed_at = row.instant("rate_changed_at"),
        .limit_per_minute = row.int64("limit_per_minute"),
        .ceiling = row.optional_int64("ceiling"),
        .ceiling_first = row.optional_int64("ceiling_first"),
        .ceiling_until = row.optional_instant("ceiling_until"),
        .frozen_until = row.instant("frozen_until"),
        .refused_at = row.optional_instant("refused_at"),
        .refusals = row.int64("refusals")};
}

struct BucketColumns {
    Array fingerprints, rates, changed, limits, ceilings, firsts, untils, frozen, refused, refusals;

    void add(const std::string& fingerprint, const BucketState& state) {
        fingerprints.add(fingerprint);
        rates.add(std::to_string(state.rate_per_minute));
        changed.add(state.rate_changed_at);
        limits.add(state.limit_per_minute);
        ceilings.add(state.ceiling);
        firsts.add(state.ceiling_first);
        untils.add(state.ceiling_until);
        frozen.add(state.frozen_until);
        refused.add(state.refused_at);
        refusals.add(state.refusals);
    }
    postgres::Params bound() const {
        return params(
            fingerprints,
            rates,
            changed,
            limits,
            ceilings,
            firsts,
            untils,
            frozen,
            refused,
            refusals
        );
    }
};

// "{1,2,3}", as an array of numbers is written without NULLs.
std::vector<std::int64_t> read_numbers(std::string_view array) {
    std::vector<std::int64_t> numbers;
    if (array.size() <= 2) return numbers;
    for (const std::string_view part : split(array.substr(1, array.size() - 2), ','))
        numbers.push_back(parse_int64(part).value_or(0));
    return numbers;
}

template <class Numbers>
std::string write_numbers(const Numbers& numbers) {
    Array array;
    for (const auto number : numbers)
        array.add(std::int64_t{number});
    return array.literal();
}

void read_counts(std::string_view array, std::array<int, CallWindow::kSlots>& counts) {
    const auto numbers = read_numbers(array);
    for (std::size_t i = 0; i < counts.size() && i < numbers.size(); ++i)
        counts[i] = static_cast<int>(numbers[i]);
}

std::vector<CallWindow::Seen> read_seen(std::string_view companies, std::string_view slots) {
    const auto ids = read_numbers(companies);
    const auto at = read_numbers(slots);
    std::vector<CallWindow::Seen> seen;
    for (std::size_t i = 0; i < ids.size() && i < at.size(); ++i)
        seen.push_back({CompanyId{ids[i]}, at[i]});
    return seen;
}

// Of kLockBreakers and kLook.
Breaker read_breaker(const Row& row) {
    Breaker breaker;
    breaker.open = row.text("state") == "open";
    breaker.reason = row.text("reason");
    breaker.opened_at = row.optional_instant("opened_at").value_or(Instant{});
    breaker.retry_at = row.optional_instant("retry_at").value_or(Instant{});
    breaker.pause = std::chrono::seconds{row.int64("pause_seconds")};
    breaker.successes = static_cast<int>(row.int64("successes"));
    breaker.strikes = static_cast<int>(row.int64("strikes"));
    breaker.struck_at = row.optional_instant("struck_at");
    breaker.closed_at = row.optional_instant("closed_at");
    breaker.probe_until = row.instant("probe_until");
    breaker.probe_epoch = row.int64("probe_epoch");
    return breaker;
}

CallWindow read_window(const Row& row) {
    CallWindow window;
    window.slot = row.int64("slot");
    read_counts(row.text("calls"), window.calls);
    read_counts(row.text("failures"), window.failures);
    window.callers = read_seen(row.text("callers"), row.text("caller_slots"));
    window.failing = read_seen(row.text("failing"), row.text("failing_slots"));
    return window;
}

struct BreakerColumns {
    Array scopes, keys, states, reasons, opened, retries, pauses, successes, strikes, struck,
        closed, probes, probe_epochs, slots, calls, failures, callers, caller_slots, failing,
        failing_slots;

    void add(const BreakerKey& key, const Breaker& breaker) {
        scopes.add(name(key.scope));
        keys.add(key.key);
        states.add(breaker.open ? "open" : "closed");
        reasons.add(breaker.reason);
        opened.add(breaker.open ? std::optional(breaker.opened_at) : std::nullopt);
        retries.add(breaker.open ? std::optional(breaker.retry_at) : std::nullopt);
        pauses.add(breaker.pause.count());
        successes.add(breaker.successes);
        strikes.add(breaker.strikes);
        struck.add(breaker.struck_at);
        closed.add(breaker.closed_at);
        probes.add(breaker.probe_until);
        probe_epochs.add(breaker.probe_epoch);
        add_window(breaker.window);
    }
    postgres::Params bound() const {
        return params(
            scopes,
            keys,
            states,
            reasons,
            opened,
            retries,
            pauses,
            successes,
            strikes,
            struck,
            closed,
            probes,
            probe_epochs,
            slots,
            calls,
            failures,
            callers,
            caller_slots,
            failing,
            failing_slots
        );
    }

private:
    static void add_seen(const std::vector<CallWindow::Seen>& seen, Array& ids, Array& at) {
        Array companies, slots_seen;
        for (const auto& [company, slot] : seen) {
            companies.add(company.value);
            slots_seen.add(slot);
        }
        ids.add(companies.literal());
        at.add(slots_seen.literal());
    }
    void add_window(const CallWindow& window) {
        slots.add(window.slot);
        calls.add(write_numbers(window.calls));
        failures.add(write_numbers(window.failures));
        add_seen(window.callers, callers, caller_slots);
        add_seen(window.failing, failing, failing_slots);
    }
};

std::optional<BreakerKey> read_key(const Row& row) {
    if (row.is_null("scope")) return std::nullopt;
    const auto scope = breaker_scope(row.text("scope"));
    if (!scope) return std::nullopt; // of a newer release
    return BreakerKey{*scope, std::string(row.text("key"))};
}

} // namespace

postgres::Catalogue quota_rows_catalogue() {
    return kCatalogue;
}

std::vector<BucketChanged> change_buckets(
    postgres::Transaction& transaction,
    const std::map<std::string, BucketNews>& news,
    const BucketPolicy& policy
) {
    std::vector<BucketChanged> changes;
    if (news.empty()) return changes;
    Array wanted;
    for (const auto& [fingerprint, unused] : news)
        wanted.add(fingerprint);
    auto rows = transaction.exec(kLockBuckets, params(wanted));
    if (rows.size() < static_cast<int>(news.size())) {
        transaction.exec(kAddBuckets, params(wanted, most_rate(policy.usual_limit, policy)));
        rows = transaction.exec(kLockBuckets, params(wanted));
    }
    BucketColumns columns;
    for (const Row row : rows) {
        std::string fingerprint(row.text("fingerprint"));
        const BucketState state = read_bucket(row);
        BucketChange change = apply(state, news.at(fingerprint), row.instant("now"), policy);
        if (change.state != state) columns.add(fingerprint, change.state);
        changes.push_back({std::move(fingerprint), std::move(change)});
    }
    if (columns.fingerprints.size() > 0) transaction.exec(kWriteBuckets, columns.bound());
    return changes;
}

std::vector<BreakerChanged> change_breakers(
    postgres::Transaction& transaction,
    const std::map<BreakerKey, BreakerNews>& news,
    const BreakerPolicy& policy
) {
    std::vector<BreakerChanged> changes;
    if (news.empty()) return changes;
    Array scopes, keys;
    for (const auto& [key, unused] : news) {
        scopes.add(name(key.scope));
        keys.add(key.key);
    }
    auto rows = transaction.exec(kLockBreakers, params(scopes, keys));
    if (rows.size() < static_cast<int>(news.size())) {
        transaction.exec(kAddBreakers, params(scopes, keys));
        rows = transaction.exec(kLockBreakers, params(scopes, keys));
    }
    std::vector<BreakerState> changed;
    for (const Row row : rows) {
        auto key = read_key(row);
        if (!key) continue;
        Breaker breaker = read_breaker(row);
        breaker.window = read_window(row);
        BreakerChange change =
            apply(key->scope, breaker, news.at(*key), row.instant("now"), policy);
        if (change.breaker != breaker) changed.push_back({*key, change.breaker});
        changes.push_back({std::move(*key), std::move(change)});
    }
    write_breakers(transaction, changed);
    return changes;
}

void write_breakers(postgres::Transaction& transaction, std::span<const BreakerState> breakers) {
    if (breakers.empty()) return;
    BreakerColumns columns;
    for (const BreakerState& each : breakers)
        columns.add(each.key, each.breaker);
    transaction.exec(kWriteBreakers, columns.bound());
}

BreakerView look_at_breakers(postgres::Transaction& transaction, const BreakerPolicy& policy) {
    BreakerView view;
    const auto ramp = static_cast<std::int64_t>(policy.ramp.count());
    for (const Row row : transaction.exec(kLook, params(ramp))) {
        view.now = row.instant("now");
        if (auto key = read_key(row)) view.breakers.emplace(std::move(*key), read_breaker(row));
    }
    return view;
}

std::optional<std::int64_t> take_probe(
    postgres::Transaction& transaction,
    const BreakerKey& key,
    std::string_view owner,
    const BreakerPolicy& policy
) {
    const auto lease = static_cast<std::int64_t>(policy.probe_lease.count());
    const auto rows = transaction.exec(kTakeProbe, params(name(key.scope), key.key, owner, lease));
    if (rows.empty()) return std::nullopt;
    return rows[0].int64(0);
}

} // namespace calfleet::calcom
