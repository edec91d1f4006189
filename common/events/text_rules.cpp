#include "common/events/text_rules.h"

#include "common/core/text.h"

#include <algorithm>

namespace calfleet::events {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_lower_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

} // namespace

bool is_free_of_controls(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || byte == 0x7F) return false;
        const bool c1 =
            byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if (c1) return false;
    }
    return true;
}

bool is_clean(std::string_view bytes) {
    return is_free_of_controls(bytes) && is_valid_utf8(bytes);
}

bool equals_ignoring_ascii_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return lower(x) == lower(y);
           });
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
