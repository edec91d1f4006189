#include "common/sealing/key.h"

#include "common/core/digest.h"
#include "common/core/redaction.h"
#include "common/core/secret.h"
#include "common/core/text.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace calfleet::sealing {
namespace {

constexpr std::size_t kIdBytes = 8;
constexpr std::size_t kMostFileBytes = 4096;
constexpr std::string_view kIdLabel = "calfleet key id v1";

int digit_value(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

std::string short_hex(std::span<const std::uint8_t> digest) {
    return to_hex(digest.first(kIdBytes));
}

std::string reason_of(int error) {
    return std::error_code(error, std::generic_category()).message();
}

// Closed on every way out.
class Descriptor {
public:
    explicit Descriptor(int number)
        : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }

private:
    int number_;
};

// Up to kMostFileBytes + 1 bytes: one more than is accepted tells that there is more.
Result<std::string> read_start(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.number() < 0) {
        const int error = errno;
        const bool missing = error == ENOENT || error == ENOTDIR;
        return Error{
            missing ? ErrorKind::NotFound : ErrorKind::Forbidden,
            "key file " + shown_file_name(path) + ": cannot be opened: " + reason_of(error) +
                (missing ? "; make one with: openssl rand -hex 32"
                         : "; let the user of this program read it")};
    }
    struct stat about {};
    if (::fstat(file.number(), &about) != 0 || !S_ISREG(about.st_mode))
        return invalid("key file " + shown_file_name(path) + ": is no regular file");
    std::string text(kMostFileBytes + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t got = ::read(file.number(), text.data() + size, text.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            wipe(text);
            return Error{
                ErrorKind::Forbidden,
                "key file " + shown_file_name(path) + ": cannot be read: " + reason_of(errno)};
        }
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    text.resize(size);
    return text;
}

void leave_no_core_dump() {
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); // also where cores are piped to a program
}

} // namespace

Key Key::random() {
    Key key;
    if (RAND_priv_bytes(key.bytes_.data(), static_cast<int>(key.bytes_.size())) != 1)
        throw std::runtime_error("OpenSSL has no randomness on this machine: nothing can be sealed"
        );
    return key;
}

Result<Key> Key::from_hex(std::string_view digits) {
    static constexpr std::string_view kWanted =
        "; expected exactly 64 hexadecimal digits, as from openssl rand -hex 32";
    if (digits.size() != 2 * kKeyBytes)
        return invalid(
            "a key of " + std::to_string(digits.size()) + " characters" + std::string(kWanted)
        );
    Key key;
    for (std::size_t i = 0; i < kKeyBytes; ++i) {
        const int high = digit_value(digits[2 * i]);
        const int low = digit_value(digits[2 * i + 1]);
        if (high < 0 || low < 0)
            return invalid(
                "a key with something else than a hexadecimal digit among its characters " +
                std::to_string(2 * i + 1) + " and " + std::to_string(2 * i + 2) +
                std::string(kWanted)
            );
        key.bytes_[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return key;
}

Result<Key> Key::from_bytes(std::span<const std::uint8_t> bytes) {
    if (bytes.size() != kKeyBytes)
        return invalid("a key of " + std::to_string(bytes.size()) + " bytes; expected 32");
    Key key;
    std::copy(bytes.begin(), bytes.end(), key.bytes_.begin());
    return key;
}

Key::Key(Key&& other) noexcept
    : bytes_(other.bytes_) {
    OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size());
}

Key& Key::operator=(Key&& other) noexcept {
    if (this == &other) return *this;
    bytes_ = other.bytes_;
    OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size());
    return *this;
}

Key::~Key() {
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

std::string key_id(const Key& key) {
    const auto bytes = key.reveal_for_use();
    const std::array<std::string_view, 2> parts{
        kIdLabel, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())};
    return short_hex(sha256_of_parts(parts));
}

std::string fingerprint(const Key& pepper, std::string_view secret) {
    const auto key = pepper.reveal_for_use();
    std::array<std::uint8_t, 32> digest{};
    unsigned int length = 0;
    const auto* text = reinterpret_cast<const unsigned char*>(secret.data());
    if (HMAC(
            EVP_sha256(),
            key.data(),
            static_cast<int>(key.size()),
            text,
            secret.size(),
            digest.data(),
            &length
        ) == nullptr)
        throw std::runtime_error("OpenSSL cannot compute HMAC-SHA256 on this machine");
    return short_hex(digest);
}

Result<Key> read_key_file(const std::string& path) {
    leave_no_core_dump();
    Result<std::string> text = read_start(path);
    if (!text) return text.error();
    const std::string_view digits = trim(*text);
    Result<Key> key = text->size() > kMostFileBytes
                          ? Result<Key>(invalid("more than 4096 bytes; expected 64 hexadecimal "
                                                "digits"))
                      : digits.empty()
                          ? Result<Key>(invalid("is empty; expected 64 hexadecimal digits, as from "
                                                "openssl rand -hex 32"))
                          : Key::from_hex(digits);
    wipe(*text);
    if (!key)
        return Error{
            key.error().kind, "key file " + shown_file_name(path) + ": " + key.error().message};
    return key;
}

std::optional<std::string> exposure_of_key_file(const std::string& path) {
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) return std::nullopt;
    const bool read_by_others = (about.st_mode & S_IROTH) != 0;
    const bool written_by_others = (about.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    if (!read_by_others && !written_by_others) return std::nullopt;
    const auto digit = [&](int shift) {
        return static_cast<char>('0' + (about.st_mode >> shift & 7));
    };
    return "key file " + shown_file_name(path) + " has mode 0" + digit(6) + digit(3) + digit(0) +
           ": others may " + (written_by_others ? "change" : "read") +
           " it; run chmod 0440, or set defaultMode: 0440 where it is mounted";
}

} // namespace calfleet::sealing
