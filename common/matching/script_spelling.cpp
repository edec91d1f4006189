// Which Latin spellings a word of another script may have: alignment, because
// no single romanisation is the one.
#include "common/matching/fold.h"
#include "common/matching/script_letters.h"

#include <algorithm>
#include <array>
#include <bitset>

namespace calfleet::matching {
namespace {

bool is_vowel(char c) {
    return std::string_view{"aeiouy"}.find(c) != std::string_view::npos;
}

/// Letter pairs that are written as one.
bool letter_pair(char32_t first, char32_t second, std::string_view rest, std::size_t& taken) {
    struct Pair {
        char32_t first, second;
        std::array<std::string_view, 4> latin;
    };
    static constexpr std::array<Pair, 15> kPairs{{
        {U'ο', U'υ', {"ou", "u", "oo", "ou"}},
        {U'μ', U'π', {"b", "mp", "mb", "b"}},
        {U'ν', U'τ', {"d", "nt", "nd", "d"}},
        {U'γ', U'κ', {"g", "gk", "ng", "gg"}},
        {U'γ', U'γ', {"ng", "gg", "g", "ng"}},
        {U'ε', U'ι', {"ei", "i", "y", "e"}},
        {U'ο', U'ι', {"oi", "i", "y", "e"}},
        {U'α', U'ι', {"ai", "e", "ae", "ay"}},
        {U'ε', U'υ', {"ef", "ev", "eu", "ey"}},
        {U'α', U'υ', {"af", "av", "au", "ay"}},
        {U'τ', U'σ', {"ts", "tz", "ts", "ts"}},
        {U'д', U'р', {"der", "dr", "der", "dr"}},
        {U'к', U'с', {"x", "ks", "x", "x"}},
        {U'и', U'й', {"y", "i", "ij", "iy"}},
        {U'ы', U'й', {"y", "yi", "yj", "yy"}},
    }};
    for (const auto& pair : kPairs) {
        if (pair.first != first || pair.second != second) continue;
        for (const auto& latin : pair.latin) {
            if (rest.starts_with(latin)) {
                taken = latin.size();
                return true;
            }
        }
    }
    return false;
}

constexpr std::size_t kLongest = 40;

/// Depth-first with a memory of dead ends: at most native x latin states. Neither word is longer
/// than kLongest.
class Alignment {
public:
    Alignment(std::u32string_view native, Script script, std::string_view latin)
        : native_{native}
        , latin_{latin}
        , is_hangul_{script == Script::Hangul}
        , vowelless_{script == Script::Arabic || script == Script::Hebrew} {}

    bool holds(std::size_t i = 0, std::size_t j = 0) {
        if (i == native_.size() && j == latin_.size()) return true;
        const auto state = i * (latin_.size() + 1) + j;
        if (dead_[state]) return false;
        dead_[state] = true;
        if (i < native_.size()) {
            if (letter_holds(i, j)) return true;
            std::size_t taken = 0;
            if (i + 1 < native_.size() &&
                letter_pair(native_[i], native_[i + 1], latin_.substr(j), taken) &&
                holds(i + 2, j + taken)) {
                return true;
            }
        }
        return free_letter(i, j) && holds(i, j + 1);
    }

private:
    bool any_of(const Spellings& spellings, std::size_t i, std::size_t j) {
        return std::any_of(spellings.begin(), spellings.end(), [&](const std::string& spelling) {
            return latin_.substr(j).starts_with(spelling) && holds(i + 1, j + spelling.size());
        });
    }

    bool letter_holds(std::size_t i, std::size_t j) {
        if (is_hangul_ && is_syllable(native_[i])) return syllable_holds(i, j);
        const auto* spellings = letter_spellings(native_[i]);
        return spellings && any_of(*spellings, i, j);
    }

    /// Part by part: all spellings of a syllable are too many to write down for every comparison.
    bool syllable_holds(std::size_t i, std::size_t j) {
        const auto syllable = parts_of(native_[i]);
        if (syllable.special && any_of(*syllable.special, i, j)) return true;
        const auto rest = latin_.substr(j);
        for (const auto& initial : *syllable.initial) {
            if (!rest.starts_with(initial)) continue;
            for (const auto& vowel : *syllable.vowel) {
                if (!rest.substr(initial.size()).starts_with(vowel)) continue;
                const auto taken = initial.size() + vowel.size();
                for (const auto& final : *syllable.final)
                    if (rest.substr(taken).starts_with(final) &&
                        holds(i + 1, j + taken + final.size()))
                        return true;
            }
        }
        return false;
    }

    /// A short vowel or a doubled consonant that Arabic and Hebrew do not write.
    bool free_letter(std::size_t i, std::size_t j) const {
        if (!vowelless_ || i == 0 || j == 0 || j >= latin_.size()) return false;
        if (is_vowel(latin_[j])) return !is_vowel(latin_[j - 1]);
        return latin_[j] == latin_[j - 1];
    }

    std::u32string_view native_;
    std::string_view latin_;
    bool is_hangul_;
    bool vowelless_;
    std::bitset<(kLongest + 1) * (kLongest + 1)> dead_;
};

} // namespace

std::string plain_romanisation(std::u32string_view native) {
    std::string latin;
    for (const char32_t letter : native) {
        if (const auto* spellings = letter_spellings(letter)) latin += spellings->front();
    }
    return latin;
}

PossibleLetters possible_letters(std::u32string_view native, Script script) {
    constexpr std::uint32_t kAll = (1U << 26) - 1;
    const auto bits = [](std::string_view text) {
        std::uint32_t letters = 0;
        for (const char c : text)
            if (c >= 'a' && c <= 'z') letters |= 1U << (c - 'a');
        return letters;
    };
    PossibleLetters possible;
    bool begun = false;
    for (const char32_t letter : native) {
        const Spellings spelled = script == Script::Hangul && is_syllable(letter)
                                      ? syllable_spellings(letter)
                                  : letter_spellings(letter) ? *letter_spellings(letter)
                                                             : Spellings{};
        if (spelled.empty()) return {kAll, kAll};
        bool may_be_silent = false;
        for (const auto& spelling : spelled) {
            may_be_silent |= spelling.empty();
            possible.all |= bits(spelling);
            if (!begun) possible.first |= bits(std::string_view{spelling}.substr(0, 1));
        }
        begun |= !may_be_silent;
    }
    // Letter pairs (ντ as d, кс as x) and unwritten vowels.
    const bool vowelless = script == Script::Arabic || script == Script::Hebrew;
    if (vowelless) possible.all |= bits("aeiouy");
    if (script == Script::Greek) {
        possible.all |= bits("aeiouybdgmn");
        possible.first |= bits("aeiouybdgmn");
    }
    if (script == Script::Cyrillic) possible.all |= bits("xeyij");
    return possible;
}

bool may_be_spelled(std::u32string_view native, Script script, std::string_view latin) {
    if (native.empty() || latin.empty() || native.size() > kLongest || latin.size() > kLongest)
        return false;
    return Alignment{native, script, latin}.holds();
}

} // namespace calfleet::matching
