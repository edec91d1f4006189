#include "common/matching/marked_letters.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>

namespace calfleet::matching {
namespace {

constexpr std::size_t kLongest = 40;
constexpr int kMostBranches = 400;

struct Letters {
    std::array<char32_t, kLongest> at{};
    std::size_t size{0};
    bool too_long{false};
};

Letters read(std::string_view utf8) {
    Letters letters;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(utf8.data());
    const auto length = static_cast<std::int32_t>(utf8.size());
    for (std::int32_t i = 0; i < length;) {
        UChar32 c = 0;
        U8_NEXT(bytes, i, length, c);
        if (letters.size == kLongest) {
            letters.too_long = true;
            break;
        }
        letters.at[letters.size++] = c < 0 ? U'?' : static_cast<char32_t>(c);
    }
    return letters;
}

struct Spelling {
    char32_t letter;
    std::array<std::string_view, 2> written_out;
    std::string_view plain; ///< without the mark; empty: never so
};

constexpr std::array kSpellings{
    Spelling{U'ä', {"ae", ""}, "a"},    Spelling{U'ö', {"oe", ""}, "o"},
    Spelling{U'ü', {"ue", ""}, "u"},    Spelling{U'ß', {"ss", "sz"}, ""},
    Spelling{U'ø', {"oe", "ö"}, "o"},   Spelling{U'å', {"aa", ""}, "a"},
    Spelling{U'æ', {"ae", "ä"}, "a"},   Spelling{U'œ', {"oe", ""}, "o"},
    Spelling{U'đ', {"dj", "dy"}, "d"},  Spelling{U'ð', {"dh", "th"}, "d"},
    Spelling{U'þ', {"th", ""}, ""},     Spelling{U'č', {"ch", "tsch"}, "c"},
    Spelling{U'ć', {"ch", "cj"}, "c"},  Spelling{U'ç', {"ch", "tsch"}, "c"},
    Spelling{U'š', {"sh", "sch"}, "s"}, Spelling{U'ş', {"sh", "sch"}, "s"},
    Spelling{U'ș', {"sh", "ş"}, "s"},   Spelling{U'ț', {"tz", "ţ"}, "t"},
    Spelling{U'ś', {"sh", ""}, "s"},    Spelling{U'ž', {"zh", ""}, "z"},
    Spelling{U'ñ', {"ny", ""}, "n"},    Spelling{U'ř', {"rz", ""}, "r"},
    Spelling{U'ğ', {"gh", ""}, "g"},    Spelling{U'ő', {"oe", ""}, "o"},
    Spelling{U'ű', {"ue", ""}, "u"},    Spelling{U'ł', {"", ""}, "l"},
    Spelling{U'ı', {"", ""}, "i"},      Spelling{U'ħ', {"", ""}, "h"},
    Spelling{U'ə', {"ae", "e"}, "a"},
};

const Spelling* special(char32_t letter) {
    const auto found = std::find_if(kSpellings.begin(), kSpellings.end(), [&](const Spelling& s) {
        return s.letter == letter;
    });
    return found == kSpellings.end() ? nullptr : &*found;
}

char32_t base(char32_t letter) {
    if (letter < 0x80) return letter;
    if (const auto* known = special(letter))
        return known->plain.empty() ? 0 : static_cast<char32_t>(known->plain.front());
    UErrorCode status = U_ZERO_ERROR;
    const auto* nfd = icu::Normalizer2::getNFDInstance(status);
    const auto parts = nfd->normalize(icu::UnicodeString{static_cast<UChar32>(letter)}, status);
    const auto first = parts.char32At(0);
    return first < 0x80 && u_isalpha(first) ? static_cast<char32_t>(first) : 0;
}

bool is_umlaut(char32_t letter) {
    return letter == U'ä' || letter == U'ö' || letter == U'ü';
}

class Alignment {
public:
    Alignment(const Letters& host, const Letters& staff)
        : host_{host}
        , staff_{staff} {}

    std::optional<Step> best() {
        follow(0, 0, Step::None);
        return best_;
    }

private:
    static Step dearer(Step a, Step b) { return rule(a).cost >= rule(b).cost ? a : b; }

    void follow(std::size_t i, std::size_t j, Step dearest) {
        if (++branches_ > kMostBranches) return;
        while (i < host_.size && j < staff_.size && host_.at[i] == staff_.at[j] &&
               host_.at[i] < 0x80) {
            ++i;
            ++j;
        }
        if (i == host_.size || j == staff_.size) {
            if (i == host_.size && j == staff_.size &&
                (!best_ || rule(dearest).cost < rule(*best_).cost))
                best_ = dearest;
            return;
        }
        const char32_t h = host_.at[i];
        const char32_t s = staff_.at[j];
        if (h == s) follow(i + 1, j + 1, dearest);
        if (const auto* known = special(h)) {
            for (const auto text : known->written_out)
                if (const auto taken = begins(staff_, j, text))
                    follow(i + 1, j + taken, dearer(dearest, Step::WrittenOut));
        }
        if (const auto* known = special(s)) {
            for (const auto text : known->written_out)
                if (const auto taken = begins(host_, i, text))
                    follow(i + taken, j + 1, dearer(dearest, Step::WrittenOut));
        }
        if (h == s || base(h) == 0 || base(h) != base(s)) return;
        Step step = Step::MarksDiffer;
        if (h < 0x80)
            step = Step::MarksDropped;
        else if (s < 0x80)
            step = is_umlaut(h) ? Step::UmlautAdded : Step::MarksAdded;
        follow(i + 1, j + 1, dearer(dearest, step));
    }

    /// How many letters the text takes at that place; 0 when it does not stand there.
    static std::size_t begins(const Letters& word, std::size_t from, std::string_view text) {
        if (text.empty()) return 0;
        const auto letters = read(text);
        if (from + letters.size > word.size) return 0;
        const auto* at = word.at.data() + from;
        return std::equal(at, at + letters.size, letters.at.data()) ? letters.size : 0;
    }

    const Letters& host_;
    const Letters& staff_;
    std::optional<Step> best_;
    int branches_{0};
};

} // namespace

std::optional<Step> orthography(std::string_view host, std::string_view staff) {
    if (host == staff) return Step::None;
    const auto ascii = [](std::string_view word) {
        return std::all_of(word.begin(), word.end(), [](char c) {
            return static_cast<unsigned char>(c) < 0x80;
        });
    };
    if (ascii(host) && ascii(staff)) return std::nullopt;
    const auto a = read(host);
    const auto b = read(staff);
    if (a.too_long || b.too_long) return std::nullopt;
    return Alignment{a, b}.best();
}

} // namespace calfleet::matching
