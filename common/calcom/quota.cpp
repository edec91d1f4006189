#include "common/calcom/quota.h"

#include "common/calcom/quota_grant.h"
#include "common/calcom/quota_rows.h"
#include "common/calcom/quota_words.h"
#include "common/core/redaction.h"
#include "common/log/log.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

namespace calfleet::calcom {

using postgres::Transaction;
using std::chrono::milliseconds;

/// What there is to write, with the times in it counted from `since`.
struct Quota::News {
    Monotonic since;
    std::map<std::string, BucketNews> buckets;
    std::map<BreakerKey, BreakerNews> breakers;
    bool urgent{false};

    bool empty() const { return buckets.empty() && breakers.empty(); }
};

namespace {

// So few calls left that the other processes should hear of it at once.
constexpr std::int64_t kFewLeft = 20;

void merge(BucketNews& into, const BucketNews& from) {
    const auto least = [](auto a, auto b) { return a && b ? std::min(a, b) : a ? a : b; };
    into.limit = least(into.limit, from.limit);
    into.ceiling = least(into.ceiling, from.ceiling);
    into.ceiling_for = std::max(into.ceiling_for, from.ceiling_for);
    into.refused_for = std::max(into.refused_for, from.refused_for);
}

void merge(BreakerNews& into, const BreakerNews& from) {
    into.calls += from.calls;
    into.failures += from.failures;
    into.callers.insert(from.callers.begin(), from.callers.end());
    into.failing.insert(from.failing.begin(), from.failing.end());
    into.strikes += from.strikes;
    into.worked = into.worked || from.worked;
    into.refused_again = into.refused_again || from.refused_again;
    if (from.probe) into.probe = from.probe;
}

BucketAnswer answer_of(const Ticket& ticket, const CallReport& report) {
    BucketAnswer answer{.grant = ticket.grant};
    // The roomiest limit is the one that decides.
    for (const RateLimit& limit : report.limits.limits) {
        if (!limit.remaining || limit.remaining != report.limits.remaining()) continue;
        answer.limit = limit.limit;
        answer.remaining = limit.remaining;
        answer.reset_in = limit.reset_in;
    }
    if (report.end == CallEnd::Refused) answer.refused_for = report.limits.freeze();
    return answer;
}

void log_change(const BreakerChanged& changed) {
    const auto say = [&](std::string_view event) {
        log::warn(
            event,
            {{"scope", name(changed.key.scope)},
             {"key", changed.key.key},
             {"reason", without_values(changed.change.breaker.reason)}}
        );
    };
    switch (changed.change.event) {
    case BreakerEvent::Opened:
        return say("breaker.opened");
    case BreakerEvent::ProbeFailed:
        return say("breaker.probe_failed");
    case BreakerEvent::Closed:
        return say("breaker.closed");
    case BreakerEvent::ProbeSucceeded:
    case BreakerEvent::None:
        return;
    }
}

} // namespace

postgres::Catalogue quota_catalogue() {
    static const std::vector<postgres::Statement> all = [] {
        std::vector<postgres::Statement> statements;
        for (const postgres::Catalogue part : {quota_rows_catalogue(), quota_grant_catalogue()})
            statements.insert(statements.end(), part.begin(), part.end());
        return statements;
    }();
    return all;
}

struct Quota::Impl {
    Impl(QuotaSettings wanted, Random dice_of, const Clock& clock_of)
        : settings(std::move(wanted))
        , host{BreakerScope::Host, settings.host}
        , clock(clock_of)
        , dice(dice_of)
        , fast_open(settings.breakers) {}

    const QuotaSettings settings;
    const BreakerKey host;
    const Clock& clock;
    std::mutex mutex;
    // All below under the mutex.
    Random dice;
    FastOpen fast_open;
    BreakerView view;
    Monotonic viewed_at;
    bool view_is_stale{true};
    std::shared_ptr<News> pending{std::make_shared<News>()};
    std::set<std::string, std::less<>> struck; // keys that were refused here lately

    bool view_is_fresh() const {
        return !view_is_stale && clock.monotonic() - viewed_at < settings.look_again;
    }

    // The database's clock, as far as it is known here.
    Instant database_now() const {
        return view.now + std::chrono::duration_cast<Microseconds>(clock.monotonic() - viewed_at);
    }

    std::optional<NotNow> ask_breakers(const CallRequest& call, std::vector<BreakerKey>& to_probe) {
        for (const BreakerKey& key : {host, operation_breaker(settings.host, call.operation)}) {
            const auto known = view.breakers.find(key);
            if (known == view.breakers.end()) continue;
            const auto says = ask(known->second, database_now(), dice.unit(), settings.breakers);
            if (const auto* hold = std::get_if<Hold>(&says))
                return stopped(key, known->second.reason, hold->delay);
            if (std::holds_alternative<MayProbe>(says)) to_probe.push_back(key);
        }
        return std::nullopt;
    }

