#include "common/events/field_reader.h"

#include "common/core/clean_text.h"
#include "common/core/text.h"
#include "common/events/text_rules.h"

#include <cmath>

namespace calfleet::events {
namespace {

constexpr Instant kEndOfTime = std::chrono::sys_days{std::chrono::year{2200} / 1 / 1};

// Doubles up to here are exact integers.
constexpr double kExact = 9007199254740992.0; // 2^53

std::optional<std::int64_t> integer_of(json::Value value) {
    if (const auto number = value.as_int64()) return number;
    if (value.kind() != json::Kind::Double) return std::nullopt;
    const auto number = value.as_double();
    if (!number || std::abs(*number) > kExact || std::trunc(*number) != *number)
        return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

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

bool FieldReader::is_absent(const Field& value) const {
    if (!value || value->is_null()) return true;
    const auto text = value->as_text();
    return text && (trim(*text).empty() || (author_ == Author::Calcom && is_unfilled(*text)));
}

bool FieldReader::is_empty_list(json::Value value) {
    if (!value.is_array()) return false;
    for ([[maybe_unused]] const json::Value element : value.elements())
        return false;
    return true;
}

bool FieldReader::is_empty_object(json::Value value) {
    if (!value.is_object()) return false;
    for ([[maybe_unused]] const json::Member member : value.members())
        return false;
    return true;
}

bool FieldReader::text(const Path& path, const Field& value, TextRule rule, std::string_view& out) {
    if (is_absent(value)) return true;
    auto text = value->as_text();
    if (!text) return fail_kind(path, *value, "text");
    if (rule.controls == Controls::Refused) {
        static constexpr std::string_view kControl =
            "has a control character (U+0000 to U+001F, U+007F to U+009F)";
        static constexpr std::string_view kHalf = "has half a character (U+FFFD)";
        const std::string_view why = !is_free_of_controls(*text) ? kControl
                                     : has_half_character(*text) ? kHalf
                                                                 : "";
        if (!why.empty())
            return rule.quote == Quote::Value ? fail_value(path, *text, why) : fail(path, why);
    } else if (!is_clean_line(*text)) {
        text = cleaned_.emplace_back(clean_line(*text));
    }
    if (text->size() > rule.max_bytes) {
        return fail(
            path,
            std::to_string(text->size()) + " bytes, at most " + std::to_string(rule.max_bytes) +
                " are accepted"
        );
    }
    out = *text;
    return true;
}

bool FieldReader::number(
    const Path& path, const Field& value, std::int64_t least, std::optional<std::int64_t>& out
) {
    if (is_absent(value)) return true;
    const auto number = integer_of(*value);
    if (number && *number >= least) {
        out = number;
        return true;
    }
    const std::string range =
        "an integer from " + std::to_string(least) + " to 9223372036854775807";
    if (!number) return fail_kind(path, *value, range);
    return fail_value(path, std::to_string(*number), "is not " + range);
}

bool FieldReader::instant(const Path& path, const Field& value, std::optional<Instant>& out) {
    if (is_absent(value)) return true;
    const auto text = value->as_text();
    if (!text) return fail_kind(path, *value, "an RFC 3339 time like 2026-11-20T08:10:13Z");
    const Result<Instant> instant = parse_instant(*text);
    if (!instant) return fail(path, instant.error().message);
    if (*instant < Instant{} || *instant >= kEndOfTime)
        return fail_value(path, *text, "is outside the years 1970 to 2200");
    out = *instant;
    return true;
}

} // namespace calfleet::events
