#include "common/core/uuid.h"

#include "common/core/digest.h"
#include "common/core/random.h"
#include "common/core/text.h"

#include <algorithm>

namespace calfleet {

Uuid make_uuid_v7(Instant now, Random& random) {
    Uuid uuid;
    const auto milliseconds = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count()
    );
    const std::uint64_t high = random.next();
    const std::uint64_t low = random.next();
    for (std::size_t i = 0; i < 6; ++i)
        uuid.bytes[i] = static_cast<std::uint8_t>(milliseconds >> (40 - 8 * i));
    uuid.bytes[6] = static_cast<std::uint8_t>(0x70U | (high & 0x0FU));
    uuid.bytes[7] = static_cast<std::uint8_t>(high >> 8);
    uuid.bytes[8] = static_cast<std::uint8_t>(0x80U | ((high >> 16) & 0x3FU));
    for (std::size_t i = 9; i < 16; ++i)
        uuid.bytes[i] = static_cast<std::uint8_t>(low >> (8 * (i - 9)));
    return uuid;
}

std::string to_string(const Uuid& uuid) {
    const std::string hex = to_hex(uuid.bytes);
    return hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) + '-' +
           hex.substr(16, 4) + '-' + hex.substr(20);
}

Result<Uuid> parse_uuid(std::string_view text) {
    const auto nibble = [](char c) -> int {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    };
    Uuid uuid;
    std::size_t digits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash_belongs_here = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash_belongs_here && text[i] == '-') continue;
        const int value = nibble(text[i]);
        if (value < 0 || dash_belongs_here || digits == 32)
            return invalid("'" + printable(text, 40) + "' is not a UUID");
        uuid.bytes[digits / 2] =
            static_cast<std::uint8_t>(uuid.bytes[digits / 2] * 16U + static_cast<unsigned>(value));
        ++digits;
    }
    if (digits != 32) return invalid("'" + printable(text, 40) + "' is not a UUID");
    return uuid;
}

Uuid name_uuid(std::initializer_list<std::string_view> parts) {
    const Sha256 digest = sha256_of_parts({parts.begin(), parts.size()});
    Uuid uuid;
    std::copy_n(digest.begin(), uuid.bytes.size(), uuid.bytes.begin());
    return uuid;
}

} // namespace calfleet
