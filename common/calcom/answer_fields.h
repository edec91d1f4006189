#pragma once
// Reads the objects of an answer: lenient about what is missing or new, strict about the kind of
// what is used.

#include "common/core/ids.h"
#include "common/events/field_reader.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace calfleet::calcom {

/// Beside the functions of FieldReader, with the same promise: false after a mistake, which error()
/// tells without quoting anybody's words; missing and null leave the target alone.
class AnswerFields : public events::FieldReader {
public:
    using Path = events::Path;

    /// Line breaks are allowed, NUL is not: no database takes it.
    bool words(const Path& path, const Field& value, std::string& out);
    bool truth(const Path& path, const Field& value, bool& out);
    bool count(const Path& path, const Field& value, std::int64_t& out);
    /// Written again as JSON, blanks removed.
    bool json_text(const Path& path, const Field& value, std::string& out);

    template <class Tag>
    bool id(const Path& path, const Field& value, std::optional<NumericId<Tag>>& out) {
        std::optional<std::int64_t> number_read;
        if (!number(path, value, 1, number_read)) return false;
        if (number_read) out = NumericId<Tag>{*number_read};
        return true;
    }
    template <class Tag>
    bool required_id(const Path& path, const Field& value, NumericId<Tag>& out) {
        std::optional<NumericId<Tag>> read;
        if (!id(path, value, read)) return false;
        if (!read) return fail(path, "missing");
        out = *read;
        return true;
    }
};

inline constexpr std::size_t kMaxWordsBytes = 256 * 1024;

} // namespace calfleet::calcom
