#pragma once
// What stands between the companies and Cal.com, and how their syncs fare, as gauges: the figures
// of `calfleet stats`.

#include "common/core/result.h"
#include "common/metrics/registry.h"
#include "common/postgres/session.h"

#include <map>
#include <string>

namespace calfleet::team_syncer {

inline constexpr metrics::Definition kKeys{
    .name = "calfleet_calcom_keys",
    .kind = metrics::Kind::Gauge,
    .help =
        "API keys in use by state: full (rate), slowed, frozen (after a 429), stopped (refused).",
    .labels = {"state"}};
inline constexpr metrics::Definition kOpenBreakers{
    .name = "calfleet_calcom_open_breakers",
    .kind = metrics::Kind::Gauge,
    .help = "Open breakers by scope: credential (of keys in use), host, operation.",
    .labels = {"scope"}};
inline constexpr metrics::Definition kWaitingCompanies{
    .name = "calfleet_calcom_waiting_companies",
    .kind = metrics::Kind::Gauge,
    .help = "Companies with parked jobs, by what they wait for; no_api_key: nobody gave them one.",
    .labels = {"reason"}};
inline constexpr metrics::Definition kSyncRequests{
    .name = "calfleet_team_sync_open_requests",
    .kind = metrics::Kind::Gauge,
    .help = "Requested team syncs that have not ended."};
inline constexpr metrics::Definition kOldestRequest{
    .name = "calfleet_team_sync_oldest_request_seconds",
    .kind = metrics::Kind::Gauge,
    .help = "Age of the oldest of them; 0 when there is none."};
inline constexpr metrics::Definition kSyncedCompanies{
    .name = "calfleet_team_sync_companies",
    .kind = metrics::Kind::Gauge,
    .help = "Active companies with a team, by the outcome of their last sync: done, incomplete, "
            "failed, never (none has ended).",
    .labels = {"outcome"}};
inline constexpr metrics::Definition kStalest{
    .name = "calfleet_team_sync_stalest_seconds",
    .kind = metrics::Kind::Gauge,
    .help = "Age of the last complete sync of the company for which it is longest ago; NaN when "
            "none was ever complete."};

inline constexpr metrics::Definition kRetentionAge{
    .name = "calfleet_retention_age_seconds",
    .kind = metrics::Kind::Gauge,
    .help = "Since `calfleet retention run` last came to its end, or since the installation; NaN "
            "before the first look."};

/// Every process of the worker shows the same figures, for the whole fleet and all companies; so
/// one process has to ask for them, and this worker's are few. One thread.
class FleetGauges {
public:
    explicit FleetGauges(metrics::Registry& registry);

    /// Reads the figures and sets the gauges. After an Error they show what was read last.
    Result<> refresh(postgres::Session& session) const;

private:
    metrics::Gauge full_, slowed_, frozen_, stopped_;
    metrics::Gauge credential_breakers_, host_breakers_, operation_breakers_;
    std::map<std::string, metrics::Gauge, std::less<>> waiting_; ///< by reason
    metrics::Gauge requests_, oldest_request_, stalest_;
    metrics::Gauge done_, incomplete_, failed_, never_;
    metrics::Gauge retention_age_;
};

} // namespace calfleet::team_syncer
