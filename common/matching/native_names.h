#pragma once
// Names whose Latin spelling cannot be derived from their letters: Arabic,
// Persian, Hebrew, Japanese.

#include "common/matching/person_name.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::matching {

enum class NativeName {
    NotListed, ///< the list knows neither the native word nor the Latin one
    Same,
    Different, ///< one of the two is listed, and not with the other: محمد is no
               ///< Mahmoud
};

/// Null for names that are not listed. native: as native_spelling() gives it.
const ListedName* listed_name(std::u32string_view native);

/// The Arabic and Hebrew names that the Latin word spells.
std::vector<std::uint16_t> spelled_natives(std::string_view latin);

/// native is listed or of Arabic or Hebrew script, latin its facts.
NativeName known_native_name(const Token& native, const Token& latin);

bool is_listed_name(std::u32string_view native);

/// Splits an undivided Japanese name (山田太郎) into listed family and given
/// name; 0 when it cannot.
std::size_t japanese_family_length(std::u32string_view letters);

} // namespace calfleet::matching
