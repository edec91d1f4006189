// How many given names the lists know, by country: everyday names, written down before the lists
// were looked at, and rare ones, which are never added to them.
#include "common/core/text.h"
#include "common/matching/vocabulary.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iostream>
#include <string>

namespace calfleet::bench {
namespace {

struct Known {
    std::size_t names{0};
    std::size_t known{0};
    std::string missing;
};

Known count(const std::string& file) {
    std::ifstream lines{CALFLEET_SOURCE_DIR "/tests/bench/matching/" + file};
    Known count;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('#')) continue;
        for (const std::string_view name : split(std::string_view{line}.substr(4), ' ')) {
            ++count.names;
            if (matching::is_known_given_name(name))
                ++count.known;
            else
                count.missing += " " + line.substr(0, 3) + std::string{name};
        }
    }
    std::cout << file << ": " << count.known << " of " << count.names
              << " known, missing:" << count.missing << '\n';
    return count;
}

TEST(GivenNames, OfEveryDayAreNearlyAllKnown) {
    const auto everyday = count("everyday_given_names.txt");
    ASSERT_GT(everyday.names, 300U);
    EXPECT_GE(everyday.known * 100, everyday.names * 97);
}

TEST(GivenNames, ThatAreRareAreMostlyKnown) {
    const auto rare = count("rare_given_names.txt");
    ASSERT_GT(rare.names, 150U);
    EXPECT_GE(rare.known * 100, rare.names * 75);
}

} // namespace
} // namespace calfleet::bench
