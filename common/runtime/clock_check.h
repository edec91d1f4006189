#pragma once
// Whether this machine's clock agrees with the database's, which decides about dates and deadlines.

#include "common/core/clock.h"
#include "common/metrics/handles.h"
#include "common/metrics/registry.h"
#include "common/postgres/session.h"

#include <atomic>
#include <chrono>
#include <string>

namespace calfleet::runtime {

/// From this on a difference is told in the log.
inline constexpr std::chrono::seconds kClockWorthALine{60};
/// From this on the clock is plainly wrong, and the program not ready.
inline constexpr std::chrono::hours kClockIsWrong{1};

inline constexpr metrics::Definition kClockAhead{
    .name = "calfleet_clock_ahead_seconds",
    .kind = metrics::Kind::Gauge,
    .help = "How far the clock of this process is ahead of the database's; negative: behind."};

postgres::Catalogue clock_check_catalogue();

/// compare() on one thread, not_ready() on any.
class ClockCheck {
public:
    ClockCheck(const Clock& clock, metrics::Registry& registry);
    /// One question to the database.
    Result<> compare(postgres::Session& session);
    /// Empty, or by how much the clock is wrong.
    std::string not_ready() const;

private:
    const Clock& clock_;
    metrics::Gauge gauge_;
    std::atomic<std::int64_t> ahead_us_{0};
};

/// "the clock of this machine is 400 d ahead of the database's".
std::string describe_difference(Microseconds ahead);

} // namespace calfleet::runtime
