#include "common/matching/fold.h"

#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace calfleet::matching {
namespace {

icu::UnicodeString to_icu(std::u32string_view text) {
    static_assert(sizeof(UChar32) == sizeof(char32_t));
    return icu::UnicodeString::fromUTF32(
        reinterpret_cast<const UChar32*>(text.data()), static_cast<int32_t>(text.size())
    );
}

std::u32string from_icu(const icu::UnicodeString& text) {
    std::u32string out;
    for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
        out.push_back(static_cast<char32_t>(text.char32At(i)));
    }
    return out;
}

const icu::Normalizer2* nfkc() {
    UErrorCode status = U_ZERO_ERROR;
    static const icu::Normalizer2* const kNfkc = icu::Normalizer2::getNFKCInstance(status);
    return kNfkc;
}

const icu::Normalizer2* nfd() {
    UErrorCode status = U_ZERO_ERROR;
    static const icu::Normalizer2* const kNfd = icu::Normalizer2::getNFDInstance(status);
    return kNfd;
}

/// What becomes of one character of a name: itself, a blank, or nothing (0).
char32_t cleaned(char32_t c) {
    if (c == U'|' || c == U'+' || c == U'~' || c == U'`' || c == U'´' || c == U'^') return c;
    switch (u_charType(static_cast<UChar32>(c))) {
    case U_FORMAT_CHAR:
    case U_ENCLOSING_MARK:
        return 0;
    case U_CONTROL_CHAR:
    case U_SPACE_SEPARATOR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
    case U_OTHER_SYMBOL:
    case U_MATH_SYMBOL:
    case U_CURRENCY_SYMBOL:
    case U_MODIFIER_SYMBOL:
    case U_PRIVATE_USE_CHAR:
    case U_SURROGATE:
    case U_UNASSIGNED:
        return U' ';
    default:
        break;
    }
    if (c >= 0xFE00 && c <= 0xFE0F) return 0; // variation selectors of emoji
    return c == 0xFFFD ? U' ' : c;
}

/// ICU's Any-Latin, loaded at the first name that needs it (80 ms for Han).
/// Guarded: ICU promises thread safety only for const use of a transliterator
/// that has built its parts.
std::u32string any_latin(std::u32string_view word) {
    static std::mutex mutex;
    static std::unique_ptr<icu::Transliterator> transliterator;
    static std::unordered_map<std::u32string, std::u32string> known; // read again and again
    constexpr std::size_t kMostKnown = 4096;
    constexpr std::size_t kLongestKnown = 12;
    const std::lock_guard lock{mutex};
    if (const auto found = known.find(std::u32string{word}); found != known.end())
        return found->second;
    if (!transliterator) {
        UErrorCode status = U_ZERO_ERROR;
        transliterator.reset(
            icu::Transliterator::createInstance("Any-Latin; NFC; Lower", UTRANS_FORWARD, status)
        );
        if (U_FAILURE(status) || !transliterator) return {};
    }
    auto text = to_icu(word);
    transliterator->transliterate(text);
    auto latin = from_icu(text);
    if (known.size() < kMostKnown && word.size() <= kLongestKnown) known.emplace(word, latin);
    return latin;
}

enum class Convention { German, Plain, Other };

/// Letters whose ASCII spelling depends on who writes, or which Unicode does
/// not decompose.
std::string_view special_letter(char32_t c, Convention convention) {
    const bool german = convention == Convention::German;
    const bool other = convention == Convention::Other;
    switch (c) {
    case U'ä':
        return german ? "ae" : "a";
    case U'ö':
        return german ? "oe" : "o";
    case U'ü':
        return german ? "ue" : "u";
    case U'ß':
        return "ss";
    case U'ø':
        return other || german ? "oe" : "o";
    case U'å':
        return other || german ? "aa" : "a";
    case U'æ':
        return other ? "e" : "ae";
    case U'œ':
        return "oe";
    case U'đ':
        return other ? "dj" : "d";
    case U'ð':
        return other ? "th" : "d";
    case U'þ':
        return "th";
    case U'ł':
        return "l";
    case U'ı':
        return "i";
    case U'ħ':
        return "h";
    case U'ŋ':
        return "ng";
    case U'ə':
        return other ? "a" : "e";
    case U'ǝ':
        return "e";
    case U'č':
    case U'ć':
    case U'ç':
        return other ? "ch" : "c";
    case U'š':
    case U'ş':
    case U'ș':
    case U'ś':
        return other ? "sh" : "s";
    case U'ž':
        return other ? "zh" : "z";
    case U'ñ':
        return other ? "ny" : "n";
    case U'ř':
        return other ? "rz" : "r";
    default:
        return {};
    }
}

