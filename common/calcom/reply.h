#pragma once
// What a typed request came to: its value or a setback, and what the limiter said beside it.

#include "common/calcom/answer_class.h"
#include "common/calcom/rate_limit_headers.h"

#include <utility>
#include <variant>

namespace calfleet::calcom {

template <class T>
struct Reply {
    std::variant<T, Setback> outcome;
    RateLimits limits; ///< of any answer, refusals too; empty without one

    T* value() { return std::get_if<T>(&outcome); }
    const T* value() const { return std::get_if<T>(&outcome); }
    /// Null when there is a value.
    const Setback* setback() const { return std::get_if<Setback>(&outcome); }
};

} // namespace calfleet::calcom
