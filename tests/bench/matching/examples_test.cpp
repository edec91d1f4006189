// The labelled examples as a promise: nobody is booked on the wrong person, and the true links are
// made unattended.
#include <gtest/gtest.h>

#include <string>

#include "tests/bench/matching/scoring.h"

namespace calfleet::bench {
namespace {

constexpr double kTrueLinksMadeUnattended = 0.97;

class MatchingExamples : public testing::TestWithParam<const char*> {};

TEST_P(MatchingExamples, LinkNobodyWronglyAndNearlyEverybodyTruly) {
    const auto score =
        score_file(std::string{CALFLEET_SOURCE_DIR "/tests/bench/matching/"} + GetParam());
    ASSERT_TRUE(score) << score.error().message;
    const auto table = as_table(*score, GetParam());
    EXPECT_EQ(score->total.of(Verdict::WrongLink), 0U) << table;
    EXPECT_EQ(score->total.of(Verdict::UnsafeLink), 0U) << table;
    EXPECT_GE(score->total.linked_share(), kTrueLinksMadeUnattended) << table;
    EXPECT_GT(score->total.true_links, 50U) << "too few examples to mean anything";
}

INSTANTIATE_TEST_SUITE_P(
    Sets, MatchingExamples, testing::Values("examples.jsonl", "held_out.jsonl")
);

} // namespace
} // namespace calfleet::bench
