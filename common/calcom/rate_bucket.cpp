#include "common/calcom/rate_bucket.h"

#include <algorithm>
#include <cmath>

namespace calfleet::calcom {
namespace {

using std::chrono::milliseconds;

// The remote tells its reset in whole seconds, so two answers of one window disagree by that much.
constexpr std::chrono::seconds kSameWindow{3};

std::int64_t usable_limit(std::int64_t limit, const BucketPolicy& policy) {
    return std::clamp<std::int64_t>(limit, 1, policy.usual_limit);
}

// Calls of ours that are on their way make two answers of one window disagree by that many.
std::int64_t noise(const BucketPolicy& policy) {
    return 2 * policy.in_flight;
}

void lower_rate(BucketState& state, Instant now, const BucketPolicy& policy) {
    const double least = std::min(policy.least_rate, most_rate(state.limit_per_minute, policy));
    state.rate_per_minute = std::max(state.rate_per_minute * policy.lowered_to, least);
    state.rate_changed_at = now;
}

void raise_rate(BucketState& state, Instant now, const BucketPolicy& policy) {
    const double most = most_rate(state.limit_per_minute, policy);
    if (state.rate_per_minute >= most) {
        state.rate_per_minute = most;
        return;
    }
    const auto quiet = (now - state.rate_changed_at) / policy.raise_every;
    if (quiet < 1) return;
    state.rate_per_minute = std::min(
        most, state.rate_per_minute * std::pow(policy.raised_to, static_cast<double>(quiet))
    );
    state.rate_changed_at += quiet * policy.raise_every;
}

// True when the ceiling fell within one window by more than our own calls explain.
bool apply_ceiling(
    BucketState& state, const BucketNews& news, Instant now, const BucketPolicy& policy
) {
    if (!news.ceiling || !news.ceiling_for || *news.ceiling_for <= milliseconds{0}) return false;
    const Instant until = now + *news.ceiling_for;
    const bool known = state.ceiling && state.ceiling_until && *state.ceiling_until > now;
    if (known && until < *state.ceiling_until - kSameWindow) return false; // of the former window
    if (!known || until > *state.ceiling_until + kSameWindow) {
        state.ceiling = news.ceiling;
        state.ceiling_first = news.ceiling;
        state.ceiling_until = until;
        return false;
    }
    state.ceiling = std::min(*state.ceiling, *news.ceiling);
    if (*state.ceiling >= state.ceiling_first.value_or(*state.ceiling) - noise(policy))
        return false;
    state.ceiling_first = state.ceiling; // the next surprise counts from here
    return true;
}

} // namespace

double most_rate(std::int64_t limit, const BucketPolicy& policy) {
    return std::max(1.0, static_cast<double>(usable_limit(limit, policy)) * policy.rate_share);
}

std::int64_t burst(std::int64_t limit, const BucketPolicy& policy) {
    const double share = static_cast<double>(usable_limit(limit, policy)) * policy.burst_share;
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::floor(share + 1e-9)));
}

void add(
    BucketNews& news, const BucketAnswer& answer, milliseconds age, const BucketPolicy& policy
) {
    if (answer.limit && *answer.limit > 0)
        news.limit = std::min(news.limit.value_or(*answer.limit), *answer.limit);
    if (answer.refused_for) {
        const milliseconds asked = std::max<milliseconds>(*answer.refused_for, policy.least_freeze);
        const milliseconds left = asked + policy.freeze_margin - age;
        news.refused_for = std::max(news.refused_for.value_or(left), left);
    }
    if (!answer.remaining || !answer.reset_in || *answer.remaining < 0) return;
    // Older calls of ours that had not arrived when the remote counted will use up some of it.
    const std::int64_t ceiling = answer.grant + *answer.remaining - policy.in_flight;
    // Told in whole seconds, rounded up. Should a remote round down: what goes out within that
    // second still fits, since as much as in_flight of the window was left.
    const milliseconds left = *answer.reset_in - age;
    if (left <= milliseconds{0}) return;
    const bool later_window = news.ceiling_for && left > *news.ceiling_for + kSameWindow;
    const bool former_window = news.ceiling_for && left < *news.ceiling_for - kSameWindow;
    if (former_window) return;
    if (!news.ceiling || later_window) {
        news.ceiling = ceiling;
        news.ceiling_for = left;
        return;
    }
    news.ceiling = std::min(*news.ceiling, ceiling);
    news.ceiling_for = std::max(*news.ceiling_for, left);
}

BucketChange
apply(const BucketState& state, const BucketNews& news, Instant now, const BucketPolicy& policy) {
    BucketChange change{.state = state};
    BucketState& next = change.state;
    if (news.limit) next.limit_per_minute = std::min<std::int64_t>(*news.limit, 100000);
    change.surprised = apply_ceiling(next, news, now, policy);
    if (news.refused_for && *news.refused_for > milliseconds{0}) {
        // Several calls may have been on their way: refusals during a freeze are one refusal.
        const bool counted = state.frozen_until > now;
        next.frozen_until = std::max(state.frozen_until, now + *news.refused_for);
        if (!counted) {
            change.refused_again =
                state.refused_at && now - *state.refused_at < policy.refusal_memory;
            next.refused_at = now;
            ++next.refusals;
            change.surprised = true;
        }
    }
    if (change.surprised) lower_rate(next, now, policy);
    raise_rate(next, now, policy);
    return change;
}

BucketNews aged(BucketNews news, milliseconds by) {
    if (news.ceiling_for) *news.ceiling_for -= by;
    if (news.refused_for) *news.refused_for -= by;
    return news;
}

} // namespace calfleet::calcom
