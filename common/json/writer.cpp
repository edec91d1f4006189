#include "common/json/writer.h"

#include <array>
#include <cassert>
#include <charconv>
#include <cmath>

namespace calfleet::json {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Bytes that can be copied as they are: ASCII without controls, quote and backslash.
constexpr std::array<bool, 256> kPlain = [] {
    std::array<bool, 256> plain{};
    for (std::size_t c = 0x20; c < 0x7F; ++c)
        plain[c] = c != '"' && c != '\\';
    return plain;
}();

bool is_plain(char c) {
    return kPlain[static_cast<unsigned char>(c)];
}

// Length of the well-formed UTF-8 character at the start (RFC 3629 §4), 0 when there is none.
std::size_t sequence_length(std::string_view text) {
    const auto at = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto tail = [&](std::size_t i) { return (at(i) & 0xC0U) == 0x80U; };
    const unsigned lead = at(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const bool overlong = lead == 0xE0 && at(1) < 0xA0;
        const bool surrogate = lead == 0xED && at(1) > 0x9F;
        return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const bool overlong = lead == 0xF0 && at(1) < 0x90;
        const bool too_big = lead == 0xF4 && at(1) > 0x8F;
        return tail(1) && tail(2) && tail(3) && !overlong && !too_big ? 4 : 0;
    }
    return 0;
}

void append_escape(std::string& out, char c) {
    switch (c) {
    case '"':
        out += "\\\"";
        return;
    case '\\':
        out += "\\\\";
        return;
    case '\b':
        out += "\\b";
        return;
    case '\f':
        out += "\\f";
        return;
    case '\n':
        out += "\\n";
        return;
    case '\r':
        out += "\\r";
        return;
    case '\t':
        out += "\\t";
        return;
    default:
        break;
    }
    static constexpr std::string_view kHex = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    out += "\\u00";
    out += kHex[byte >> 4U];
    out += kHex[byte & 0x0FU];
}

} // namespace

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain < text.size() && is_plain(text[plain]))
            ++plain;
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) break;
        const std::size_t length = sequence_length(text);
        if (length == 1)
            append_escape(out, text[0]);
        else
            out.append(length == 0 ? kReplacement : text.substr(0, length));
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out += '"';
}

void Writer::separate() {
    if (text_.empty()) return;
    const char last = text_.back();
    if (last != '{' && last != '[' && last != ':') text_ += ',';
}

Writer& Writer::open(char bracket) {
    separate();
    text_ += bracket;
    ++depth_;
    return *this;
}

Writer& Writer::close(char bracket) {
    assert(depth_ > 0 && "end without begin");
    --depth_;
    text_ += bracket;
    return *this;
}

Writer& Writer::key(std::string_view name) {
    assert(depth_ > 0 && "a key belongs into an object");
    separate();
    append_quoted(text_, name);
    text_ += ':';
    return *this;
}

Writer& Writer::value(std::string_view text) {
    separate();
    append_quoted(text_, text);
    return *this;
}

Writer& Writer::literal(std::string_view text) {
    separate();
    text_ += text;
    return *this;
}

Writer& Writer::signed_number(std::int64_t number) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return literal({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

Writer& Writer::unsigned_number(std::uint64_t number) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return literal({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

Writer& Writer::double_number(double number) {
    if (!std::isfinite(number)) return null();
    // The shortest text of a big double may be digits alone: an integer to whoever reads it, and of
    // more than 64 bits to us.
    constexpr double kBig = 1e15;
    std::array<char, 40> digits{};
    char* const last = digits.data() + digits.size();
    const auto end =
        std::abs(number) < kBig
            ? std::to_chars(digits.data(), last, number).ptr
            : std::to_chars(digits.data(), last, number, std::chars_format::scientific).ptr;
    return literal({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

std::string Writer::take() {
    assert(depth_ == 0 && "begin without end");
    std::string text = std::move(text_);
    clear();
    return text;
}

void Writer::clear() {
    text_.clear();
    depth_ = 0;
}

} // namespace calfleet::json
