#pragma once
// The executor's threads that talk to PostgreSQL, one session each.

#include "common/core/clock.h"
#include "common/postgres/session.h"

#include <array>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace calfleet::executor {

/// Three queues, so that work never delays what keeps the leases: with two threads or more the
/// first serves only the desk.
enum class DatabaseQueue : std::size_t {
    Desk,   ///< claims, settlements, leases: first thread
    Work,   ///< transactional jobs: second thread (all on one, as TransactionalJobs promises)
    Remote, ///< short transactions of remote jobs: all threads but the first
};

/// Thread-safe.
class DatabaseThreads {
public:
    using Task = std::function<void(postgres::Session&)>; ///< must not throw

    /// sessions >= 1; with one, its thread serves all three queues.
    DatabaseThreads(
        postgres::Settings settings,
        int sessions,
        postgres::StatementObserver* observer,
        const Clock& clock
    );
    ~DatabaseThreads();

    void submit(DatabaseQueue queue, Task task);
    /// How long the longest task has been running.
    Monotonic::duration busy_for() const;
    /// Lets running tasks end, destroys the others unrun, joins.
    void stop();

private:
    struct Worker {
        std::unique_ptr<postgres::Session> session;
        std::optional<Monotonic> busy_since;
        std::thread thread;
    };
    void serve(std::size_t index);
    std::deque<Task>* next_for(std::size_t index);

    const Clock& clock_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_{false};
    std::array<std::deque<Task>, 3> queues_;
    std::vector<Worker> workers_;
};

} // namespace calfleet::executor
