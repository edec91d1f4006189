#include "workers/calfleet/redaction.h"

#include "common/core/text.h"

#include <algorithm>
#include <cstddef>

namespace calfleet::cli {
namespace {

constexpr std::string_view kStars = "***";
constexpr std::string_view kPrefix = "cal_";
constexpr std::size_t kLeastAfterPrefix = 8;
constexpr std::size_t kLeastHex = 32;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_of_key(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// scheme://user:password@host
bool has_password(std::string_view word) {
    const auto scheme = word.find("://");
    if (scheme == std::string_view::npos) return false;
    const std::string_view rest = word.substr(scheme + 3);
    const std::string_view authority = rest.substr(0, rest.find('/'));
    const auto at = authority.rfind('@');
    return at != std::string_view::npos && authority.substr(0, at).find(':') != authority.npos;
}

// Appends a word without blanks: whole when it is a URL, else piece by piece.
void append_word(Redacted& redacted, std::string_view word) {
    if (has_password(word)) {
        redacted.text += kStars;
        redacted.had_key = true;
        return;
    }
    while (!word.empty()) {
        const bool inside = is_of_key(word.front());
        const auto end =
            std::find_if(word.begin(), word.end(), [&](char c) { return is_of_key(c) != inside; });
        const auto piece = word.substr(0, static_cast<std::size_t>(end - word.begin()));
        const bool key = looks_like_key(piece);
        redacted.text += key ? kStars : piece;
        redacted.had_key = redacted.had_key || key;
        word.remove_prefix(piece.size());
    }
}

} // namespace

bool looks_like_key(std::string_view word) {
    if (has_password(word)) return true;
    const std::size_t least = kPrefix.size() + kLeastAfterPrefix;
    if (word.size() >= least && equals_ignoring_ascii_case(word.substr(0, kPrefix.size()), kPrefix))
        return true;
    return word.size() >= kLeastHex && std::all_of(word.begin(), word.end(), is_hex);
}

Redacted without_keys(std::string_view text) {
    Redacted redacted;
    while (!text.empty()) {
        const bool blank = is_blank(text.front());
        const auto end =
            std::find_if(text.begin(), text.end(), [&](char c) { return is_blank(c) != blank; });
        const auto word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
        if (blank)
            redacted.text += word;
        else
            append_word(redacted, word);
        text.remove_prefix(word.size());
    }
    return redacted;
}

} // namespace calfleet::cli
