#pragma once
// Relay and worker, as far as replays of dead letters see them.

#include <atomic>
#include <string>
#include <thread>

#include "tests/integration/postgres/database.h"

namespace calfleet::cli {

/// Answers replays as relay and worker would: letters whose number divides by `bad_every` fail
/// again.
class Answering {
public:
    Answering(const postgres::TestDatabase& database, int bad_every)
        : thread_([this, &database, bad_every] {
            const std::string bad = "id % " + std::to_string(bad_every) + " = 0";
            while (!done_)
                database.run(
                    "update calfleet.dead_letters set state = case when " + bad +
                    " then 'open' else 'replayed' end, failures = failures + (" + bad +
                    ")::int where state = 'replaying' and replay_run is not null; select "
                    "pg_sleep(0.05)"
                );
        }) {}
    ~Answering() {
        done_ = true;
        thread_.join();
    }

private:
    std::atomic<bool> done_{false};
    std::thread thread_;
};

} // namespace calfleet::cli
