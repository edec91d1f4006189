#include "common/matching/person_name.h"

#include "common/matching/native_names.h"
#include "common/matching/vocabulary.h"

#include <algorithm>

namespace calfleet::matching {
namespace {

constexpr std::size_t kMaxTokens = 12;

/// One piece between blanks, dots and hyphens.
struct Word {
    std::u32string letters;
    std::string folded; ///< for the vocabulary: ASCII for Latin, else as written
    Script script{Script::None};
    bool dotted{false}; ///< followed by a dot
    bool glued{false};  ///< follows a dot without a blank: "ssa" of "Dott.ssa"
    bool follows_hyphen{false};
    bool is_number{false};
};

bool is_apostrophe(char32_t c) {
    return c == U'\'' || c == U'’' || c == U'‘' || c == U'ʼ' || c == U'`' || c == U'´' ||
           c == U'ʻ' || c == U'ʿ' || c == U'ʾ' || c == U'′' || c == U'״' || c == U'׳';
}

bool is_hyphen(char32_t c) {
    return c == U'-' || (c >= 0x2010 && c <= 0x2015) || c == U'−';
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
        if (words.size() < 4 * kMaxTokens) words.push_back(std::move(word));
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
            letters.push_back(c);
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

/// Words that are titles only with a dot or behind another title: Phil, Ing, Mag, ... are names,
/// too.
bool is_soft_title(std::string_view word) {
    static constexpr std::string_view kSoft[] = {
        "phil", "nat",    "ra",   "ir",     "rag",    "san",   "sama",  "arch", "mag",
        "lek",  "pastor", "vet",  "pol",    "doc",    "od",    "wp",    "hab",  "bc",
        "ing",  "dt",     "rain", "notar",  "univ",   "hanim", "mw",    "stb",  "ato",
        "jur",  "hr",     "dona", "miss",   "m",      "ד",     "κ",     "م",    "أ",
        "пан",  "κα",     "engr", "chief",  "doc",    "mx",    "mba",   "bakk", "sig",
        "ra",   "др",     "rev",  "sheikh", "shaykh", "lic",   "med",   "dr_",  "님",
        "씨",   "氏",     "様",   "пані",   "pani",   "ecz",   "ustad", "barr", "dottor"};
    return std::find(std::begin(kSoft), std::end(kSoft), word) != std::end(kSoft);
}

/// "Dott.ssa", "Mag.a", "Dr.in", "Sig.ra".
bool is_feminine_ending(std::string_view word) {
    return word == "ssa" || word == "a" || word == "ra" || word == "in" || word == "na" ||
           word == "inn";
}

bool is_arabic_article(const Token& token) {
    return token.exact == "al" || token.exact == "el" || token.exact == "ul";
}

/// "Al-Masri", "El Masri", "Almasri" and "Masri" are one family name.
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
    if (word.dotted && word.folded == "ma") token.forms.insert(token.forms.begin(), "maria");
    return token;
}

/// Chinese and Korean are written without blanks; surname and given name must be able to change
/// places.
void add_token(std::vector<Token>& tokens, const Word& word, bool alone) {
    static constexpr std::u32string_view kLongSurnames[] = {
        U"남궁", U"황보", U"제갈", U"선우", U"독고", U"사공"};
    if (tokens.size() >= kMaxTokens) return;
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
    } else {
        tokens.push_back(make_token(word));
    }
}

/// What one stretch of a display name (between separators) is about.
struct Segment {
    NameKind kind{NameKind::Empty};
    bool certain{true};
    PersonName name;
    std::vector<std::string> rest; ///< words behind the name
    bool several{false};
    bool team_like{false};
};

bool is_vocabulary(const Word& word) {
    return is_resource(word.folded) || is_organisation(word.folded) ||
           is_resource_head(word.folded) || is_resource_companion(word.folded) ||
           is_legal_form(word.folded);
}

bool leads_a_resource(std::string_view word) {
    static constexpr std::string_view kRooms[] = {
        "raum", "room", "zimmer", "liege", "stuhl", "chair", "platz", "box"};
    return std::find(std::begin(kRooms), std::end(kRooms), word) != std::end(kRooms);
}

/// Reads words as a person's name up to where something else begins.
void read_name(const std::vector<Word>& words, std::size_t end, Segment& segment) {
    bool after_title = false;
    const bool alone = words.size() == 1;
    auto& tokens = segment.name.tokens;
    for (std::size_t i = 0; i < end; ++i) {
        const auto& word = words[i];
        const auto behind = words.size() - i - 1;
        if (word.folded == "&" ||
            (i > 0 && behind > 0 && (word.folded == "und" || word.folded == "and"))) {
            segment.several = true;
            continue;
        }
        if (word.is_number) {
            segment.name.marks.push_back(word.folded);
            continue;
        }
        if (is_maiden_name_word(word.folded) && !tokens.empty()) break;
        const bool soft = is_soft_title(word.folded);
        const bool soft_applies =
            word.letters.size() > 1 &&
            ((word.dotted && (tokens.empty() || after_title || tokens.size() >= 2)) ||
             after_title ||
             (word.follows_hyphen && (word.folded == "san" || word.folded == "sama")) ||
             (word.script != Script::Latin &&
              (tokens.empty() ? behind >= 2 : behind == 0 && tokens.size() >= 2)));
        if (is_title(word.folded) && (!soft || soft_applies)) {
            after_title = tokens.empty();
            continue;
        }
        if (after_title && word.glued && is_feminine_ending(word.folded)) continue;
        after_title = false;
        if (tokens.size() >= 2) {
            if (const auto mark = generation_mark(word.folded, word.dotted); !mark.empty()) {
                if (i + 1 < words.size() && is_occupation(words[i + 1].folded)) break;
                segment.name.marks.emplace_back(mark);
                continue;
            }
            if (is_degree(word.folded)) continue;
            if (is_occupation(word.folded)) {
                for (; i < end; ++i)
                    segment.rest.push_back(words[i].folded);
                break;
            }
        } else if (tokens.empty() && behind >= 2 && is_occupation(word.folded)) {
            continue;
        }
        add_token(tokens, word, alone);
    }
    join_articles(tokens);
    // The "y" of Ortega y Gasset is no initial.
    for (std::size_t i = 1; i + 1 < tokens.size(); ++i) {
        if (tokens[i].exact == "y" || tokens[i].exact == "e" || tokens[i].exact == "i") {
            tokens[i].is_optional = true;
            tokens[i].is_initial = false;
        }
    }
}

Segment read_segment(const std::vector<Word>& words) {
    Segment segment;
    if (words.empty()) return segment;
    if (std::all_of(words.begin(), words.end(), [](const Word& w) {
            return is_placeholder(w.folded);
        }))
        return segment;

    auto end = words.size();
    std::size_t names_before = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto& word = words[i];
        const bool resource = is_resource(word.folded);
        const bool business = is_organisation(word.folded);
        if (resource || business) {
            const bool is_last = i + 1 == words.size();
            const bool legal = std::any_of(words.begin(), words.end(), [](const Word& w) {
                return is_legal_form(w.folded);
            });
            if (names_before < 2 || legal || is_last) {
                segment.kind = resource ? NameKind::Resource : NameKind::Organisation;
                segment.team_like = word.folded != "meeting" && !word.folded.ends_with("raum") &&
                                    !word.folded.ends_with("zimmer") &&
                                    !word.folded.ends_with("kabine") && resource;
            }
            end = std::min(end, i);
            break;
        }
        if (is_legal_form(word.folded)) segment.kind = NameKind::Organisation;
        if (!word.is_number && !is_title(word.folded)) ++names_before;
    }
    if (segment.kind == NameKind::Empty) {
        const bool all_vague = std::all_of(
                                   words.begin(),
                                   words.end(),
                                   [](const Word& w) {
                                       return is_vocabulary(w) || w.is_number ||
                                              w.letters.size() == 1 || is_occupation(w.folded) ||
                                              is_particle(w.folded);
                                   }
                               ) &&
                               std::any_of(words.begin(), words.end(), [](const Word& w) {
                                   return (is_vocabulary(w) && !is_resource_companion(w.folded)) ||
                                          is_occupation(w.folded);
                               });
        if (all_vague || (words.size() > 1 && leads_a_resource(words.front().folded))) {
            segment.kind = NameKind::Resource;
            segment.certain =
                words.size() > 1 &&
                std::any_of(words.begin(), words.end(), [](const Word& w) { return w.is_number; });
        }
    }
    if (segment.kind != NameKind::Empty && end < words.size()) {
        std::vector<Word> names;
        std::copy_if(words.begin(), words.end(), std::back_inserter(names), [](const Word& w) {
            return !is_vocabulary(w);
        });
        read_name(names, names.size(), segment);
    } else {
        read_name(words, end, segment);
    }
    for (auto i = end; i < words.size(); ++i)
        segment.rest.push_back(words[i].folded);
    if (segment.kind == NameKind::Empty && !segment.name.tokens.empty())
        segment.kind = NameKind::Person;
    return segment;
}

