#pragma once
// What tests of the executor ask of the table.

#include <string>
#include <utility>

#include "tests/integration/jobs/job_fixture.h"

namespace calfleet::executor {

inline constexpr auto kPatience = std::chrono::seconds{20};

class ExecutorTest : public JobsTest {
protected:
    bool empty() const { return count("calfleet.jobs") == 0; }
    ExecutorSettings quick(std::string owner = "executor") const {
        return quick_settings(settings(), std::move(owner));
    }
    std::string effects() const {
        return database().ask(
            "select coalesce(string_agg(entity, ',' order by id), '') from calfleet.effects"
        );
    }
    /// Seconds until the only job is due.
    double due_in() const {
        return std::stod(
            database().ask("select extract(epoch from run_at - now()) from calfleet.jobs")
        );
    }
};

inline job::Outcome completed(const job::Job&) {
    return job::Completed{};
}

} // namespace calfleet::executor
