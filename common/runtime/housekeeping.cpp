#include "common/runtime/housekeeping.h"

#include "common/log/log.h"
#include "common/messaging/inbox_store.h"

#include <algorithm>

namespace calfleet::runtime {

PeriodicTask inbox_maintenance(const Clock& clock) {
    return {
        "inbox.maintain", std::chrono::hours{1}, [&clock](postgres::Session& session) -> Result<> {
            const Date today = std::chrono::floor<std::chrono::days>(clock.now());
            const auto done = session.transact(
                postgres::Access::runtime(),
                [&](postgres::Transaction& transaction) {
                    return messaging::maintain_inbox(transaction, today);
                }
            );
            if (!done) return done.error();
            if (done->created > 0 || done->dropped > 0)
                log::info(
                    "inbox.maintained", {{"created", done->created}, {"dropped", done->dropped}}
                );
            return {};
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