std::string ascii(std::u32string_view word, Convention convention) {
    UErrorCode status = U_ZERO_ERROR;
    std::string out;
    for (const char32_t c : word) {
        if (c < 0x80) {
            if ((c >= U'a' && c <= U'z') || (c >= U'0' && c <= U'9'))
                out.push_back(static_cast<char>(c));
            continue;
        }
        if (const auto special = special_letter(c, convention); !special.empty()) {
            out += special;
            continue;
        }
        const auto parts = nfd()->normalize(icu::UnicodeString{static_cast<UChar32>(c)}, status);
        const UChar32 base = parts.char32At(0);
        if (base < 0x80 && u_isalnum(base)) out.push_back(static_cast<char>(base));
    }
    return out;
}

void add_unique(std::vector<std::string>& forms, std::string form) {
    if (form.empty() || forms.size() >= 4) return;
    if (std::find(forms.begin(), forms.end(), form) == forms.end())
        forms.push_back(std::move(form));
}

/// Long Japanese vowels are written or dropped: "tarou" and "taro", "yuuko" and
/// "yuko".
std::string short_vowels(std::string_view word) {
    std::string out;
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (i > 0 && word[i] == 'u' && (word[i - 1] == 'o' || word[i - 1] == 'u')) continue;
        if (i > 0 && word[i] == 'o' && word[i - 1] == 'o') continue;
        out.push_back(word[i]);
    }
    return out;
}

/// Hindi drops the inherent vowel at the end: "rahula" is Rahul.
std::string without_final_a(std::u32string_view romanised) {
    auto word = std::u32string{romanised};
    if (word.size() > 3 && word.back() == U'a') word.pop_back();
    return ascii(word, Convention::Other);
}

} // namespace

std::u32string clean(std::string_view utf8, std::size_t max_characters) {
    // Four bytes a character at most, and a little more for characters that
    // vanish.
    const auto bytes = std::min(utf8.size(), max_characters * 6);
    UErrorCode status = U_ZERO_ERROR;
    const auto raw = icu::UnicodeString::fromUTF8({utf8.data(), static_cast<int32_t>(bytes)});
    auto normal = nfkc()->normalize(raw, status);
    if (U_FAILURE(status)) return {};
    std::u32string out;
    for (const char32_t c : from_icu(normal)) {
        const auto kept = cleaned(c);
        if (kept == 0 || (kept == U' ' && (out.empty() || out.back() == U' '))) continue;
        if (out.size() >= max_characters) break;
        out.push_back(static_cast<char32_t>(u_tolower(static_cast<UChar32>(kept))));
    }
    while (!out.empty() && out.back() == U' ')
        out.pop_back();
    // Lower-casing can leave a free-standing dot above (Turkish İ); composing
    // again settles the rest.
    status = U_ZERO_ERROR;
    return from_icu(nfkc()->normalize(to_icu(out), status));
}

bool is_symbol(char32_t c) {
    const auto type = u_charType(static_cast<UChar32>(c));
    return type == U_OTHER_SYMBOL || c == 0x200D || (c >= 0xFE00 && c <= 0xFE0F) ||
           (c >= 0x1F3FB && c <= 0x1F3FF);
}

