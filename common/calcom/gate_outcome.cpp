#include "common/calcom/gate_outcome.h"

#include "common/calcom/waiting_reasons.h"

#include <string>

namespace calfleet::calcom {
namespace {

job::Outcome of_credential(const std::string& text, KeyState key, const OutcomePolicy& policy) {
    switch (key) {
    case KeyState::Refused:
        return job::Snooze{
            policy.key_pause,
            {std::string(waiting_for::kRefusedKey),
             text + "; Cal.com does not know the company's key: calfleet company set-key"}};
    case KeyState::Good:
        return job::DeadLetter{
            {"forbidden",
             text + "; the key is good but its owner may not do this: make the owner an admin of "
                    "the team, or set another key"}};
    case KeyState::Unknown:
        break;
    }
    return job::Snooze{
        policy.unknown_key_pause,
        {std::string(waiting_for::kKeyInDoubt),
         text + "; one refusal proves nothing, and the key could not be asked"}};
}

} // namespace

job::Outcome outcome_of(const Setback& setback, KeyState key, const OutcomePolicy& policy) {
    const std::string text = describe(setback);
    return std::visit(
        job::Match{
            [&](const NotSent&) -> job::Outcome {
                return job::Snooze{
                    policy.server_pause, {std::string(waiting_for::kConnection), text}};
            },
            [&](const RateLimited& limited) -> job::Outcome {
                return job::Snooze{
                    limited.freeze + policy.freeze_margin,
                    {std::string(waiting_for::kRateLimit), text}};
            },
            [&](const Definite& definite) -> job::Outcome {
                return job::DeadLetter{{"refused_" + std::string(name(definite.refusal)), text}};
            },
            [&](const MaybeOurs&) -> job::Outcome {
                return job::Retry{{"maybe_ours", text}};
            },
            [&](const Credential&) -> job::Outcome { return of_credential(text, key, policy); },
            [&](const Unknown&) -> job::Outcome {
                return job::Snooze{policy.server_pause, {std::string(waiting_for::kServer), text}};
            },
        },
        setback
    );
}

std::optional<Denied> denial(const Setback& setback, KeyState key) {
    if (const auto* refused = std::get_if<Definite>(&setback)) {
        // A route that is not there is ours to correct, and no word about what was asked for.
        if (refused->refusal == Refusal::WrongRoute) return std::nullopt;
        return Denied{refused->refusal == Refusal::NotFound, describe(setback)};
    }
    if (std::holds_alternative<Credential>(setback) && key == KeyState::Good)
        return Denied{false, describe(setback)};
    return std::nullopt;
}

} // namespace calfleet::calcom
