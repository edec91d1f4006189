#include "common/core/redaction.h"

#include "common/core/digest.h"
#include "common/core/text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace calfleet {
namespace {

constexpr std::string_view kStars = "***";
constexpr std::string_view kPrefix = "cal_";
constexpr std::size_t kLeastAfterPrefix = 8;
constexpr std::size_t kLeastHex = 32;
constexpr std::size_t kLeastBase64 = 40;
constexpr std::size_t kLeastRunOfBase64 = 20; // between slashes, which Base64 has and paths have
constexpr auto kNone = std::string_view::npos;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_of_key(char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || c == '_' || c == '-';
}

bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_of_base64(char c) {
    return is_of_key(c) || c == '+' || c == '/' || c == '=';
}

bool is_web_scheme(std::string_view scheme) {
    return scheme.ends_with("http") || scheme.ends_with("https");
}

// scheme://user:password@host, or user:password@host:port. A password may have characters in it
// that must be written otherwise in a URL, so the last @ counts; of a web address those behind a
// slash are no part of it.
bool has_password(std::string_view word) {
    const auto scheme = word.find("://");
    const std::string_view rest = scheme == kNone ? word : word.substr(scheme + 3);
    const auto colon = rest.find(':');
    const auto at = rest.rfind('@');
    if (colon == kNone || at == kNone || at < colon) return false;
    if (scheme == kNone) return rest.find(':', at) != kNone;
    return !is_web_scheme(word.substr(0, scheme)) || colon < rest.find('/');
}

bool begins_like_a_path(std::string_view word) {
    return word.starts_with("/") || word.starts_with("./") || word.starts_with("../");
}

bool looks_like_base64(std::string_view word) {
    // The one alphabet has + and /, the other - and _ (RFC 4648, 4 and 5): what begins like a path
    // and has both is one, and only its parts may be keys.
    if (begins_like_a_path(word) && word.find_first_of("-_") != kNone) {
        const auto parts = split(word, '/');
        return std::any_of(parts.begin(), parts.end(), looks_like_base64);
    }
    if (word.size() < kLeastBase64 || !std::all_of(word.begin(), word.end(), is_of_base64))
        return false;
    std::size_t longest = 0;
    for (const std::string_view run : split(word, '/'))
        longest = std::max(longest, run.size());
    return longest >= kLeastRunOfBase64 && std::any_of(word.begin(), word.end(), is_lower) &&
           std::any_of(word.begin(), word.end(), is_upper) &&
           std::count_if(word.begin(), word.end(), is_digit) >= 3;
}

std::string_view without_marks(std::string_view word) {
    static constexpr std::string_view kMarks = "'\"`(),;:.<>[]{}";
    while (!word.empty() && kMarks.find(word.front()) != kNone)
        word.remove_prefix(1);
    while (!word.empty() && kMarks.find(word.back()) != kNone)
        word.remove_suffix(1);
    return word;
}

// The length of a URL at the start of the text whose password has blanks in it; 0 for none.
std::size_t length_of_broken_url(std::string_view text) {
    const auto end_of_line = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end_of_line);
    const auto end_of_word =
        static_cast<std::size_t>(std::find_if(line.begin(), line.end(), is_blank) - line.begin());
    const std::string_view word = line.substr(0, end_of_word);
    const auto scheme = word.find("://");
    if (scheme == kNone || is_web_scheme(word.substr(0, scheme))) return 0;
    if (word.find(':', scheme + 3) == kNone || word.find('@') != kNone) return 0;
    const auto at = line.rfind('@');
    if (at == kNone) return 0;
    return std::min(line.find_first_of(" \t\r", at), line.size());
}

// Of "password=..." at the start of the text: the length of "password=", else 0.
std::size_t length_of_label(std::string_view text) {
    static constexpr std::array<std::string_view, 8> kLabels{
        "password", "passwd", "pwd", "passphrase", "secret", "token", "apikey", "api_key"};
    for (const std::string_view label : kLabels) {
        if (!equals_ignoring_ascii_case(text.substr(0, label.size()), label)) continue;
        std::size_t at = label.size();
        while (at < text.size() && text[at] == ' ')
            ++at;
        if (at < text.size() && text[at] == '=') return at + 1;
    }
    return 0;
}

