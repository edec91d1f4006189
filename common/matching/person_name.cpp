#include "common/matching/person_name.h"

#include "common/matching/name_parts.h"
#include "common/matching/name_segment.h"
#include "common/matching/vocabulary.h"

#include <algorithm>
#include <iterator>

namespace calfleet::matching {
namespace {

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

bool starts_with_given_name(const PersonName& name) {
    const auto& forms = name.tokens.front().forms;
    return !forms.empty() && is_known_given_name(forms.front());
}

/// Behind a slash stands a second person, unless it is a remark ("nur Di+Do").
bool may_be_second_name(const Segment& segment) {
    return !segment.several && std::all_of(
                                   segment.name.tokens.begin(),
                                   segment.name.tokens.end(),
                                   [](const Token& token) {
                                       return !token.forms.empty() &&
                                              token.forms.front().size() >= 3;
                                   }
                               );
}

constexpr std::size_t kMostOthers = 2;

class Reader {
public:
    DisplayName read(std::u32string text) {
        written_ = to_utf8(text);
        if (const auto mailbox = as_mailbox(text); !mailbox.empty()) {
            out_.mailbox = mailbox;
            return out_;
        }
        const auto asides = take_asides(text);
        for (const auto& part : split_segments(text, slash_))
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
            const bool behind = &words != &parts.front() || !segments_.empty();
            for (const auto& word : words) {
                out_.mixed_scripts |= word.mixes_scripts;
                if (behind && is_remark(word.folded)) out_.strange_tail = true;
            }
            cut_at_preposition(words);
        }
        auto first = read_segment(parts.front());
        for (std::size_t i = 1; i < parts.size(); ++i)
            read_behind_comma(parts[i], first, i);
        segments_.push_back(std::move(first));
    }

