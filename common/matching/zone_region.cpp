#include "common/matching/zone_region.h"

#include <unicode/timezone.h>
#include <unicode/unistr.h>

#include <array>

namespace calfleet::matching {

std::string region_of_zone(std::string_view zone) {
    std::array<char, 8> region{};
    UErrorCode status = U_ZERO_ERROR;
    const auto name = icu::UnicodeString::fromUTF8(
        icu::StringPiece(zone.data(), static_cast<std::int32_t>(zone.size()))
    );
    const std::int32_t length =
        icu::TimeZone::getRegion(name, region.data(), region.size(), status);
    // "001" is the world.
    if (U_FAILURE(status) != 0 || length != 2) return {};
    return {region.data(), 2};
}

} // namespace calfleet::matching
