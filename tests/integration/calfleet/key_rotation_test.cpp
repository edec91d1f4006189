#include "common/core/uuid.h"
#include "common/sealing/envelope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/calfleet/keys_fixture.h"

// What `calfleet keys rotate` promises: nothing is lost, whatever it meets and whenever it is
// killed.
namespace calfleet::cli {
namespace {

using ::testing::HasSubstr;

class KeyRotation : public Keys {
protected:
    static constexpr int kCompanies = 120;

    void prepare() override {
        Keys::prepare();
        set(1, kCanary, kek('a'));
        const auto ring = *sealing::KeyRing::read({kek('a')});
        run("insert into platform.companies (id, name) select 1000 + g, 'c' from "
            "generate_series(1, " +
            std::to_string(kCompanies - 1) + ") g");
        static constexpr postgres::Statement kAdd{
            "test.add_dek",
            "insert into calfleet.sealing_keys (dek_id, company_id, kek_id, wrapped) values ($1, "
            "$2, $3, $4)"};
        postgres::Session session({.dsn = database().dsn()});
        const auto done =
            session.transact(postgres::Access::login(), [&](postgres::Transaction& t) {
                for (int i = 1; i < kCompanies; ++i) {
                    const CompanyId company{1000 + i};
                    const Uuid dek = name_uuid({"dek", std::to_string(i)});
                    const auto wrapped =
                        ring.wrap(sealing::Key::random(), {.company = company, .dek = dek});
                    postgres::Params values = postgres::params(dek, company.value, wrapped.kek_id);
                    t.exec(kAdd, values.add_bytes(wrapped.bytes));
                }
            });
        ASSERT_TRUE(done) << done.error().message;
    }

