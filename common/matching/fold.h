#pragma once
// Characters of names: cleaning, scripts, and the Latin spellings one written
// form may have.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::matching {

enum class Script { None, Latin, Cyrillic, Greek, Hebrew, Arabic, Hangul, Han, Kana, Indic, Other };

/// Longer names are cut: nobody is told apart by the 129th character, and costs
/// stay bounded.
inline constexpr std::size_t kMaxNameCharacters = 128;

/// NFKC, lower case, blanks unified, invisible characters gone, emoji and
/// symbols as blanks, at most max_characters. Never fails: invalid UTF-8
/// becomes blanks.
std::u32string clean(std::string_view utf8, std::size_t max_characters = kMaxNameCharacters);

/// Emoji and other pictures, with the selectors and joiners that belong to them.
bool is_symbol(char32_t c);
/// The characters as they are; invalid UTF-8 as U+FFFD.
std::u32string characters_of(std::string_view utf8);

Script script_of(char32_t letter);
bool is_letter(char32_t c); ///< Letters and the marks that belong to them.
bool is_digit(char32_t c);
std::string to_utf8(std::u32string_view text);

/// The spelling that is compared within one script: without optional marks
/// (Greek accents, Arabic and Hebrew vowel points), with letter variants
/// unified.
std::u32string native_spelling(std::u32string_view word, Script script);

/// ASCII spellings of one word, best first, at most four, all conventions
/// applied throughout the word: "müller" gives "mueller", "muller". Empty when
/// the script cannot be read.
std::vector<std::string> latin_forms(std::u32string_view word, Script script);

/// Whether the word may be written so in Latin letters (any usual
/// romanisation): Щербаков as "shcherbakov", "schtscherbakow", "scerbakov". For
/// scripts without vowels (Arabic, Hebrew) short vowels are free.
bool may_be_spelled(std::u32string_view native, Script script, std::string_view latin);

/// Letters a to z, one bit each.
struct PossibleLetters {
    std::uint32_t first{0}; ///< that a usual romanisation may begin with
    std::uint32_t all{0};   ///< that it may hold
};

/// What may_be_spelled() can accept, for a quick no. Everything when a letter is not known.
PossibleLetters possible_letters(std::u32string_view native, Script script);

/// The first usual spelling, letter by letter (Cyrillic): Настя as "nastya".
std::string plain_romanisation(std::u32string_view native);

/// A coarse key under which the usual romanisations of one name fall together
/// (Sergej, Sergey).
std::string loose_key(std::string_view latin);

/// Consonants only, in broad classes: for scripts whose vowels are romanised in
/// many ways (Thai, Amharic).
std::string consonant_skeleton(std::string_view latin);

/// Edits (insert, delete, replace, swap neighbours) between two words, at most
/// limit + 1.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

} // namespace calfleet::matching
