#include "common/calcom/calls.h"

namespace calfleet::calcom {

bool may_pass(const Setback& setback) {
    return std::holds_alternative<NotSent>(setback) || std::holds_alternative<Unknown>(setback);
}

job::Snooze not_now() {
    return {
        std::chrono::milliseconds{100},
        {"stopping", "the process stops, or its lease ends: somebody else goes on"}};
}

} // namespace calfleet::calcom
