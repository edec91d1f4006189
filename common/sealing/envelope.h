#pragma once
// Secrets at rest: AES-256-GCM in two layers, so that changing the outer key touches no secret.
//
//     key file (KEK) ──wraps──► data key of a company (DEK) ──seals──► secret
//
// A database without the key file is noise, and a row that was copied to another company, another
// credential, another purpose or under another fingerprint does not open there: all of that is
// authenticated with it. Secrets of version 1, from releases before 0.3.0, do not know their
// fingerprint; they are read as they are until a rotation seals them anew.

#include "common/core/ids.h"
#include "common/core/result.h"
#include "common/core/secret.h"
#include "common/core/uuid.h"
#include "common/sealing/key.h"

#include <string>
#include <string_view>
#include <vector>

namespace calfleet::sealing {

/// Whose data key it is; part of what is authenticated.
struct DataKeyName {
    CompanyId company;
    Uuid dek;
};

/// Whose secret it is, what for ("api-key"), and what limiters call it: the rate and the breaker of
/// a key hang on its fingerprint. Part of what is authenticated.
struct SecretName {
    CompanyId company;
    Uuid credential;
    std::string_view purpose;
    std::string_view fingerprint; ///< 16 hexadecimal digits
};

/// A data key as the database has it.
struct WrappedKey {
    std::string kek_id; ///< which key wraps it
    std::string bytes;  ///< version 1, nonce, ciphertext, tag: 61 bytes
};

inline constexpr std::size_t kMostSecretBytes = 4096;

/// The key-encryption keys that files hold: the first wraps, all of them unwrap. Immutable, so any
/// number of threads may use one.
class KeyRing {
public:
    /// Newest first. Error: of the first file that is missing, unreadable, truncated or no key; or
    /// Invalid when there is none, or one is there twice.
    static Result<KeyRing> read(const std::vector<std::string>& files);
    static Result<KeyRing> of(std::vector<Key> newest_first);

    const std::string& newest_id() const { return keys_.front().id; }
    bool knows(std::string_view kek_id) const { return find(kek_id) != nullptr; }
    std::vector<std::string> ids() const;

    /// Under the newest key.
    WrappedKey wrap(const Key& data_key, const DataKeyName& name) const;
    /// Error NotFound: no file has that key. Invalid: the bytes are not what was wrapped for that
    /// company and key.
    Result<Key> unwrap(const WrappedKey& wrapped, const DataKeyName& name) const;

private:
    struct Named {
        std::string id;
        Key key;
    };
    const Named* find(std::string_view kek_id) const;
    std::vector<Named> keys_;
};

/// Version 2, the data key's number, a random nonce, the ciphertext and its tag. Error Invalid: the
/// secret is empty or longer than kMostSecretBytes, or the name has no fingerprint.
Result<std::string>
seal(const Key& data_key, const Uuid& dek, const SecretName& name, std::string_view secret);

/// Which data key a sealed secret needs; Invalid when it is no sealed secret.
Result<Uuid> data_key_of(std::string_view sealed);

/// Sealed by a release before 0.3.0: it opens under any fingerprint.
bool is_without_fingerprint(std::string_view sealed);

/// Error Invalid: another key, another name, or changed bytes; which one cannot be told.
Result<Secret<std::string>>
open(const Key& data_key, const SecretName& name, std::string_view sealed);

} // namespace calfleet::sealing
