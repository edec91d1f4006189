#pragma once
// What the chaos tests of host-mapper share: a fleet, a growing story, and one verdict at the end
// of each.

#include "common/core/clock.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/fleet/fleet.h"
#include "tests/fleet/story.h"
#include "tests/support/requirements.h"

namespace calfleet::fleet {

/// One fleet per test program. Every test publishes a story of its own and audits all stories so
/// far, so that a later test also finds what an earlier one broke.
class ChaosFixture : public ::testing::Test {
protected:
    static void TearDownTestSuite() {
        fleet_.reset();
        story_ = {}; // the next suite begins with an empty database
    }

    void SetUp() override {
        REQUIRE_OR_SKIP("postgres", test_support::postgres_is_missing());
        REQUIRE_OR_SKIP("kafka", test_support::kafka_is_missing());
        if (!fleet_) fleet_ = std::make_unique<Fleet>();
    }

    void TearDown() override {
        if (!fleet_) return;
        for (auto& process : fleet_->processes())
            process->signal(SIGKILL);
    }

    std::vector<kafka::OutgoingRecord> next_story(int bookings) {
        ++stories_;
        return tell(
            story_,
            {.population = {},
             .seed = test_support::seed() * 1000 + stories_,
             .bookings = bookings,
             .start = system_clock().now() - std::chrono::hours{1}}
        );
    }

    /// Small batches, so that a fault meets many transactions; a short session, so that partitions
    /// move quickly.
    static std::map<std::string, std::string> brisk() {
        return {{"HOST_MAPPER_BATCH_RECORDS", "25"}, {"HOST_MAPPER_SESSION_TIMEOUT", "6s"}};
    }

    test_support::Process& start_mapper(std::map<std::string, std::string> more = {}) {
        auto settings = brisk();
        settings.merge(more);
        return fleet_->start("host-mapper", settings);
    }

    void expect_exact_effects(std::chrono::seconds within = std::chrono::seconds{120}) {
        ASSERT_TRUE(fleet_->wait_drained(within))
            << "records are left after " << within.count() << " s";
        for (const std::string& complaint : fleet_->audit(story_.expected, story_.events))
            ADD_FAILURE() << complaint;
    }

    static inline std::unique_ptr<Fleet> fleet_;
    static inline Story story_;
    static inline std::uint64_t stories_{0};
};

} // namespace calfleet::fleet
