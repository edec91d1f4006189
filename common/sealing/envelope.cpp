#include "common/sealing/envelope.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace calfleet::sealing {
namespace {

constexpr char kVersion = 1; // of wrapped data keys
constexpr char kFirstSecretVersion = 1;
constexpr char kSecretVersion = 2;
constexpr std::size_t kFingerprintDigits = 16;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kUuidBytes = 16;
constexpr std::size_t kWrappedBytes = 1 + kNonceBytes + kKeyBytes + kTagBytes;

struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

void must(int done) {
    // Only a broken OpenSSL or no memory gets here: continuing would store or send garbage.
    if (done != 1) throw std::runtime_error("OpenSSL failed in AES-256-GCM");
}

// Appends nonce, ciphertext and tag.
void encrypt(const Key& key, std::string_view context, std::string_view plain, std::string& out) {
    std::array<unsigned char, kNonceBytes> nonce{};
    must(RAND_bytes(nonce.data(), static_cast<int>(nonce.size())));
    const Context cipher(EVP_CIPHER_CTX_new());
    int length = 0;
    must(cipher ? 1 : 0);
    must(EVP_EncryptInit_ex(
        cipher.get(), EVP_aes_256_gcm(), nullptr, key.reveal_for_use().data(), nonce.data()
    ));
    must(EVP_EncryptUpdate(
        cipher.get(), nullptr, &length, bytes_of(context), static_cast<int>(context.size())
    ));
    std::string sealed(plain.size() + kTagBytes, '\0');
    must(EVP_EncryptUpdate(
        cipher.get(), bytes_of(sealed), &length, bytes_of(plain), static_cast<int>(plain.size())
    ));
    must(EVP_EncryptFinal_ex(cipher.get(), bytes_of(sealed) + length, &length));
    must(EVP_CIPHER_CTX_ctrl(
        cipher.get(),
        EVP_CTRL_GCM_GET_TAG,
        static_cast<int>(kTagBytes),
        bytes_of(sealed) + plain.size()
    ));
    out.append(reinterpret_cast<const char*>(nonce.data()), nonce.size());
    out.append(sealed);
}

// box: nonce, ciphertext, tag. False: not what was encrypted with this key and context.
bool decrypt(const Key& key, std::string_view context, std::string_view box, std::string& plain) {
    const std::string_view nonce = box.substr(0, kNonceBytes);
    const std::string_view hidden = box.substr(kNonceBytes, box.size() - kNonceBytes - kTagBytes);
    std::string tag(box.substr(box.size() - kTagBytes));
    const Context cipher(EVP_CIPHER_CTX_new());
    int length = 0;
    must(cipher ? 1 : 0);
    must(EVP_DecryptInit_ex(
        cipher.get(), EVP_aes_256_gcm(), nullptr, key.reveal_for_use().data(), bytes_of(nonce)
    ));
    must(EVP_DecryptUpdate(
        cipher.get(), nullptr, &length, bytes_of(context), static_cast<int>(context.size())
    ));
    plain.assign(hidden.size(), '\0');
    must(EVP_DecryptUpdate(
        cipher.get(), bytes_of(plain), &length, bytes_of(hidden), static_cast<int>(hidden.size())
    ));
    must(EVP_CIPHER_CTX_ctrl(
        cipher.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTagBytes), bytes_of(tag)
    ));
    if (EVP_DecryptFinal_ex(cipher.get(), bytes_of(plain) + length, &length) == 1) return true;
    wipe(plain); // unauthenticated bytes are nobody's business
    return false;
}

// Numbers, uuids and fingerprints have no '|' and the header has one length: no two names give the
// same text.
std::string context_of(const DataKeyName& name) {
    return "calfleet data key v1|" + std::to_string(name.company.value) + "|" + to_string(name.dek);
}
std::string context_of(const SecretName& name, std::string_view header) {
    const bool has_fingerprint = header.front() != kFirstSecretVersion;
    std::string context = has_fingerprint ? "calfleet secret v2|" : "calfleet secret v1|";
    context += std::to_string(name.company.value) + "|" + to_string(name.credential) + "|" +
               std::string(name.purpose) + "|";
    if (has_fingerprint) context.append(name.fingerprint).append("|");
    return context.append(header);
}

bool is_fingerprint(std::string_view text) {
    return text.size() == kFingerprintDigits &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string of_company(CompanyId company) {
    return " of company " + std::to_string(company.value);
}

} // namespace

