#pragma once
// How one word of a name becomes another. Inside common/matching only.

#include "common/matching/name_steps.h"
#include "common/matching/person_name.h"

#include <optional>
#include <string_view>

namespace calfleet::matching {

/// Not in Latin letters.
bool is_native(const Token& token);

/// The cheapest step between the two words; nothing when they are two words.
std::optional<Step> word_step(const Token& host, const Token& staff);

/// Daniel and Daniela, Heike and Heiko: two people.
bool differ_by_gender(std::string_view a, std::string_view b);

/// Which of the letters a to z a word holds, one bit each.
std::uint32_t letters_of(std::string_view word);

/// At how many letters an error is still an error rather than another word.
std::size_t likely_errors(std::size_t length);

} // namespace calfleet::matching
