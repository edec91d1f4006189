#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/calfleet/keys_fixture.h"

// What the operator's commands about keys promise, seen from outside.
namespace calfleet::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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
    park("rate_limited");
    park("host_breaker");
    EXPECT_THAT(set(1, kCanary, kek('a')), HasSubstr(R"("jobs_woken":3)"));
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

} // namespace
} // namespace calfleet::cli
