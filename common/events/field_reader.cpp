#include "common/events/field_reader.h"

#include "common/core/text.h"
#include "common/events/text_rules.h"

namespace calfleet::events {
namespace {

constexpr Instant kEndOfTime = std::chrono::sys_days{std::chrono::year{2200} / 1 / 1};

std::string in_quotes(std::string_view value) {
    return "'" + printable(value, 40) + "'";
}

} // namespace

std::string Path::text() const {
    std::string out = parent != nullptr ? parent->text() : std::string();
    if (index != kNoIndex) return out + "[" + std::to_string(index) + "]";
    if (!out.empty()) out += '.';
    return out += name;
}

bool FieldReader::fail(const Path& path, std::string_view why) {
    error_ = invalid(path.text() + ": " + std::string(why));
    return false;
}

bool FieldReader::fail_value(const Path& path, std::string_view value, std::string_view why) {
    return fail(path, in_quotes(value) + " " + std::string(why));
}

bool FieldReader::fail_kind(const Path& path, json::Value value, std::string_view expected) {
    return fail(
        path, std::string(json::name(value.kind())) + ", expected " + std::string(expected)
    );
}

bool FieldReader::text(const Path& path, const Field& value, TextRule rule, std::string_view& out) {
    if (!value) return true;
    const auto text = value->as_text();
    if (!text) return value->is_null() || fail_kind(path, *value, "text");
    if (text->size() > rule.max_bytes) {
        return fail(
            path,
            std::to_string(text->size()) + " bytes, at most " + std::to_string(rule.max_bytes) +
                " are accepted"
        );
    }
    if (!is_free_of_controls(*text)) {
        static constexpr std::string_view kWhy =
            "has a control character (U+0000 to U+001F, U+007F to U+009F)";
        return rule.quote == Quote::Value ? fail_value(path, *text, kWhy) : fail(path, kWhy);
    }
    out = *text;
    return true;
}

bool FieldReader::number(
    const Path& path, const Field& value, std::int64_t least, std::optional<std::int64_t>& out
) {
    if (!value) return true;
    const auto number = value->as_int64();
    if (number && *number >= least) {
        out = number;
        return true;
    }
    if (!number && value->is_null()) return true;
    const std::string range =
        "an integer from " + std::to_string(least) + " to 9223372036854775807";
    if (!number) return fail_kind(path, *value, range);
    return fail_value(path, std::to_string(*number), "is not " + range);
}

bool FieldReader::instant(const Path& path, const Field& value, std::optional<Instant>& out) {
    if (!value) return true;
    const auto text = value->as_text();
    if (!text)
        return value->is_null() ||
               fail_kind(path, *value, "an RFC 3339 time like 2026-11-20T08:10:13Z");
    const Result<Instant> instant = parse_instant(*text);
    if (!instant) return fail(path, instant.error().message);
    if (*instant < Instant{} || *instant >= kEndOfTime)
        return fail_value(path, *text, "is outside the years 1970 to 2200");
    out = *instant;
    return true;
}

} // namespace calfleet::events
