#pragma once
// From where on to look for due rows: what lies before is known to hold none, but thousands of dead
// entries that one old snapshot keeps in the index and that every look would read again.

#include "common/core/clock.h"
#include "common/core/time.h"

#include <algorithm>
#include <chrono>

namespace calfleet::jobs {

/// Times of rows are the database's. A row that appears before the bound (its transaction committed
/// late, or somebody moved it) is found by the next look at everything; those come the more seldom
/// the longer they take. One thread.
class DueBound {
public:
    /// Nothing that commits within this time is missed by a look from the bound.
    static constexpr std::chrono::seconds kSlack{5};
    static constexpr int kShare = 50; ///< of the time goes to looks at everything, at most one part
    static constexpr std::chrono::milliseconds kOftenest{1000};
    static constexpr std::chrono::minutes kSeldomest{5};

    /// Instant::min(): look at everything.
    Instant from(Monotonic now) const { return now >= all_due_ ? Instant::min() : from_; }

    /// A look from `from` found that nothing due is left before `none_before`.
    void looked(Instant from, Instant none_before, Monotonic began, Monotonic ended) {
        if (from == Instant::min()) {
            const Monotonic::duration pause = kShare * (ended - began);
            all_due_ = ended + std::clamp<Monotonic::duration>(pause, kOftenest, kSeldomest);
            from_ = none_before - kSlack;
        } else {
            from_ = std::max(from_, none_before - kSlack);
        }
    }

private:
    Instant from_{Instant::min()};
    Monotonic all_due_{};
};

/// How often to look through all companies, which reads the dead entries of each: always while that
/// is quick. One thread.
class CompanyLooks {
public:
    static constexpr std::chrono::milliseconds kQuick{10};
    static constexpr int kPause = 5; ///< times as long as the look took
    static constexpr std::chrono::minutes kSeldomest{1};

    bool due(Monotonic now) const { return now >= next_; }
    void looked(Monotonic began, Monotonic ended) {
        const Monotonic::duration took = ended - began;
        next_ = took <= kQuick ? Monotonic{}
                               : ended + std::min<Monotonic::duration>(kPause * took, kSeldomest);
    }

private:
    Monotonic next_{};
};

} // namespace calfleet::jobs
