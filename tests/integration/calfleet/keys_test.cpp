#include "common/core/uuid.h"
#include "common/postgres/session.h"
#include "common/sealing/envelope.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/integration/calfleet/command_test.h"

// What the operator's commands about keys promise, seen from outside.
namespace calfleet::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kCanary = "cal_live_canary0123456789";

class Keys : public CommandTest {
protected:
    std::string kek(char digit) const {
        return file(std::string("kek-") + digit, std::string(64, digit) + "\n");
    }

    // The program inherits an open descriptor, as a shell's `3< FILE` makes it.
    struct Descriptor {
        explicit Descriptor(const std::string& path)
            : number(::open(path.c_str(), O_RDONLY)) {}
        ~Descriptor() { ::close(number); }
        Descriptor(const Descriptor&) = delete;
        int number;
    };

    test_support::Finished
    set_key(int company, const std::string& secret, const std::string& keks) const {
        const Descriptor descriptor(file("secret", secret));
        const std::string number = std::to_string(company), fd = std::to_string(descriptor.number);
        const std::string pepper = file("pepper", std::string(64, 'e'));
        return calfleet(
            {"company",
             "set-key",
             number,
             "--key-fd",
             fd,
             "--key-files",
             keks,
             "--pepper-file",
             pepper,
             "--json"}
        );
    }
    std::string set(int company, const std::string& secret, const std::string& keks) const {
        const auto done = set_key(company, secret, keks);
        return done.exit == test_support::Exit{0, 0} ? done.out : done.err;
    }

    // What a worker would read with these key files.
    std::string opened(int company, const std::vector<std::string>& keks) const {
        const auto ring = sealing::KeyRing::read(keks);
        if (!ring) return ring.error().message;
        static constexpr postgres::Statement kRow{
            "test.sealed",
            "select c.credential_id, c.sealed, k.dek_id, k.kek_id, k.wrapped from "
            "calfleet.calcom_credentials c "
            "join calfleet.sealing_keys k on k.dek_id = c.dek_id where c.company_id = $1 and "
            "c.state = 'active'"};
        postgres::Session session({.dsn = database().dsn()});
        const auto text = session.transact(
            postgres::Access::login(),
            [&](postgres::Transaction& t) -> std::string {
                const auto rows = t.exec(kRow, postgres::params(std::int64_t{company}));
                if (rows.empty()) return "no key";
                const postgres::Row row = rows[0];
                const auto key = ring->unwrap(
                    {.kek_id = std::string(row.text(3)), .bytes = row.bytes(4)},
                    {.company = CompanyId{company}, .dek = row.uuid(2)}
                );
                if (!key) return key.error().message;
                const auto secret = sealing::open(
                    *key,
                    {.company = CompanyId{company},
                     .credential = row.uuid(0),
                     .purpose = "api-key"},
                    row.bytes(1)
                );
                return secret ? secret->reveal_for_use() : secret.error().message;
            }
        );
        return text ? *text : text.error().message;
    }

    void park(const std::string& reason) const {
        run("insert into calfleet.jobs (worker, kind, company_id, entity, state, run_at, "
            "deadline_at, last_class) "
            "values ('service-pusher', 'push', 1, gen_random_uuid(), 'parked', now() + interval '1 "
            "hour', now() + interval '2 days', '" +
            reason + "')");
    }
};

TEST_F(Keys, TypedWhereNoneBelongsAreNeverRepeated) {
    for (const std::initializer_list<std::string> typed :
         {std::initializer_list<std::string>{"company", "set-key", "1", kCanary},
          {"company", "set-key", kCanary},
          {"company", "set-key", "1", std::string("--key=") + kCanary},
          {"company", "set-key", "1", "--key-fd", kCanary},
          {"company", "list", kCanary},
          {"stats", kCanary},
          {"service", "list", "--status", kCanary},
          {"breaker", "reset", "--scope", "host", "--key", kCanary}}) {
        const auto said = calfleet(typed);
        EXPECT_GT(said.exit.code, 1) << said.err;
        EXPECT_THAT(said.out + said.err, Not(HasSubstr("canary")));
        EXPECT_THAT(said.err, HasSubstr("***"));
        EXPECT_THAT(said.err, HasSubstr("stays in the shell's history"));
    }
}

/// The release before gave up what had waited for three days.
TEST_F(Keys, ThatAreSetQueueWhatWasGivenUpForWantOfThem) {
    run("insert into calfleet.dead_letters (worker, letter_key, company_id, reason_class, reason, "
        "first_failed_at, last_failed_at, job_kind, entity) select 'service-pusher', "
        "gen_random_uuid(), company, 'deadline', 'not done before its deadline "
        "2026-11-20T00:00:00.000000Z, 3 days after it was made; last: ' || why || ': said so', "
        "now(), now(), 'push-service', entity from (values (1, 'no_api_key', 'service:1'), (1, "
        "'key_refused', 'service:2'), (1, 'server_trouble', 'service:3'), (2, 'no_api_key', "
        "'service:4')) as given_up (company, why, entity)");
    park("no_api_key");
    const auto done = set_key(1, std::string(kCanary) + "\n", kek('a'));
    EXPECT_THAT(done.out, HasSubstr(R"("jobs_woken":3)")) << done.err;
    EXPECT_EQ(
        ask("select string_agg(entity || ' ' || dead_letter_id, ', ' order by entity) from "
            "calfleet.jobs where state = 'ready' and kind = 'push-service'"),
        "service:1 1, service:2 2"
    );
    EXPECT_EQ(
        ask("select string_agg(state, ',' order by id) from calfleet.dead_letters"),
        "replaying,replaying,open,open"
    );
}