    std::string rotate(const std::string& keks, int code = 0) const {
        return output_of({"keys", "rotate", "--key-files", keks, "--json"}, code);
    }
    // Data keys wrapped by each key, the largest group first.
    std::string wraps() const {
        return ask("select string_agg(n::text, ',' order by n desc) from (select count(*) n from "
                   "calfleet.sealing_keys group by kek_id) g");
    }
    // Every data key opens with these files alone.
    int unopenable(const std::vector<std::string>& keks) const {
        const auto ring = *sealing::KeyRing::read(keks);
        static constexpr postgres::Statement kAll{
            "test.all_deks",
            "select dek_id, company_id, kek_id, wrapped from calfleet.sealing_keys"};
        postgres::Session session({.dsn = database().dsn()});
        return *session.transact(postgres::Access::login(), [&](postgres::Transaction& t) {
            int closed = 0;
            for (const postgres::Row row : t.exec(kAll)) {
                const auto key = ring.unwrap(
                    {.kek_id = std::string(row.text(2)), .bytes = row.bytes(3)},
                    {.company = CompanyId{row.int64(1)}, .dek = row.uuid(0)}
                );
                closed += key ? 0 : 1;
            }
            return closed;
        });
    }
};

TEST_F(KeyRotation, WrapsEveryDataKeyWithTheNewestAndLeavesTheSecretsAlone) {
    const std::string sealed = ask("select encode(sealed, 'hex') from calfleet.calcom_credentials");
    EXPECT_THAT(
        rotate(kek('b') + "," + kek('a')), HasSubstr(R"("rewrapped":120,"left":0,"failed":0)")
    );
    EXPECT_EQ(ask("select encode(sealed, 'hex') from calfleet.calcom_credentials"), sealed);
    EXPECT_EQ(unopenable({kek('b')}), 0);
    EXPECT_EQ(opened(1, {kek('b')}), kCanary);
    EXPECT_THAT(
        output_of({"keys", "status", "--key-files", kek('b') + "," + kek('a')}), HasSubstr("unused")
    );
    EXPECT_THAT(rotate(kek('b')), HasSubstr(R"("rewrapped":0,"left":0)")); // again changes nothing
}

TEST_F(KeyRotation, ThatIsKilledInTheMiddleGoesOnWhereItWas) {
    const std::string keks = kek('b') + "," + kek('a');
    const auto killed_at = [&](const std::string& point) {
        return test_support::run(
                   {.argv =
                        {std::string(CALFLEET_BIN_DIR) + "/calfleet",
                         "keys",
                         "rotate",
                         "--key-files",
                         keks},
                    .environment =
                        {{"CALFLEET_POSTGRES_URL",
                          database().dsn("calfleet_operator").reveal_for_use()},
                         {"CALFLEET_CRASH", point}}},
                   std::chrono::seconds{60}
        )
            .exit;
    };
    EXPECT_EQ(killed_at("X1:2").signal, SIGKILL); // rewrapped and not committed
    EXPECT_EQ(wraps(), "70,50");
    EXPECT_EQ(unopenable({kek('b'), kek('a')}), 0)
        << "a mixture opens as long as both files are there";
    EXPECT_EQ(opened(1, {kek('b'), kek('a')}), kCanary);
    EXPECT_EQ(killed_at("X2:1").signal, SIGKILL); // committed and not noted anywhere
    EXPECT_EQ(wraps(), "100,20");
    EXPECT_THAT(rotate(keks), HasSubstr(R"("rewrapped":20,"left":0,"failed":0)"));
    EXPECT_EQ(unopenable({kek('b')}), 0);
}

TEST_F(KeyRotation, SaysWhichDataKeysItCannotOpenAndGoesOnWithTheOthers) {
    run("update calfleet.sealing_keys set wrapped = wrapped || '\\x00' where company_id = 1001; "
        "update calfleet.sealing_keys set kek_id = '00000000000000aa' where company_id = 1002");
    const auto said =
        calfleet({"keys", "rotate", "--key-files", kek('b') + "," + kek('a'), "--json"});
    EXPECT_EQ(said.exit, (test_support::Exit{1, 0}));
    EXPECT_THAT(said.out, HasSubstr(R"("rewrapped":118,"left":2,"failed":2)"));
    EXPECT_THAT(said.err, HasSubstr("the data key of company 1001 is no wrapped key of version 1"));
    EXPECT_THAT(
        said.err,
        HasSubstr("the data key of company 1002 is wrapped with key 00000000000000aa, which is in "
                  "no key file given")
    );
}

/// What the release before sealed for a credential 00..02 of company 7 with its data key 00..01,
/// which key 'a' wraps: the bytes are of that release.
class KeyRotationOfTheReleaseBefore : public Keys {
protected:
    void prepare() override {
        Keys::prepare();
        for (const int company : {7, 8}) {
            const std::string number = std::to_string(company);
            run("insert into platform.companies (id, name) overriding system value values (" +
                number + ", 'of the release before')");
        }
        run(std::string("insert into calfleet.sealing_keys (dek_id, company_id, kek_id, wrapped) "
                        "values ('00000000-0000-0000-0000-000000000001', 7, '") +
            sealing::key_id(*sealing::Key::from_hex(std::string(64, 'a'))) + "', '\\x" + kWrapped +
            "'); insert into calfleet.calcom_credentials (credential_id, company_id, purpose, "
            "dek_id, sealed, fingerprint, created_by) values "
            "('00000000-0000-0000-0000-000000000002', 7, 'api-key', "
            "'00000000-0000-0000-0000-000000000001', '\\x" +
            kSealed + "', '00000000000000f7', 'anna')");
    }
    static constexpr const char* kWrapped =
        "01135898e76bec02ab273204c57a45527e7dd337334f9c327571aa394e517b90330359"
        "c2608a62aaa2e3b7e2643487fdf2f24cf91876777a57bc8f47c1";
    static constexpr const char* kSealed =
        "0100000000000000000000000000000001a70ec431dd236f55db1547b7652d2ff07736"
        "f00f0e938053919b34e8a87a227ad42957bd4b0c431bf9c1bffa3db06e356584942743";
};

TEST_F(KeyRotationOfTheReleaseBefore, SealsItsSecretsWithTheirFingerprintFromThenOn) {
    const auto rename = [&](const std::string& fingerprint) {
        run("update calfleet.calcom_credentials set fingerprint = '" + fingerprint + "'");
    };
    EXPECT_EQ(opened(7, {kek('a')}), kCanary);
    rename("00000000000000f8");
    EXPECT_EQ(opened(7, {kek('a')}), kCanary) << "such a secret does not know its fingerprint";
    rename("00000000000000f7");
    const auto rotate = [&] {
        return output_of({"keys", "rotate", "--key-files", kek('a'), "--json"}, 0);
    };
    EXPECT_THAT(rotate(), HasSubstr(R"("rewrapped":0,"left":0,"failed":0,"resealed":1)"));
    EXPECT_EQ(opened(7, {kek('a')}), kCanary);
    EXPECT_THAT(rotate(), HasSubstr(R"("rewrapped":0,"left":0,"failed":0,"resealed":0)"));
    rename("00000000000000f8");
    EXPECT_THAT(opened(7, {kek('a')}), HasSubstr("belongs to another company, credential or"));
}

TEST_F(KeyRotationOfTheReleaseBefore, SaysWhichSecretsDoNotOpenAndLeavesThemAsTheyAre) {
    run("update calfleet.calcom_credentials set sealed = set_byte(sealed, 40, 255 - "
        "get_byte(sealed, 40))");
    const std::string before = ask("select encode(sealed, 'hex') from calfleet.calcom_credentials");
    set(8, kCanary, kek('a'));
    const auto said =
        calfleet({"keys", "rotate", "--key-files", kek('b') + "," + kek('a'), "--json"});
    EXPECT_EQ(said.exit, (test_support::Exit{1, 0}));
    EXPECT_THAT(said.out, HasSubstr(R"("rewrapped":2,"left":1,"failed":1,"resealed":0)"));
    EXPECT_THAT(said.err, HasSubstr("the secret of company 7 does not open"));
    EXPECT_EQ(
        ask("select encode(sealed, 'hex') from calfleet.calcom_credentials where company_id = 7"),
        before
    );
}

TEST_F(KeyRotation, MayBeRunByTwoAtOnce) {
    const std::string keks = kek('b') + "," + kek('a');
    const auto options = [&](const std::string& name) {
        return test_support::ProcessOptions{
            .argv =
                {std::string(CALFLEET_BIN_DIR) + "/calfleet",
                 "keys",
                 "rotate",
                 "--key-files",
                 keks},
            .environment =
                {{"CALFLEET_POSTGRES_URL", database().dsn("calfleet_operator").reveal_for_use()}},
            .directory = std::filesystem::path(kek('b')).parent_path(),
            .name = name};
    };
    test_support::Process one(options("one")), two(options("two"));
    EXPECT_EQ(one.wait_exit(std::chrono::seconds{60}), (test_support::Exit{0, 0}));
    EXPECT_EQ(two.wait_exit(std::chrono::seconds{60}), (test_support::Exit{0, 0}));
    EXPECT_EQ(wraps(), "120");
    EXPECT_EQ(unopenable({kek('b')}), 0);
}

} // namespace
} // namespace calfleet::cli
