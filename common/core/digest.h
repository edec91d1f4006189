#pragma once
// SHA-256 (FIPS 180-4), through OpenSSL.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace calfleet {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
/// One digest over all the parts, each preceded by its length as 8 bytes, little endian.
Sha256 sha256_of_parts(std::span<const std::string_view> parts);
/// Lower-case hexadecimal digits.
std::string to_hex(std::span<const std::uint8_t> bytes);

} // namespace calfleet
