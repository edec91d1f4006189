#pragma once
// How the gate says no, and what the end of a call means for breakers. Private to this folder.

#include "common/calcom/quota.h"

#include <chrono>
#include <optional>
#include <string>

namespace calfleet::calcom {

NotNow not_now(NotNowWhy why, std::chrono::milliseconds delay, std::string text);
NotNow no_key(CompanyId company, std::chrono::milliseconds delay);
/// reason: the open breaker's; empty while a closed one's ramp lasts.
NotNow stopped(const BreakerKey& key, const std::string& reason, std::chrono::milliseconds delay);
/// Frozen, Ceiling or Bucket.
NotNow no_token(NotNowWhy why, std::chrono::milliseconds delay);

/// What a call that was let through to find out says about that breaker; nothing: nothing.
std::optional<bool> probe_result(BreakerScope scope, CallEnd end);

} // namespace calfleet::calcom
