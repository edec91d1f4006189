#pragma once
// What a worker does now and then: upkeep of the inbox, a look at the clock, periodic tasks.

#include "common/core/clock.h"
#include "common/core/stop_signal.h"
#include "common/metrics/registry.h"
#include "common/postgres/session.h"
#include "common/runtime/clock_check.h"
#include "common/runtime/host.h"

#include <thread>
#include <vector>

namespace calfleet::runtime {

inline constexpr metrics::Definition kInboxUnswept{
    .name = "calfleet_inbox_unswept_days",
    .kind = metrics::Kind::Gauge,
    .help = "Days since the inbox was last gone through whole for events to forget."};

/// Forgets old events and empties the partitions of the former release, in portions, a transaction
/// each. Any number of processes may: they take turns.
PeriodicTask inbox_upkeep(const Clock& clock, metrics::Registry& registry);

PeriodicTask clock_comparison(ClockCheck& check);

/// Runs tasks on one thread and one session, each when it is due; a failed one is tried again after
/// a tenth of its interval.
class Housekeeping {
public:
    Housekeeping(
        std::vector<PeriodicTask> tasks,
        postgres::Settings database,
        postgres::StatementObserver* statements,
        const Clock& clock
    );
    ~Housekeeping();

private:
    void loop();

    struct Due {
        PeriodicTask task;
        Monotonic at;
    };
    std::vector<Due> due_;
    postgres::Session session_;
    const Clock& clock_;
    StopSignal stop_;
    std::thread thread_;
};

} // namespace calfleet::runtime
