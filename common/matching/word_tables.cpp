#include "common/matching/word_tables.h"

namespace calfleet::matching {
namespace {

/// As compare(); most words differ in their first byte, and need no call.
int order_of(std::string_view a, std::string_view b) {
    if (a.empty() || b.empty() || a.front() == b.front()) return a.compare(b);
    return static_cast<unsigned char>(a.front()) < static_cast<unsigned char>(b.front()) ? -1 : 1;
}

} // namespace

std::optional<std::uint32_t> WordTable::find(std::string_view word) const {
    std::uint32_t first = 0;
    std::uint32_t last = size;
    while (first < last) {
        const std::uint32_t middle = first + (last - first) / 2;
        const int order = order_of((*this)[middle], word);
        if (order == 0) return middle;
        if (order < 0)
            first = middle + 1;
        else
            last = middle;
    }
    return std::nullopt;
}

bool WordTable::has_ending_of(std::string_view word, std::size_t least_bytes) const {
    for (std::uint32_t number = 0; number < size; ++number) {
        const std::string_view ending = (*this)[number];
        if (word.empty() || word.back() != ending.back() || !word.ends_with(ending)) continue;
        const bool is_latin = static_cast<unsigned char>(ending.front()) < 0x80;
        if (!is_latin || word.size() >= least_bytes) return true;
    }
    return false;
}

TablePart<std::uint16_t> GroupTable::groups_of(std::string_view word) const {
    const auto number = words.find(word);
    if (!number) return {};
    return {memberships + membership_starts[*number], memberships + membership_starts[*number + 1]};
}

TablePart<std::uint16_t> GroupTable::members_of(std::size_t group) const {
    return {members + member_starts[group], members + member_starts[group + 1]};
}

} // namespace calfleet::matching
