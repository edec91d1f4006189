#include "common/calcom/calls.h"

namespace calfleet::calcom {

std::optional<Denied> denial(const Setback& setback, KeyState key) {
    if (const auto* refused = std::get_if<Definite>(&setback)) {
        // A route that is not there is ours to correct, and no word about the event type.
        if (refused->refusal == Refusal::WrongRoute) return std::nullopt;
        return Denied{refused->refusal == Refusal::NotFound, describe(setback)};
    }
    if (std::holds_alternative<Credential>(setback) && key == KeyState::Good)
        return Denied{false, describe(setback)};
    return std::nullopt;
}

bool may_pass(const Setback& setback) {
    return std::holds_alternative<NotSent>(setback) || std::holds_alternative<Unknown>(setback);
}

job::Snooze not_now() {
    return {
        std::chrono::milliseconds{100},
        {"stopping", "the process stops, or its lease ends: somebody else goes on"}};
}

} // namespace calfleet::calcom
