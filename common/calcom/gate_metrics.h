#pragma once
// What the gate counts.

#include "common/calcom/quota.h"
#include "common/metrics/registry.h"

#include <map>

namespace calfleet::calcom {

inline constexpr metrics::Definition kWaits{
    .name = "calfleet_calcom_waits_total",
    .help = "Calls that could not be made when they were wanted, by what was missing.",
    .labels = {"reason"}};
inline constexpr metrics::Definition kKeyRefusals{
    .name = "calfleet_calcom_key_refusals_total",
    .help = "Answers 401 and 403 after which me() confirmed that the key itself is refused."};

struct GateMetrics {
    explicit GateMetrics(metrics::Registry& registry)
        : key_refused(registry.counter(kKeyRefusals)) {
        for (const NotNowWhy why :
             {NotNowWhy::NoKey,
              NotNowWhy::CredentialBreaker,
              NotNowWhy::HostBreaker,
              NotNowWhy::OperationBreaker,
              NotNowWhy::Frozen,
              NotNowWhy::Ceiling,
              NotNowWhy::Bucket,
              NotNowWhy::Offline})
            waits.emplace(why, registry.counter(kWaits, {name(why)}));
    }

    std::map<NotNowWhy, metrics::Counter> waits;
    metrics::Counter key_refused;
};

} // namespace calfleet::calcom
