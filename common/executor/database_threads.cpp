#include "common/executor/database_threads.h"

#include <algorithm>

namespace calfleet::executor {

DatabaseThreads::DatabaseThreads(
    postgres::Settings settings,
    int sessions,
    postgres::StatementObserver* observer,
    const Clock& clock
)
    : clock_(clock)
    , workers_(static_cast<std::size_t>(std::max(sessions, 1))) {
    for (Worker& worker : workers_)
        worker.session = std::make_unique<postgres::Session>(settings, observer);
    for (std::size_t i = 0; i < workers_.size(); ++i)
        workers_[i].thread = std::thread([this, i] { serve(i); });
}

DatabaseThreads::~DatabaseThreads() {
    stop();
}

void DatabaseThreads::submit(DatabaseQueue queue, Task task) {
    {
        std::lock_guard lock(mutex_);
        queues_[static_cast<std::size_t>(queue)].push_back(std::move(task));
    }
    changed_.notify_all();
}

Monotonic::duration DatabaseThreads::busy_for() const {
    const Monotonic now = clock_.monotonic();
    std::lock_guard lock(mutex_);
    Monotonic::duration longest{0};
    for (const Worker& worker : workers_)
        if (worker.busy_since) longest = std::max(longest, now - *worker.busy_since);
    return longest;
}

void DatabaseThreads::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    for (Worker& worker : workers_)
        if (worker.thread.joinable()) worker.thread.join();
    for (auto& queue : queues_)
        queue.clear();
}

std::deque<DatabaseThreads::Task>* DatabaseThreads::next_for(std::size_t index) {
    const auto filled = [this](DatabaseQueue queue) -> std::deque<Task>* {
        auto& tasks = queues_[static_cast<std::size_t>(queue)];
        return tasks.empty() ? nullptr : &tasks;
    };
    const bool alone = workers_.size() == 1;
    if (index == 0)
        if (auto* tasks = filled(DatabaseQueue::Desk)) return tasks;
    if (index == 1 || alone)
        if (auto* tasks = filled(DatabaseQueue::Work)) return tasks;
    if (index != 0 || alone) return filled(DatabaseQueue::Remote);
    return nullptr;
}

void DatabaseThreads::serve(std::size_t index) {
    std::unique_lock lock(mutex_);
    for (;;) {
        std::deque<Task>* tasks = nullptr;
        changed_.wait(lock, [&] {
            tasks = next_for(index);
            return stopping_ || tasks != nullptr;
        });
        if (stopping_) return;
        Task task = std::move(tasks->front());
        tasks->pop_front();
        Worker& worker = workers_[index];
        worker.busy_since = clock_.monotonic();
        lock.unlock();
        task(*worker.session);
        task = nullptr; // what it captured goes before anyone may wait for this thread
        lock.lock();
        worker.busy_since.reset();
    }
}

} // namespace calfleet::executor
