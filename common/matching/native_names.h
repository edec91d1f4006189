#pragma once
// Names whose Latin spelling cannot be derived from their letters: Arabic, Persian, Hebrew,
// Japanese.

#include <string>
#include <string_view>
#include <vector>

namespace calfleet::matching {

enum class NativeName {
    NotListed, ///< the list knows neither the native word nor the Latin one
    Same,
    Different, ///< one of the two is listed, and not with the other: محمد is no Mahmoud
};

/// native: as native_spelling() gives it.
NativeName
known_native_name(std::u32string_view native, const std::vector<std::string>& latin_forms);

/// Both are spellings of one listed Arabic or Hebrew name: Tariq and Tarek.
bool share_native_name(std::string_view a, std::string_view b);

bool is_listed_name(std::u32string_view native);

/// Splits an undivided Japanese name (山田太郎) into listed family and given name; 0 when it
/// cannot.
std::size_t japanese_family_length(std::u32string_view letters);

} // namespace calfleet::matching
