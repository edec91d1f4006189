#pragma once
// One stretch of a display name between separators: a person, a room, a
// business? Inside common/matching only.

#include "common/matching/name_words.h"

#include <string>
#include <vector>

namespace calfleet::matching {

/// What one stretch of a display name (between separators) is about.
struct Segment {
    NameKind kind{NameKind::Empty};
    bool certain{true};
    PersonName name;
    std::vector<std::string> rest; ///< words behind the name
    std::vector<Token> maiden;     ///< what stands behind "geb."
    bool several{false};
    bool team_like{false};
};

/// Words of rooms, teams and businesses.
bool is_vocabulary(const Word& word);

Segment read_segment(const std::vector<Word>& words);

} // namespace calfleet::matching
