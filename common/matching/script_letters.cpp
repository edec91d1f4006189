#include "common/matching/script_letters.h"

#include "common/matching/fold.h"

#include <array>
#include <sstream>
#include <unordered_map>

namespace calfleet::matching {
namespace {

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

} // namespace

SyllableParts parts_of(char32_t syllable) {
    static const auto kSpecial = read_table(kSyllables);
    static const auto kParts =
        std::array{split_all(kInitials), split_all(kVowels), split_all(kFinals)};
    const auto index = static_cast<std::size_t>(syllable - 0xAC00);
    const auto special = kSpecial.find(syllable);
    return {
        .initial = &kParts[0][index / 588],
        .vowel = &kParts[1][index % 588 / 28],
        .final = &kParts[2][index % 28],
        .special = special == kSpecial.end() ? nullptr : &special->second};
}

Spellings syllable_spellings(char32_t syllable) {
    const auto parts = parts_of(syllable);
    Spellings all = parts.special ? *parts.special : Spellings{};
    for (const auto& initial : *parts.initial) {
        for (const auto& vowel : *parts.vowel) {
            for (const auto& final : *parts.final)
                all.push_back(initial + vowel + final);
        }
    }
    return all;
}

const Spellings* letter_spellings(char32_t letter) {
    // Greek, Cyrillic, Hebrew and Arabic by their place, without a search.
    constexpr char32_t kFirst = 0x370;
    constexpr char32_t kLast = 0x6FF;
    static const auto kTable = read_table(kLetters);
    static const auto kByPlace = [] {
        std::array<const Spellings*, kLast - kFirst + 1> places{};
        for (const auto& [known, spellings] : kTable)
            if (known >= kFirst && known <= kLast) places[known - kFirst] = &spellings;
        return places;
    }();
    if (letter >= kFirst && letter <= kLast) return kByPlace[letter - kFirst];
    const auto found = kTable.find(letter);
    return found == kTable.end() ? nullptr : &found->second;
}

} // namespace calfleet::matching
