#pragma once
// How far two names may belong to one person, judged from the names alone.

#include "common/matching/person_name.h"

#include <string_view>

namespace calfleet::matching {

enum class NameLevel {
    Conflict, ///< plainly two people
    Unknown,  ///< cannot be compared: kanji and a romanised name, or nothing to
              ///< compare
    Fuzzy,    ///< typos, initials, nicknames, one half of a double name
    Full,     ///< equal after folding
};

struct NameAgreement {
    NameLevel level{NameLevel::Unknown};
    int score{0};                          ///< 75 for Full, 40..72 for Fuzzy, else 0
    int exactness{0};                      ///< among Full: more is closer to letter by letter
    std::string_view code{"name.unknown"}; ///< stable: name.full, name.typo, name.initial, ...
    bool marks_differ{false};              ///< Jr and Sr, 1 and 2, middle initials A and B
    bool mark_on_one_side{false};
    bool single_word{false}; ///< one side is only one word
    /// Set when all is equal but the given names, and these sound alike (Sigga,
    /// Sigríður): the host's.
    std::string likely_short_form{};
    /// A letter of a given name differs, so it may be another name: Anna and
    /// Anja, Farhad and Farzad.
    bool given_name_differs{false};
    bool same_given_name{false}; ///< the given names are equal though the rest is not
    bool host_says_less{false};  ///< the host's form lacks accents or words that
                                 ///< the staff's name has
    bool has_initial{false};     ///< Full, but one of the equal words is only an initial
};

NameAgreement compare(const PersonName& host, const PersonName& staff);

/// The best agreement over all readings of both.
NameAgreement compare(const DisplayName& host, const DisplayName& staff);

} // namespace calfleet::matching
