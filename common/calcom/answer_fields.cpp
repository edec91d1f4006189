#include "common/calcom/answer_fields.h"

#include "common/core/text.h"
#include "common/json/writer.h"

namespace calfleet::calcom {
namespace {

constexpr std::string_view kNoNul = "has U+0000, which cannot be stored";

bool has_nul(std::string_view text) {
    return text.find('\0') != std::string_view::npos;
}

// Also in names and in what is inside: jsonb takes none anywhere.
bool has_nul(json::Value value) {
    if (const auto text = value.as_text()) return has_nul(*text);
    if (value.is_array()) {
        for (const json::Value element : value.elements())
            if (has_nul(element)) return true;
    } else if (value.is_object()) {
        for (const json::Member member : value.members())
            if (has_nul(member.key) || has_nul(member.value)) return true;
    }
    return false;
}

} // namespace

void AnswerFields::note_unfit(const Path& path, std::string_view why) {
    if (unfit_.empty()) unfit_ = path.text() + ": " + std::string(why);
}

bool AnswerFields::fits(const Path& path, std::size_t bytes, std::size_t most_bytes) {
    if (bytes <= most_bytes) return true;
    note_unfit(
        path, std::to_string(bytes) + " bytes, at most " + std::to_string(most_bytes) + " are kept"
    );
    return false;
}

bool AnswerFields::words(
    const Path& path, const Field& value, std::size_t most_bytes, std::string& out
) {
    if (!value || value->is_null()) return true;
    const auto text = value->as_text();
    if (!text) return fail_kind(path, *value, "text");
    if (!fits(path, text->size(), most_bytes)) return true;
    if (has_nul(*text))
        note_unfit(path, kNoNul);
    else
        out = *text;
    return true;
}

bool AnswerFields::label(
    const Path& path, const Field& value, std::size_t most_bytes, std::string& out
) {
    if (!value || value->is_null()) return true;
    const auto text = value->as_text();
    if (!text) return fail_kind(path, *value, "text");
    out = text->size() <= most_bytes && !has_nul(*text) ? std::string(*text)
                                                        : printable(*text, most_bytes);
    return true;
}

bool AnswerFields::truth(const Path& path, const Field& value, bool& out) {
    if (!value || value->is_null()) return true;
    const auto read = value->as_bool();
    if (!read) return fail_kind(path, *value, "true or false");
    out = *read;
    return true;
}

bool AnswerFields::count(
    const Path& path, const Field& value, std::int64_t most, std::int64_t& out
) {
    if (!value || value->is_null()) return true;
    const auto read = value->as_int64();
    if (!read) return fail_kind(path, *value, "an integer");
    if (*read < 0 || *read > most)
        note_unfit(path, std::to_string(*read) + "; expected 0 to " + std::to_string(most));
    else
        out = *read;
    return true;
}

bool AnswerFields::json_text(
    const Path& path, const Field& value, std::size_t most_bytes, std::string& out
) {
    if (!value || value->is_null()) return true;
    if (has_nul(*value)) {
        note_unfit(path, kNoNul);
        return true;
    }
    json::Writer writer;
    writer.value(*value);
    if (fits(path, writer.view().size(), most_bytes)) out = writer.take();
    return true;
}

} // namespace calfleet::calcom
