#pragma once
// For tests: what was logged, line by line.

#include "common/log/log.h"

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::log {

/// While it lives, lines of all threads go here, at once, and to no descriptor. One at a time.
class Capture {
public:
    explicit Capture(std::string worker = "test", Level level = Level::Debug);
    ~Capture();
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;

    std::vector<std::string> lines() const;
    /// Lines of that event.
    std::vector<std::string> lines_of(std::string_view event) const;

private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

} // namespace calfleet::log
