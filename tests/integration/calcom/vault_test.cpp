// Sealed keys in a real database: opened for their company, and for nobody else.

#include "common/calcom/credential.h"
#include "common/core/random.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/integration/postgres/database.h"
#include "tests/support/wait.h"

namespace calfleet::calcom {
namespace {

using namespace std::chrono_literals;
using postgres::Access;
using postgres::Transaction;

constexpr CompanyId kOurs{1};
constexpr CompanyId kTheirs{2};

constexpr postgres::Statement kPut{
    "test.put_key",
    "with dek as (insert into sealing_keys (dek_id, company_id, kek_id, wrapped, is_current) "
    "values ($1, $2, $3, $4, false) returning dek_id) "
    "insert into calcom_credentials (credential_id, company_id, purpose, dek_id, sealed, "
    "fingerprint, created_by) "
    "select $5, $2, 'api-key', dek_id, $6, $7, 'test' from dek"};

class VaultTest : public postgres::PostgresTest {
protected:
    void prepare() override {
        database().migrate();
        database().run("insert into platform.companies (id, name) values (1, 'c'), (2, 'd')");
        worker_.emplace(postgres::Settings{.dsn = database().dsn("calfleet_worker")});
    }

    std::string file(const std::string& name, const std::string& content) const {
        const auto path = folder_.path() / name;
        std::ofstream(path, std::ios::trunc) << content;
        return path.string();
    }
    std::string key_file(char digit) const {
        return file(std::string("kek-") + digit, std::string(64, digit) + "\n");
    }
    std::unique_ptr<CredentialVault> vault(std::vector<std::string> files) {
        auto made = CredentialVault::create(std::move(files), clock_);
        EXPECT_TRUE(made) << made.error().message;
        return std::move(*made);
    }

    void
    put(CompanyId company,
        const std::string& kek,
        const std::string& secret,
        const std::string& fingerprint) {
        const auto ring = *sealing::KeyRing::read({kek});
        Random random(static_cast<std::uint64_t>(company.value));
        const Uuid dek = make_uuid_v7(clock_.now(), random);
        const Uuid credential = make_uuid_v7(clock_.now(), random);
        const auto data_key = sealing::Key::random();
        const auto wrapped = ring.wrap(data_key, {.company = company, .dek = dek});
        const auto sealed = *sealing::seal(
            data_key,
            dek,
            {.company = company,
             .credential = credential,
             .purpose = kApiKeyPurpose,
             .fingerprint = fingerprint},
            secret
        );
        postgres::Session operator_session({.dsn = database().dsn("calfleet_operator")});
        const auto done = operator_session.transact(Access::login(), [&](Transaction& t) {
            postgres::Params values;
            values.add(dek).add(company.value).add(wrapped.kek_id).add_bytes(wrapped.bytes);
            values.add(credential).add_bytes(sealed).add(fingerprint);
            t.exec(kPut, values);
        });
        ASSERT_TRUE(done) << done.error().message;
    }

    std::string fetch(CredentialVault& vault, CompanyId company, const std::string& fingerprint) {
        const auto got =
            worker_->transact(Access::company(company), [&](Transaction& t) -> std::string {
                const auto key = vault.fetch(t, company, fingerprint);
                return key ? key->reveal_for_use() : "refused: " + key.error().message;
            });
        return got ? *got : got.error().message;
    }

