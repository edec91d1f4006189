// A decision about a mapping in one line.

#include "workers/calfleet/mapping_history_text.h"

#include <gtest/gtest.h>

namespace calfleet::cli {
namespace {

AuditRow audit() {
    AuditRow row{};
    row.at = parse_instant("2026-11-20T08:00:00Z").value();
    row.action = "decided";
    row.actor = "host-mapper";
    row.source = "fuzzy";
    row.score = 60;
    row.reasons = R"([{"in_favour":false,"code":"name.short","text":"an initial is little"}])";
    return row;
}

TEST(HistoryLine, TellsWhoDecidedWhatAboutWhomAndWhy) {
    AuditRow row = audit();
    row.after = R"({"state":"review","staff_id":11,"host_name":"A. Albrecht","host_email":null})";
    EXPECT_EQ(
        told_in_a_line(row),
        "2026-11-20 08:00  decided by host-mapper: review, staff member 11, A. Albrecht (fuzzy "
        "60). against: an initial is little"
    );
    row.reasons = R"(["asked her"])";
    EXPECT_TRUE(told_in_a_line(row).ends_with("(fuzzy 60). asked her"));
}

TEST(HistoryLine, TellsWhatAnAccountWasCalledAndIsCalledNow) {
    AuditRow row = audit();
    row.action = "account_changed";
    row.after = R"({"state":"active","staff_id":11,"host_name":"Anna","host_email":"a@x.example",)"
                R"("account_name":"Zoe","account_email":"z@x.example"})";
    EXPECT_NE(
        told_in_a_line(row).find("Anna a@x.example, now Zoe, now z@x.example"), std::string::npos
    );
}

TEST(HistoryLine, DoesWithoutWhatItCannotRead) {
    AuditRow row = audit();
    row.after = "no JSON";
    row.reasons = "{}";
    EXPECT_EQ(told_in_a_line(row), "2026-11-20 08:00  decided by host-mapper (fuzzy 60).");
}

} // namespace
} // namespace calfleet::cli
