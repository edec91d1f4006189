#pragma once
// One line per decision: whom a host was linked to and with which score, who got a booking.
// Numbers, scores and digests only; no name, no address, no uid (whoever has it can cancel the
// booking).

#include "workers/host-mapper/job.h"

#include "common/core/clock.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace calfleet::host_mapper {

/// How many lines of one kind may be written in a second; the rest is counted and told of with the
/// next second's first. Touches nothing; the caller says what time it is.
class LineBudget {
public:
    explicit LineBudget(int lines_a_second)
        : most_(lines_a_second) {}

    struct Answer {
        bool write{false};
        std::int64_t left_out{0}; ///< before this line, and not told of yet
    };
    Answer ask(Monotonic now);

private:
    int most_;
    int written_{0};
    std::int64_t left_out_{0};
    std::optional<Monotonic> began_{};
};

/// Of one lane; not thread-safe. Lines are written while the batch's transaction is open: one that
/// is rolled back and done again tells twice.
class DecisionLog {
public:
    static constexpr int kLinesASecond = 20; ///< of each of the four, per lane

    explicit DecisionLog(const Clock& clock)
        : clock_(clock) {}

    /// host.matched, host.unresolved
    void host(const HostSighting& host, MappingId mapping, const Conclusion& conclusion);
    /// booking.assigned; booking.without_host: nobody has it, because its host is not known
    /// ("none"), waits for a person ("review") or matches nobody ("unmatched").
    void booking(const Sighting& booking, const Assignment& assignment);

private:
    enum Kind { Matched, Unresolved, Assigned, Without };
    bool may_write(Kind kind);

    const Clock& clock_;
    std::array<LineBudget, 4> budgets_{
        LineBudget{kLinesASecond},
        LineBudget{kLinesASecond},
        LineBudget{kLinesASecond},
        LineBudget{kLinesASecond}};
};

/// Twelve digits that tell one value from another and lead nobody back to it.
std::string name_in_log(std::string_view value);

} // namespace calfleet::host_mapper
