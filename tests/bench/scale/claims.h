#pragma once
// Claims of jobs beside jobs that are due later, and beside dead entries under an old snapshot.

#include "common/jobs/due_bound.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/bench/scale/masses.h"

namespace calfleet::bench {

class Claims {
public:
    explicit Claims(const Masses& masses)
        : masses_(masses) {}

    std::vector<Figure> run();

private:
    Figure beside(const std::string& what, const std::function<void()>& fill);
    Figure beside_jobs_due_later();
    Figure beside_dead_entries();
    Figure of_many_beside_dead_entries();
    Figure of_many_without_statistics();

    void ask_for_a_job();
    void claim();
    void claim_of_many();
    void insert_due(const std::string& companies, std::int64_t rows) const;
    void start_anew();

    const Masses& masses_;
    std::int64_t number_{0};
    jobs::DueBound bound_{};
    jobs::CompanyLooks looks_{};
    CompanyId cursor_{};
};

} // namespace calfleet::bench
