#include "common/calcom/breaker.h"

#include <algorithm>
#include <numeric>

namespace calfleet::calcom {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kSlotLength{10};
// A call that is held back without knowing for how long asks again after that: long enough to be
// parked.
constexpr seconds kAskAgain{5};

std::int64_t slot_of(Instant now) {
    return now.time_since_epoch() / kSlotLength;
}

void forget_older_than(std::vector<CallWindow::Seen>& seen, std::int64_t slot) {
    std::erase_if(seen, [&](const CallWindow::Seen& one) { return one.slot <= slot; });
}

void remember(
    std::vector<CallWindow::Seen>& seen, const std::set<CompanyId>& companies, std::int64_t slot
) {
    for (const CompanyId company : companies) {
        const auto known = std::find_if(seen.begin(), seen.end(), [&](const auto& one) {
            return one.company == company;
        });
        if (known != seen.end()) {
            known->slot = slot;
        } else if (seen.size() < CallWindow::kMostCompanies) {
            seen.push_back({company, slot});
        }
    }
}

// Moves the window to now; its oldest slots fall out.
void advance(CallWindow& window, std::int64_t slot) {
    const auto kept = static_cast<std::int64_t>(CallWindow::kSlots);
    const std::int64_t by = std::clamp<std::int64_t>(slot - window.slot, 0, kept);
    if (by == 0) return;
    for (auto* counts : {&window.calls, &window.failures}) {
        std::shift_right(counts->begin(), counts->end(), by);
        std::fill_n(counts->begin(), by, 0);
    }
    window.slot = slot;
    forget_older_than(window.callers, slot - kept);
    forget_older_than(window.failing, slot - kept);
}

void count(CallWindow& window, const BreakerNews& news) {
    window.calls[0] += news.calls;
    window.failures[0] += news.failures;
    remember(window.callers, news.callers, window.slot);
    remember(window.failing, news.failing, window.slot);
}

template <class Counts>
int sum(const Counts& counts) {
    return std::accumulate(counts.begin(), counts.end(), 0);
}

// A reason to open, or nothing.
std::optional<std::string> overload(const CallWindow& window, const BreakerPolicy& policy) {
    const int calls = sum(window.calls);
    const int failures = sum(window.failures);
    if (calls < policy.least_calls || failures < policy.failing_share * calls) return std::nullopt;
    // One company with bad luck must not stop the others, those that do not call just now included.
    const auto least =
        std::max(policy.least_companies, std::min(policy.companies, window.callers.size()));
    if (window.failing.size() < least) return std::nullopt;
    return std::to_string(failures) + " of " + std::to_string(calls) +
           " calls of the last minute failed";
}

std::optional<std::string>
key_trouble(const Breaker& breaker, const BreakerNews& news, const BreakerPolicy& policy) {
    if (news.refused_again) return "the limit was exceeded twice within half an hour";
    if (breaker.strikes >= policy.strikes) return "the key was refused";
    return std::nullopt;
}

seconds first_pause(BreakerScope scope, const BreakerNews& news, const BreakerPolicy& policy) {
    if (scope != BreakerScope::Credential) return policy.first_pause;
    // A fifth excess would lock the account.
    return news.refused_again ? seconds(policy.key_longest_pause) : seconds(policy.key_first_pause);
}

seconds longest_pause(BreakerScope scope, const BreakerPolicy& policy) {
    return scope == BreakerScope::Credential ? seconds(policy.key_longest_pause)
                                             : policy.longest_pause;
}

void open(Breaker& breaker, std::string reason, seconds pause, Instant now) {
    breaker.open = true;
    breaker.reason = std::move(reason);
    breaker.opened_at = now;
    breaker.pause = pause;
    breaker.retry_at = now + pause;
    breaker.successes = 0;
    breaker.strikes = 0;
    breaker.struck_at.reset();
    breaker.probe_until = Instant::min();
    breaker.window = {};
}

BreakerChange after_probe(
    BreakerScope scope,
    Breaker breaker,
    const BreakerNews::Probe& probe,
    Instant now,
    const BreakerPolicy& policy
) {
    if (probe.epoch != breaker.probe_epoch) return {std::move(breaker)};
    breaker.probe_until = Instant::min();
    if (!probe.good) {
        breaker.successes = 0;
        breaker.pause = std::min(2 * breaker.pause, longest_pause(scope, policy));
        breaker.retry_at = now + breaker.pause;
        return {std::move(breaker), BreakerEvent::ProbeFailed};
    }
    const int needed = scope == BreakerScope::Credential ? 1 : policy.good_probes;
    if (++breaker.successes < needed) {
        breaker.retry_at = now;
        return {std::move(breaker), BreakerEvent::ProbeSucceeded};
    }
    breaker.open = false;
    breaker.reason.clear();
    // A key has its rate; only a host must not be met by everybody at once.
    if (scope != BreakerScope::Credential) breaker.closed_at = now;
    breaker.successes = 0;
    breaker.pause = seconds{0};
    breaker.window = {};
    return {std::move(breaker), BreakerEvent::Closed};
}

void count_strikes(
    Breaker& breaker, const BreakerNews& news, Instant now, const BreakerPolicy& policy
) {
    const bool forgotten = breaker.struck_at && now - *breaker.struck_at >= policy.strike_memory;
    if (news.worked || forgotten) {
        breaker.strikes = 0;
        breaker.struck_at.reset();
    }
    if (news.strikes == 0) return;
    breaker.strikes += news.strikes;
    breaker.struck_at = now;
}

} // namespace

