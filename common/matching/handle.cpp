// Local parts and user names: whom they are made of.
#include "common/matching/mailbox.h"
#include "common/matching/vocabulary.h"

#include <algorithm>

namespace calfleet::matching {
namespace {

/// Lower case letters of the words of a handle; digits and punctuation
/// separate.
std::vector<std::string> handle_words(std::string_view handle) {
    std::vector<std::string> words(1);
    const bool ascii = std::all_of(handle.begin(), handle.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x80;
    });
    if (ascii) {
        for (const char c : handle.substr(0, 64)) {
            const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
            if (lower >= 'a' && lower <= 'z')
                words.back().push_back(lower);
            else if (!words.back().empty())
                words.emplace_back();
        }
        if (words.back().empty()) words.pop_back();
        return words;
    }
    for (const char32_t c : clean(handle, 64)) {
        if (is_letter(c))
            words.back() += latin_forms(std::u32string{c}, script_of(c)).empty()
                                ? ""
                                : latin_forms(std::u32string{c}, script_of(c)).front();
        else if (!words.back().empty())
            words.emplace_back();
    }
    if (words.back().empty()) words.pop_back();
    return words;
}

std::string join(const std::vector<std::string>& words) {
    std::string all;
    for (const auto& word : words)
        all += word;
    return all;
}

bool is_concatenation(std::string_view handle, std::string_view x, std::string_view y) {
    return handle.size() == x.size() + y.size() && handle.starts_with(x) && handle.ends_with(y);
}

HandleFit fit_pair(const std::string& handle, const std::string& x, const std::string& y) {
    if (x.empty() || y.empty()) return HandleFit::None;
    if (is_concatenation(handle, x, y) || is_concatenation(handle, y, x)) return HandleFit::Whole;
    if (y.size() >= 3 && (is_concatenation(handle, std::string_view{x}.substr(0, 1), y) ||
                          is_concatenation(handle, y, std::string_view{x}.substr(0, 1))))
        return HandleFit::Whole;
    if (x.size() >= 3 && y.size() >= 3 && handle.find(x) != std::string::npos &&
        handle.find(y) != std::string::npos && handle.size() >= x.size() + y.size()) {
        return HandleFit::Whole;
    }
    if (handle.size() == 2 && handle[0] == x[0] && handle[1] == y[0]) return HandleFit::Initials;
    return HandleFit::None;
}

bool share_group(const std::vector<std::uint16_t>& a, const std::vector<std::uint16_t>& b) {
    return std::any_of(a.begin(), a.end(), [&](auto mine) {
        return std::any_of(b.begin(), b.end(), [&](auto theirs) {
            return mine / 2 == theirs / 2 && (mine % 2 == 1 || theirs % 2 == 1);
        });
    });
}

bool fits_word(const Handle& handle, const std::string& form, const FormFacts& facts) {
    if (form.size() >= 4 && handle.letters.find(form) != std::string::npos) return true;
    if (form.size() >= 6 && handle.letters.size() >= 6 &&
        edit_distance(handle.letters, form, 1) <= 1)
        return true;
    for (std::size_t i = 0; i < handle.words.size(); ++i) {
        const auto& word = handle.words[i];
        if (word == form || (word.size() >= 4 && form.starts_with(word))) return true;
        if (word.size() >= 3 && share_group(handle.groups[i], facts.groups)) return true;
    }
    return false;
}

/// "kate.jones" beside Katherine Jones.
bool is_pet_form_with(const Handle& handle, const FormFacts& given, const std::string& family) {
    return handle.words.size() == 2 && handle.words[1] == family && family.size() >= 3 &&
           handle.words[0].size() >= 3 && share_group(handle.groups[0], given.groups);
}

HandleFit fit_token(const Handle& handle, const Token& token, const PersonName& name) {
    auto best = HandleFit::None;
    for (std::size_t i = 0; i < token.forms.size(); ++i) {
        const auto& form = token.forms[i];
        if (form.size() >= 2 && fits_word(handle, form, token.facts[i]))
            best = std::max(best, HandleFit::Part);
        for (const auto& other : name.tokens) {
            if (&other == &token) continue;
            for (const auto& second : other.forms) {
                best = std::max(best, fit_pair(handle.letters, form, second));
                if (is_pet_form_with(handle, token.facts[i], second)) best = HandleFit::Whole;
            }
        }
    }
    return best;
}

HandleFit fit_reading(const Handle& handle, const PersonName& name) {
    auto best = HandleFit::None;
    std::string initials;
    for (const auto& token : name.tokens) {
        if (token.forms.empty()) continue;
        initials += token.forms.front().front();
        best = std::max(best, fit_token(handle, token, name));
        if (best == HandleFit::Whole) return best;
    }
    if (name.tokens.size() == 1 && best == HandleFit::Part &&
        handle.letters == name.tokens.front().forms.front())
        best = HandleFit::Whole;
    // "fjmoreno" of Francisco Javier Moreno.
    if (name.tokens.size() >= 3 && initials.size() == name.tokens.size()) {
        const auto& family = name.tokens.back().forms.front();
        if (family.size() >= 3 &&
            handle.letters == initials.substr(0, initials.size() - 1) + family)
            return HandleFit::Whole;
    }
    std::string all;
    for (const auto& token : name.tokens)
        all += token.forms.empty() ? "" : token.forms.front();
    if (all.size() >= 5 && handle.letters == all) return HandleFit::Whole;
    if (initials.size() >= 2 && handle.letters == initials)
        best = std::max(best, HandleFit::Initials);
    return best;
}

} // namespace

