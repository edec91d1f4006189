#include "common/calcom/answer_fields.h"

#include "common/json/writer.h"

namespace calfleet::calcom {

bool AnswerFields::words(const Path& path, const Field& value, std::string& out) {
    if (!value || value->is_null()) return true;
    const auto text = value->as_text();
    if (!text) return fail_kind(path, *value, "text");
    if (text->size() > kMaxWordsBytes) return fail(path, "longer than any text we expect");
    if (text->find('\0') != std::string_view::npos) return fail(path, "has a NUL");
    out = *text;
    return true;
}

bool AnswerFields::truth(const Path& path, const Field& value, bool& out) {
    if (!value || value->is_null()) return true;
    const auto read = value->as_bool();
    if (!read) return fail_kind(path, *value, "true or false");
    out = *read;
    return true;
}

bool AnswerFields::count(const Path& path, const Field& value, std::int64_t& out) {
    if (!value || value->is_null()) return true;
    const auto read = value->as_int64();
    if (!read) return fail_kind(path, *value, "an integer");
    out = *read;
    return true;
}

bool AnswerFields::json_text(const Path&, const Field& value, std::string& out) {
    if (!value || value->is_null()) return true;
    json::Writer writer;
    writer.value(*value);
    out = writer.take();
    return true;
}

} // namespace calfleet::calcom
