#include "common/job/retry_policy.h"

#include "common/core/text.h"

#include <algorithm>

namespace calfleet::job {
namespace {

Decision
after_failure(const Reason& reason, const Job& job, Random& random, const RetryPolicy& policy) {
    const int failures = job.attempts + 1;
    const auto delay = retry_delay(failures, random, policy);
    if (!delay) return Bury{bounded(reason), failures};
    return TryAgain{*delay, bounded(reason)};
}

Decision
after_snooze(const Snooze& snooze, const Job& job, Random& random, const RetryPolicy& policy) {
    Microseconds delay = std::max<Microseconds>(snooze.delay, kShortestSnooze);
    if (snooze.blame == Blame::Unknown) {
        if (job.overdue) return after_failure(snooze.reason, job, random, policy);
        const Microseconds share = job.age / kSnoozeShare;
        delay = std::max(delay, std::min<Microseconds>(share, kLongestUnknownSnooze));
    }
    return Wait{delay, delay >= kParkFrom, bounded(snooze.reason)};
}

} // namespace

Decision settle(const Outcome& outcome, const Job& job, Random& random, const RetryPolicy& policy) {
    return std::visit(
        Match{
            [](const Completed&) -> Decision { return Finished{}; },
            [&](const Retry& retry) { return after_failure(retry.reason, job, random, policy); },
            [&](const Snooze& snooze) { return after_snooze(snooze, job, random, policy); },
            [](const Discard& discard) -> Decision {
                return Finished{.discarded = true, .reason = bounded(discard.reason)};
            },
            [&](const DeadLetter& dead) -> Decision {
                return Bury{bounded(dead.reason), job.attempts + 1};
            },
        },
        outcome
    );
}

std::optional<Bury> settle_crash(const Job& job, const RetryPolicy& policy) {
    const int crashes = job.crashes + 1;
    if (crashes < policy.crash_limit) return std::nullopt;
    return Bury{
        {"crash_loop",
         std::to_string(crashes) + " times the process that ran it died or froze without a word; "
                                   "look for its last log lines"
                                   " before replaying"},
        job.attempts};
}

std::optional<Microseconds> retry_delay(int failures, Random& random, const RetryPolicy& policy) {
    if (failures < 1 || static_cast<std::size_t>(failures) > policy.delays.size())
        return std::nullopt;
    const Microseconds delay = policy.delays[static_cast<std::size_t>(failures) - 1];
    const double extra = static_cast<double>(delay.count()) * policy.jitter * random.unit();
    return delay + Microseconds(static_cast<Microseconds::rep>(extra));
}

Reason bounded(Reason reason) {
    // printable() marks a cut with a three-byte ellipsis beyond its bound.
    constexpr std::size_t kEllipsis = 3;
    reason.code = reason.code.empty() ? "unnamed" : printable(reason.code, 60);
    reason.text = printable(reason.text, kReasonBytes - kEllipsis);
    return reason;
}

std::string_view name(const Outcome& outcome) {
    return std::visit(
        Match{
            [](const Completed&) { return std::string_view("completed"); },
            [](const Retry&) { return std::string_view("retry"); },
            [](const Snooze&) { return std::string_view("snooze"); },
            [](const Discard&) { return std::string_view("discard"); },
            [](const DeadLetter&) { return std::string_view("dead_letter"); },
        },
        outcome
    );
}

} // namespace calfleet::job
