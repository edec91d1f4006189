#pragma once
// A value of a parsed JSON document: a small handle, free of any JSON library.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace calfleet::json {

enum class Kind { Null, Boolean, Integer, Double, Text, Array, Object };

/// "null", "a boolean", "an integer", "a number", "text", "an array", "an object": for error
/// messages.
std::string_view name(Kind kind);

struct Member;

/// Two words; copy it freely. Valid until the next parse() of the Parser that made it. Strings are
/// unescaped, valid UTF-8, and live as long; they may contain NUL. Every as_...() gives nothing for
/// another kind: nothing is converted, except that an integer is also a double.
class Value {
public:
    class Members;
    class Elements;

    Kind kind() const;
    bool is_null() const;
    bool is_object() const;
    bool is_array() const;

    std::optional<std::string_view> as_text() const;
    std::optional<std::int64_t> as_int64() const; ///< nothing for 7.0 and for numbers past 2^63-1
    std::optional<double> as_double() const;
    std::optional<bool> as_bool() const;

    /// The first member of that name; nothing when absent or when this is no object. Linear: for
    /// more than a few fields, and wherever a repeated key must be noticed, walk members() with a
    /// FieldTable.
    std::optional<Value> find(std::string_view key) const;

    /// For range-for, in document order, repeated keys included; empty when this is no object (no
    /// array).
    Members members() const;
    Elements elements() const;

private:
    friend struct Access;
    const void* document_{nullptr};
    std::size_t index_{0};
};

struct Member {
    std::string_view key;
    Value value;
};

namespace detail {

struct Position {
    const void* document{nullptr};
    std::size_t index{0};
};

} // namespace detail

class Value::Members {
public:
    class Iterator {
    public:
        Member operator*() const;
        Iterator& operator++();
        bool operator!=(const Iterator& other) const { return at_.index != other.at_.index; }

    private:
        friend struct Access;
        detail::Position at_;
    };
    Iterator begin() const { return begin_; }
    Iterator end() const { return end_; }

private:
    friend struct Access;
    Iterator begin_;
    Iterator end_;
};

class Value::Elements {
public:
    class Iterator {
    public:
        Value operator*() const;
        Iterator& operator++();
        bool operator!=(const Iterator& other) const { return at_.index != other.at_.index; }

    private:
        friend struct Access;
        detail::Position at_;
    };
    Iterator begin() const { return begin_; }
    Iterator end() const { return end_; }

private:
    friend struct Access;
    Iterator begin_;
    Iterator end_;
};

} // namespace calfleet::json
