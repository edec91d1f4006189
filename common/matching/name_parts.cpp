#include "common/matching/name_parts.h"

#include "common/matching/fold.h"
#include "common/matching/name_words.h"

#include <algorithm>

namespace calfleet::matching {

std::vector<std::u32string> take_asides(std::u32string& text) {
    static constexpr std::u32string_view kOpen = U"([{<\"“„«»「【（‚";
    static constexpr std::u32string_view kClose = U")]}>\"”“»«」】）‘";
    std::vector<std::u32string> asides;
    std::u32string outside;
    std::u32string inside;
    std::size_t depth_of = std::u32string_view::npos;
    for (const char32_t c : text) {
        if (depth_of == std::u32string_view::npos) {
            if (const auto open = kOpen.find(c); open != std::u32string_view::npos) {
                depth_of = open;
                outside.push_back(U' ');
            } else {
                outside.push_back(c);
            }
        } else if (c == kClose[depth_of] || (kOpen[depth_of] == U'„' && c == U'”') || (kOpen[depth_of] == U'“' && c == U'"')) {
            asides.push_back(std::move(inside));
            inside.clear();
            depth_of = std::u32string_view::npos;
        } else {
            inside.push_back(c);
        }
    }
    if (!inside.empty()) asides.push_back(std::move(inside));
    if (std::any_of(outside.begin(), outside.end(), is_letter))
        text = std::move(outside);
    else {
        text = asides.empty() ? U"" : asides.front();
        if (!asides.empty()) asides.erase(asides.begin());
    }
    return asides;
}

std::vector<std::u32string> split_segments(std::u32string_view text, bool& slash) {
    constexpr std::size_t kMostSegments = 8;
    std::vector<std::u32string> parts(1);
    for (std::size_t i = 0; i < text.size() && parts.size() <= kMostSegments; ++i) {
        const char32_t c = text[i];
        const bool blank_before = i > 0 && text[i - 1] == U' ';
        const bool blank_after = i + 1 < text.size() && text[i + 1] == U' ';
        const bool separator =
            c == U'|' || c == U'/' || c == U'\\' || c == U'~' || c == U';' || c == U':' ||
            c == U'•' || c == U'@' || c == U'*' || c == U'#' || c == U'>' || c == U'›' ||
            ((c == U'·' || c == U'・') && blank_before) ||
            (is_hyphen(c) && (blank_before || blank_after) && (blank_before == blank_after));
        if (separator && c != 0) {
            slash |= c == U'/' || c == U'\\';
            if (c == U'#')
                parts.back().push_back(U' ');
            else
                parts.emplace_back();
        } else {
            parts.back().push_back(c == U'_' || c == U'·' || c == U'・' ? U' ' : c);
        }
    }
    return parts;
}

bool has_strange_characters(std::string_view utf8) {
    static constexpr std::string_view kMarkup = "<>{}$=;%^\\";
    return utf8.find_first_of(kMarkup) != std::string_view::npos ||
           utf8.find("--") != std::string_view::npos || utf8.find("://") != std::string_view::npos;
}

std::string without_symbols_in_words(std::string_view utf8) {
    const auto source = characters_of(utf8);
    std::u32string text;
    bool found = false;
    for (std::size_t i = 0; i < source.size(); ++i) {
        std::size_t end = i;
        while (end < source.size() && is_symbol(source[end]))
            ++end;
        const bool inside = end > i && i > 0 && end < source.size() && is_letter(source[i - 1]) &&
                            is_letter(source[end]);
        if (inside) {
            found = true;
            i = end;
        }
        text.push_back(source[i]);
    }
    return found ? to_utf8(text) : std::string{};
}

} // namespace calfleet::matching
