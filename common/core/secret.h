#pragma once
// A value that cannot be printed by accident, and is overwritten where it stood when it goes.

#include <concepts>
#include <cstring>
#include <type_traits>
#include <utility>

namespace calfleet {

/// Text whose memory can be reached whole, what it has reserved included: std::string.
template <class T>
concept Wipeable = std::is_nothrow_move_constructible_v<T> && requires(T& text) {
    { text.data() } -> std::same_as<typename T::value_type*>;
    text.resize(text.capacity());
    text.clear();
} && std::is_trivially_copyable_v<typename T::value_type>;

/// Overwrites all that the text has room for, with zeros that no optimiser takes away, and empties
/// it. A text that grew before has left copies in memory that it gave back: reserve first.
template <Wipeable T>
void wipe(T& text) noexcept {
    text.resize(text.capacity()); // within what it has: allocates nothing
    ::explicit_bzero(text.data(), text.size() * sizeof(typename T::value_type));
    text.clear();
}

/// It has no formatter and no stream operator. Wiped when it is destroyed, assigned to, or moved
/// from: of a short text a move leaves the bytes in the object that was moved from.
template <Wipeable T>
class Secret {
public:
    Secret() = default;
    explicit Secret(const T& value)
        : value_(value) {}
    /// Wipes what is left of it there.
    explicit Secret(T&& value) noexcept
        : value_(std::move(value)) {
        wipe(value);
    }
    explicit Secret(const typename T::value_type* text)
        : value_(text) {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept
        : Secret(std::move(other.value_)) {}
    Secret& operator=(const Secret& other) {
        if (this != &other) *this = Secret(other);
        return *this;
    }
    Secret& operator=(Secret&& other) noexcept {
        if (this == &other) return *this;
        wipe(value_);
        value_ = std::move(other.value_);
        wipe(other.value_);
        return *this;
    }
    ~Secret() { wipe(value_); }

    /// The name is long so that every use is seen in review.
    const T& reveal_for_use() const { return value_; }

private:
    T value_{};
};

} // namespace calfleet
