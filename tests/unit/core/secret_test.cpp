#include "common/core/secret.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace calfleet {
namespace {

constexpr std::string_view kShort = "hunter2";
constexpr std::string_view kLong = "cal_live_0123456789abcdef0123456789abcdef";

// What was found in memory that went back to the heap.
int leaks = 0;

bool holds(const void* memory, std::size_t size, std::string_view what) {
    return std::string_view(static_cast<const char*>(memory), size).find(what) !=
           std::string_view::npos;
}

template <class T>
struct WatchedHeap {
    using value_type = T;
    WatchedHeap() = default;
    template <class U>
    WatchedHeap(const WatchedHeap<U>&) {}
    T* allocate(std::size_t count) { return std::allocator<T>{}.allocate(count); }
    void deallocate(T* memory, std::size_t count) {
        // Any part of a secret is one too many.
        if (holds(memory, count * sizeof(T), kLong.substr(9, 8))) ++leaks;
        std::allocator<T>{}.deallocate(memory, count);
    }
    friend bool operator==(const WatchedHeap&, const WatchedHeap&) { return true; }
};
using Watched = std::basic_string<char, std::char_traits<char>, WatchedHeap<char>>;

class SecretText : public ::testing::Test {
protected:
    void SetUp() override { leaks = 0; }
};

// An object in memory that can be looked at after it has gone.
template <class T>
class Grave {
public:
    template <class... Arguments>
    explicit Grave(Arguments&&... arguments) {
        object_ = new (place_.data()) T(std::forward<Arguments>(arguments)...);
    }
    ~Grave() { end(); }
    T& operator*() { return *object_; }
    void end() {
        if (object_ != nullptr) std::exchange(object_, nullptr)->~T();
    }
    bool holds_text(std::string_view text) const {
        return holds(place_.data(), place_.size(), text);
    }

private:
    alignas(T) std::array<std::byte, sizeof(T)> place_{};
    T* object_{nullptr};
};

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
    out << value;
};

TEST_F(SecretText, CannotBePrinted) {
    EXPECT_FALSE(Printable<Secret<std::string>>);
    EXPECT_FALSE((std::is_convertible_v<Secret<std::string>, std::string>));
    EXPECT_EQ(Secret<std::string>("x").reveal_for_use(), "x");
}

TEST_F(SecretText, WouldBeFoundInATextThatIsNotOne) {
    { const Watched text{kLong}; }
    EXPECT_EQ(leaks, 1);
}

TEST_F(SecretText, IsOverwrittenWhenItGoes) {
    Grave<Secret<std::string>> small{std::string(kShort)};
    EXPECT_TRUE(small.holds_text(kShort));
    small.end();
    EXPECT_FALSE(small.holds_text(kShort.substr(1)));
    { const Secret<Watched> large{Watched(kLong)}; }
    EXPECT_EQ(leaks, 0);
}

TEST_F(SecretText, LeavesNothingInWhatItWasMovedFrom) {
    Grave<Secret<std::string>> from{std::string(kShort)};
    Secret<std::string> to{std::move(*from)};
    EXPECT_EQ(to.reveal_for_use(), kShort);
    EXPECT_FALSE(from.holds_text(kShort.substr(1)));
    *from = std::move(to);
    EXPECT_EQ((*from).reveal_for_use(), kShort);
    Secret<std::string> again;
    again = std::move(*from);
    EXPECT_EQ(again.reveal_for_use(), kShort);
    EXPECT_FALSE(from.holds_text(kShort.substr(1)));
}

TEST_F(SecretText, LeavesNothingInTheTextThatItIsMadeOf) {
    Grave<std::string> text{kShort};
    const Secret<std::string> secret{std::move(*text)};
    EXPECT_EQ(secret.reveal_for_use(), kShort);
    EXPECT_FALSE(text.holds_text(kShort.substr(1)));
}

TEST_F(SecretText, IsOverwrittenByWhatIsAssigned) {
    {
        Secret<Watched> secret{Watched(kLong)};
        const Secret<Watched> other{Watched("x")};
        secret = other;
        EXPECT_EQ(secret.reveal_for_use(), "x");
        EXPECT_EQ(other.reveal_for_use(), "x");
        secret = Secret<Watched>{Watched(kLong)};
        secret = Secret<Watched>{Watched(100, 'y')};
        secret = std::as_const(secret);
        EXPECT_EQ(secret.reveal_for_use().size(), 100U);
        auto& self = secret;
        secret = std::move(self);
        EXPECT_EQ(secret.reveal_for_use().size(), 100U);
    }
    EXPECT_EQ(leaks, 0);
}

TEST_F(SecretText, OfAFewBytesIsOverwrittenByALongOneToo) {
    Grave<Secret<std::string>> secret{std::string("pass: hunter2")};
    *secret = Secret<std::string>{std::string(kLong)};
    EXPECT_FALSE(secret.holds_text("ter2"));
}

TEST_F(SecretText, IsOverwrittenInOptionalsAndWhenTheyAreReset) {
    {
        std::optional<Secret<Watched>> secret{std::in_place, Watched(kLong)};
        const std::optional<Secret<Watched>> copy = secret;
        secret.reset();
        EXPECT_EQ(copy->reveal_for_use(), kLong);
    }
    EXPECT_EQ(leaks, 0);
}

TEST_F(SecretText, IsOverwrittenAsFarAsItHasRoomNotAsFarAsItIsLong) {
    {
        Watched text(200, 'k');
        text.replace(100, kLong.size(), kLong);
        text.resize(3); // the rest stays where it was
        wipe(text);
        EXPECT_TRUE(text.empty());
    }
    EXPECT_EQ(leaks, 0);
}

} // namespace
} // namespace calfleet
