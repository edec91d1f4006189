#pragma once
// One form for the spellings of a telephone number, so that whoever gives it twice is one person.

#include <string>
#include <string_view>

namespace calfleet {

/// "4915112345678" (E.164 without the plus) of "+49 151 12345678", "0049 (0)151/12345678",
/// "tel:+49-151-12345678" and, dialled within region "DE", "0151 12345678" or "49 151 12345678".
/// region: ISO 3166 of the country in which the number was given, empty when nobody knows. What is
/// dialled within a country that is not known keeps its digits as they stand. An extension is no
/// part of it. Empty without a digit, or with more than a number has.
///
/// Not libphonenumber: Debian 12 cannot install it beside Boost 1.81 (common/decisions). Its
/// rules for prefixes are here, its lengths and areas of each country are not: they tell whether
/// somebody can be called, and not who it is.
std::string canonical_phone(std::string_view text, std::string_view region);

/// Whether the number says itself which country it is of.
bool is_international_phone(std::string_view text);

} // namespace calfleet
