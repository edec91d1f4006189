#pragma once
// JSON text, written front to back into one growing buffer.

#include "common/json/value.h"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace calfleet::json {

/// The caller keeps objects and arrays balanced and gives every member of an object a key (asserted
/// in debug builds). The output is always valid UTF-8 and one line: control characters are escaped,
/// invalid bytes become U+FFFD, a double that is not finite becomes null. Not thread-safe. Not
/// Boost.JSON's serializer: that builds a tree first and copies invalid bytes through; audit rows
/// and log lines want neither.
///     Writer json;
///     json.begin_object().field("id", 7).key("reasons").begin_array().value("same
///     address").end_array().end_object(); store(json.view());
class Writer {
public:
    Writer& begin_object() { return open('{'); }
    Writer& end_object() { return close('}'); }
    Writer& begin_array() { return open('['); }
    Writer& end_array() { return close(']'); }
    Writer& key(std::string_view name);

    Writer& value(std::string_view text);
    Writer& value(const char* text) { return value(std::string_view(text)); }
    Writer& value(const std::string& text) { return value(std::string_view(text)); }
    template <std::integral Number>
    requires(!std::same_as<Number, bool>) Writer& value(Number number) {
        if constexpr (std::unsigned_integral<Number>) return unsigned_number(number);
        return signed_number(number);
    }
    Writer& value(std::floating_point auto number) {
        return double_number(static_cast<double>(number));
    }
    Writer& value(std::same_as<bool> auto truth) { return literal(truth ? "true" : "false"); }
    Writer& null() { return literal("null"); }
    /// A parsed value, written again: same members in the same order, repeated keys included;
    /// blanks are gone.
    Writer& value(Value parsed);
    /// Text that is one whole JSON value already; not checked.
    Writer& raw(std::string_view json) { return literal(json); }

    template <class T>
    Writer& field(std::string_view name, const T& content) {
        return key(name).value(content);
    }
    /// Writes null for nothing.
    template <class T>
    Writer& field(std::string_view name, const std::optional<T>& content) {
        key(name);
        return content ? value(*content) : null();
    }

    std::string_view view() const { return text_; }
    std::string take();
    /// Forgets the text, keeps the memory.
    void clear();

private:
    Writer& open(char bracket);
    Writer& close(char bracket);
    Writer& literal(std::string_view text);
    Writer& signed_number(std::int64_t number);
    Writer& unsigned_number(std::uint64_t number);
    Writer& double_number(double number);
    void separate();

    std::string text_;
    int depth_{0};
};

/// Appends the text as a JSON string with its quotes; same promises as Writer.
void append_quoted(std::string& out, std::string_view text);

} // namespace calfleet::json
