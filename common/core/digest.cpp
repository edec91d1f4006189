#include "common/core/digest.h"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace calfleet {
namespace {

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// One context a thread: creating one costs more than hashing a short name.
EVP_MD_CTX* fresh_context() {
    thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context{EVP_MD_CTX_new()};
    if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("OpenSSL cannot compute SHA-256 on this machine");
    return context.get();
}

Sha256 finish(EVP_MD_CTX* context) {
    Sha256 digest{};
    unsigned int length = 0;
    EVP_DigestFinal_ex(context, digest.data(), &length);
    return digest;
}

} // namespace

Sha256 sha256(std::string_view bytes) {
    EVP_MD_CTX* context = fresh_context();
    EVP_DigestUpdate(context, bytes.data(), bytes.size());
    return finish(context);
}

Sha256 sha256_of_parts(std::span<const std::string_view> parts) {
    EVP_MD_CTX* context = fresh_context();
    for (const std::string_view part : parts) {
        std::array<std::uint8_t, 8> length{};
        for (std::size_t i = 0; i < length.size(); ++i)
            length[i] = static_cast<std::uint8_t>(std::uint64_t{part.size()} >> (8 * i));
        EVP_DigestUpdate(context, length.data(), length.size());
        EVP_DigestUpdate(context, part.data(), part.size());
    }
    return finish(context);
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        hex.push_back(kDigits[byte >> 4]);
        hex.push_back(kDigits[byte & 0x0F]);
    }
    return hex;
}

} // namespace calfleet
