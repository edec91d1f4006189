#include "common/calcom/error_body.h"

#include "common/core/text.h"

#include <algorithm>

namespace calfleet::calcom {
namespace {

constexpr std::size_t kMaxTextBytes = 240;
constexpr std::size_t kMostErrors = 3;
constexpr std::size_t kPhoneDigits = 7;

std::string text_of(const std::optional<json::Value>& value) {
    const auto text = value ? value->as_text() : std::nullopt;
    return text ? std::string(*text) : std::string();
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool looks_private(std::string_view word) {
    return word.find('@') != std::string_view::npos ||
           word.find("cal_") != std::string_view::npos ||
           std::ranges::count_if(word, is_digit) >= static_cast<std::ptrdiff_t>(kPhoneDigits);
}

// The validator's list: which property broke which rules. Values stand beside them and are left.
std::string wrong_fields(json::Value error) {
    const auto details = error.find("details");
    const auto errors = details ? details->find("errors") : std::nullopt;
    if (!errors) return {};
    std::string out;
    std::size_t count = 0;
    for (const json::Value one : errors->elements()) {
        if (++count > kMostErrors) return out + ", ...";
        out += (out.empty() ? "" : ", ") + text_of(one.find("property"));
        const auto constraints = one.find("constraints");
        if (!constraints) continue;
        for (const json::Member rule : constraints->members())
            out += " (" + std::string(rule.key) + ")";
    }
    return out;
}

// The list of reasons that some validators put in place of a sentence.
std::string message_of(const std::optional<json::Value>& value) {
    if (!value) return {};
    if (!value->is_array()) return text_of(value);
    std::string out;
    for (const json::Value one : value->elements())
        out += (out.empty() ? "" : ", ") + text_of(one);
    return out;
}

} // namespace

std::string presentable(std::string_view message) {
    std::string out;
    std::size_t at = 0;
    while (at < message.size() && out.size() <= kMaxTextBytes) {
        const auto end = std::min(message.find_first_of(" ,;\"'<>()", at), message.size());
        const auto word = message.substr(at, end - at);
        out += looks_private(word) ? "[...]" : word;
        if (end < message.size()) out += message[end];
        at = end + 1;
    }
    return printable(trim(out), kMaxTextBytes);
}

std::optional<ErrorBody> read_error_body(json::Value root) {
    const auto error = root.find("error");
    const json::Value holder = error && error->is_object() ? *error : root;
    if (!holder.find("message")) return std::nullopt;
    ErrorBody body;
    body.message = message_of(holder.find("message"));
    if (error && error->is_object()) body.code = printable(text_of(holder.find("code")), 60);
    const std::string fields = wrong_fields(holder);
    body.text = presentable(fields.empty() ? body.message : body.message + ": " + fields);
    return body;
}

std::string unreadable_text(std::string_view body, std::string_view parse_error) {
    const auto begin = body.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return "an empty answer";
    if (body[begin] == '<') return "a web page instead of an answer";
    return "an unreadable answer: " + std::string(parse_error);
}

} // namespace calfleet::calcom
