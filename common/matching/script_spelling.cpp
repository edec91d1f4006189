// Which Latin spellings a word of another script may have: alignment, because
// no single romanisation is the one.
#include "common/matching/fold.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <unordered_map>

namespace calfleet::matching {
namespace {

using Spellings = std::vector<std::string>;

// One line a letter; "-" is silence. German, English, French, Polish, passport
// and scientific usage together.
constexpr const char* kLetters = R"(
а a
б b
в v w ff
г g h gh
ґ g
д d
е e ye je ie yo jo
ё e yo jo io o
є ye ie je e
ж zh sch j z g sh zch
з z s
и i y ie ij
і i y
ї yi i ji
й y j i - ie
к k c ck
л l ll
м m
н n nn
о o
п p pp
р r
с s ss c
т t tt th
у u ou oo
ф f ph
х kh h ch x
ц ts c tz z cz
ч ch tsch cz c tch tch ts
ш sh sch s sz ch
щ shch schtsch sc sch szcz shh sht stch chtch shsh
ъ - a u ie
ы y i ui
ь - j y i
э e ae
ю yu ju iu u
я ya ja ia a
ј j y
љ lj l ly
њ nj n ny
ћ c ch cj
ђ dj d j
џ dz dzh j
ў u w
ѓ gj g dj
ќ kj k c
ѕ dz z
α a
β v b
γ g y gh j
δ d dh
ε e ai
ζ z
η i e y
θ th t
ι i y j
κ k c
λ l ll
μ m mm
ν n nn
ξ x ks
ο o
π p pp
ρ r rh rr
σ s ss
τ t tt
υ y i u f v
φ f ph
χ ch h x kh
ψ ps
ω o w
א a e i o u -
ב b v
ג g
ד d
ה h a e ah eh -
ו v w o u
ז z s
ח h ch kh
ט t
י i y e ee j ei ie
כ k ch kh c
ך ch k kh
ל l ll
מ m
ם m
נ n nn
ן n
ס s
ע a e i o -
פ p f ph
ף f ph
צ ts tz z c
ץ ts tz z
ק k q c
ר r
ש sh s sch
ת t th
ا a e i o u
ب b p
ت t
ث th s t
ج j g dj dsch
ح h
خ kh ch h k
د d
ذ dh z d th
ر r
ز z s
س s ss
ش sh ch sch
ص s ss
ض d dh z
ط t
ظ z dh th
ع a e i o u -
غ gh g
ف f
ق q k g gh
ك k c
ل l ll
م m
ن n
ه h a e ah eh -
و w v o u ou oo
ي y i ee ei ai ay ie ia iy
ء -
پ p
چ ch tsch
ژ zh j
گ g
)";

// Hangul: initials, vowels, finals in Unicode order.
constexpr std::array kInitials{
    "g k",
    "kk gg",
    "n",
    "d t",
    "tt dd",
    "r l n",
    "m",
    "b p",
    "pp bb",
    "s sh",
    "ss s",
    "-",
    "j ch z",
    "jj",
    "ch",
    "k",
    "t",
    "p",
    "h"};
constexpr std::array kVowels{
    "a ah",      "ae ai e", "ya",    "yae",        "eo u o uh", "e",      "yeo you yu yo",
    "ye yeh ie", "o oh",    "wa",    "wae",        "oe oi",     "yo",     "u oo ou",
    "wo weo",    "we",      "wi ui", "yu yoo you", "eu u",      "ui eui", "i ee"};
constexpr std::array kFinals{"-", "k g c", "k", "k", "n", "n", "n", "t d", "l r", "k",
                             "m", "l",     "l", "l", "l", "l", "m", "p b", "p",   "t s",
                             "t", "ng",    "t", "t", "k", "t", "p", "t"};
constexpr const char* kSyllables = R"(
이 lee yi rhee li i
박 park pak bak
최 choi choe
정 jung jeong chung
임 lim im yim
유 yoo yu you ryu
노 roh noh no
나 na ra
우 woo u wu
오 oh o
신 shin sin
심 shim sim
안 ahn an
손 son sohn
허 heo hur huh
성 sung seong
선 sun seon
영 young yeong yung
현 hyun hyeon
경 kyung gyeong kyoung
희 hee hui
원 won
순 soon sun
)";

