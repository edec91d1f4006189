#pragma once
// Values for the $1, $2, ... of a statement, and PostgreSQL arrays built column by column.

#include "common/core/time.h"
#include "common/core/uuid.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::postgres {

/// One column of a batch as a PostgreSQL array literal ('{"a",NULL,"b"}'), for unnest($1::text[],
/// ...). Append-only; keeps its memory over clear(). Text must be valid UTF-8 without NUL: the
/// server refuses anything else.
class Array {
public:
    void add(std::string_view text);
    void add(const char* text) { add(std::string_view(text)); }
    void add(std::int64_t value);
    void add(int value) { add(static_cast<std::int64_t>(value)); }
    void add(bool value);
    /// Instant::min() and Instant::max() are '-infinity' and 'infinity'; years 1 to 9999 otherwise,
    /// else DatabaseError.
    void add(Instant instant);
    void add(Date date);
    void add(const Uuid& uuid);
    /// bytea: the bytes as \x hexadecimal digits.
    void add_bytes(std::string_view bytes);
    void add_null();
    template <class T>
    void add(const std::optional<T>& value) {
        if (value)
            add(*value);
        else
            add_null();
    }

    std::size_t size() const { return size_; }
    void clear();
    /// The finished literal; valid until the next add or clear.
    const std::string& literal() const;

private:
    char* grow(std::size_t most);
    void shrink_to(const char* end);
    mutable std::string text_{"{"};
    mutable bool closed_{false};
    std::size_t size_{0};
};

/// Positional parameters. Keeps copies.
class Params {
public:
    Params& add(std::string_view text);
    Params& add(const char* text) { return add(std::string_view(text)); }
    Params& add(const std::string& text) { return add(std::string_view(text)); }
    Params& add(std::int64_t value);
    Params& add(int value) { return add(static_cast<std::int64_t>(value)); }
    Params& add(bool value);
    Params& add(double value);
    Params& add(Instant instant);
    Params& add(Date date);
    Params& add(const Uuid& uuid);
    Params& add(const Array& array);
    Params& add(std::nullptr_t) { return add_null(); }
    Params& add_bytes(std::string_view bytes);
    Params& add_null();
    template <class T>
    Params& add(const std::optional<T>& value) {
        return value ? add(*value) : add_null();
    }

    std::size_t size() const { return values_.size(); }
    /// Text form per parameter; nothing for NULL.
    const std::vector<std::optional<std::string>>& values() const { return values_; }

private:
    std::vector<std::optional<std::string>> values_;
};

/// Params of the arguments in order: params(company.value, name, nullptr).
template <class... Values>
Params params(const Values&... values) {
    Params result;
    (result.add(values), ...);
    return result;
}

} // namespace calfleet::postgres
