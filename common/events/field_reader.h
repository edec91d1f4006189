#pragma once
// Reads the fields of a JSON document one by one and says, for the first that is wrong, which, why
// and what is expected.

#include "common/core/result.h"
#include "common/core/time.h"
#include "common/json/field_table.h"
#include "common/json/value.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>

namespace calfleet::events {

/// Where a field stands; lives on the stack of the reading functions and becomes text only in an
/// error.
struct Path {
    static constexpr std::size_t kNoIndex = static_cast<std::size_t>(-1);

    const Path* parent{nullptr};
    std::string_view name;
    std::size_t index{kNoIndex};

    Path operator/(std::string_view field) const { return {this, field, kNoIndex}; }
    Path operator[](std::size_t element) const { return {this, {}, element}; }
    std::string text() const; ///< "data.booking.hosts[0].email"
};

/// May the value stand in an error message? Names and addresses of people may not.
enum class Quote { Value, Nothing };

/// Clean: a text that people wrote, kept as clean_line() has it. Refused: an identity, which must
/// not turn into another.
enum class Controls { Clean, Refused };

struct TextRule {
    std::size_t max_bytes;
    Quote quote{Quote::Nothing};
    Controls controls{Controls::Clean};
};

/// Whose document it is. Cal.com's passes through the templates of webhooks: where a text has an
/// unfilled place ("{{uid}}"), nothing was said.
enum class Author { Fleet, Calcom };

template <std::size_t Count>
using Fields = json::Fields<Count>;

/// Every function returns false after a mistake, and error() tells it; the first one counts, so
/// callers stop there. What is absent (missing, null, an empty text, whatever its field should
/// hold) leaves the target as it is: what is required is the caller's to say. Not thread-safe.
class FieldReader {
public:
    using Field = std::optional<json::Value>;

    explicit FieldReader(Author author = Author::Fleet)
        : author_(author) {}
    FieldReader(const FieldReader&) = delete; ///< views into it are about
    FieldReader& operator=(const FieldReader&) = delete;

    /// Nothing was said: missing, null, an empty text, an unfilled template of Cal.com's.
    bool is_absent(const Field& value) const;

    bool fail(const Path& path, std::string_view why);
    bool fail_value(const Path& path, std::string_view value, std::string_view why);
    bool fail_kind(const Path& path, json::Value value, std::string_view expected);
    const Error& error() const { return error_; }

    /// The text lives as long as the parsed document and this reader.
    bool text(const Path& path, const Field& value, TextRule rule, std::string_view& out);
    /// An integer of at least `least`; 4001.0 is one.
    bool number(
        const Path& path, const Field& value, std::int64_t least, std::optional<std::int64_t>& out
    );
    /// RFC 3339, years 1970 to 2200.
    bool instant(const Path& path, const Field& value, std::optional<Instant>& out);

    /// One pass over the object; a known field that occurs twice is a mistake, unknown ones are
    /// passed over. Within a document [] is an object without members: PHP writes it so.
    template <std::size_t Count>
    bool object(
        const Path& path,
        json::Value value,
        const json::FieldTable<Count>& table,
        Fields<Count>& out
    ) {
        if (path.parent != nullptr && is_empty_list(value)) return true;
        if (!value.is_object()) return fail_kind(path, value, "an object");
        if (const auto repeated = table.collect(value, out))
            return fail(path / *repeated, "occurs twice");
        return true;
    }

    static bool is_empty_list(json::Value value);
    static bool is_empty_object(json::Value value);

private:
    Author author_;
    Error error_;
    std::list<std::string> cleaned_; ///< texts that are other than they stand in the document
};

} // namespace calfleet::events
