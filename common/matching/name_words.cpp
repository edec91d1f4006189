#include "common/matching/name_words.h"

#include "common/matching/native_names.h"
#include "common/matching/vocabulary.h"
#include "common/matching/word_step.h"

#include <algorithm>
#include <bit>
#include <iterator>

namespace calfleet::matching {
namespace {

bool is_apostrophe(char32_t c) {
    return c == U'\'' || c == U'’' || c == U'‘' || c == U'ʼ' || c == U'`' || c == U'´' ||
           c == U'ʻ' || c == U'ʿ' || c == U'ʾ' || c == U'′' || c == U'״' || c == U'׳';
}

Script main_script(std::u32string_view letters) {
    for (const char32_t c : letters) {
        if (const auto script = script_of(c); script != Script::None) return script;
    }
    return Script::None;
}

bool mixes_scripts(std::u32string_view letters) {
    bool latin = false;
    bool lookalike = false;
    for (const char32_t c : letters) {
        const auto script = script_of(c);
        latin |= script == Script::Latin;
        lookalike |= script == Script::Cyrillic || script == Script::Greek;
    }
    return latin && lookalike;
}

/// Whether most of the letters are Latin; the first decides a tie.
bool is_mostly_latin(std::u32string_view letters) {
    const auto latin =
        static_cast<std::size_t>(std::count_if(letters.begin(), letters.end(), [](char32_t c) {
            return script_of(c) == Script::Latin;
        }));
    if (2 * latin == letters.size()) return main_script(letters) == Script::Latin;
    return 2 * latin > letters.size();
}

/// A word of two scripts, as the script of most of its letters: "Pаt" with a
/// Cyrillic а reads "Pat".
std::u32string in_one_script(std::u32string letters) {
    static constexpr std::u32string_view kLatin = U"aceopxyijskmhtbn";
    static constexpr std::u32string_view kAlike = U"асеорхуіјѕкмнтвп";
    static constexpr std::u32string_view kGreek = U"αϲεορχυιϳσκμητβν";
    const bool to_latin = is_mostly_latin(letters);
    for (auto& c : letters) {
        if (to_latin) {
            const auto at = std::min(kAlike.find(c), kGreek.find(c));
            if (at < kLatin.size()) c = kLatin[at];
        } else if (const auto at = kLatin.find(c); at < kAlike.size()) {
            c = main_script(letters) == Script::Greek ? kGreek[at] : kAlike[at];
        }
    }
    return letters;
}

/// Korean and Japanese honorifics hang on the name without a blank.
void drop_honorific(std::u32string& letters) {
    static constexpr std::u32string_view kEndings[] = {
        U"선생님", U"원장님", U"님", U"씨", U"さん", U"さま", U"様", U"先生", U"氏"};
    for (const auto ending : kEndings) {
        if (letters.size() >= ending.size() + 2 && std::u32string_view{letters}.ends_with(ending)) {
            letters.resize(letters.size() - ending.size());
            return;
        }
    }
}

Word make_word(std::u32string letters) {
    drop_honorific(letters);
    Word word;
    word.mixes_scripts = mixes_scripts(letters);
    if (word.mixes_scripts) letters = in_one_script(std::move(letters));
    word.script = main_script(letters);
    word.is_number = !letters.empty() && std::all_of(letters.begin(), letters.end(), is_digit);
    if (word.script == Script::Latin || word.is_number) {
        const auto forms = latin_forms(letters, Script::Latin);
        word.folded = forms.empty() ? std::string{} : forms.front();
    } else {
        word.folded = to_utf8(letters);
    }
    word.letters = std::move(letters);
    return word;
}

/// Degrees written with dots ("M.Sc.", "B.A.") would fall apart into initials.
bool is_dotted_degree_at(
    std::u32string_view text, std::size_t at, std::size_t words_before, std::size_t& end
) {
    std::string compact;
    std::size_t dots = 0;
    end = at;
    while (end < text.size() && (is_letter(text[end]) || text[end] == U'.')) {
        if (text[end] == U'.')
            ++dots;
        else if (text[end] < 0x80)
            compact.push_back(static_cast<char>(text[end]));
        else
            return false;
        ++end;
    }
    return words_before >= 2 && dots >= 1 && compact.size() >= 2 && compact.size() < end - at &&
           text.substr(at, end - at).find(U'.') + 1 < end - at && is_dotted_degree(compact);
}

bool is_arabic_article(const Token& token) {
    return token.exact == "al" || token.exact == "el" || token.exact == "ul";
}

Token make_token(const Word& word) {
    Token token;
    token.script = word.script;
    token.exact = to_utf8(word.letters);
    token.forms = latin_forms(word.letters, word.script);
    if (word.script != Script::Latin) token.native = native_spelling(word.letters, word.script);
    const bool alphabet = word.script == Script::Latin || word.script == Script::Cyrillic ||
                          word.script == Script::Greek;
    token.is_initial = alphabet && word.letters.size() == 1;
    token.is_optional =
        !token.is_initial && (is_particle(word.folded) || is_ambiguous_title(word.folded));
    token.follows_hyphen = word.follows_hyphen;
    if (word.folded == "ma" && word.dotted) token.forms.insert(token.forms.begin(), "maria");
    return token;
}

/// What the lists know of the token's spellings.
void look_up(Token& token) {
    token.facts.clear();
    for (const auto& form : token.forms) {
        auto& facts = token.facts.emplace_back();
        facts.is_known_given_name = is_known_given_name(form);
        facts.groups = given_name_groups(form);
        facts.natives = spelled_natives(form);
        facts.key = loose_key(form);
        facts.letters = letters_of(form);
        if (!facts.groups.empty()) facts.other_beginnings = given_name_beginnings(form);
    }
    if (token.script == Script::Cyrillic || token.script == Script::Greek ||
        token.script == Script::Hebrew || token.script == Script::Arabic ||
        token.script == Script::Hangul) {
        const auto possible = possible_letters(token.native, token.script);
        token.may_begin = possible.first;
        token.may_hold = possible.all;
    }
    token.listed = token.script == Script::Latin ? nullptr : listed_name(token.native);
    token.is_title_like = !token.forms.empty() && is_ambiguous_title(token.forms.front());
    token.is_patronymic = std::any_of(token.forms.begin(), token.forms.end(), [](const auto& form) {
        return is_patronymic(form);
    });
    token.is_vietnamese_family =
        !token.forms.empty() && is_vietnamese_family_name(token.forms.back());
}

} // namespace

std::size_t PersonName::main_words() const {
    return static_cast<std::size_t>(std::count_if(tokens.begin(), tokens.end(), [](const Token& t) {
        return !t.is_optional;
    }));
}

bool is_hyphen(char32_t c) {
    return c == U'-' || (c >= 0x2010 && c <= 0x2015) || c == U'−';
}

std::vector<Word> words_of(std::u32string_view text) {
    std::vector<Word> words;
    std::u32string letters;
    bool hyphen = false;
    bool glued = false;
    const auto finish = [&](bool dotted) {
        if (letters.empty()) return;
        auto word = make_word(std::move(letters));
        word.dotted = dotted;
        word.follows_hyphen = hyphen;
        word.glued = glued;
        letters.clear();
        hyphen = false;
        glued = false;
        if (words.size() < kMaxWords) words.push_back(std::move(word));
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char32_t c = text[i];
        std::size_t end = i;
        if (letters.empty() && is_letter(c) && is_dotted_degree_at(text, i, words.size(), end)) {
            i = end - 1;
            continue;
        }
        if (is_letter(c) || is_digit(c)) {
            // "anna2" is a name and a number.
            if (!letters.empty() && is_digit(letters.back()) != is_digit(c)) finish(false);
            if (letters.size() < kMaxLetters) letters.push_back(c);
        } else if (is_apostrophe(c)) {
            continue;
        } else {
            const bool joins = is_hyphen(c) && !letters.empty();
            finish(c == U'.');
            glued = c == U'.';
            if (joins)
                hyphen = true;
            else if (c == U'&' || c == U'+')
                words.push_back({.letters = U"&", .folded = "&"});
            else if (c == U' ')
                hyphen = false;
        }
    }
    finish(false);
    return words;
}

namespace {

bool is_one_script_too_many(const std::vector<Token>& tokens, Script script) {
    const auto bit = [](Script each) { return 1U << static_cast<unsigned>(each); };
    unsigned scripts = bit(script);
    for (const auto& token : tokens)
        scripts |= bit(token.script);
    return static_cast<std::size_t>(std::popcount(scripts)) > kMaxScripts;
}

/// "JW" of "JW de Vries"; a word that somebody is called (Ng) is none.
bool is_pair_of_initials(const Word& word) {
    static constexpr std::string_view kVowels = "aeiouy";
    return word.script == Script::Latin && word.folded.size() == 2 && !word.is_number &&
           word.folded.find_first_of(kVowels) == std::string::npos &&
           !is_common_family_name(word.folded) && !is_known_given_name(word.folded);
}

} // namespace

/// Chinese and Korean are written without blanks; surname and given name must
/// be able to change places.
void add_token(std::vector<Token>& tokens, const Word& word, bool alone) {
    static constexpr std::u32string_view kLongSurnames[] = {
        U"남궁", U"황보", U"제갈", U"선우", U"독고", U"사공"};
    if (tokens.size() >= kMaxTokens || is_one_script_too_many(tokens, word.script)) return;
    const auto length = word.letters.size();
    const auto add_part = [&](std::size_t from, std::size_t count) {
        auto part = word;
        part.letters = word.letters.substr(from, count);
        part.follows_hyphen = from > 0 || word.follows_hyphen;
        tokens.push_back(make_token(part));
    };
    if (const auto family =
            word.script == Script::Han && length > 1 ? japanese_family_length(word.letters) : 0) {
        add_part(0, family);
        add_part(family, length);
    } else if (word.script == Script::Han && length > 1 && length <= 6 && !is_listed_name(word.letters)) {
        for (std::size_t i = 0; i < length; ++i)
            add_part(i, 1);
    } else if (word.script == Script::Hangul && alone && length >= 2 && length <= 5) {
        const bool longer = length >= 3 && std::find(
                                               std::begin(kLongSurnames),
                                               std::end(kLongSurnames),
                                               std::u32string_view{word.letters}.substr(0, 2)
                                           ) != std::end(kLongSurnames);
        add_part(0, longer ? 2 : 1);
        add_part(longer ? 2 : 1, length);
    } else if (is_pair_of_initials(word)) {
        add_part(0, 1);
        add_part(1, 1);
    } else {
        tokens.push_back(make_token(word));
    }
}

void join_articles(std::vector<Token>& tokens) {
    for (std::size_t i = tokens.size() > 2 ? 0 : 1; i + 1 < tokens.size(); ++i) {
        if (!is_arabic_article(tokens[i])) continue;
        auto& name = tokens[i + 1];
        if (name.script != Script::Latin || name.is_initial || name.forms.empty()) continue;
        const auto base = name.forms.front();
        name.exact = tokens[i].exact + name.exact;
        name.forms = {tokens[i].exact + base, "al" + base, "el" + base, base};
        tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

void complete(PersonName& name) {
    for (auto& token : name.tokens)
        look_up(token);
}

} // namespace calfleet::matching
