#include "common/core/redaction.h"

#include <gtest/gtest.h>

#include <string>

namespace calfleet {
namespace {

const std::string kHex = "0123456789abcdef0123456789ABCDEF";

std::string shown(const std::string& text) {
    const Redacted redacted = without_keys(text);
    EXPECT_EQ(redacted.had_key, redacted.text != text);
    return redacted.text;
}

TEST(Redaction, HidesKeysWhereverAnErrorRepeatsThem) {
    EXPECT_EQ(
        shown("The following arguments were not expected: cal_live_" + kHex + " x"),
        "The following arguments were not expected: *** x"
    );
    EXPECT_EQ(shown("not expected: --key=cal_live_abcdef"), "not expected: --key=***");
    EXPECT_EQ(
        shown("Could not convert: company = CAL_abcdefgh"), "Could not convert: company = ***"
    );
    EXPECT_EQ(shown("'" + kHex + "', \"" + kHex + "\""), "'***', \"***\"");
    EXPECT_EQ(shown("cal_live_1234\ncal_test_1234"), "***\n***");
    EXPECT_EQ(shown("Bearer:cal_" + kHex), "Bearer:***");
}

TEST(Redaction, HidesUrlsWithAPassword) {
    EXPECT_EQ(shown("--postgres=postgresql://me:hunter2@db:5432/x?y"), "***");
    EXPECT_EQ(shown("got postgresql://me@db/x"), "got postgresql://me@db/x");
    EXPECT_EQ(shown("see https://docs.example/a:b@c"), "see https://docs.example/a:b@c");
}

TEST(Redaction, HidesUrlsWhosePasswordIsNotWrittenAsAUrlWants) {
    for (const char* url :
         {"postgresql://me:p@ss@db/x",
          "postgresql://me:pa/ss@db/x",
          "postgresql://me:pa?ss@db/x",
          "postgresql://me:pa#ss@db:5432/x",
          "postgres://me:@@@db/x",
          "postgresql://me:a:b@db/x",
          "https://me:hunter2@api.example/v2",
          "https://me:hun/ter2@api.example/v2",
          "me:hunter2@kafka:9092"}) {
        EXPECT_EQ(shown(url), "***");
        EXPECT_EQ(shown("'" + std::string(url) + "' is wrong"), "*** is wrong");
    }
    EXPECT_EQ(shown("got postgresql://me:pa ss@db/x here\nmore"), "got *** here\nmore");
    EXPECT_EQ(shown("email:anna@example.com"), "email:anna@example.com");
    EXPECT_EQ(shown("https://docs.example/x@y:z"), "https://docs.example/x@y:z");
}

TEST(Redaction, HidesWhatFollowsALabel) {
    EXPECT_EQ(shown("host=db password=hunter2 user=me"), "host=db password=*** user=me");
    EXPECT_EQ(shown("password = 'it\\'s one' user=me"), "password =*** user=me");
    EXPECT_EQ(
        shown("got 'host=db password=two words user=me'"), "got 'host=db password=*** user=me'"
    );
    EXPECT_EQ(
        shown("postgresql://db/x?sslpassword=abc&user=me"),
        "postgresql://db/x?sslpassword=***&user=me"
    );
    EXPECT_EQ(shown("PASSWORD=a\nb"), "PASSWORD=***\nb");
    EXPECT_EQ(shown("the password is wrong"), "the password is wrong");
}

TEST(Redaction, HidesBase64OfAKey) {
    EXPECT_EQ(shown("'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA='"), "'***'");
    EXPECT_EQ(shown("q83vEjRWeJCrze8SNFZ4kKvN7/I0VniQq83vEj+WeJA="), "***");
    EXPECT_EQ(
        shown("/run/Secrets/platform/calfleet/Kek-2027/key"),
        "/run/Secrets/platform/calfleet/Kek-2027/key"
    );
}

TEST(Redaction, NamesAFileOnlyWhenItLooksLikeOne) {
    EXPECT_EQ(shown_file_name("/run/secrets/kek-2027"), "/run/secrets/kek-2027");
    EXPECT_EQ(shown_file_name("./kek"), "./kek");
    // A path that somebody's temporary folder gave digits and capitals.
    const std::string path = "/tmp/run-9b6kdN2/calfleet-calfleet-SXXw7G/Key_2027";
    EXPECT_EQ(shown_file_name(path), path);
    EXPECT_EQ(without_keys("cannot open " + path).text, "cannot open " + path);
    // Only a path is taken apart: a hyphen of an option makes no path of a key behind it.
    const std::string key = "9dvEjRWeJCrze8SNFZ4k/KvN7xI0VniQq83vEjRWeJA3/x";
    EXPECT_EQ(without_keys("--unknown-option=" + key).text.find("KvN7"), std::string::npos);
    EXPECT_TRUE(
        shown_file_name("/run/secrets/vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWe-_").starts_with("***")
    );
    for (const std::string& content :
         {kHex + kHex,
          std::string("hunter2"),
          std::string("postgresql://me:hunter2@db/x"),
          std::string("host=db password=hunter2"),
          std::string("/9/vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="),
          "/" + kHex})
        EXPECT_TRUE(shown_file_name(content).starts_with("*** ")) << content;
}

TEST(Redaction, PutsDigestsInThePlaceOfValues) {
    EXPECT_EQ(without_values("payload.uid: 'bk_1' is taken"), "payload.uid: #598b7e90 is taken");
    EXPECT_EQ(without_values("no quotes, it is 5 < 6"), "no quotes, it is 5 < 6");
    for (const char* text :
         {"'bk_1' or 'bk_1'",
          "key \"bk_1\" and 'bk_1'",
          "it's 'bk_1'",
          "'it's bk_1' too",
          "'bk_1",
          "mail to bk_1@example.com, please",
          "<bk_1@example.com>"})
        EXPECT_EQ(without_values(text).find("bk_1"), std::string::npos) << without_values(text);
}

TEST(Redaction, LeavesWhatIsNoKey) {
    for (const char* text :
         {"",
          " ",
          "there is no breaker host api.cal.com; see calfleet breaker list",
          "calcom_event_map cal_map", // a word of ours, and one too short for a key
          "event 0190163d-8694-739b-aea5-966c26f8ad91",
          "fingerprint 0123456789abcdef"})
        EXPECT_EQ(shown(text), text);
}

} // namespace
} // namespace calfleet
