#include "workers/calfleet/listing.h"

#include "workers/calfleet/terminal_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ostream>
#include <string_view>

namespace calfleet::cli {
namespace {

constexpr std::size_t kLongestCell = 200;

struct Span {
    char32_t first, last;
};

// Combining marks (Unicode 15, the blocks met in names and display decorations). Everything else of
// no width is written out before.
constexpr std::array kZeroWidth{
    Span{0x0300, 0x036F},
    Span{0x0483, 0x0489},
    Span{0x0591, 0x05BD},
    Span{0x064B, 0x065F},
    Span{0x20D0, 0x20FF},
    Span{0xFE20, 0xFE2F},
};
// East Asian Width W and F, and emoji (UAX #11).
constexpr std::array kDoubleWidth{
    Span{0x1100, 0x115F},
    Span{0x2E80, 0x303E},
    Span{0x3041, 0x33FF},
    Span{0x3400, 0x4DBF},
    Span{0x4E00, 0x9FFF},
    Span{0xA000, 0xA4CF},
    Span{0xAC00, 0xD7A3},
    Span{0xF900, 0xFAFF},
    Span{0xFE30, 0xFE4F},
    Span{0xFF00, 0xFF60},
    Span{0xFFE0, 0xFFE6},
    Span{0x1F300, 0x1F64F},
    Span{0x1F680, 0x1F6FF},
    Span{0x1F900, 0x1F9FF},
    Span{0x20000, 0x3FFFD},
};

template <std::size_t N>
bool within(char32_t character, const std::array<Span, N>& spans) {
    return std::any_of(spans.begin(), spans.end(), [&](const Span& span) {
        return character >= span.first && character <= span.last;
    });
}

std::string number_text(double value) {
    std::array<char, 64> buffer{};
    const int length = std::snprintf(buffer.data(), buffer.size(), "%.2f", value);
    return {buffer.data(), static_cast<std::size_t>(length)};
}

std::string cell_text(const Cell& cell) {
    if (const auto* text = std::get_if<std::string>(&cell)) return visible(*text, kLongestCell);
    if (const auto* number = std::get_if<std::int64_t>(&cell)) return std::to_string(*number);
    if (const auto* number = std::get_if<double>(&cell)) return number_text(*number);
    if (const auto* truth = std::get_if<bool>(&cell)) return *truth ? "yes" : "no";
    return "-";
}

bool is_number(const Cell& cell) {
    return std::holds_alternative<std::int64_t>(cell) || std::holds_alternative<double>(cell);
}

std::string head_of(std::string_view column) {
    std::string head(column);
    std::replace(head.begin(), head.end(), '_', ' ');
    return head;
}

void print_padded(std::ostream& out, const std::string& text, int width, bool right) {
    const std::string padding(
        static_cast<std::size_t>(std::max(0, width - display_width(text))), ' '
    );
    if (right)
        out << padding << text;
    else
        out << text << padding;
}

void print_single(const Listing& listing, std::ostream& out) {
    int width = 0;
    for (const std::string& column : listing.columns)
        width = std::max(width, display_width(head_of(column)));
    for (std::size_t i = 0; i < listing.columns.size(); ++i) {
        print_padded(out, head_of(listing.columns[i]), width, false);
        out << "  " << cell_text(listing.rows.front()[i]) << '\n';
    }
}

} // namespace

int display_width(std::string_view text) {
    int width = 0;
    while (!text.empty()) {
        const char32_t character = take_character(text);
        if (within(character, kZeroWidth)) continue;
        width += within(character, kDoubleWidth) ? 2 : 1;
    }
    return width;
}

void print_table(const Listing& listing, std::ostream& out) {
    if (listing.rows.empty()) {
        out << listing.empty_text << '\n';
        return;
    }
    if (listing.single) return print_single(listing, out);
    const std::size_t columns = listing.columns.size();
    std::vector<int> widths(columns);
    std::vector<bool> right(columns, true);
    for (std::size_t c = 0; c < columns; ++c) {
        widths[c] = display_width(head_of(listing.columns[c]));
        for (const auto& row : listing.rows) {
            widths[c] = std::max(widths[c], display_width(cell_text(row[c])));
            if (!is_number(row[c]) && !std::holds_alternative<std::monostate>(row[c]))
                right[c] = false;
        }
    }
    const auto print_row = [&](const auto& text_of) {
        for (std::size_t c = 0; c < columns; ++c) {
            if (c != 0) out << "  ";
            const bool last_left = c + 1 == columns && !right[c];
            print_padded(out, text_of(c), last_left ? 0 : widths[c], right[c]);
        }
        out << '\n';
    };
    print_row([&](std::size_t c) { return head_of(listing.columns[c]); });
    print_row([&](std::size_t c) { return std::string(static_cast<std::size_t>(widths[c]), '-'); });
    for (const auto& row : listing.rows)
        print_row([&](std::size_t c) { return cell_text(row[c]); });
}

} // namespace calfleet::cli
