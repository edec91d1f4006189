#include "common/job/kinds.h"

#include <gtest/gtest.h>

namespace calfleet::job {
namespace {

TEST(JobKinds, NameTheirEntitiesAndReadThemBack) {
    EXPECT_EQ(entity_of(kPushService, 7), "service:7");
    EXPECT_EQ(id_in(kPushService, "service:7"), 7);
    EXPECT_EQ(name_in(kRematchHost, "host:mira@salon.example"), "mira@salon.example");
}

TEST(JobKinds, ReadNoEntityOfAnotherKindAndNoIdThatIsNone) {
    for (const std::string_view entity :
         {"",
          "service",
          "service:",
          "host:7",
          "service:0",
          "service:-7",
          "service:7 ",
          "service:7x",
          "service:99999999999999999999"})
        EXPECT_EQ(id_in(kPushService, entity), std::nullopt) << entity;
    EXPECT_EQ(name_in(kRematchHost, "host:"), std::nullopt);
    EXPECT_EQ(name_in(kRematchHost, "service:7"), std::nullopt);
}

} // namespace
} // namespace calfleet::job