// Behind a label: to the closing quote, or as far as the line goes before the next name=.
std::size_t length_of_value(std::string_view text) {
    text = text.substr(0, text.find('\n'));
    const auto start = std::min(text.find_first_not_of(' '), text.size());
    if (start < text.size() && (text[start] == '\'' || text[start] == '"')) {
        for (std::size_t i = start + 1; i < text.size(); ++i) {
            if (text[i] == '\\')
                ++i;
            else if (text[i] == text[start])
                return i + 1;
        }
        return text.size();
    }
    for (std::size_t i = start; i < text.size(); ++i) {
        if (text[i] == '\'' || text[i] == '"' || text[i] == '&') return i;
        if (text[i] != ' ') continue;
        const std::string_view next = text.substr(i + 1);
        const auto name_end = static_cast<std::size_t>(
            std::find_if_not(next.begin(), next.end(), is_of_key) - next.begin()
        );
        if (name_end > 0 && name_end < next.size() && next[name_end] == '=') return i;
    }
    return text.size();
}

void hide(Redacted& redacted) {
    redacted.text += kStars;
    redacted.had_key = true;
}

// Appends a word without blanks: whole when it is a URL, else piece by piece.
void append_word(Redacted& redacted, std::string_view word) {
    if (has_password(word)) return hide(redacted);
    const std::string_view core = without_marks(word);
    if (looks_like_base64(core)) {
        const auto start = static_cast<std::size_t>(core.data() - word.data());
        redacted.text += word.substr(0, start);
        hide(redacted);
        redacted.text += word.substr(start + core.size());
        return;
    }
    while (!word.empty()) {
        const bool inside = is_of_key(word.front());
        const auto end =
            std::find_if(word.begin(), word.end(), [&](char c) { return is_of_key(c) != inside; });
        const auto piece = word.substr(0, static_cast<std::size_t>(end - word.begin()));
        if (looks_like_key(piece))
            hide(redacted);
        else
            redacted.text += piece;
        word.remove_prefix(piece.size());
    }
}

// Where the next label in the word begins; its size for none.
std::size_t start_of_label(std::string_view text, std::size_t word_size) {
    for (std::size_t i = 0; i < word_size; ++i)
        if (length_of_label(text.substr(i)) > 0) return i;
    return word_size;
}

std::string digest_mark(std::string_view value) {
    constexpr std::size_t kBytes = 4;
    const Sha256 digest = sha256(value);
    return "#" + to_hex(std::span(digest).first(kBytes));
}

void append_without_addresses(std::string& shown, std::string_view text) {
    while (!text.empty()) {
        const bool blank = is_blank(text.front());
        const auto end =
            std::find_if(text.begin(), text.end(), [&](char c) { return is_blank(c) != blank; });
        const auto word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
        if (word.find('@') != kNone)
            shown += digest_mark(without_marks(word));
        else
            shown += word;
        text.remove_prefix(word.size());
    }
}

} // namespace

bool looks_like_key(std::string_view word) {
    if (has_password(word) || looks_like_base64(word)) return true;
    word.remove_prefix(std::min(word.find_first_not_of('-'), word.size())); // an option, perhaps
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
        auto size = static_cast<std::size_t>(end - text.begin());
        if (blank) {
            redacted.text += text.substr(0, size);
        } else if (const auto broken = length_of_broken_url(text); broken > 0) {
            hide(redacted);
            size = broken;
        } else {
            const auto label = start_of_label(text, size);
            if (label < size) {
                append_word(redacted, text.substr(0, label));
                const auto sign = label + length_of_label(text.substr(label));
                redacted.text += text.substr(label, sign - label);
                size = sign + length_of_value(text.substr(sign));
                if (size > sign) hide(redacted);
            } else {
                append_word(redacted, text.substr(0, size));
            }
        }
        text.remove_prefix(size);
    }
    return redacted;
}

std::string without_values(std::string_view text) {
    std::string shown;
    while (!text.empty()) {
        const auto quote = text.find_first_of("'\"");
        const std::string_view before = text.substr(0, quote);
        append_without_addresses(shown, before);
        if (quote == kNone) break;
        const auto last = text.rfind(text[quote]);
        const auto end = last == quote ? text.size() : last;
        shown += digest_mark(text.substr(quote + 1, end - quote - 1));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return shown;
}

std::string shown_file_name(std::string_view path) {
    if (!begins_like_a_path(path) || looks_like_key(path) || without_keys(path).had_key)
        return "*** (not repeated: it may be the content; the name of a file begins with / or ./)";
    return printable(path, 200);
}

} // namespace calfleet