std::string_view name(BreakerScope scope) {
    switch (scope) {
    case BreakerScope::Credential:
        return "credential";
    case BreakerScope::Host:
        return "host";
    case BreakerScope::Operation:
        return "operation";
    }
    return "host";
}

std::optional<BreakerScope> breaker_scope(std::string_view text) {
    for (const auto scope : {BreakerScope::Credential, BreakerScope::Host, BreakerScope::Operation})
        if (text == name(scope)) return scope;
    return std::nullopt;
}

BreakerKey operation_breaker(std::string_view host, std::string_view operation) {
    std::string key(host);
    key += ' ';
    key += operation;
    return {BreakerScope::Operation, std::move(key)};
}

BreakerChange apply(
    BreakerScope scope,
    const Breaker& breaker,
    const BreakerNews& news,
    Instant now,
    const BreakerPolicy& policy
) {
    if (breaker.open) {
        if (!news.probe) return {breaker};
        return after_probe(scope, breaker, *news.probe, now, policy);
    }
    Breaker next = breaker;
    std::optional<std::string> reason;
    if (scope == BreakerScope::Credential) {
        count_strikes(next, news, now, policy);
        reason = key_trouble(next, news, policy);
    } else {
        advance(next.window, slot_of(now));
        count(next.window, news);
        reason = overload(next.window, policy);
    }
    if (!reason) return {std::move(next)};
    open(next, std::move(*reason), first_pause(scope, news, policy), now);
    return {std::move(next), BreakerEvent::Opened};
}

BreakerSays ask(const Breaker& breaker, Instant now, double dice, const BreakerPolicy& policy) {
    const auto until = [&](Instant then) {
        const auto delay = std::chrono::ceil<milliseconds>(then - now);
        return Hold{std::max<milliseconds>(delay, milliseconds{1})};
    };
    if (breaker.open) {
        if (breaker.retry_at > now) return until(breaker.retry_at);
        // Somebody finds out just now; nobody knows how long that takes.
        if (breaker.probe_until > now) return until(std::min(breaker.probe_until, now + kAskAgain));
        return MayProbe{};
    }
    if (!breaker.closed_at || now - *breaker.closed_at >= policy.ramp) return GoOn{};
    const double elapsed = std::chrono::duration<double>(now - *breaker.closed_at) /
                           std::chrono::duration<double>(policy.ramp);
    const double share = policy.ramp_from + (1 - policy.ramp_from) * std::max(0.0, elapsed);
    if (dice < share) return GoOn{};
    return Hold{kAskAgain};
}

std::optional<milliseconds> FastOpen::wait(std::chrono::steady_clock::time_point now) const {
    if (failures_ < after_ || now >= open_until_) return std::nullopt;
    return std::chrono::ceil<milliseconds>(open_until_ - now);
}

void FastOpen::going(std::chrono::steady_clock::time_point now) {
    if (failures_ >= after_) open_until_ = now + pause_;
}

void FastOpen::failed(std::chrono::steady_clock::time_point now) {
    if (failures_ < after_) ++failures_;
    if (failures_ >= after_) open_until_ = now + pause_;
}

} // namespace calfleet::calcom
