#include "workers/team-syncer/fleet_gauges.h"

#include "common/calcom/waiting_reasons.h"
#include "common/statistics/quota_statistics.h"
#include "common/statistics/retention_statistics.h"
#include "common/statistics/sync_statistics.h"

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

namespace calfleet::team_syncer {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

double seconds_or(const std::optional<std::chrono::seconds>& age, double otherwise) {
    return age ? static_cast<double>(age->count()) : otherwise;
}

void set(const metrics::Gauge& gauge, std::int64_t count) {
    gauge.set(static_cast<double>(count));
}

struct Figures {
    statistics::QuotaStatistics quota;
    statistics::TeamSyncStatistics syncs;
    std::chrono::seconds retention_age;
};

} // namespace

FleetGauges::FleetGauges(metrics::Registry& registry)
    : full_(registry.gauge(kKeys, {"full"}))
    , slowed_(registry.gauge(kKeys, {"slowed"}))
    , frozen_(registry.gauge(kKeys, {"frozen"}))
    , stopped_(registry.gauge(kKeys, {"stopped"}))
    , credential_breakers_(registry.gauge(kOpenBreakers, {"credential"}))
    , host_breakers_(registry.gauge(kOpenBreakers, {"host"}))
    , operation_breakers_(registry.gauge(kOpenBreakers, {"operation"}))
    , requests_(registry.gauge(kSyncRequests))
    , oldest_request_(registry.gauge(kOldestRequest))
    , stalest_(registry.gauge(kStalest))
    , done_(registry.gauge(kSyncedCompanies, {"done"}))
    , incomplete_(registry.gauge(kSyncedCompanies, {"incomplete"}))
    , failed_(registry.gauge(kSyncedCompanies, {"failed"}))
    , never_(registry.gauge(kSyncedCompanies, {"never"}))
    , retention_age_(registry.gauge(kRetentionAge)) {
    for (const calcom::WaitingReason& reason : calcom::kWaitingReasons)
        waiting_.emplace(reason.code, registry.gauge(kWaitingCompanies, {reason.code}));
    stalest_.set(kNothing);
    retention_age_.set(kNothing);
}

Result<> FleetGauges::refresh(postgres::Session& session) const {
    const auto body = [](postgres::Transaction& transaction) {
        return Figures{
            statistics::read_quota_statistics(transaction),
            statistics::read_team_sync_statistics(transaction),
            statistics::read_retention_age(transaction)};
    };
    const auto read = session.transact(postgres::Access::runtime(), body);
    if (!read) return read.error();
    const auto& [quota, syncs, retention_age] = *read;
    set(full_, quota.keys.full);
    set(slowed_, quota.keys.slowed);
    set(frozen_, quota.keys.frozen);
    set(stopped_, quota.keys.stopped);
    set(credential_breakers_, quota.breakers.credential);
    set(host_breakers_, quota.breakers.host);
    set(operation_breakers_, quota.breakers.operation);
    for (const auto& [reason, gauge] : waiting_)
        gauge.set(0);
    for (const statistics::WaitingCompanies& waiting : quota.waiting) {
        const auto gauge = waiting_.find(waiting.reason);
        if (gauge != waiting_.end()) set(gauge->second, waiting.companies);
    }
    set(requests_, syncs.open);
    oldest_request_.set(seconds_or(syncs.oldest_open, 0));
    stalest_.set(seconds_or(syncs.stalest, kNothing));
    set(done_, syncs.done);
    set(incomplete_, syncs.incomplete);
    set(failed_, syncs.failed);
    set(never_, syncs.never);
    retention_age_.set(static_cast<double>(retention_age.count()));
    return {};
}

} // namespace calfleet::team_syncer
