#include "common/core/clean_text.h"

#include "common/core/text.h"

#include <cstdint>
#include <cstring>

namespace calfleet {
namespace {

enum class Sign { Text, Tab, Break, Control };

struct Step {
    Sign sign;
    std::size_t bytes;
};

/// Of the bytes of a character beyond ASCII only those of the signs below are looked at.
Step step_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const unsigned first = byte(at);
    if (first == '\t') return {Sign::Tab, 1};
    if (first == '\r') return {Sign::Break, byte(at + 1) == '\n' ? 2U : 1U};
    if (first >= '\n' && first <= '\f') return {Sign::Break, 1};
    if (first < 0x20 || first == 0x7F) return {Sign::Control, 1};
    if (first == 0xC2 && byte(at + 1) >= 0x80 && byte(at + 1) < 0xA0)
        return {byte(at + 1) == 0x85 ? Sign::Break : Sign::Control, 2};
    if (first == 0xE2 && byte(at + 1) == 0x80 && (byte(at + 2) == 0xA8 || byte(at + 2) == 0xA9))
        return {Sign::Break, 3};
    return {Sign::Text, 1};
}

std::string trimmed(std::string text) {
    const std::string_view inner = trim(text);
    return inner.size() == text.size() ? std::move(text) : std::string(inner);
}

} // namespace

std::size_t printable_prefix(std::string_view text) {
    static constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
    static constexpr std::uint64_t kHighs = 0x8080808080808080ULL;
    std::size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
        std::uint64_t word{};
        std::memcpy(&word, text.data() + at, 8);
        // A high bit appears for bytes below 0x20 (borrow), for 0x7F (carry), and where it stood.
        if ((((word - kOnes * 0x20) | (word + kOnes) | word) & kHighs) != 0) break;
    }
    return at;
}

bool is_clean_line(std::string_view text) {
    if (text.empty()) return true;
    if (text.front() == ' ' || text.back() == ' ') return false;
    for (std::size_t at = printable_prefix(text); at < text.size(); ++at)
        if (step_at(text, at).sign != Sign::Text) return false;
    return true;
}

std::string clean_line(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    bool was_break = false;
    for (std::size_t at = 0; at < text.size();) {
        const Step step = step_at(text, at);
        if (step.sign == Sign::Text) {
            if (!(was_break && text[at] == ' ')) {
                out += text[at];
                was_break = false;
            }
        } else if (step.sign != Sign::Control && !was_break) {
            while (!out.empty() && out.back() == ' ')
                out.pop_back();
            out += ' ';
            was_break = true;
        }
        at += step.bytes;
    }
    return trimmed(std::move(out));
}

std::string clean_lines(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const Step step = step_at(text, at);
        if (step.sign == Sign::Break)
            out += '\n';
        else if (step.sign != Sign::Control)
            out += text[at];
        at += step.bytes;
    }
    return trimmed(std::move(out));
}

} // namespace calfleet
