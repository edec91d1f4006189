#pragma once
// Ends a worker whose database login nothing binds to companies.

#include "common/core/stop_signal.h"
#include "common/postgres/session.h"

#include <atomic>
#include <thread>

namespace calfleet::runtime {

/// Asks the database once who we are, as soon as it answers. Every session refuses such a login by
/// itself; this one says so, asks for the stop, and remembers it.
class LoginCheck {
public:
    LoginCheck(postgres::Settings database, StopSignal& stop);
    ~LoginCheck();

    /// The process is to end with the code for a bad configuration.
    bool refused() const { return refused_; }

private:
    void ask();

    postgres::Settings database_;
    StopSignal& stop_;
    StopSignal ended_;
    std::atomic<bool> refused_{false};
    std::thread thread_;
};

} // namespace calfleet::runtime
