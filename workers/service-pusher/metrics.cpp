#include "workers/service-pusher/metrics.h"

namespace calfleet::service_pusher {

Metrics::Metrics(metrics::Registry& registry)
    : changed(registry.counter(kPushes, {"changed"}))
    , unchanged(registry.counter(kPushes, {"unchanged"}))
    , failed(registry.counter(kPushes, {"failed"}))
    , postponed(registry.counter(kPostponed))
    , overwritten(registry.counter(kForeignEdits, {"overwritten"}))
    , kept(registry.counter(kForeignEdits, {"kept"}))
    , superseded(registry.counter(kSupersededEvents)) {}

void Metrics::ended(const SyncResult& result) const {
    switch (result.end) {
    case SyncEnd::Unchanged:
        unchanged.add();
        break;
    case SyncEnd::Changed:
        changed.add();
        break;
    case SyncEnd::Failed:
        failed.add();
        break;
    }
    if (!result.kept.empty()) kept.add(static_cast<double>(result.kept.size()));
}

} // namespace calfleet::service_pusher
