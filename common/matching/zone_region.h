#pragma once
// The country of a time zone.

#include <string>
#include <string_view>

namespace calfleet::matching {

/// "DE" of "Europe/Berlin" (ISO 3166); empty for a zone that is unknown or of no country ("UTC").
std::string region_of_zone(std::string_view zone);

} // namespace calfleet::matching