Result<KeyRing> KeyRing::read(const std::vector<std::string>& files) {
    std::vector<Key> keys;
    for (const std::string& file : files) {
        Result<Key> key = read_key_file(file);
        if (!key) return key.error();
        keys.push_back(std::move(*key));
    }
    return of(std::move(keys));
}

Result<KeyRing> KeyRing::of(std::vector<Key> newest_first) {
    if (newest_first.empty())
        return invalid("no key file is named: nothing can be sealed or opened without one");
    KeyRing ring;
    for (Key& key : newest_first) {
        std::string id = key_id(key);
        if (ring.knows(id))
            return invalid(
                "key " + id + " is there twice: each key file must have a key of its own"
            );
        ring.keys_.push_back({std::move(id), std::move(key)});
    }
    return ring;
}

std::vector<std::string> KeyRing::ids() const {
    std::vector<std::string> ids;
    for (const Named& named : keys_)
        ids.push_back(named.id);
    return ids;
}

const KeyRing::Named* KeyRing::find(std::string_view kek_id) const {
    for (const Named& named : keys_)
        if (named.id == kek_id) return &named;
    return nullptr;
}

WrappedKey KeyRing::wrap(const Key& data_key, const DataKeyName& name) const {
    const auto bytes = data_key.reveal_for_use();
    const std::string_view plain(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    WrappedKey wrapped{.kek_id = newest_id(), .bytes = std::string(1, kVersion)};
    encrypt(keys_.front().key, context_of(name), plain, wrapped.bytes);
    return wrapped;
}

Result<Key> KeyRing::unwrap(const WrappedKey& wrapped, const DataKeyName& name) const {
    const Named* kek = find(wrapped.kek_id);
    if (kek == nullptr)
        return Error{
            ErrorKind::NotFound,
            "the data key" + of_company(name.company) + " is wrapped with key " + wrapped.kek_id +
                ", which is in no key file given: add that file behind the newest one"};
    if (wrapped.bytes.size() != kWrappedBytes || wrapped.bytes.front() != kVersion)
        return invalid(
            "the data key" + of_company(name.company) + " is no wrapped key of version 1"
        );
    std::string plain;
    if (!decrypt(kek->key, context_of(name), std::string_view(wrapped.bytes).substr(1), plain))
        return invalid(
            "the data key" + of_company(name.company) +
            " does not open: its row was changed, or belongs to another company"
        );
    Result<Key> key =
        Key::from_bytes({reinterpret_cast<const std::uint8_t*>(plain.data()), plain.size()});
    wipe(plain);
    return key;
}

Result<std::string>
seal(const Key& data_key, const Uuid& dek, const SecretName& name, std::string_view secret) {
    if (secret.empty() || secret.size() > kMostSecretBytes)
        return invalid(
            "a secret of " + std::to_string(secret.size()) + " bytes; expected 1 to " +
            std::to_string(kMostSecretBytes)
        );
    if (!is_fingerprint(name.fingerprint))
        return invalid(
            "a secret" + of_company(name.company) + " has no fingerprint to be sealed with"
        );
    std::string sealed(1, kSecretVersion);
    sealed.append(reinterpret_cast<const char*>(dek.bytes.data()), dek.bytes.size());
    const std::string header = sealed;
    encrypt(data_key, context_of(name, header), secret, sealed);
    return sealed;
}

Result<Uuid> data_key_of(std::string_view sealed) {
    if (sealed.size() <= 1 + kUuidBytes + kNonceBytes + kTagBytes ||
        (sealed.front() != kFirstSecretVersion && sealed.front() != kSecretVersion))
        return invalid("not a sealed secret of version 1 or 2");
    Uuid dek;
    for (std::size_t i = 0; i < kUuidBytes; ++i)
        dek.bytes[i] = static_cast<std::uint8_t>(sealed[1 + i]);
    return dek;
}

bool is_without_fingerprint(std::string_view sealed) {
    return !sealed.empty() && sealed.front() == kFirstSecretVersion;
}

Result<Secret<std::string>>
open(const Key& data_key, const SecretName& name, std::string_view sealed) {
    if (const Result<Uuid> dek = data_key_of(sealed); !dek)
        return Error{
            dek.error().kind,
            "the secret" + of_company(name.company) + " is " + dek.error().message};
    const std::string_view header = sealed.substr(0, 1 + kUuidBytes);
    std::string plain;
    if (!decrypt(data_key, context_of(name, header), sealed.substr(header.size()), plain))
        return invalid(
            "the secret" + of_company(name.company) +
            " does not open: its row was changed, or belongs to another company, credential or "
            "fingerprint"
        );
    return Secret<std::string>(std::move(plain));
}

} // namespace calfleet::sealing