    std::optional<NotNow> offline() const {
        const auto wait = fast_open.wait(clock.monotonic());
        if (!wait) return std::nullopt;
        return not_now(
            NotNowWhy::Offline, *wait, "no connection to " + settings.host + " from this process"
        );
    }

    // One call's share of what its key gave.
    Verdict deal(KeyGrants& grants, const std::string& fingerprint, CallLane lane) {
        const std::lock_guard lock(mutex);
        const auto at = static_cast<std::size_t>(lane);
        if (grants.granted[at] > 0) {
            --grants.granted[at];
            fast_open.going(clock.monotonic());
            return Ticket{.fingerprint = fingerprint, .grant = ++grants.first, .probes = {}};
        }
        // Whoever is behind others comes after them, and not all at once.
        const auto gap = static_cast<double>(grants.gap.count());
        const milliseconds jitter{static_cast<std::int64_t>(dice.unit() * gap)};
        const milliseconds delay = grants.next_in[at] + jitter;
        grants.next_in[at] += grants.gap;
        return no_token(grants.why, delay);
    }

    // Adds the key's breaker to those that the call is to find out about, when it is open and due.
    Verdict settle(Granted& granted, const CallRequest& call, std::vector<BreakerKey>& to_probe) {
        const auto key = granted.keys.find(call.company);
        if (key == granted.keys.end()) return no_key(call.company, settings.no_key_delay);
        const std::string& fingerprint = key->second;
        const auto grants = granted.grants.find(fingerprint);
        const auto stop = granted.stops.find(fingerprint);
        if (stop != granted.stops.end()) {
            const BreakerKey breaker{BreakerScope::Credential, fingerprint};
            const auto& [known, now] = stop->second;
            const auto says = ask(known, now, 0, settings.breakers);
            const auto* hold = std::get_if<Hold>(&says);
            if (hold != nullptr || grants == granted.grants.end())
                return stopped(breaker, known.reason, hold ? hold->delay : std::chrono::seconds{1});
            to_probe.push_back(breaker);
        }
        // The key was replaced between two looks: the next one finds the new one.
        if (grants == granted.grants.end())
            return no_token(NotNowWhy::Bucket, std::chrono::seconds{1});
        return deal(grants->second, fingerprint, call.lane);
    }

    // Leases for the breakers that a granted call is to find out about; a reason when somebody else
    // has one.
    std::optional<NotNow> take_probes(
        Transaction& transaction, const std::vector<BreakerKey>& keys, Ticket& ticket
    ) const {
        for (const BreakerKey& key : keys) {
            const auto epoch = take_probe(transaction, key, settings.owner, settings.breakers);
            if (!epoch)
                return stopped(
                    key,
                    "another call is finding out whether it works again",
                    std::chrono::seconds{5}
                );
            ticket.probes.push_back({key, *epoch});
        }
        return std::nullopt;
    }

    // Reads the breakers anew when what is known is old.
    void look_again(Transaction& transaction) {
        {
            const std::lock_guard lock(mutex);
            if (view_is_fresh()) return;
        }
        BreakerView seen = look_at_breakers(transaction, settings.breakers);
        const std::lock_guard lock(mutex);
        view = std::move(seen);
        viewed_at = clock.monotonic();
        view_is_stale = false;
    }
};

Quota::Quota(QuotaSettings settings, Random random, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(settings), random, clock)) {}
Quota::~Quota() = default;

std::optional<NotNow> Quota::refuse_at_once(const CallRequest& call) {
    const std::lock_guard lock(impl_->mutex);
    if (auto wait = impl_->offline()) return wait;
    if (!impl_->view_is_fresh()) return std::nullopt;
    std::vector<BreakerKey> to_probe;
    return impl_->ask_breakers(call, to_probe);
}

std::vector<Verdict> Quota::admit(Transaction& transaction, std::span<const CallRequest> calls) {
    impl_->look_again(transaction);
    std::vector<Verdict> verdicts;
    std::vector<std::vector<BreakerKey>> to_probe(calls.size());
    std::vector<const CallRequest*> candidates;
    {
        const std::lock_guard lock(impl_->mutex);
        for (std::size_t i = 0; i < calls.size(); ++i) {
            auto wait = impl_->offline();
            if (!wait) wait = impl_->ask_breakers(calls[i], to_probe[i]);
            if (wait)
                verdicts.emplace_back(*std::move(wait));
            else
                verdicts.emplace_back(Ticket{});
            if (std::holds_alternative<Ticket>(verdicts.back())) candidates.push_back(&calls[i]);
        }
    }
    Granted granted = grant(transaction, candidates, impl_->settings.buckets);
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (!std::holds_alternative<Ticket>(verdicts[i])) continue;
        verdicts[i] = impl_->settle(granted, calls[i], to_probe[i]);
        auto* ticket = std::get_if<Ticket>(&verdicts[i]);
        if (ticket == nullptr) continue;
        if (auto wait = impl_->take_probes(transaction, to_probe[i], *ticket))
            verdicts[i] = *std::move(wait);
    }
    return verdicts;
}

