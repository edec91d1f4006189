#include "common/runtime/housekeeping.h"

#include "common/log/log.h"
#include "common/messaging/inbox_store.h"

#include <algorithm>

namespace calfleet::runtime {
namespace {

/// Other tasks share the thread.
constexpr std::chrono::seconds kUpkeepAtOnce{20};

} // namespace

PeriodicTask inbox_upkeep(const Clock& clock, metrics::Registry& registry) {
    const metrics::Gauge unswept = registry.gauge(kInboxUnswept);
    const auto run = [&clock, unswept](postgres::Session& session) -> Result<> {
        const Monotonic began = clock.monotonic();
        messaging::InboxUpkeep all;
        while (!all.finished && clock.monotonic() - began < kUpkeepAtOnce) {
            const auto portion =
                session.transact(postgres::Access::runtime(), messaging::keep_up_inbox);
            if (!portion) return portion.error();
            all.forgotten += portion->forgotten;
            all.moved += portion->moved;
            all.former_partitions = portion->former_partitions;
            all.finished = portion->finished;
        }
        const auto days = session.transact(postgres::Access::runtime(), messaging::days_unswept);
        if (!days) return days.error();
        unswept.set(static_cast<double>(*days));
        if (all.forgotten > 0 || all.moved > 0)
            log::info(
                "inbox.kept_up",
                {{"forgotten", all.forgotten},
                 {"moved", all.moved},
                 {"former_partitions", all.former_partitions}}
            );
        return {};
    };
    return {"inbox.upkeep", std::chrono::minutes{1}, run};
}

PeriodicTask clock_comparison(ClockCheck& check) {
    return {"clock.compare", std::chrono::minutes{1}, [&check](postgres::Session& session) {
                return check.compare(session);
            }};
}

Housekeeping::Housekeeping(
    std::vector<PeriodicTask> tasks,
    postgres::Settings database,
    postgres::StatementObserver* statements,
    const Clock& clock
)
    : session_(std::move(database), statements)
    , clock_(clock) {
    for (PeriodicTask& task : tasks)
        due_.push_back({std::move(task), clock.monotonic()});
    thread_ = std::thread([this] { loop(); });
}

Housekeeping::~Housekeeping() {
    stop_.request();
    session_.cancel();
    thread_.join();
}

void Housekeeping::loop() {
    for (;;) {
        const auto next =
            std::min_element(due_.begin(), due_.end(), [](const Due& a, const Due& b) {
                return a.at < b.at;
            });
        const Monotonic now = clock_.monotonic();
        const auto wait = next == due_.end() ? std::chrono::hours{1}
                                             : std::max(next->at - now, Monotonic::duration{0});
        if (stop_.wait_for(wait)) return;
        if (next == due_.end()) continue;
        const Result<> done = next->task.run(session_);
        if (!done && !stop_.requested())
            log::warn(
                "task.failed",
                {{"task", next->task.name},
                 {"error_kind", name(done.error().kind)},
                 {"error", done.error().message}}
            );
        const auto pause = done ? next->task.every
                                : std::max(next->task.every / 10, std::chrono::milliseconds{1000});
        next->at = clock_.monotonic() + pause;
    }
}

} // namespace calfleet::runtime
