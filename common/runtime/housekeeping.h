#pragma once
// What a worker does now and then: inbox partitions, periodic tasks.

#include "common/core/clock.h"
#include "common/core/stop_signal.h"
#include "common/postgres/session.h"
#include "common/runtime/host.h"

#include <thread>
#include <vector>

namespace calfleet::runtime {

/// Creates and drops inbox partitions when made (so that intake finds today's) and then every hour.
PeriodicTask inbox_maintenance(const Clock& clock);

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