Verdict Quota::admit(Transaction& transaction, const CallRequest& call) {
    return std::move(admit(transaction, std::span(&call, 1)).front());
}

void Quota::note(const CallRequest& call, const Ticket& ticket, const CallReport& report) {
    const std::lock_guard lock(impl_->mutex);
    const auto now = impl_->clock.monotonic();
    if (report.end == CallEnd::NotSent)
        impl_->fast_open.failed(now);
    else
        impl_->fast_open.connected();
    News& news = *impl_->pending;
    if (news.empty()) news.since = now;
    const bool failed = report.end == CallEnd::Failed || report.end == CallEnd::NotSent;
    for (const BreakerKey& key :
         {impl_->host, operation_breaker(impl_->settings.host, call.operation)}) {
        BreakerNews& breaker = news.breakers[key];
        ++breaker.calls;
        breaker.callers.insert(call.company);
        if (!failed) continue;
        ++breaker.failures;
        breaker.failing.insert(call.company);
    }
    const BreakerKey credential{BreakerScope::Credential, ticket.fingerprint};
    if (report.end == CallEnd::KeyRefused) {
        ++news.breakers[credential].strikes;
        impl_->struck.insert(ticket.fingerprint);
    } else if (report.end == CallEnd::Answered && impl_->struck.erase(ticket.fingerprint) > 0) {
        news.breakers[credential].worked = true;
    }
    for (const Ticket::Probe& probe : ticket.probes)
        if (const auto good = probe_result(probe.breaker.scope, report.end))
            news.breakers[probe.breaker].probe = BreakerNews::Probe{probe.epoch, *good};
    const BucketAnswer answer = answer_of(ticket, report);
    if (answer.remaining || answer.refused_for) {
        const auto later = std::chrono::duration_cast<milliseconds>(now - news.since);
        add(news.buckets[ticket.fingerprint], answer, -later, impl_->settings.buckets);
    }
    news.urgent = news.urgent || report.end != CallEnd::Answered || !ticket.probes.empty() ||
                  (answer.remaining && *answer.remaining < kFewLeft);
}

bool Quota::was_refused(std::string_view fingerprint) const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->struck.contains(fingerprint);
}

bool Quota::has_news() const {
    const std::lock_guard lock(impl_->mutex);
    const News& news = *impl_->pending;
    if (news.empty()) return false;
    return news.urgent || impl_->clock.monotonic() - news.since >= impl_->settings.write_after;
}

std::shared_ptr<const Quota::News> Quota::take_news() {
    const std::lock_guard lock(impl_->mutex);
    return std::exchange(impl_->pending, std::make_shared<News>());
}

void Quota::give_back(std::shared_ptr<const News> news) {
    const std::lock_guard lock(impl_->mutex);
    News& pending = *impl_->pending;
    const bool fresh = pending.empty();
    const auto later = fresh
                           ? milliseconds{0}
                           : std::chrono::duration_cast<milliseconds>(pending.since - news->since);
    if (fresh) pending.since = news->since;
    for (const auto& [fingerprint, bucket] : news->buckets)
        merge(pending.buckets[fingerprint], aged(bucket, later));
    for (const auto& [key, breaker] : news->breakers)
        merge(pending.breakers[key], breaker);
    pending.urgent = pending.urgent || news->urgent;
}

void Quota::write(Transaction& transaction, const News& news) {
    const auto by = std::chrono::duration_cast<milliseconds>(impl_->clock.monotonic() - news.since);
    std::map<std::string, BucketNews> buckets;
    for (const auto& [fingerprint, bucket] : news.buckets)
        buckets.emplace(fingerprint, aged(bucket, by));
    std::map<BreakerKey, BreakerNews> breakers = news.breakers;
    for (const BucketChanged& changed :
         change_buckets(transaction, buckets, impl_->settings.buckets)) {
        if (changed.change.surprised)
            log::warn(
                "quota.lowered",
                {{"key", changed.fingerprint},
                 {"rate_per_minute", changed.change.state.rate_per_minute}}
            );
        if (changed.change.refused_again)
            breakers[{BreakerScope::Credential, changed.fingerprint}].refused_again = true;
    }
    bool moved = false;
    for (const BreakerChanged& changed :
         change_breakers(transaction, breakers, impl_->settings.breakers)) {
        log_change(changed);
        moved = moved || changed.change.event != BreakerEvent::None;
    }
    if (!moved) return;
    const std::lock_guard lock(impl_->mutex);
    impl_->view_is_stale = true; // what was seen a moment ago is not so any more
}

} // namespace calfleet::calcom
