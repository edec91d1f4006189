#pragma once
// What an operator of the simulator can change while it runs, through /sim/settings.

#include <chrono>
#include <cstddef>

#include "tests/calcom-sim/entities.h"

namespace calfleet::calcom_sim {

/// Times are those of the simulator's clock where they concern Cal.com (windows, lag), and real
/// ones where they concern the connection (latency).
struct Settings {
    bool limiter{true};
    Limit key_limit{};                                  ///< of keys without limits of their own
    Limit token_limit{.requests = 500};                 ///< of access tokens
    Limit address_limit{};                              ///< of requests without a credential
    int excesses_until_lock{5};                         ///< blocks of one user's keys ...
    std::chrono::milliseconds lock_memory{30 * 60'000}; ///< ... within this; then the account locks
    bool lock_accounts{true};

    std::chrono::milliseconds latency{0};        ///< of every answer
    std::chrono::milliseconds latency_jitter{0}; ///< up to so much more, at random
    std::chrono::milliseconds replica_lag{0};    ///< every GET sees the world as it was then
    std::chrono::milliseconds race_window{0};    ///< between a booking's check and its write

    /// Of every ten webhooks, say, one is lost: probabilities, 0 to 1.
    double webhook_loss{0};
    double webhook_duplicates{0};                  ///< sent twice
    double webhook_reordering{0};                  ///< held back, so that later ones overtake
    std::chrono::milliseconds webhook_hold{2'000}; ///< a held back one comes up to so much later
    /// 0: webhooks are delivered before the answer. Else in the background after so long.
    std::chrono::milliseconds webhook_delay{0};
    /// BOOKING_CANCELLED is sent while the booking still shows as accepted, as the real one does.
    bool cancel_webhook_first{true};
    /// False: cancellations and decisions leave out the organizer's id and username, as some
    /// versions and paths of the real one do.
    bool webhook_organizer_ids{true};

    std::size_t ledger_entries{200'000}; ///< the oldest are forgotten; 0: no ledger
    std::size_t ledger_body_bytes{0};    ///< of each request's body kept in the ledger

    std::chrono::milliseconds idle_timeout{5'000};
    std::size_t body_limit{102'400}; ///< bytes of a request's body; more is 413
};

} // namespace calfleet::calcom_sim