/// Text in brackets and double quotes, taken out of the name.
std::vector<std::u32string> take_asides(std::u32string& text) {
    static constexpr std::u32string_view kOpen = U"([{<\"“„«»「【（‚";
    static constexpr std::u32string_view kClose = U")]}>\"”“»«」】）‘";
    std::vector<std::u32string> asides;
    std::u32string outside;
    std::u32string inside;
    std::size_t depth_of = std::u32string_view::npos;
    for (const char32_t c : text) {
        if (depth_of == std::u32string_view::npos) {
            if (const auto open = kOpen.find(c); open != std::u32string_view::npos) {
                depth_of = open;
                outside.push_back(U' ');
            } else {
                outside.push_back(c);
            }
        } else if (c == kClose[depth_of] || (kOpen[depth_of] == U'„' && c == U'”') || (kOpen[depth_of] == U'“' && c == U'"')) {
            asides.push_back(std::move(inside));
            inside.clear();
            depth_of = std::u32string_view::npos;
        } else {
            inside.push_back(c);
        }
    }
    if (!inside.empty()) asides.push_back(std::move(inside));
    if (std::any_of(outside.begin(), outside.end(), is_letter))
        text = std::move(outside);
    else {
        text = asides.empty() ? U"" : asides.front();
        if (!asides.empty()) asides.erase(asides.begin());
    }
    return asides;
}

