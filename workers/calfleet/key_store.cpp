#include "workers/calfleet/key_store.h"

#include "workers/calfleet/dead_letter_store.h"

#include "common/calcom/waiting_reasons.h"
#include "common/core/clock.h"
#include "common/jobs/job_decisions.h"
#include "common/postgres/columns.h"

#include <array>
#include <span>

namespace calfleet::cli {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Statement;
using sealing::KeyRing;

constexpr std::string_view kApiKey = "api-key";

constexpr Statement kLockCompany{"calfleet.lock_company_of_key", R"sql(
    select c.id, (select fingerprint from calcom_credentials k
                  where k.company_id = c.id and k.purpose = 'api-key' and k.state = 'active')
    from platform.companies c where c.id = $1 for update of c
)sql"};

constexpr Statement kCurrentDataKey{"calfleet.current_data_key", R"sql(
    select dek_id, kek_id, wrapped from sealing_keys where company_id = $1 and is_current
)sql"};

constexpr Statement kRetireDataKey{"calfleet.retire_data_key", R"sql(
    update sealing_keys set is_current = false where company_id = $1 and is_current
)sql"};

constexpr Statement kAddDataKey{"calfleet.add_data_key", R"sql(
    insert into sealing_keys (dek_id, company_id, kek_id, wrapped) values ($1, $2, $3, $4)
)sql"};

constexpr Statement kRetireKey{"calfleet.retire_api_key", R"sql(
    update calcom_credentials set state = 'retired', retired_at = now(), sealed = ''
    where company_id = $1 and purpose = 'api-key' and state = 'active'
)sql"};

constexpr Statement kAddKey{"calfleet.add_api_key", R"sql(
    insert into calcom_credentials (credential_id, company_id, purpose, dek_id, sealed, fingerprint, created_by)
    values ($1, $2, $3, $4, $5, $6, $7)
)sql"};

// The release before gave work up that had waited for three days; what it waited for is there now.
constexpr Statement kGivenUp{"calfleet.letters_given_up_without_key", R"sql(
    select id from dead_letters
    where worker in ('service-pusher', 'team-syncer') and state = 'open' and company_id = $1 and reason_class = 'deadline'
      and record_topic is null and job_kind is not null
      and reason ~ (' last: (' || array_to_string($2::text[], '|') || '): ')
    order by id for update
)sql"};

constexpr Statement kCountWraps{"calfleet.count_wraps", R"sql(
    select kek_id, count(*), count(distinct company_id) from sealing_keys group by kek_id order by 2 desc, 1
)sql"};

constexpr Statement kCountOld{"calfleet.count_old_wraps", R"sql(
    select count(*) from sealing_keys where kek_id <> $1
)sql"};

constexpr Statement kNextOld{"calfleet.next_old_wraps", R"sql(
    select dek_id, company_id, kek_id, wrapped from sealing_keys
    where kek_id <> $1 and dek_id > $2 order by dek_id limit $3::bigint for update
)sql"};

constexpr Statement kNextFreeOld{"calfleet.next_free_old_wraps", R"sql(
    select dek_id, company_id, kek_id, wrapped from sealing_keys
    where kek_id <> $1 and dek_id > $2 order by dek_id limit $3::bigint for update skip locked
)sql"};

constexpr Statement kRewrap{"calfleet.rewrap", R"sql(
    update sealing_keys k set kek_id = $1, wrapped = new.wrapped, wrapped_at = now()
    from unnest($2::uuid[], $3::bytea[]) as new (dek_id, wrapped) where k.dek_id = new.dek_id
)sql"};

// Sealed by the release before, without their fingerprint: the first byte is the version.
constexpr Statement kCountOldSeals{"calfleet.count_old_seals", R"sql(
    select count(*) from calcom_credentials where state = 'active' and get_byte(sealed, 0) = 1
)sql"};

constexpr Statement kNextOldSeals{"calfleet.next_old_seals", R"sql(
    select c.credential_id, c.company_id, c.purpose, c.fingerprint, c.sealed, k.dek_id, k.kek_id, k.wrapped
    from calcom_credentials c join sealing_keys k on k.company_id = c.company_id and k.dek_id = c.dek_id
    where c.state = 'active' and get_byte(c.sealed, 0) = 1 and c.credential_id > $1
    order by c.credential_id limit $2::bigint for update of c
)sql"};

constexpr Statement kNextFreeOldSeals{"calfleet.next_free_old_seals", R"sql(
    select c.credential_id, c.company_id, c.purpose, c.fingerprint, c.sealed, k.dek_id, k.kek_id, k.wrapped
    from calcom_credentials c join sealing_keys k on k.company_id = c.company_id and k.dek_id = c.dek_id
    where c.state = 'active' and get_byte(c.sealed, 0) = 1 and c.credential_id > $1
    order by c.credential_id limit $2::bigint for update of c skip locked
)sql"};

constexpr Statement kReseal{"calfleet.reseal", R"sql(
    update calcom_credentials c set sealed = new.sealed
    from unnest($1::uuid[], $2::bytea[]) as new (credential_id, sealed) where c.credential_id = new.credential_id
)sql"};

constexpr std::array kCatalogue{
    kLockCompany,
    kCurrentDataKey,
    kRetireDataKey,
    kAddDataKey,
    kRetireKey,
    kAddKey,
    kGivenUp,
    kCountWraps,
    kCountOld,
    kNextOld,
    kNextFreeOld,
    kRewrap,
    kCountOldSeals,
    kNextOldSeals,
    kNextFreeOldSeals,
    kReseal};

struct DataKey {
    Uuid id;
    sealing::Key key;
    bool fresh{false};
};

// The company's own, or a new one when it has none that opens: what the old one sealed is lost with
// its key file anyway, and stays readable if that file comes back.
DataKey data_key_of(
    postgres::Transaction& transaction, const KeyRing& ring, CompanyId company, Random& random
) {
    const auto rows = transaction.exec(kCurrentDataKey, params(company.value));
    if (!rows.empty()) {
        const Uuid id = rows[0].uuid(0);
        auto key = ring.unwrap(
            {.kek_id = std::string(rows[0].text(1)), .bytes = rows[0].bytes(2)},
            {.company = company, .dek = id}
        );
        if (key) return {id, std::move(*key)};
        transaction.exec(kRetireDataKey, params(company.value));
    }
    DataKey made{make_uuid_v7(system_clock().now(), random), sealing::Key::random(), true};
    const auto wrapped = ring.wrap(made.key, {.company = company, .dek = made.id});
    postgres::Params values = params(made.id, company.value, wrapped.kek_id);
    transaction.exec(kAddDataKey, values.add_bytes(wrapped.bytes));
    return made;
}

// Throws when there is no such company; its active key's fingerprint.
std::string lock_company(postgres::Transaction& transaction, CompanyId company) {
    const auto rows = transaction.exec(kLockCompany, params(company.value));
    if (rows.empty())
        throw postgres::Abort(
            {ErrorKind::NotFound,
             "there is no company " + std::to_string(company.value) + "; see calfleet company list"}
        );
    return rows[0].optional_text(1).value_or("");
}

// A row of kNextOldSeals, sealed together with its fingerprint.
Result<std::string> seal_anew(const KeyRing& ring, const Row& row) {
    const sealing::SecretName name{
        .company = CompanyId{row.int64(1)},
        .credential = row.uuid(0),
        .purpose = row.text(2),
        .fingerprint = row.text(3)};
    const Uuid dek = row.uuid(5);
    const auto key = ring.unwrap(
        {.kek_id = std::string(row.text(6)), .bytes = row.bytes(7)},
        {.company = name.company, .dek = dek}
    );
    if (!key) return key.error();
    const auto secret = sealing::open(*key, name, row.bytes(4));
    if (!secret) return secret.error();
    return sealing::seal(*key, dek, name, secret->reveal_for_use());
}

} // namespace

