#pragma once
// Words of a display name, and the tokens they become. Inside common/matching
// only.

#include "common/matching/person_name.h"

#include <string>
#include <string_view>
#include <vector>

namespace calfleet::matching {

inline constexpr std::size_t kMaxTokens = 10;
/// Of one part of a display name; what stands behind them is not read.
inline constexpr std::size_t kMaxWords = 12;
/// Nobody writes one name in more; words of further scripts are not read.
inline constexpr std::size_t kMaxScripts = 3;
/// Longer words are cut.
inline constexpr std::size_t kMaxLetters = 40;

/// One piece between blanks, dots and hyphens.
struct Word {
    std::u32string letters;
    std::string folded; ///< for the vocabulary: ASCII for Latin, else as written
    Script script{Script::None};
    bool dotted{false}; ///< followed by a dot
    bool glued{false};  ///< follows a dot without a blank: "ssa" of "Dott.ssa"
    bool follows_hyphen{false};
    bool is_number{false};
    bool mixes_scripts{false}; ///< Latin and look-alike letters; letters are those of one script
};

bool is_hyphen(char32_t c); ///< dashes included

std::vector<Word> words_of(std::u32string_view text);

/// Adds the word as one token, or as several where a script is written without
/// blanks: surname and given name must be able to change places. alone: the
/// only word of the name. At most kMaxTokens.
void add_token(std::vector<Token>& tokens, const Word& word, bool alone);

/// Looks every token up in the lists; the last step of reading a name.
void complete(PersonName& name);

/// "Al-Masri", "El Masri", "Almasri" and "Masri" become one family name.
void join_articles(std::vector<Token>& tokens);

} // namespace calfleet::matching
