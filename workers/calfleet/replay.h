#pragma once
// Replaying dead letters without harm: a canary first, then at a limited rate, stopping when it
// does not help.

#include "workers/calfleet/dead_letter_store.h"
#include "workers/calfleet/environment.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace calfleet::cli {

struct ReplayOptions {
    DeadLetterFilter filter;
    bool dry_run{false};
    double rate{50}; ///< letters a second
    std::int64_t limit{10000};
    /// How long the outcome of the canary, and of the last letters, is waited for.
    std::chrono::seconds patience{60};
    /// Printed with the account, for what was done on the way to it.
    std::vector<std::pair<std::string, Listing>> also{};
};

inline constexpr std::int64_t kCanary = 10;
inline constexpr double kFailureLimit = 0.05;

/// More than 5 % of what has settled failed again. Pure.
bool must_stop(const ReplayProgress& progress);

/// With what options.also holds.
void print_replay_account(
    const Environment& environment, const ReplayOptions& options, const Listing& account
);
void print_replay_plan(
    const Environment& environment,
    const ReplayOptions& options,
    const std::vector<ReplayCandidate>& candidates
);

/// From the table dead_letters. Prints an account. Refused when it stopped early.
Result<Exit> replay_from_database(const Environment& environment, const ReplayOptions& options);

/// From a "<worker>.dlq" topic, for a database restored from a backup that is older than the
/// letters: those that it lacks become rows again, and then everything goes as from the database,
/// canary, rate and account included. A letter that names a topic which the worker does not consume
/// is refused and listed, as is every other that cannot be what a worker wrote.
Result<Exit> replay_from_topic(
    const Environment& environment, const ReplayOptions& options, const std::string& topic
);

} // namespace calfleet::cli