bool is_role_mailbox(std::string_view local_part) {
    const auto words = handle_words(local_part);
    if (words.empty()) return false;
    if (is_role_word(join(words))) return true;
    return is_role_word(words.front()) || (words.size() > 1 && words.size() <= 3 &&
                                           is_role_word(words.back()) && words.back().size() >= 4);
}

Handle read_handle(std::string_view handle) {
    Handle read;
    read.words = handle_words(handle);
    read.letters = join(read.words);
    for (const auto& word : read.words)
        read.groups.push_back(given_name_groups(word));
    return read;
}

HandleFit handle_fit(const Handle& handle, const DisplayName& name) {
    auto best = HandleFit::None;
    if (handle.letters.empty()) return best;
    for (const auto& reading : name.readings)
        best = std::max(best, fit_reading(handle, reading));
    return best;
}

HandleFit handle_fit(std::string_view handle, const DisplayName& name) {
    return handle_fit(read_handle(handle), name);
}

bool has_other_initial(std::string_view handle, const DisplayName& name) {
    const auto words = handle_words(handle);
    if (words.empty() || name.readings.empty()) return false;
    const auto& tokens = name.readings.front().tokens;
    for (const auto& family : tokens) {
        for (const auto& form : family.forms) {
            if (form.size() < 4) continue;
            std::string initial;
            if (words.size() == 2 && words[0].size() == 1 && words[1] == form)
                initial = words[0];
            else if (words.size() == 2 && words[1].size() == 1 && words[0] == form)
                initial = words[1];
            else if (words.size() == 1 && words[0].size() == form.size() + 1 && words[0].ends_with(form))
                initial = words[0].substr(0, 1);
            if (initial.empty()) continue;
            return std::none_of(tokens.begin(), tokens.end(), [&](const Token& t) {
                return std::any_of(t.forms.begin(), t.forms.end(), [&](const auto& f) {
                    return &t != &family && f.starts_with(initial);
                });
            });
        }
    }
    return false;
}

bool looks_like_full_name(std::string_view handle) {
    const auto words = handle_words(handle);
    const bool clean_words =
        std::all_of(words.begin(), words.end(), [](const auto& w) { return !w.empty(); });
    if (words.size() == 2 && clean_words) {
        return (words[0].size() >= 3 && words[1].size() >= 3) ||
               (words[0].size() == 1 && words[1].size() >= 4);
    }
    return words.size() == 3 &&
           std::all_of(words.begin(), words.end(), [](const auto& w) { return w.size() >= 3; });
}

bool is_fancy_handle(std::string_view handle) {
    if (std::any_of(handle.begin(), handle.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return true;
    const auto words = handle_words(handle);
    return std::any_of(words.begin(), words.end(), is_fancy_word);
}

bool looks_like_one_name(std::string_view handle) {
    const auto words = handle_words(handle);
    return words.size() == 1 && words.front().size() >= 4;
}

} // namespace calfleet::matching
