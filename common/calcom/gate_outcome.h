#pragma once
// What a setback does to the job that met it: who is to blame decides whether an attempt is used.

#include "common/calcom/answer_class.h"
#include "common/job/outcome.h"

#include <chrono>
#include <optional>
#include <string>

namespace calfleet::calcom {

/// What is known about the key after a request was refused with 401 or 403.
enum class KeyState {
    Unknown, ///< me() could not be asked, or gave no clear answer
    Good,    ///< me() knows it: the key may not do this one thing
    Refused, ///< me() refuses it too
};

struct OutcomePolicy {
    /// No connection, or an answer that proves nothing: breakers see to longer outages.
    std::chrono::seconds server_pause{30};
    std::chrono::seconds key_pause{std::chrono::minutes{5}};
    std::chrono::seconds unknown_key_pause{60};
    /// On top of the freeze that the remote asked for.
    std::chrono::seconds freeze_margin{5};
};

/// Setback                 Outcome                 reason code
/// NotSent                 Snooze server_pause     not_sent
/// RateLimited             Snooze freeze + margin  rate_limited
/// Unknown                 Snooze server_pause     server_trouble
/// Credential, key Refused Snooze key_pause        key_refused
/// Credential, key Unknown Snooze unknown_key_pause key_in_doubt
/// Credential, key Good    DeadLetter              forbidden
/// Definite                DeadLetter              refused_invalid, refused_not_found, ...
/// MaybeOurs               Retry                   maybe_ours: the next run looks before it sends
///
/// An attempt is used only by what is this message's own: MaybeOurs. Unknown stands for requests
/// that may be repeated; whoever sends others decides by himself. Total; touches nothing.
job::Outcome outcome_of(const Setback& setback, KeyState key, const OutcomePolicy& policy = {});

/// Cal.com understood and said no: this one thing cannot be had, others may be.
struct Denied {
    bool not_found{false};
    std::string text; ///< for an operator, without personal data
};
/// Nothing: the refusal is no word about what was asked for.
std::optional<Denied> denial(const Setback& setback, KeyState key);

} // namespace calfleet::calcom
