#pragma once
// Companies' API keys as workers open them: sealed in the database, in clear only for one call.

#include "common/calcom/requests.h"
#include "common/config/reader.h"
#include "common/core/clock.h"
#include "common/core/ids.h"
#include "common/core/result.h"
#include "common/postgres/session.h"
#include "common/sealing/envelope.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::calcom {

inline constexpr std::string_view kApiKeyPurpose = "api-key";

/// Reads KEY_FILES: key files, newest first.
std::vector<std::string> read_key_files(config::Reader& reader);

postgres::Catalogue credential_catalogue();

/// Opens keys with the process's key files. Keeps sealed bytes, never an opened key. When a data
/// key is wrapped with a key that it does not have, it reads the files again (at most every ten
/// seconds): a new file behind a mounted path is found without a restart. A file that became
/// unreadable changes nothing for keys that are known. Thread-safe.
class CredentialVault {
public:
    /// Error: a key file is missing, unreadable or no key; a program stops then (exit 78).
    static Result<std::unique_ptr<CredentialVault>>
    create(std::vector<std::string> key_files, const Clock& clock = system_clock());
    ~CredentialVault();

    /// The key that has this fingerprint (Ticket::fingerprint), from memory; nothing when it must
    /// be loaded first. An Error says why it does not open: the work parks, nobody else's does.
    std::optional<Result<ApiKey>> open(CompanyId company, std::string_view fingerprint);

    /// Fetches the sealed keys of companies: Access::companies. Companies without one are passed
    /// over. Throws DatabaseError.
    void load(postgres::Transaction& transaction, const std::vector<CompanyId>& companies);

    struct Name {
        CompanyId company;
        std::string_view fingerprint;
    };
    /// open() for each, and what is not in memory is loaded at once before: Access::companies.
    /// Throws DatabaseError.
    std::vector<Result<ApiKey>>
    fetch(postgres::Transaction& transaction, std::span<const Name> names);
    Result<ApiKey>
    fetch(postgres::Transaction& transaction, CompanyId company, std::string_view fingerprint);

private:
    struct Impl;
    explicit CredentialVault(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace calfleet::calcom
