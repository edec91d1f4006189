#include "workers/calfleet/redaction.h"

#include <gtest/gtest.h>

#include <string>

namespace calfleet::cli {
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
} // namespace calfleet::cli
