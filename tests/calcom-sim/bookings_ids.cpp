#include "tests/calcom-sim/bookings_ids.h"

#include "common/core/digest.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace calfleet::calcom_sim {
namespace {

// Without the characters that look like others.
constexpr std::string_view kAlphabet = "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ";
constexpr std::size_t kUidLength = 22;

using Uuid = std::array<std::uint8_t, 16>;

constexpr Uuid kUrlSpace{
    0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};

std::string text_of(Uuid uuid, std::uint8_t version) {
    uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0fU) | static_cast<unsigned>(version << 4U));
    uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3fU) | 0x80U);
    std::string text = to_hex(uuid);
    for (const std::size_t at : {20U, 16U, 12U, 8U})
        text.insert(at, 1, '-');
    return text;
}

std::int64_t milliseconds(Instant instant) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(instant.time_since_epoch())
        .count();
}

} // namespace

std::string random_uid(Random& dice) {
    std::string uid;
    while (uid.size() < kUidLength)
        uid.push_back(kAlphabet[dice.below(kAlphabet.size())]);
    return uid;
}

std::string random_uuid(Random& dice) {
    Uuid uuid{};
    for (std::uint8_t& byte : uuid)
        byte = static_cast<std::uint8_t>(dice.below(256));
    return text_of(uuid, 4);
}

std::string idempotency_key(Instant start, Instant end, Id host, Id reassigned_by) {
    std::string hashed(kUrlSpace.begin(), kUrlSpace.end());
    hashed += std::to_string(milliseconds(start)) + "." + std::to_string(milliseconds(end)) + "." +
              std::to_string(host);
    if (reassigned_by != 0) hashed += "." + std::to_string(reassigned_by);
    std::array<std::uint8_t, SHA_DIGEST_LENGTH> digest{};
    ::SHA1(reinterpret_cast<const unsigned char*>(hashed.data()), hashed.size(), digest.data());
    Uuid uuid{};
    std::copy_n(digest.begin(), uuid.size(), uuid.begin());
    return text_of(uuid, 5);
}

} // namespace calfleet::calcom_sim
