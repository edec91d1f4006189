#pragma once
// Letters with marks and their plain spellings. Inside common/matching only.

#include "common/matching/name_steps.h"

#include <optional>
#include <string_view>

namespace calfleet::matching {

/// How the host's word is the staff member's in another orthography, letter by letter: "jürgen" as
/// "juergen", "jurgen"; "đorđević" as "djordjevic". Lower case UTF-8 in Latin letters. Nothing when
/// another letter differs. Words beyond 40 letters are never alike.
std::optional<Step> orthography(std::string_view host, std::string_view staff);

} // namespace calfleet::matching
