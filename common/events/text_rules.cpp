#include "common/events/text_rules.h"

#include "common/core/clean_text.h"
#include "common/core/text.h"

namespace calfleet::events {
namespace {

bool is_lower_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

} // namespace

bool is_free_of_controls(std::string_view text) {
    for (std::size_t i = printable_prefix(text); i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || byte == 0x7F) return false;
        const bool c1 =
            byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if (c1) return false;
    }
    return true;
}

bool is_clean(std::string_view bytes) {
    const std::string_view rest = bytes.substr(printable_prefix(bytes));
    return is_free_of_controls(rest) && is_valid_utf8(rest);
}

bool has_half_character(std::string_view text) {
    return text.find("\xEF\xBF\xBD") != std::string_view::npos;
}

bool is_unfilled(std::string_view text) {
    const auto open = text.find("{{");
    return open != std::string_view::npos && text.find("}}", open) != std::string_view::npos;
}

bool is_stand_in(std::string_view text) {
    for (const std::string_view word : {"unknown", "Nameless", "Email-less"})
        if (equals_ignoring_ascii_case(text, word)) return true;
    return false;
}

bool is_traceparent(std::string_view text) {
    if (text.size() != 55) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 2 || i == 35 || i == 52;
        if (dash ? text[i] != '-' : !is_lower_hex(text[i])) return false;
    }
    return !text.starts_with("ff");
}

} // namespace calfleet::events
