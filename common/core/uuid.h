#pragma once
// 128-bit identifiers: fresh ones (UUIDv7, RFC 9562 §5.7) and ones derived from a name.

#include "common/core/result.h"
#include "common/core/time.h"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace calfleet {

class Random;

struct Uuid {
    std::array<std::uint8_t, 16> bytes{};
    friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

/// Time-ordered: 48 bits of milliseconds, 74 bits of randomness.
Uuid make_uuid_v7(Instant now, Random& random);

/// "0190163d-8694-7f9e-bf3c-1f2e3d4c5b6a".
std::string to_string(const Uuid& uuid);
Result<Uuid> parse_uuid(std::string_view text);

/// The first 16 bytes of SHA-256 over the parts, each preceded by its length: the same parts give
/// the same identifier on every machine, and ("ab","c") differs from ("a","bc").
Uuid name_uuid(std::initializer_list<std::string_view> parts);

} // namespace calfleet

template <>
struct std::hash<calfleet::Uuid> {
    std::size_t operator()(const calfleet::Uuid& uuid) const noexcept {
        std::size_t value{};
        static_assert(sizeof(value) <= 16);
        __builtin_memcpy(&value, uuid.bytes.data(), sizeof(value));
        return value;
    }
};
