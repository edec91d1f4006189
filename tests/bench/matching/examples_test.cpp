// The labelled examples as a promise: nobody is booked on the wrong person, and the true links are
// made unattended.
#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <string>

#include "tests/bench/matching/scoring.h"

namespace calfleet::bench {
namespace {

constexpr double kTrueLinksMadeUnattended = 0.97;

struct Set {
    const char* file;
    /// Links of examples whose judges were stricter than the matcher: each is one that we would
    /// make again. Not one may be added.
    std::uint64_t known_unsafe;
};

void PrintTo(const Set& set, std::ostream* out) {
    *out << set.file;
}

class MatchingExamples : public testing::TestWithParam<Set> {};

TEST_P(MatchingExamples, LinkNobodyWronglyAndNearlyEverybodyTruly) {
    const auto score =
        score_file(std::string{CALFLEET_SOURCE_DIR "/tests/bench/matching/"} + GetParam().file);
    ASSERT_TRUE(score) << score.error().message;
    const auto table = as_table(*score, GetParam().file);
    EXPECT_EQ(score->total.of(Verdict::WrongLink), 0U) << table;
    EXPECT_LE(score->total.of(Verdict::UnsafeLink), GetParam().known_unsafe) << table;
    EXPECT_GE(score->total.linked_share(), kTrueLinksMadeUnattended) << table;
    EXPECT_GT(score->total.true_links, 50U) << "too few examples to mean anything";
}

INSTANTIATE_TEST_SUITE_P(
    Sets,
    MatchingExamples,
    testing::Values(
        Set{"examples.jsonl", 0},
        Set{"held_out.jsonl", 0},
        Set{"scored_once_1.jsonl", 0},
        Set{"scored_once_2.jsonl", 1},
        Set{"scored_once_3.jsonl", 2},
        Set{"scored_once_4.jsonl", 4},
        Set{"scored_once_5.jsonl", 1}
    )
);

} // namespace
} // namespace calfleet::bench
