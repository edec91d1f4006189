#pragma once
// Reads the objects of an answer: lenient about what is missing or new, strict about the kind of
// what is used, and about its size.

#include "common/calcom/bounds.h"
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

    /// Kept whole or not at all: a longer text, or one with a NUL, which no database takes, leaves
    /// the target alone and is noted (unfit). Line breaks are allowed.
    bool words(const Path& path, const Field& value, std::size_t most_bytes, std::string& out);
    /// Cut between characters, with a mark; NUL becomes U+FFFD.
    bool label(const Path& path, const Field& value, std::size_t most_bytes, std::string& out);
    bool truth(const Path& path, const Field& value, bool& out);
    /// From 0 on; others leave the target alone and are noted (unfit).
    bool count(const Path& path, const Field& value, std::int64_t most, std::int64_t& out);
    /// Written again as JSON, blanks removed; whole or not at all, like words().
    bool json_text(const Path& path, const Field& value, std::size_t most_bytes, std::string& out);

    /// It is what was expected and cannot be kept.
    void note_unfit(const Path& path, std::string_view why);
    /// The first that cannot be kept: "data[3].description: 70000 bytes, at most 65536 are kept";
    /// empty: all can.
    const std::string& unfit() const { return unfit_; }

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

private:
    bool fits(const Path& path, std::size_t bytes, std::size_t most_bytes);

    std::string unfit_;
};

} // namespace calfleet::calcom