Spellings split_words(const std::string& list) {
    std::istringstream in{list};
    Spellings found;
    for (std::string word; in >> word;)
        found.push_back(word == "-" ? "" : word);
    return found;
}

std::unordered_map<char32_t, Spellings> read_table(const char* table) {
    std::unordered_map<char32_t, Spellings> letters;
    std::istringstream lines{table};
    for (std::string line; std::getline(lines, line);) {
        const auto blank = line.find(' ');
        if (blank == std::string::npos) continue;
        letters[clean(line.substr(0, blank)).front()] = split_words(line.substr(blank));
    }
    return letters;
}

template <std::size_t Count>
std::vector<Spellings> split_all(const std::array<const char*, Count>& lists) {
    std::vector<Spellings> all;
    for (const auto* list : lists)
        all.push_back(split_words(list));
    return all;
}

Spellings syllable_spellings(char32_t syllable) {
    static const auto kSpecial = read_table(kSyllables);
    const auto index = static_cast<std::size_t>(syllable - 0xAC00);
    Spellings all;
    if (const auto special = kSpecial.find(syllable); special != kSpecial.end())
        all = special->second;
    static const auto kParts =
        std::array{split_all(kInitials), split_all(kVowels), split_all(kFinals)};
    for (const auto& initial : kParts[0][index / 588]) {
        for (const auto& vowel : kParts[1][index % 588 / 28]) {
            for (const auto& final : kParts[2][index % 28])
                all.push_back(initial + vowel + final);
        }
    }
    return all;
}

const Spellings* letter_spellings(char32_t letter) {
    static const auto kTable = read_table(kLetters);
    const auto found = kTable.find(letter);
    return found == kTable.end() ? nullptr : &found->second;
}

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

/// Depth-first with a memory of dead ends: at most native x latin states.
class Alignment {
public:
    Alignment(std::u32string_view native, Script script, std::string_view latin)
        : native_{native}
        , latin_{latin}
        , vowelless_{script == Script::Arabic || script == Script::Hebrew}
        , dead_((native.size() + 1) * (latin.size() + 1), false) {
        if (script == Script::Hangul) {
            syllables_.reserve(native.size());
            for (const char32_t c : native)
                syllables_.push_back(
                    c >= 0xAC00 && c <= 0xD7A3 ? syllable_spellings(c) : Spellings{}
                );
        }
        for (std::size_t i = 0; i < native.size(); ++i) {
            spellings_.push_back(
                script == Script::Hangul ? &syllables_[i] : letter_spellings(native[i])
            );
        }
    }

    bool holds(std::size_t i = 0, std::size_t j = 0) {
        if (i == native_.size() && j == latin_.size()) return true;
        const auto state = i * (latin_.size() + 1) + j;
        if (dead_[state]) return false;
        dead_[state] = true;
        if (i < native_.size()) {
            static const Spellings kNone;
            for (const auto& spelling : spellings_[i] ? *spellings_[i] : kNone) {
                if (latin_.substr(j).starts_with(spelling) && holds(i + 1, j + spelling.size()))
                    return true;
            }
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
    /// A short vowel or a doubled consonant that Arabic and Hebrew do not write.
    bool free_letter(std::size_t i, std::size_t j) const {
        if (!vowelless_ || i == 0 || j == 0 || j >= latin_.size()) return false;
        if (is_vowel(latin_[j])) return !is_vowel(latin_[j - 1]);
        return latin_[j] == latin_[j - 1];
    }

    std::u32string_view native_;
    std::string_view latin_;
    bool vowelless_;
    std::vector<bool> dead_;
    std::vector<Spellings> syllables_;
    std::vector<const Spellings*> spellings_; ///< null for a letter that is not in the table
};

} // namespace

std::string plain_romanisation(std::u32string_view native) {
    std::string latin;
    for (const char32_t letter : native) {
        if (const auto* spellings = letter_spellings(letter)) latin += spellings->front();
    }
    return latin;
}

bool may_be_spelled(std::u32string_view native, Script script, std::string_view latin) {
    constexpr std::size_t kLongest = 40;
    if (native.empty() || latin.empty() || native.size() > kLongest || latin.size() > kLongest)
        return false;
    return Alignment{native, script, latin}.holds();
}

} // namespace calfleet::matching