    /// Behind a comma: a given name ("Müller, Anna"), a title, a mark, an
    /// occupation or a place.
    void read_behind_comma(const std::vector<Word>& words, Segment& first, std::size_t position) {
        std::vector<Word> left;
        // "Senior Consultant" is an occupation, "Senior" alone a mark.
        const bool occupied = std::count_if(words.begin(), words.end(), [](const Word& w) {
                                  return is_occupation(w.folded);
                              }) >= 2;
        for (const auto& word : words) {
            const auto mark = generation_mark(word.folded, true);
            if (!mark.empty() && !occupied)
                first.name.marks.emplace_back(mark);
            else if (word.is_number)
                first.name.marks.push_back(word.folded);
            else if (is_doctorate(word.folded))
                first.name.has_doctorate = true;
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
            swapped.has_doctorate |= first.name.has_doctorate;
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
        bool maiden = false;
        for (const auto& word : words) {
            if (maiden) {
                add_token(maiden_, word, false);
                continue;
            }
            if (is_maiden_name_word(word.folded)) {
                maiden = true;
                continue;
            }
            if (is_remark(word.folded)) out_.strange_tail = true;
            if (is_remark_of_absence(word.folded))
                out_.absent = true;
            else if (word.is_number) {
                // "(2)" tells namesakes apart, "(English B2)" does not.
                if (words.size() == 1) aside_marks_.push_back(word.folded);
            } else if (const auto mark = generation_mark(word.folded, true);
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
            reading.has_doctorate |= main != nullptr && main->name.has_doctorate;
            reading.marks.insert(reading.marks.end(), aside_marks_.begin(), aside_marks_.end());
            std::sort(reading.marks.begin(), reading.marks.end());
        }
        for (auto& reading : out_.readings)
            complete(reading);
        for (auto& other : out_.others)
            complete(other);
        out_.decorations = std::move(decorations_);
    }

    /// "Anna Müller | Anna Müller" says nothing that "Anna Müller" does not.
    static bool is_same(const PersonName& a, const PersonName& b) {
        return std::equal(
            a.tokens.begin(),
            a.tokens.end(),
            b.tokens.begin(),
            b.tokens.end(),
            [](const Token& one, const Token& other) { return one.exact == other.exact; }
        );
    }

    bool is_said_before(const PersonName& name, const PersonName& main) const {
        const auto same = [&](const PersonName& other) { return is_same(name, other); };
        return is_same(name, main) || std::any_of(out_.others.begin(), out_.others.end(), same);
    }

    void conclude_person(const Segment& main) {
        out_.kind = NameKind::Person;
        maiden_.insert(maiden_.end(), main.maiden.begin(), main.maiden.end());
        out_.several_people = main.several;
        const bool comma = !out_.readings.empty();
        if (!comma || main.name.tokens.size() >= 2) out_.readings.push_back(main.name);
        for (const auto& segment : segments_) {
            if (segment.kind == NameKind::Resource && &segment < &main && !segment.team_like)
                out_.resource_beside = true;
            if (&segment == &main || segment.kind != NameKind::Person) continue;
            if (segment.name.tokens.size() < 2 || is_said_before(segment.name, main.name)) continue;
            if (main.name.tokens.size() >= 2 && is_second_person(segment, main.name))
                out_.several_people = true;
            if (!comma && out_.readings.size() < 3) {
                auto beside = segment.name;
                beside.steps.add(Step::Decorated);
                out_.readings.push_back(std::move(beside));
            }
            if (out_.others.size() < kMostOthers) out_.others.push_back(segment.name);
        }
        if (!comma && out_.readings.size() < 4) read_without_occupation(main.name);
        if (!maiden_.empty() && main.name.tokens.size() >= 2 && out_.readings.size() < 4) {
            auto before = main.name;
            before.tokens.pop_back();
            before.tokens.insert(before.tokens.end(), maiden_.begin(), maiden_.end());
            before.steps.add(Step::MaidenName);
            if (before.tokens.size() <= kMaxTokens) out_.readings.push_back(std::move(before));
        }
        for (const auto& aside : asides_) {
            if (main.name.tokens.size() == 1 && !comma && out_.readings.size() < 4) {
                auto joined = main.name;
                joined.tokens.insert(joined.tokens.end(), aside.tokens.begin(), aside.tokens.end());
                out_.readings.push_back(std::move(joined));
            }
            if (aside.tokens.size() >= 2 && out_.others.size() < kMostOthers)
                out_.others.push_back(aside);
        }
    }

    bool is_second_person(const Segment& segment, const PersonName& main) const {
        if (!may_be_second_name(segment)) return false;
        return slash_ || (starts_with_given_name(segment.name) && starts_with_given_name(main));
    }

    /// "Coach Quirin": an occupation before a first name, or a surname that is one.
    void read_without_occupation(const PersonName& name) {
        if (name.tokens.size() != 2 || name.tokens.front().forms.empty() ||
            !is_occupation(name.tokens.front().forms.front()))
            return;
        auto rest = name;
        rest.tokens.erase(rest.tokens.begin());
        rest.steps.add(Step::Decorated);
        out_.readings.push_back(std::move(rest));
    }

    void conclude_without_person() {
        for (const auto kind : {NameKind::Resource, NameKind::Organisation}) {
            for (const auto& segment : segments_) {
                if (segment.kind != kind || out_.kind != NameKind::Empty) continue;
                out_.kind = kind;
                out_.kind_is_certain = segment.certain;
                if (kind == NameKind::Resource) out_.resource = written_;
                out_.readings.assign(1, segment.name);
            }
        }
    }

    DisplayName out_;
    std::string written_;
    bool slash_{false};
    std::vector<Segment> segments_;
    std::vector<PersonName> asides_;
    std::vector<std::string> aside_marks_;
    std::vector<Token> maiden_;
    std::vector<std::string> decorations_;
};

} // namespace

DisplayName read_display_name(std::string_view utf8) {
    auto name = Reader{}.read(clean(utf8));
    name.strange_tail |= has_strange_characters(utf8.substr(0, 4 * kMaxNameCharacters));
    const auto joined = without_symbols_in_words(utf8.substr(0, 4 * kMaxNameCharacters));
    if (joined.empty()) return name;
    auto other = Reader{}.read(clean(joined));
    for (auto& reading : other.readings) {
        if (name.readings.size() >= 6) break;
        reading.steps.add(Step::JoinedWords);
        name.readings.push_back(std::move(reading));
    }
    return name;
}

} // namespace calfleet::matching
