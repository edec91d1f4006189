#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/checks/include_rules.h"

namespace calfleet::checks {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Violations in(const std::string& path, const std::string& include) {
    return include_violations({path, "#pragma once\n#include " + include + "\n"});
}

TEST(IncludeRules, HoldInTheWholeTree) {
    Violations all;
    for (const SourceFile& file : source_tree())
        for (std::string& violation : include_violations(file))
            all.push_back(std::move(violation));
    EXPECT_TRUE(all.empty()) << listed(all);
}

TEST(IncludeRules, KeepLowerLayersFromIncludingHigherOnes) {
    EXPECT_THAT(
        in("common/core/x.h", "\"common/log/log.h\""),
        ElementsAre("common/core/x.h:2 includes common/log/log.h: common/core may include: nothing")
    );
    EXPECT_THAT(in("common/log/x.h", "\"common/core/time.h\""), IsEmpty());
    EXPECT_EQ(in("common/kafka/x.h", "\"common/postgres/session.h\"").size(), 1U);
    EXPECT_EQ(in("common/runtime/x.h", "\"workers/host-mapper/job.h\"").size(), 1U);
    EXPECT_EQ(in("common/runtime/x.h", "\"common/matching/matcher.h\"").size(), 1U);
    EXPECT_EQ(in("common/newcomer/x.h", "\"common/core/time.h\"").size(), 1U);
}

TEST(IncludeRules, KeepJobsPureAndWorkersApart) {
    EXPECT_THAT(
        in("workers/x/job.h", "\"common/kafka/consumer.h\""),
        ElementsAre("workers/x/job.h:2 includes common/kafka/consumer.h: job.{h,cpp} is pure: "
                    "core, job, events, service_fields only")
    );
    EXPECT_THAT(in("workers/x/handler.h", "\"common/kafka/consumer.h\""), IsEmpty());
    EXPECT_THAT(in("workers/host-mapper/job.h", "\"common/matching/matcher.h\""), IsEmpty());
    EXPECT_EQ(in("workers/x/job.h", "\"common/matching/matcher.h\"").size(), 1U);
    EXPECT_EQ(in("workers/x/store.h", "\"workers/y/store.h\"").size(), 1U);
    EXPECT_EQ(in("workers/x/store.h", "\"common/testing/fake.h\"").size(), 1U);
    EXPECT_EQ(in("workers/x/store.h", "\"tests/support/wait.h\"").size(), 1U);
}

TEST(IncludeRules, KeepThirdPartyHeadersInTheirAdapter) {
    EXPECT_THAT(in("common/kafka/x.cpp", "<librdkafka/rdkafka.h>"), IsEmpty());
    EXPECT_EQ(in("common/runtime/x.cpp", "<librdkafka/rdkafka.h>").size(), 1U);
    EXPECT_EQ(in("workers/api/x.cpp", "<boost/beast/http.hpp>").size(), 1U);
    EXPECT_EQ(in("common/core/time.cpp", "<openssl/evp.h>").size(), 1U);
    EXPECT_EQ(in("common/core/x.h", "<nlohmann/json.hpp>").size(), 1U);
    EXPECT_THAT(in("common/core/x.h", "<sys/wait.h>"), IsEmpty());
    EXPECT_THAT(in("common/core/x.h", "<unistd.h>"), IsEmpty());
    EXPECT_THAT(in("common/core/x.h", "<vector>"), IsEmpty());
}

TEST(IncludeRules, WantNamesFromTheRoot) {
    EXPECT_EQ(in("common/core/x.cpp", "\"x.h\"").size(), 1U);
    EXPECT_EQ(in("tests/unit/core/x.cpp", "\"../x.h\"").size(), 1U);
}

} // namespace
} // namespace calfleet::checks