std::vector<std::u32string> split_segments(std::u32string_view text) {
    std::vector<std::u32string> parts(1);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char32_t c = text[i];
        const bool blank_before = i > 0 && text[i - 1] == U' ';
        const bool blank_after = i + 1 < text.size() && text[i + 1] == U' ';
        const bool separator =
            c == U'|' || c == U'/' || c == U'\\' || c == U'~' || c == U';' || c == U':' ||
            c == U'•' || c == U'@' || c == U'*' || c == U'#' || c == U'>' || c == U'›' ||
            ((c == U'·' || c == U'・') && blank_before) ||
            (is_hyphen(c) && (blank_before || blank_after) && (blank_before == blank_after));
        if (separator && c != 0) {
            if (c == U'#')
                parts.back().push_back(U' ');
            else
                parts.emplace_back();
        } else {
            parts.back().push_back(c == U'_' || c == U'·' || c == U'・' ? U' ' : c);
        }
    }
    return parts;
}

/// "bei", "at", "from" behind a name begin a decoration.
void cut_at_preposition(std::vector<Word>& words) {
    for (std::size_t i = 2; i + 1 < words.size(); ++i) {
        const auto& w = words[i].folded;
        if (w == "bei" || w == "at" || w == "chez" || w == "from" || w == "vom" || w == "im" ||
            w == "presso") {
            words.resize(i);
            return;
        }
    }
}

class Reader {
public:
    DisplayName read(std::u32string text) {
        if (const auto mailbox = as_mailbox(text); !mailbox.empty()) {
            out_.mailbox = mailbox;
            return out_;
        }
        const auto asides = take_asides(text);
        for (const auto& part : split_segments(text))
            read_comma_parts(part);
        for (const auto& aside : asides)
            read_aside(words_of(aside));
        conclude();
        return std::move(out_);
    }

private:
    static std::string as_mailbox(std::u32string_view text) {
        const auto at = text.find(U'@');
        if (at == std::u32string_view::npos || at == 0 ||
            text.find(U' ') != std::u32string_view::npos)
            return {};
        return text.find(U'.', at) == std::u32string_view::npos ? std::string{} : to_utf8(text);
    }

    void read_comma_parts(std::u32string_view part) {
        std::vector<std::vector<Word>> parts;
        for (std::size_t from = 0; from <= part.size() && parts.size() < 8;) {
            const auto comma = std::min(
                {part.find(U',', from), part.find(U'،', from), part.find(U'、', from), part.size()}
            );
            parts.push_back(words_of(part.substr(from, comma - from)));
            from = comma + 1;
        }
        for (auto& words : parts) {
            for (const auto& word : words)
                out_.mixed_scripts |= mixes_scripts(word.letters);
            cut_at_preposition(words);
        }
        auto first = read_segment(parts.front());
        for (std::size_t i = 1; i < parts.size(); ++i)
            read_behind_comma(parts[i], first, i);
        segments_.push_back(std::move(first));
    }

    /// Behind a comma: a given name ("Müller, Anna"), a title, a mark, an occupation or a place.
    void read_behind_comma(const std::vector<Word>& words, Segment& first, std::size_t position) {
        std::vector<Word> left;
        for (const auto& word : words) {
            const auto mark = generation_mark(word.folded, true);
            if (!mark.empty())
                first.name.marks.emplace_back(mark);
            else if (word.is_number)
                first.name.marks.push_back(word.folded);
            else if (!is_title(word.folded) && !is_degree(word.folded))
                left.push_back(word);
        }
        if (left.empty()) return;
        if (std::any_of(left.begin(), left.end(), [](const Word& w) {
                return is_occupation(w.folded) || is_resource(w.folded) ||
                       is_organisation(w.folded) || is_legal_form(w.folded);
            })) {
            for (const auto& word : left)
                first.rest.push_back(word.folded);
            return;
        }
        const auto given = read_segment(left);
        for (const auto& word : left)
            decorations_.push_back(word.folded);
        if (given.kind == NameKind::Person && position == 1 &&
            (first.kind == NameKind::Person || !first.certain)) {
            PersonName swapped = given.name;
            const auto& family = first.name;
            swapped.tokens.insert(swapped.tokens.end(), family.tokens.begin(), family.tokens.end());
            swapped.marks.insert(swapped.marks.end(), family.marks.begin(), family.marks.end());
            swapped.family_first = true;
            if (swapped.tokens.size() <= kMaxTokens) out_.readings.push_back(std::move(swapped));
            first.kind = NameKind::Person;
        }
    }

