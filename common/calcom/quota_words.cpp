#include "common/calcom/quota_words.h"

#include "common/calcom/waiting_reasons.h"

#include <algorithm>
#include <utility>

namespace calfleet::calcom {

using std::chrono::milliseconds;

namespace {

std::string reason_of(NotNowWhy why) {
    switch (why) {
    case NotNowWhy::Frozen:
        return "the remote refused the key's calls for being too many (429)";
    case NotNowWhy::Ceiling:
        return "the remote says that the key's calls of this minute are used up";
    default:
        return "the key's calls of this minute are used up";
    }
}

std::string of_company(CompanyId company) {
    return "company " + std::to_string(company.value);
}

} // namespace

NotNow not_now(NotNowWhy why, milliseconds delay, std::string text) {
    return {.why = why, .delay = std::max(delay, milliseconds{1}), .text = std::move(text)};
}

NotNow no_key(CompanyId company, milliseconds delay) {
    return not_now(
        NotNowWhy::NoKey,
        delay,
        of_company(company) + " has no API key: calfleet company set-key " +
            std::to_string(company.value)
    );
}

NotNow stopped(const BreakerKey& key, const std::string& reason, milliseconds delay) {
    const NotNowWhy why = key.scope == BreakerScope::Credential ? NotNowWhy::CredentialBreaker
                          : key.scope == BreakerScope::Host     ? NotNowWhy::HostBreaker
                                                                : NotNowWhy::OperationBreaker;
    return not_now(
        why,
        delay,
        "the breaker of " + std::string(name(key.scope)) + " " + key.key + " is open: " +
            (reason.empty() ? "it closed a moment ago and lets calls in gradually" : reason)
    );
}

NotNow no_token(NotNowWhy why, milliseconds delay) {
    return not_now(why, delay, reason_of(why));
}

std::string_view name(NotNowWhy why) {
    switch (why) {
    case NotNowWhy::NoKey:
        return waiting_for::kApiKey;
    case NotNowWhy::CredentialBreaker:
        return waiting_for::kCredentialBreaker;
    case NotNowWhy::HostBreaker:
        return waiting_for::kHostBreaker;
    case NotNowWhy::OperationBreaker:
        return waiting_for::kOperationBreaker;
    case NotNowWhy::Frozen:
        return waiting_for::kFrozenRate;
    case NotNowWhy::Ceiling:
        return waiting_for::kRateCeiling;
    case NotNowWhy::Bucket:
        return waiting_for::kEmptyBucket;
    case NotNowWhy::Offline:
        return waiting_for::kNetwork;
    }
    return waiting_for::kEmptyBucket;
}

job::Snooze snooze(const NotNow& wait) {
    return {.delay = wait.delay, .reason = {std::string(name(wait.why)), wait.text}};
}

CallReport report_of(const Setback* setback, const RateLimits& limits) {
    CallReport report{.limits = limits};
    if (setback == nullptr) return report;
    if (std::holds_alternative<NotSent>(*setback)) report.end = CallEnd::NotSent;
    if (std::holds_alternative<RateLimited>(*setback)) report.end = CallEnd::Refused;
    if (std::holds_alternative<Credential>(*setback)) report.end = CallEnd::KeyDoubted;
    if (std::holds_alternative<Unknown>(*setback)) report.end = CallEnd::Failed;
    return report;
}

// What a call that was let through to find out says about that breaker; nothing: nothing.
std::optional<bool> probe_result(BreakerScope scope, CallEnd end) {
    const bool of_key = scope == BreakerScope::Credential;
    switch (end) {
    case CallEnd::Answered:
        return true;
    case CallEnd::Refused:
    case CallEnd::KeyDoubted:
    case CallEnd::KeyRefused:
        return !of_key;
    case CallEnd::Failed:
    case CallEnd::NotSent:
        break;
    }
    if (of_key) return std::nullopt; // the lease ends, somebody tries again
    return false;
}

} // namespace calfleet::calcom
