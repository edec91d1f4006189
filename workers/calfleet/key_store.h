#pragma once
// Companies' sealed API keys and the keys that wrap them, as the operator changes them.

#include "common/core/ids.h"
#include "common/core/random.h"
#include "common/core/secret.h"
#include "common/postgres/session.h"
#include "common/sealing/envelope.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

postgres::Catalogue key_catalogue();

/// What seals: nothing of it is ever printed.
struct SealingKeys {
    sealing::KeyRing ring;
    sealing::Key pepper;
};

struct KeyChange {
    std::string fingerprint;
    bool changed{true};         ///< false: the company had this very key
    bool new_data_key{false};   ///< it had none, or one that no key file opens
    std::int64_t jobs_woken{0}; ///< parked, or given up long ago, for want of a good key
};

/// Seals the key for the company; the one before is retired and its ciphertext overwritten. Aborts
/// with NotFound when there is no such company. May be run again after a rollback.
KeyChange set_api_key(
    postgres::Transaction& transaction,
    const SealingKeys& keys,
    CompanyId company,
    const Secret<std::string>& secret,
    std::string_view actor,
    Random& random
);

struct WrapCount {
    std::string kek_id;
    std::int64_t data_keys{0}, companies{0};
};
std::vector<WrapCount> count_wraps(postgres::Transaction& transaction);

/// What a rotation has to do: data keys that the newest key does not wrap, secrets that are sealed
/// without their fingerprint.
std::int64_t count_left(postgres::Transaction& transaction, const sealing::KeyRing& ring);

struct Renewed {
    std::int64_t done{0};
    std::vector<std::string> failures; ///< of what does not open
    Uuid last; ///< where the next batch goes on; unchanged when there is nothing left
    bool more{false};
};

enum class Held { Skip, Wait };

/// Wraps up to `limit` data keys behind `after` with the newest key, in the order of their numbers.
/// held: what to do about rows that another rotation holds.
Renewed rewrap(
    postgres::Transaction& transaction,
    const sealing::KeyRing& ring,
    const Uuid& after,
    int limit,
    Held held
);

/// The same for active secrets of the release before: seals them together with the fingerprint that
/// their row has now.
Renewed reseal(
    postgres::Transaction& transaction,
    const sealing::KeyRing& ring,
    const Uuid& after,
    int limit,
    Held held
);

} // namespace calfleet::cli
