#include "common/calcom/credential.h"

#include "common/log/log.h"
#include "common/postgres/columns.h"

#include <array>
#include <map>
#include <mutex>
#include <utility>

namespace calfleet::calcom {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Statement;
using sealing::KeyRing;

constexpr Statement kLoad{"credential.load", R"sql(
    select c.company_id, c.credential_id, c.fingerprint, c.sealed, k.dek_id, k.kek_id, k.wrapped
    from calcom_credentials c join sealing_keys k on k.company_id = c.company_id and k.dek_id = c.dek_id
    where c.company_id = any($1::bigint[]) and c.purpose = $2 and c.state = 'active'
)sql"};

constexpr std::array kCatalogue{kLoad};

constexpr std::chrono::seconds kReadAgainAfter{10};
// Sealed keys are small and companies few; this only keeps a mistake from becoming a leak.
constexpr std::size_t kMostKept = 50000;

struct Sealed {
    Uuid credential;
    std::string fingerprint;
    std::string bytes;
    Uuid dek;
    sealing::WrappedKey wrapped;
};

Result<ApiKey> open_sealed(const KeyRing& ring, CompanyId company, const Sealed& sealed) {
    const auto key = ring.unwrap(sealed.wrapped, {.company = company, .dek = sealed.dek});
    if (!key) return key.error();
    return sealing::open(
        *key,
        {.company = company,
         .credential = sealed.credential,
         .purpose = kApiKeyPurpose,
         .fingerprint = sealed.fingerprint},
        sealed.bytes
    );
}

} // namespace

std::vector<std::string> read_key_files(config::Reader& reader) {
    return reader.list(
        "KEY_FILES",
        {.help = "files with the keys that open companies' API keys, newest first; each 64 "
                 "hexadecimal digits, as from openssl rand -hex 32",
         .required = true,
         .max_parts = 16}
    );
}

postgres::Catalogue credential_catalogue() {
    return kCatalogue;
}

struct CredentialVault::Impl {
    Impl(std::vector<std::string> key_files, KeyRing keys, const Clock& clock_of)
        : files(std::move(key_files))
        , clock(clock_of)
        , ring(std::make_shared<const KeyRing>(std::move(keys)))
        , read_at(clock.monotonic()) {}

    const std::vector<std::string> files;
    const Clock& clock;
    std::mutex mutex;
    // All below under the mutex.
    std::shared_ptr<const KeyRing> ring;
    Monotonic read_at;
    std::map<CompanyId, Sealed> kept;

    struct Found {
        Sealed sealed;
        std::shared_ptr<const KeyRing> ring;
    };
    std::optional<Found> find(CompanyId company) {
        const std::lock_guard lock(mutex);
        const auto known = kept.find(company);
        if (known == kept.end()) return std::nullopt;
        return Found{known->second, ring};
    }

    // The files may have grown a key since they were read. What cannot be read changes nothing.
    std::shared_ptr<const KeyRing> ring_with(std::string_view kek_id) {
        const std::lock_guard lock(mutex);
        if (ring->knows(kek_id) || clock.monotonic() - read_at < kReadAgainAfter) return ring;
        read_at = clock.monotonic();
        if (auto fresh = KeyRing::read(files))
            ring = std::make_shared<const KeyRing>(std::move(*fresh));
        else
            log::error("keys.unreadable", {{"error", fresh.error().message}});
        return ring;
    }

    Result<ApiKey> open_loaded(const Name& name) {
        const auto found = find(name.company);
        const std::string number = std::to_string(name.company.value);
        if (!found)
            return Error{
                ErrorKind::NotFound,
                "company " + number + " has no API key: calfleet company set-key " + number};
        if (found->sealed.fingerprint != name.fingerprint)
            return unavailable("the key of company " + number + " was replaced a moment ago");
        return open_sealed(*ring_with(found->sealed.wrapped.kek_id), name.company, found->sealed);
    }
};

CredentialVault::CredentialVault(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}
CredentialVault::~CredentialVault() = default;

Result<std::unique_ptr<CredentialVault>>
CredentialVault::create(std::vector<std::string> key_files, const Clock& clock) {
    auto ring = KeyRing::read(key_files);
    if (!ring) return ring.error();
    for (const std::string& file : key_files)
        if (const auto exposure = sealing::exposure_of_key_file(file))
            log::warn("keys.exposed", {{"problem", *exposure}});
    return std::unique_ptr<CredentialVault>(
        new CredentialVault(std::make_unique<Impl>(std::move(key_files), std::move(*ring), clock))
    );
}

std::optional<Result<ApiKey>>
CredentialVault::open(CompanyId company, std::string_view fingerprint) {
    const auto found = impl_->find(company);
    // What is kept may be of before a rotation, or of a former key: the database has the present.
    if (!found || found->sealed.fingerprint != fingerprint ||
        !found->ring->knows(found->sealed.wrapped.kek_id))
        return std::nullopt;
    return open_sealed(*found->ring, company, found->sealed);
}

void CredentialVault::load(
    postgres::Transaction& transaction, const std::vector<CompanyId>& companies
) {
    const Array wanted = postgres::array_of(companies);
    const auto rows = transaction.exec(kLoad, params(wanted, kApiKeyPurpose));
    const std::lock_guard lock(impl_->mutex);
    if (impl_->kept.size() + companies.size() > kMostKept) impl_->kept.clear();
    for (const CompanyId company : companies)
        impl_->kept.erase(company);
    for (const Row row : rows)
        impl_->kept[CompanyId{row.int64(0)}] = {
            .credential = row.uuid(1),
            .fingerprint = std::string(row.text(2)),
            .bytes = row.bytes(3),
            .dek = row.uuid(4),
            .wrapped = {.kek_id = std::string(row.text(5)), .bytes = row.bytes(6)}};
}

std::vector<Result<ApiKey>>
CredentialVault::fetch(postgres::Transaction& transaction, std::span<const Name> names) {
    std::vector<std::optional<Result<ApiKey>>> opened;
    std::vector<CompanyId> unknown;
    for (const Name& name : names) {
        opened.push_back(open(name.company, name.fingerprint));
        if (!opened.back()) unknown.push_back(name.company);
    }
    if (!unknown.empty()) load(transaction, unknown);
    std::vector<Result<ApiKey>> keys;
    for (std::size_t i = 0; i < names.size(); ++i)
        keys.push_back(opened[i] ? *std::move(opened[i]) : impl_->open_loaded(names[i]));
    return keys;
}

Result<ApiKey> CredentialVault::fetch(
    postgres::Transaction& transaction, CompanyId company, std::string_view fingerprint
) {
    const Name name{company, fingerprint};
    return std::move(fetch(transaction, std::span(&name, 1)).front());
}

} // namespace calfleet::calcom