    test_support::TemporaryDirectory folder_{"vault"};
    ManualClock clock_{Instant{} + 480000h};
    std::optional<postgres::Session> worker_;
};

TEST_F(VaultTest, OpensACompanysKeyAndRemembersItSealed) {
    put(kOurs, key_file('a'), "cal_live_1", "00000000000000f1");
    const auto keys = vault({key_file('a')});
    EXPECT_FALSE(keys->open(kOurs, "00000000000000f1"));
    EXPECT_EQ(fetch(*keys, kOurs, "00000000000000f1"), "cal_live_1");
    const auto kept = keys->open(kOurs, "00000000000000f1");
    ASSERT_TRUE(kept && *kept);
    EXPECT_EQ((*kept)->reveal_for_use(), "cal_live_1");
    EXPECT_FALSE(keys->open(kOurs, "00000000000000f2")) << "another key is wanted: look again";
}

TEST_F(VaultTest, SaysWhatACompanyWithoutAKeyNeeds) {
    const auto keys = vault({key_file('a')});
    EXPECT_EQ(
        fetch(*keys, kOurs, "00000000000000f1"),
        "refused: company 1 has no API key: calfleet company set-key 1"
    );
}

TEST_F(VaultTest, OpensNothingThatWasCopiedFromAnotherCompany) {
    put(kTheirs, key_file('a'), "cal_live_theirs", "00000000000000f2");
    // Somebody with a superuser's rights points our row at their secret.
    database().run("insert into calfleet.sealing_keys select gen_random_uuid(), 1, kek_id, "
                   "wrapped, false from calfleet.sealing_keys; "
                   "insert into calfleet.calcom_credentials (credential_id, company_id, purpose, "
                   "dek_id, sealed, fingerprint, created_by) "
                   "select gen_random_uuid(), 1, purpose, (select dek_id from "
                   "calfleet.sealing_keys where company_id = 1), sealed, "
                   "fingerprint, 'thief' from calfleet.calcom_credentials");
    const auto keys = vault({key_file('a')});
    EXPECT_EQ(
        fetch(*keys, kOurs, "00000000000000f2"),
        "refused: the data key of company 1 does not open: its row was changed, or belongs to "
        "another company"
    );
    EXPECT_EQ(fetch(*keys, kTheirs, "00000000000000f2"), "cal_live_theirs");
}

/// The rate and the breaker of a key hang on its fingerprint.
TEST_F(VaultTest, OpensNothingUnderTheFingerprintOfAnotherKey) {
    put(kOurs, key_file('a'), "cal_live_ours", "00000000000000f1");
    put(kTheirs, key_file('a'), "cal_live_theirs", "00000000000000f2");
    database().run("update calfleet.calcom_credentials set fingerprint = case company_id when 1 "
                   "then '00000000000000f2' else '00000000000000f1' end");
    const auto keys = vault({key_file('a')});
    for (const auto& [company, fingerprint] :
         {std::pair{kOurs, "00000000000000f2"}, {kTheirs, "00000000000000f1"}})
        EXPECT_EQ(
            fetch(*keys, company, fingerprint),
            "refused: the secret of company " + std::to_string(company.value) +
                " does not open: its row was changed, or belongs to another company, credential "
                "or fingerprint"
        );
}

TEST_F(VaultTest, ReadsItsFilesAgainForAKeyThatItDoesNotKnow) {
    const std::string mounted = key_file('a');
    const auto keys = vault({mounted});
    put(kOurs, key_file('b'), "cal_live_1", "00000000000000f1");
    EXPECT_NE(
        fetch(*keys, kOurs, "00000000000000f1").find("is in no key file given"), std::string::npos
    );
    file("kek-a", std::string(64, 'b')); // the mount changed under the same name
    clock_.advance(10s);
    EXPECT_EQ(fetch(*keys, kOurs, "00000000000000f1"), "cal_live_1");
}

TEST_F(VaultTest, KeepsItsKeysWhenAFileBecomesUnreadableAndFailsClosedForOthers) {
    const std::string mounted = key_file('a');
    put(kOurs, mounted, "cal_live_1", "00000000000000f1");
    put(kTheirs, key_file('b'), "cal_live_2", "00000000000000f2");
    const auto keys = vault({mounted});
    file("kek-a", "0123"); // truncated
    clock_.advance(10s);
    EXPECT_NE(
        fetch(*keys, kTheirs, "00000000000000f2").find("is in no key file given"), std::string::npos
    );
    EXPECT_EQ(fetch(*keys, kOurs, "00000000000000f1"), "cal_live_1");
}

TEST_F(VaultTest, IsNotMadeWithoutItsFiles) {
    const auto made = CredentialVault::create({(folder_.path() / "absent").string()}, clock_);
    ASSERT_FALSE(made);
    EXPECT_NE(
        made.error().message.find("cannot be opened: No such file or directory"), std::string::npos
    );
}

} // namespace
} // namespace calfleet::calcom