postgres::Catalogue key_catalogue() {
    return kCatalogue;
}

KeyChange set_api_key(
    postgres::Transaction& transaction,
    const SealingKeys& keys,
    CompanyId company,
    const Secret<std::string>& secret,
    std::string_view actor,
    Random& random
) {
    KeyChange change;
    change.fingerprint = sealing::fingerprint(keys.pepper, secret.reveal_for_use());
    const std::string before = lock_company(transaction, company);
    const DataKey data_key = data_key_of(transaction, keys.ring, company, random);
    change.new_data_key = data_key.fresh;
    // Known under this name and still opening: nothing to write.
    change.changed = before != change.fingerprint || data_key.fresh;
    if (change.changed) {
        const Uuid credential = make_uuid_v7(system_clock().now(), random);
        const auto sealed = sealing::seal(
            data_key.key,
            data_key.id,
            {.company = company,
             .credential = credential,
             .purpose = kApiKey,
             .fingerprint = change.fingerprint},
            secret.reveal_for_use()
        );
        if (!sealed) throw postgres::Abort(sealed.error());
        transaction.exec(kRetireKey, params(company.value));
        postgres::Params values = params(credential, company.value, kApiKey, data_key.id);
        values.add_bytes(*sealed);
        transaction.exec(kAddKey, values.add(change.fingerprint).add(actor));
    }
    const auto reasons = calcom::waiting_codes(&calcom::WaitingReason::ends_with_new_key);
    change.jobs_woken = jobs::wake_companies(transaction, std::span(&company, 1), reasons);
    std::vector<DeadLetterId> letters;
    for (const Row row :
         transaction.exec(kGivenUp, params(company.value, postgres::array_of(reasons))))
        letters.push_back(DeadLetterId{row.int64(0)});
    if (!letters.empty())
        change.jobs_woken +=
            start_replay(transaction, make_uuid_v7(system_clock().now(), random), actor, letters);
    return change;
}

