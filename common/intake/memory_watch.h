#pragma once
// Whether a process has grown by more than it should: what libraries keep for us is not always
// counted.

#include <cstddef>

namespace calfleet::intake {

/// Resident memory of this process; 0 when the system does not tell.
std::size_t resident_bytes();

/// Pure: the caller measures. What the process had when nothing was in its hands is the base; above
/// it, it may grow by the allowance.
class MemoryWatch {
public:
    explicit MemoryWatch(std::size_t allowance)
        : allowance_(allowance) {}
    /// Nothing is in the process's hands now. What it has all the same (caches, what the allocator
    /// keeps) is not what the watch is about.
    void idle_at(std::size_t resident);
    bool exceeded_at(std::size_t resident) const;

private:
    std::size_t allowance_;
    std::size_t base_{0};
};

} // namespace calfleet::intake