TEST_F(Keys, AreSealedForTheirCompanyAndNothingOfThemIsPrintedOrStored) {
    const auto done = set_key(1, std::string(kCanary) + "\n", kek('a'));
    EXPECT_THAT(done.out, HasSubstr(R"("changed":true)"));
    EXPECT_THAT(done.out + done.err, Not(HasSubstr("canary")));
    EXPECT_EQ(opened(1, {kek('a')}), kCanary);
    EXPECT_EQ(
        ask("select count(*) from (select c::text as row from calfleet.calcom_credentials c union "
            "all "
            "select k::text from calfleet.sealing_keys k) r where row like '%canary%' "
            "or row like '%' || encode('" +
            std::string(kCanary) + "', 'hex') || '%'"),
        "0"
    );
    EXPECT_EQ(ask("select created_by from calfleet.calcom_credentials"), "anna");
}

TEST_F(Keys, ReplaceTheOneBeforeAndForgetItsCiphertext) {
    set(1, kCanary, kek('a'));
    set(1, "cal_live_second", kek('a'));
    EXPECT_EQ(opened(1, {kek('a')}), "cal_live_second");
    EXPECT_EQ(
        ask("select string_agg(state || length(sealed) / 1000, ',' order by state) from "
            "calfleet.calcom_credentials"),
        "active0,retired0"
    );
    EXPECT_EQ(
        ask("select length(sealed) from calfleet.calcom_credentials where state = 'retired'"), "0"
    );
    EXPECT_EQ(ask("select count(distinct dek_id) from calfleet.calcom_credentials"), "1");
}

TEST_F(Keys, ThatAreTheSameChangeNothing) {
    set(1, kCanary, kek('a'));
    EXPECT_THAT(set(1, kCanary, kek('a')), HasSubstr(R"("changed":false)"));
    EXPECT_EQ(ask("select count(*) from calfleet.calcom_credentials"), "1");
}

TEST_F(Keys, WakeTheWorkThatWaitedForThemAndNoOther) {
    park("no_api_key");
    park("credential_breaker");
    park("host_breaker");
    EXPECT_THAT(set(1, kCanary, kek('a')), HasSubstr(R"("jobs_woken":2)"));
    EXPECT_EQ(
        ask("select string_agg(last_class, ',') from calfleet.jobs where state = 'parked'"),
        "host_breaker"
    );
}

TEST_F(Keys, AreRefusedWhenTheyAreNoKeysAndNeverQuoted) {
    EXPECT_THAT(set(1, "", kek('a')), HasSubstr("gave nothing; expected a key"));
    EXPECT_THAT(set(1, "short", kek('a')), HasSubstr("a key of 5 characters; expected 8 to 512"));
    const std::string blank = set(1, "cal_live_ canary", kek('a'));
    EXPECT_THAT(blank, HasSubstr("character 10 of the key is no visible ASCII character"));
    EXPECT_THAT(blank, Not(HasSubstr("canary")));
    EXPECT_THAT(set(1, std::string(5000, 'x'), kek('a')), HasSubstr("more than 4096 bytes"));
    EXPECT_THAT(
        set(99, kCanary, kek('a')), HasSubstr("there is no company 99; see calfleet company list")
    );
    EXPECT_EQ(ask("select count(*) from calfleet.sealing_keys"), "0");
}

TEST_F(Keys, ComeFromATerminalOrADescriptorAndNeverFromTheCommandLine) {
    const std::string pepper = file("pepper", std::string(64, 'e'));
    EXPECT_THAT(
        complaint_of(
            {"company", "set-key", "1", "--key-files", kek('a'), "--pepper-file", pepper}, 2
        ),
        HasSubstr("standard input is no terminal to ask for a secret: give it by a file "
                  "descriptor, like --key-fd 3 3< FILE")
    );
    EXPECT_THAT(
        complaint_of(
            {"company",
             "set-key",
             "1",
             "--key-fd",
             "97",
             "--key-files",
             kek('a'),
             "--pepper-file",
             pepper},
            2
        ),
        HasSubstr(
            "--key-fd 97: cannot be read: Bad file descriptor; open it, like: --key-fd 3 3< FILE"
        )
    );
    EXPECT_THAT(complaint_of({"company", "set-key", "1", kCanary}, 2), HasSubstr("not expected"));
    EXPECT_EQ(ask("select count(*) from calfleet.calcom_credentials"), "0");
}

TEST_F(Keys, NeedKeyFilesThatAreThereAndWhole) {
    EXPECT_THAT(
        complaint_of({"keys", "status"}, 78),
        HasSubstr("CALFLEET_KEY_FILES is not set: set it or give --key-files")
    );
    EXPECT_THAT(
        complaint_of({"keys", "status", "--key-files", "/absent/kek"}, 3),
        HasSubstr("key file /absent/kek: cannot be opened: No such file or directory; make one "
                  "with: openssl rand -hex 32")
    );
    const std::string cut = file("cut", std::string(63, 'a'));
    EXPECT_THAT(
        complaint_of({"keys", "status", "--key-files", cut}, 2),
        HasSubstr(
            "key file " + cut + ": a key of 63 characters; expected exactly 64 hexadecimal digits"
        )
    );
}

TEST_F(Keys, OfALostKeyFileAreSetAnewUnderANewDataKey) {
    set(1, kCanary, kek('a'));
    EXPECT_THAT(output_of({"keys", "status", "--key-files", kek('b')}, 4), HasSubstr("missing"));
    EXPECT_THAT(set(1, kCanary, kek('b')), HasSubstr(R"("new_data_key":true)"));
    EXPECT_EQ(opened(1, {kek('b')}), kCanary);
}

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
