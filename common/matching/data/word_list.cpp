#include "common/matching/data/word_list.h"

#include "common/core/text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace calfleet::matching {
namespace {

/// Nobody's name is longer; a line without its line break is.
constexpr std::size_t kMostBytesOfAWord = 60;

struct Reader {
    WordList list;
    std::string_view last_line;
    bool in_header{true};

    void complain(std::size_t line, std::string_view what) {
        list.complaints.push_back(
            list.path + ":" + std::to_string(line) + ": " + std::string{what}
        );
    }

    void read_header_line(std::string_view line) {
        const std::array<std::pair<std::string_view, std::string*>, 4> fields{
            {{"# what: ", &list.what},
             {"# source: ", &list.source},
             {"# licence: ", &list.licence},
             {"# date: ", &list.date}}};
        for (const auto& [prefix, value] : fields)
            if (line.starts_with(prefix)) *value = line.substr(prefix.size());
    }

    /// What is wrong with the word; empty when nothing is.
    static std::string_view fault_of(std::string_view word) {
        if (word.empty()) return "two blanks, or one at an end; put one between two words";
        if (word.size() > kMostBytesOfAWord) return "is too long for a word; one entry a line";
        for (std::size_t at = 0; at < word.size(); ++at) {
            const auto byte = static_cast<unsigned char>(word[at]);
            if (byte >= 'A' && byte <= 'Z') return "has a capital letter; write small ones";
            if (byte < ' ' || byte == 0x7f || byte == '"' || byte == '\\')
                return "has a character that no word has; remove it";
            // U+00C0 to U+024F: Latin letters with marks, and ß.
            if (byte >= 0xc3 && byte <= 0xc9)
                return "has a Latin letter beyond ASCII; write ae, oe, ue, ss, or the bare letter";
        }
        return {};
    }

    std::vector<std::string> words(std::size_t line, std::string_view text) {
        std::vector<std::string> found;
        for (const std::string_view word : split(text, ' ')) {
            if (const auto fault = fault_of(word); !fault.empty())
                complain(line, "\"" + std::string{word} + "\" " + std::string{fault});
            if (std::find(found.begin(), found.end(), word) != found.end())
                complain(line, "\"" + std::string{word} + "\" stands twice; remove one");
            found.emplace_back(word);
        }
        return found;
    }

    std::vector<std::string> right_side(std::size_t line, std::string_view text) {
        if (text.starts_with(' ')) return words(line, text.substr(1));
        complain(line, "has no blank behind the colon; add one");
        return {};
    }

    void read_entry(std::size_t number, std::string_view line) {
        const auto colon = line.find(':');
        const bool has_colon = colon != std::string_view::npos;
        if (list.entries.empty()) list.has_groups = has_colon;
        if (list.has_groups != has_colon) {
            complain(
                number,
                list.has_groups ? "has no colon as the lines before; write \"word: word word\""
                                : "has a colon unlike the lines before; write one word a line"
            );
            return;
        }
        if (!list.entries.empty() && line <= last_line)
            complain(
                number, "is not behind the line before it; sort the entries with LC_ALL=C sort -u"
            );
        last_line = line;
        auto& entry = list.entries.emplace_back();
        entry.line = number;
        entry.left = words(number, line.substr(0, colon));
        if (has_colon && colon + 1 < line.size())
            entry.right = right_side(number, line.substr(colon + 1));
        if (!has_colon && entry.left.size() != 1) complain(number, "has a blank; one word a line");
    }
};

} // namespace

WordList read_word_list(std::string_view path, std::string_view text) {
    Reader reader;
    reader.list.path = path;
    std::size_t number = 0;
    if (text.ends_with('\n'))
        text.remove_suffix(1);
    else
        reader.complain(1, "does not end with a line break; add one");
    for (const std::string_view line : split(text, '\n')) {
        ++number;
        if (line.starts_with('#')) {
            if (!reader.in_header)
                reader.complain(number, "is a comment among the entries; move it to the top");
            reader.read_header_line(line);
            continue;
        }
        reader.in_header = false;
        if (line.empty()) {
            reader.complain(number, "is empty; remove it");
            continue;
        }
        reader.read_entry(number, line);
    }
    const auto& list = reader.list;
    if (list.what.empty() || list.source.empty() || list.licence.empty() || list.date.empty())
        reader.complain(
            1, "needs the lines \"# what: \", \"# source: \", \"# licence: \", \"# date: \""
        );
    if (list.entries.empty()) reader.complain(1, "has no entry; remove the file, or fill it");
    return std::move(reader.list);
}

std::string table_name(std::string_view path) {
    const auto slash = path.rfind('/');
    std::string_view stem = slash == std::string_view::npos ? path : path.substr(slash + 1);
    stem = stem.substr(0, stem.find('.'));
    std::string name{"k"};
    for (const std::string_view word : split(stem, '_')) {
        if (word.empty()) continue;
        name.push_back(
            static_cast<char>(word[0] >= 'a' && word[0] <= 'z' ? word[0] - 'a' + 'A' : word[0])
        );
        name.append(word.substr(1));
    }
    return name;
}

} // namespace calfleet::matching