std::vector<WrapCount> count_wraps(postgres::Transaction& transaction) {
    std::vector<WrapCount> counts;
    for (const Row row : transaction.exec(kCountWraps))
        counts.push_back({std::string(row.text(0)), row.int64(1), row.int64(2)});
    return counts;
}

std::int64_t count_left(postgres::Transaction& transaction, const KeyRing& ring) {
    return transaction.exec(kCountOld, params(ring.newest_id()))[0].int64(0) +
           transaction.exec(kCountOldSeals)[0].int64(0);
}

Renewed rewrap(
    postgres::Transaction& transaction, const KeyRing& ring, const Uuid& after, int limit, Held held
) {
    Renewed result{.failures = {}, .last = after};
    Array ids, wraps;
    const Statement& next = held == Held::Skip ? kNextFreeOld : kNextOld;
    const auto rows = transaction.exec(next, params(ring.newest_id(), after, limit));
    for (const Row row : rows) {
        result.last = row.uuid(0);
        const sealing::DataKeyName name{.company = CompanyId{row.int64(1)}, .dek = result.last};
        const auto key =
            ring.unwrap({.kek_id = std::string(row.text(2)), .bytes = row.bytes(3)}, name);
        if (!key) {
            result.failures.push_back(key.error().message);
            continue;
        }
        ids.add(result.last);
        wraps.add_bytes(ring.wrap(*key, name).bytes);
    }
    result.more = rows.size() == limit;
    if (ids.size() > 0)
        result.done = transaction.exec(kRewrap, params(ring.newest_id(), ids, wraps)).affected();
    return result;
}

Renewed reseal(
    postgres::Transaction& transaction, const KeyRing& ring, const Uuid& after, int limit, Held held
) {
    Renewed result{.failures = {}, .last = after};
    Array ids, seals;
    const Statement& next = held == Held::Skip ? kNextFreeOldSeals : kNextOldSeals;
    const auto rows = transaction.exec(next, params(after, limit));
    for (const Row row : rows) {
        result.last = row.uuid(0);
        const auto sealed = seal_anew(ring, row);
        if (!sealed) {
            result.failures.push_back(sealed.error().message);
            continue;
        }
        ids.add(result.last);
        seals.add_bytes(*sealed);
    }
    result.more = rows.size() == limit;
    if (ids.size() > 0) result.done = transaction.exec(kReseal, params(ids, seals)).affected();
    return result;
}

} // namespace calfleet::cli
