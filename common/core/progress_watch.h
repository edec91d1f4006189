#pragma once
// Since when something that has work makes no progress.

#include "common/core/clock.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet {

/// Longer without progress although there is work, and people are told.
inline constexpr std::chrono::seconds kProgressPatience{60};

/// One thing that works. It is looked at again and again, a few times per patience or more often.
/// One thread, or under the caller's lock.
class ProgressWatch {
public:
    explicit ProgressWatch(Monotonic::duration patience = kProgressPatience)
        : patience_(patience) {}

    /// mark: any number that changes with every progress, like a position or a count.
    void look(bool has_work, std::int64_t mark, Monotonic now);
    /// How long it has had work and made no progress. Zero while it is idle or moves.
    Monotonic::duration still_for(Monotonic now) const;
    /// It has stood still for longer than the patience.
    bool stalled(Monotonic now) const { return still_for(now) > patience_; }

private:
    Monotonic::duration patience_;
    std::optional<std::int64_t> mark_;
    std::optional<Monotonic> since_; ///< the last progress, or when the work came
};

struct Standstill {
    std::string what; ///< "booking-created/3", "shard 2"
    std::string why;  ///< the last known reason
    std::chrono::seconds lasts{0};
    friend bool operator==(const Standstill&, const Standstill&) = default;
};

/// Many things by name, each watched alone. One thread, or under the caller's lock.
class ProgressWatches {
public:
    explicit ProgressWatches(Monotonic::duration patience = kProgressPatience)
        : patience_(patience) {}

    /// why: what would keep it at the moment; the latest is shown.
    void look(
        std::string_view what, bool has_work, std::int64_t mark, std::string_view why, Monotonic now
    );
    /// It is somebody else's now.
    void forget(std::string_view what);
    /// Those that stood still for longer than the patience, by name.
    std::vector<Standstill> stalled(Monotonic now) const;

private:
    struct Watched {
        ProgressWatch watch;
        std::string why;
    };
    Monotonic::duration patience_;
    std::map<std::string, Watched, std::less<>> watched_;
};

/// For /ready: "booking-created/3 makes no progress for 75 s: the database refuses; and 2 more".
/// Empty for none.
std::string describe(std::span<const Standstill> standstills);

} // namespace calfleet