    void read_aside(const std::vector<Word>& words) {
        std::vector<Word> names;
        for (const auto& word : words) {
            if (is_maiden_name_word(word.folded)) break;
            if (is_remark_of_absence(word.folded))
                out_.absent = true;
            else if (word.is_number)
                aside_marks_.push_back(word.folded);
            else if (const auto mark = generation_mark(word.folded, true);
                     !mark.empty() && words.size() == 1) {
                aside_marks_.emplace_back(mark);
            } else if (is_vocabulary(word)) {
                return;
            } else if (!is_decoration(word.folded) && !is_title(word.folded) && !is_occupation(word.folded) && !is_degree(word.folded)) {
                names.push_back(word);
                decorations_.push_back(word.folded);
            }
        }
        auto read = read_segment(names);
        if (read.kind == NameKind::Person) asides_.push_back(std::move(read.name));
    }

    void conclude() {
        const Segment* main = nullptr;
        for (auto& segment : segments_) {
            out_.several_people |= segment.several;
            for (const auto& word : segment.rest)
                decorations_.push_back(word);
            if (segment.kind != NameKind::Person) continue;
            if (!main)
                main = &segment;
            else {
                if (std::any_of(
                        segment.name.tokens.begin(),
                        segment.name.tokens.end(),
                        [](const Token& t) {
                            return is_remark_of_absence(
                                t.forms.empty() ? t.exact : t.forms.front()
                            );
                        }
                    ))
                    out_.absent = true;
                for (const auto& token : segment.name.tokens)
                    decorations_.push_back(token.forms.empty() ? token.exact : token.forms.front());
            }
        }
        if (main)
            conclude_person(*main);
        else
            conclude_without_person();
        for (auto& reading : out_.readings) {
            reading.marks.insert(reading.marks.end(), aside_marks_.begin(), aside_marks_.end());
            std::sort(reading.marks.begin(), reading.marks.end());
        }
        out_.decorations = std::move(decorations_);
    }

    void conclude_person(const Segment& main) {
        out_.kind = NameKind::Person;
        const bool comma = !out_.readings.empty();
        if (!comma || main.name.tokens.size() >= 2) out_.readings.push_back(main.name);
        for (const auto& segment : segments_) {
            if (segment.kind == NameKind::Resource && &segment < &main && !segment.team_like)
                out_.resource_beside = true;
            if (&segment == &main || segment.kind != NameKind::Person) continue;
            if (segment.name.tokens.size() < 2) continue;
            if (!segment.name.tokens.front().forms.empty() &&
                is_known_given_name(segment.name.tokens.front().forms.front()) &&
                main.name.tokens.size() >= 2) {
                out_.several_people = true;
            }
            if (main.name.tokens.size() < 2 && !comma && out_.readings.size() < 3)
                out_.readings.push_back(segment.name);
            else
                out_.others.push_back(segment.name);
        }
        for (const auto& aside : asides_) {
            if (main.name.tokens.size() == 1 && !comma && out_.readings.size() < 4) {
                auto joined = main.name;
                joined.tokens.insert(joined.tokens.end(), aside.tokens.begin(), aside.tokens.end());
                out_.readings.push_back(std::move(joined));
            }
            if (aside.tokens.size() >= 2) out_.others.push_back(aside);
        }
    }

    void conclude_without_person() {
        for (const auto kind : {NameKind::Resource, NameKind::Organisation}) {
            for (const auto& segment : segments_) {
                if (segment.kind != kind || out_.kind != NameKind::Empty) continue;
                out_.kind = kind;
                out_.kind_is_certain = segment.certain;
                out_.readings.assign(1, segment.name);
            }
        }
    }

    DisplayName out_;
    std::vector<Segment> segments_;
    std::vector<PersonName> asides_;
    std::vector<std::string> aside_marks_;
    std::vector<std::string> decorations_;
};

} // namespace

DisplayName read_display_name(std::string_view utf8) {
    return Reader{}.read(clean(utf8));
}

} // namespace calfleet::matching