std::u32string characters_of(std::string_view utf8) {
    return from_icu(icu::UnicodeString::fromUTF8({utf8.data(), static_cast<int32_t>(utf8.size())}));
}

Script script_of(char32_t letter) {
    if (letter < 0x80)
        return u_isalpha(static_cast<UChar32>(letter)) ? Script::Latin : Script::None;
    UErrorCode status = U_ZERO_ERROR;
    switch (uscript_getScript(static_cast<UChar32>(letter), &status)) {
    case USCRIPT_LATIN:
        return Script::Latin;
    case USCRIPT_CYRILLIC:
        return Script::Cyrillic;
    case USCRIPT_GREEK:
        return Script::Greek;
    case USCRIPT_HEBREW:
        return Script::Hebrew;
    case USCRIPT_ARABIC:
        return Script::Arabic;
    case USCRIPT_HANGUL:
        return Script::Hangul;
    case USCRIPT_HAN:
        return Script::Han;
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
        return Script::Kana;
    case USCRIPT_DEVANAGARI:
    case USCRIPT_BENGALI:
    case USCRIPT_GURMUKHI:
    case USCRIPT_GUJARATI:
    case USCRIPT_TAMIL:
    case USCRIPT_TELUGU:
    case USCRIPT_KANNADA:
    case USCRIPT_MALAYALAM:
    case USCRIPT_SINHALA:
        return Script::Indic;
    case USCRIPT_COMMON:
    case USCRIPT_INHERITED:
        return letter == U'ー' ? Script::Kana : Script::None;
    default:
        return Script::Other;
    }
}

bool is_letter(char32_t c) {
    return u_isalpha(static_cast<UChar32>(c)) ||
           (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_M_MASK) != 0;
}

bool is_digit(char32_t c) {
    return c >= U'0' && c <= U'9';
}

std::string to_utf8(std::u32string_view text) {
    std::string out;
    to_icu(text).toUTF8String(out);
    return out;
}

std::u32string native_spelling(std::u32string_view word, Script script) {
    if (script != Script::Greek && script != Script::Arabic && script != Script::Hebrew)
        return std::u32string{word};
    UErrorCode status = U_ZERO_ERROR;
    const auto source = script == Script::Arabic ? std::u32string{word}
                                                 : from_icu(nfd()->normalize(to_icu(word), status));
    std::u32string out;
    for (char32_t c : source) {
        if ((U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_M_MASK) != 0 || c == U'ـ') continue;
        switch (c) {
        case U'أ':
        case U'إ':
        case U'آ':
        case U'ٱ':
            c = U'ا';
            break;
        case U'ى':
        case U'ی':
        case U'ئ':
            c = U'ي';
            break;
        case U'ک':
            c = U'ك';
            break;
        case U'ة':
            c = U'ه';
            break;
        case U'ؤ':
            c = U'و';
            break;
        case U'ς':
            c = U'σ';
            break;
        default:
            break;
        }
        out.push_back(c);
    }
    return out;
}

std::vector<std::string> latin_forms(std::u32string_view word, Script script) {
    std::vector<std::string> forms;
    if (script == Script::Latin || script == Script::None) {
        add_unique(forms, ascii(word, Convention::German));
        add_unique(forms, ascii(word, Convention::Plain));
        add_unique(forms, ascii(word, Convention::Other));
        return forms;
    }
    if (script == Script::Cyrillic) {
        add_unique(forms, plain_romanisation(word));
        return forms;
    }
    const auto romanised = any_latin(word);
    if (script == Script::Kana) {
        const auto plain = ascii(romanised, Convention::Plain);
        add_unique(forms, plain);
        add_unique(forms, short_vowels(plain));
    } else if (script == Script::Indic) {
        add_unique(forms, without_final_a(romanised));
        add_unique(forms, ascii(romanised, Convention::Other));
    } else {
        add_unique(forms, ascii(romanised, Convention::Plain));
        add_unique(forms, ascii(romanised, Convention::Other));
    }
    return forms;
}

} // namespace calfleet::matching
