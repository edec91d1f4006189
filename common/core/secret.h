#pragma once
// A value that cannot be printed by accident: it has no formatter and no stream operator.

#include <utility>

namespace calfleet {

template <class T>
class Secret {
public:
    Secret() = default;
    explicit Secret(T value)
        : value_(std::move(value)) {}
    /// The name is long so that every use is seen in review.
    const T& reveal_for_use() const { return value_; }

private:
    T value_{};
};

} // namespace calfleet
