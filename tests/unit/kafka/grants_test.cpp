#include "common/kafka/grants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calfleet::kafka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Grants, AreLinesOfOperationsResourceAndName) {
    const auto grants = parse_grants("# who\n\nREAD,WRITE  topic a.b  # both\nREAD group g*\n"
                                     "IDEMPOTENT_WRITE cluster");
    ASSERT_TRUE(grants) << grants.error().message;
    EXPECT_THAT(
        *grants,
        ElementsAre(
            Grant{"READ", "topic", "a.b", false},
            Grant{"WRITE", "topic", "a.b", false},
            Grant{"READ", "group", "g", true},
            Grant{"IDEMPOTENT_WRITE", "cluster", "kafka-cluster", false}
        )
    );
}

TEST(Grants, NameTheLineThatIsNone) {
    for (const char* text :
         {"READ topic a\nREAD",
          "\nREAD table a",
          "\nREAD topic",
          "\nREAD topic a b",
          "\nread topic a",
          "\nREAD, topic a",
          "\nALTER cluster x"}) {
        const auto grants = parse_grants(text);
        ASSERT_FALSE(grants) << text;
        EXPECT_EQ(grants.error().kind, ErrorKind::Invalid);
        EXPECT_THAT(grants.error().message, HasSubstr("line 2: ")) << text;
    }
}

} // namespace
} // namespace calfleet::kafka
