#include <gmock/gmock.h>

#include "tests/integration/calfleet/command_test.h"

namespace calfleet::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using Sources = CommandTest;

TEST_F(Sources, AreBoundListedAndReleased) {
    EXPECT_THAT(output_of({"source", "list"}), HasSubstr("each may speak for every company"));
    EXPECT_THAT(output_of({"source", "bind", "/site", "--company", "1"}), HasSubstr("yes"));
    EXPECT_THAT(output_of({"source", "bind", "/site", "--company", "1"}), HasSubstr("no"));
    EXPECT_THAT(output_of({"source", "require"}), HasSubstr("yes"));
    EXPECT_THAT(output_of({"source", "list"}), AllOf(HasSubstr("/site"), HasSubstr("only bound")));
    EXPECT_EQ(ask("select bound_by from calfleet.event_sources"), "anna");
    EXPECT_THAT(
        complaint_of({"source", "bind", "/site", "--company", "9"}, 3), HasSubstr("company 9")
    );
    EXPECT_THAT(output_of({"source", "require", "--release"}), HasSubstr("yes"));
    EXPECT_THAT(
        output_of({"source", "bind", "/site", "--company", "1", "--release"}), HasSubstr("yes")
    );
    EXPECT_EQ(ask("select count(*) from calfleet.event_sources"), "0");
}

} // namespace
} // namespace calfleet::cli
