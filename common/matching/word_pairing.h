#pragma once
// Which word of the one name is which of the other. Inside common/matching only.

#include "common/matching/name_steps.h"
#include "common/matching/person_name.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace calfleet::matching {

/// By the host's words, in order; NothingShared without a partner. Later words are not told.
using WordSteps = std::array<Step, 6>;

/// Further words of a name are not compared: ten are read, and a few more when one is taken apart.
inline constexpr std::size_t kMostCompared = 16;
/// A word without a partner.
inline constexpr std::uint8_t kNobody = 255;

/// Which word of the record each word of the host's name is. Without memory of its own: a company
/// of thousands is compared with every host.
struct Pairing {
    std::array<std::uint8_t, kMostCompared> of_host; ///< place in the record's name, or kNobody
    std::array<bool, kMostCompared> staff_paired{};
    WordSteps of_word{}; ///< what each of the host's first words took
    Steps steps;
    std::size_t strong{0};     ///< pairs that are more than an initial
    bool given_differs{false}; ///< letters of a given name differ so that it may be another
};

/// The cheapest pairs first.
Pairing pair_words(const std::vector<Token>& host, const std::vector<Token>& staff);

/// What it takes to bring the paired words into one order: "Müller Anna" turns the name; where
/// both words are given names it may be another person.
Step order_step(const Pairing& pairing, const PersonName& host, const PersonName& staff);

} // namespace calfleet::matching
