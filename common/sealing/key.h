#pragma once
// A 256-bit key: made at random or read from text, never printed, overwritten when it goes.

#include "common/core/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace calfleet::sealing {

inline constexpr std::size_t kKeyBytes = 32;

/// Move-only; the moved-from key is overwritten at once.
class Key {
public:
    /// Throws std::runtime_error when the system has no randomness: nothing may be sealed then.
    static Key random();
    /// Exactly 64 hexadecimal digits. The error tells how many there were, never which.
    static Result<Key> from_hex(std::string_view digits);
    /// Exactly kKeyBytes bytes.
    static Result<Key> from_bytes(std::span<const std::uint8_t> bytes);

    Key(Key&& other) noexcept;
    Key& operator=(Key&& other) noexcept;
    Key(const Key&) = delete;
    Key& operator=(const Key&) = delete;
    ~Key();

    /// The name is long so that every use is seen in review.
    std::span<const std::uint8_t, kKeyBytes> reveal_for_use() const { return bytes_; }

private:
    Key() = default;
    std::array<std::uint8_t, kKeyBytes> bytes_{};
};

/// What a key is called: the first 8 bytes of a SHA-256 over a label and the key, as 16 hexadecimal
/// digits. Tells keys apart and nothing about them.
std::string key_id(const Key& key);

/// The first 8 bytes of HMAC-SHA256 with the pepper, as 16 hexadecimal digits: a secret's name for
/// limiters and logs, which cannot be guessed back without the pepper.
std::string fingerprint(const Key& pepper, std::string_view secret);

/// Reads a key file: 64 hexadecimal digits and perhaps line breaks around them (openssl rand -hex
/// 32). Error NotFound, Forbidden or Invalid names the file, what is wrong and what to do; never
/// any of its content. From the first key file on this process leaves no core dump, and no other
/// process of its user may look into its memory.
Result<Key> read_key_file(const std::string& path);

/// What is wrong with the rights of a key file: that others than its owner and group may read it,
/// or that others than its owner may write it. Nothing when all is well, or when there is no such
/// file.
std::optional<std::string> exposure_of_key_file(const std::string& path);

} // namespace calfleet::sealing
