#pragma once
// How far a host's name is from a staff member's: the cheapest pair of readings, with its steps.
// Inside common/matching only.

#include "common/matching/name_steps.h"
#include "common/matching/person_name.h"
#include "common/matching/word_pairing.h"

#include <cstddef>
#include <string_view>

namespace calfleet::matching {

/// A name that is farther than this is another person's.
inline constexpr int kFar = 46;
/// Up to here a full name in another orthography is the name itself.
inline constexpr int kSameName = 14;

struct Distance {
    int cost{100};
    Steps steps{};
    bool single_word{false};      ///< the host gives one word, the record more
    bool given_equal{false};      ///< the first given name is the same, whatever follows
    bool given_differs{false};    ///< letters of the given name differ so that it may be another
    bool vague{false};            ///< the host gives only one word, or initials
    bool a_word_is_shared{false}; ///< though the rest may be another's
    WordSteps of_word{};          ///< of the host's reading
    bool words_joined{false};     ///< of the host: of_word is about other words
    std::size_t host_reading{0};
    std::size_t staff_reading{0};

    bool near() const { return cost < kFar; }
    bool full() const { return cost <= kSameName && steps.same_name(); }
};

/// mailbox: the local part on the staff member's record; a word of it may be the short form or the
/// former surname that the host goes by.
Distance distance(const PersonName& host, const PersonName& staff, std::string_view mailbox = {});
Distance distance(const DisplayName& host, const DisplayName& staff, std::string_view mailbox = {});

} // namespace calfleet::matching
