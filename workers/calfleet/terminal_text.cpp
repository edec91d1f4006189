#include "workers/calfleet/terminal_text.h"

#include "common/core/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace calfleet::cli {
namespace {

struct Span {
    char32_t first, last;
};

// Unicode 15: categories Cc, Cf, Zl, Zp, and what is ignored by default (DerivedCoreProperties), so
// also the variation selectors: with them two names look alike that are not. Sorted.
constexpr std::array kInvisible{
    Span{0x0000, 0x001F},   Span{0x007F, 0x009F},   Span{0x00AD, 0x00AD},    Span{0x034F, 0x034F},
    Span{0x0600, 0x0605},   Span{0x061C, 0x061C},   Span{0x06DD, 0x06DD},    Span{0x070F, 0x070F},
    Span{0x0890, 0x0891},   Span{0x08E2, 0x08E2},   Span{0x115F, 0x1160},    Span{0x17B4, 0x17B5},
    Span{0x180B, 0x180F},   Span{0x200B, 0x200F},   Span{0x2028, 0x202E},    Span{0x2060, 0x206F},
    Span{0x2800, 0x2800},   Span{0x3164, 0x3164},   Span{0xE000, 0xF8FF},    Span{0xFDD0, 0xFDEF},
    Span{0xFE00, 0xFE0F},   Span{0xFEFF, 0xFEFF},   Span{0xFFA0, 0xFFA0},    Span{0xFFF0, 0xFFFB},
    Span{0xFFFE, 0xFFFF},   Span{0x110BD, 0x110BD}, Span{0x110CD, 0x110CD},  Span{0x13430, 0x1343F},
    Span{0x1BCA0, 0x1BCA3}, Span{0x1D173, 0x1D17A}, Span{0xE0000, 0x10FFFF},
};

std::size_t length_of(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    const std::string_view character = text.substr(0, length);
    return lead < 0x80 || is_valid_utf8(character) ? length : 0;
}

std::string written_out(char32_t character) {
    std::array<char, 16> buffer{};
    const int length = std::snprintf(
        buffer.data(), buffer.size(), "<U+%04X>", static_cast<std::uint32_t>(character)
    );
    return {buffer.data(), static_cast<std::size_t>(length)};
}

// Above U+FFFF as a pair of surrogates, RFC 8259 §7.
std::string json_escape(char32_t character) {
    const auto unit = [](std::uint32_t value) {
        std::array<char, 8> buffer{};
        std::snprintf(buffer.data(), buffer.size(), "\\u%04x", value);
        return std::string(buffer.data());
    };
    const auto value = static_cast<std::uint32_t>(character);
    if (value < 0x10000) return unit(value);
    const std::uint32_t rest = value - 0x10000;
    return unit(0xD800 + (rest >> 10U)) + unit(0xDC00 + (rest & 0x3FFU));
}

// Replaces every invisible character but those that keep() wants.
template <class Keep, class Write>
std::string replaced(std::string_view text, Keep keep, Write write, std::size_t max_bytes) {
    static constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
    static constexpr std::string_view kEllipsis = "\xE2\x80\xA6";
    std::string out;
    while (!text.empty()) {
        const std::string_view before = text;
        const bool broken = length_of(text) == 0;
        const char32_t character = take_character(text);
        std::string shown(before.substr(0, before.size() - text.size()));
        if (broken)
            shown = kReplacement;
        else if (is_invisible(character) && !keep(character))
            shown = write(character);
        if (shown.size() > max_bytes - out.size()) return out.append(kEllipsis);
        out += shown;
    }
    return out;
}

} // namespace

bool is_invisible(char32_t character) {
    const auto* const span = std::lower_bound(
        kInvisible.begin(),
        kInvisible.end(),
        character,
        [](const Span& held, char32_t wanted) { return held.last < wanted; }
    );
    return span != kInvisible.end() && character >= span->first;
}

char32_t take_character(std::string_view& text) {
    const std::size_t length = length_of(text);
    const auto lead = static_cast<unsigned char>(text[0]);
    if (length == 0) {
        text.remove_prefix(1);
        return 0xFFFD;
    }
    char32_t character = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i)
        character = (character << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
    text.remove_prefix(length);
    return character;
}

std::string visible(std::string_view bytes, std::size_t max_bytes) {
    return replaced(
        bytes, [](char32_t) { return false; }, written_out, max_bytes
    );
}

std::string visible_lines(std::string_view bytes) {
    return replaced(
        bytes, [](char32_t character) { return character == '\n'; }, written_out, std::string::npos
    );
}

std::string visible_json(std::string_view json) {
    return replaced(
        json, [](char32_t character) { return character == '\n'; }, json_escape, std::string::npos
    );
}

} // namespace calfleet::cli
