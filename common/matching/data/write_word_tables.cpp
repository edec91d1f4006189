// Turns word lists into tables: write_word_tables OUTPUT.cpp LIST.txt... Part of every build.
#include "common/matching/data/word_list.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::matching {
namespace {

/// Numbers of words and groups are kept in 16 bits, one of them for the side.
constexpr std::size_t kMostGroups = 0x7fff;
constexpr std::size_t kMostWordsOfGroups = 0xffff;

/// 18 a line, so that a compiler's message about the written file can be read.
template <class T>
void write_numbers(
    std::ostream& out, std::string_view type, const std::string& name, const std::vector<T>& numbers
) {
    out << "constexpr " << type << ' ' << name << "[] = {";
    for (std::size_t at = 0; at < numbers.size(); ++at)
        out << (at % 18 == 0 ? "\n    " : " ") << numbers[at] << ',';
    out << "};\n";
}

/// words: sorted.
void write_words(
    std::ostream& out, const std::string& name, const std::vector<std::string>& words
) {
    std::vector<std::size_t> starts{0};
    out << "constexpr char " << name << "Letters[] =";
    for (const auto& word : words) {
        out << "\n    \"" << word << '"';
        starts.push_back(starts.back() + word.size());
    }
    out << ";\n";
    write_numbers(out, "std::uint32_t", name + "Starts", starts);
}

std::string table_of(const std::string& name, std::size_t size) {
    return "{" + name + "Letters, " + name + "Starts, " + std::to_string(size) + "}";
}

void write_word_table(std::ostream& out, const WordList& list) {
    const auto name = table_name(list.path);
    std::vector<std::string> words;
    for (const auto& entry : list.entries)
        words.push_back(entry.left.front());
    out << "\nnamespace {\n";
    write_words(out, name, words);
    out << "} // namespace\n";
    out << "constinit const WordTable " << name << table_of(name, words.size()) << ";\n";
}

bool write_group_table(std::ostream& out, const WordList& list) {
    const auto name = table_name(list.path);
    std::map<std::string, std::vector<std::size_t>> memberships;
    for (std::size_t group = 0; group < list.entries.size(); ++group) {
        for (const auto& word : list.entries[group].left)
            memberships[word].push_back(2 * group + 1);
        for (const auto& word : list.entries[group].right)
            memberships[word].push_back(2 * group);
    }
    if (list.entries.size() > kMostGroups || memberships.size() > kMostWordsOfGroups) {
        std::cerr << list.path << ":1: has more lines or words than 16 bits can number; split it\n";
        return false;
    }
    std::vector<std::string> words;
    std::vector<std::size_t> membership_starts{0};
    std::vector<std::size_t> all_memberships;
    std::map<std::string_view, std::size_t> numbers;
    for (const auto& [word, groups] : memberships) {
        numbers[word] = words.size();
        words.push_back(word);
        all_memberships.insert(all_memberships.end(), groups.begin(), groups.end());
        membership_starts.push_back(all_memberships.size());
    }
    std::vector<std::size_t> member_starts{0};
    std::vector<std::size_t> members;
    for (const auto& entry : list.entries) {
        for (const auto* side : {&entry.left, &entry.right})
            for (const auto& word : *side)
                members.push_back(numbers[word]);
        member_starts.push_back(members.size());
    }
    out << "\nnamespace {\n";
    write_words(out, name, words);
    write_numbers(out, "std::uint32_t", name + "MembershipStarts", membership_starts);
    write_numbers(out, "std::uint16_t", name + "Memberships", all_memberships);
    write_numbers(out, "std::uint32_t", name + "MemberStarts", member_starts);
    write_numbers(out, "std::uint16_t", name + "Members", members);
    out << "} // namespace\n";
    out << "constinit const GroupTable " << name << "{" << table_of(name, words.size()) << ", "
        << name << "MembershipStarts, " << name << "Memberships, " << name << "MemberStarts, "
        << name << "Members, " << list.entries.size() << "};\n";
    return true;
}

bool write_table(std::ostream& out, const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) {
        std::cerr << path << ":1: cannot be read; CMakeLists.txt names it\n";
        return false;
    }
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    const auto list = read_word_list(path, text);
    for (const auto& complaint : list.complaints)
        std::cerr << complaint << '\n';
    if (!list.complaints.empty()) return false;
    if (list.has_groups) return write_group_table(out, list);
    write_word_table(out, list);
    return true;
}

int write_tables(const std::string& output, const std::vector<std::string>& lists) {
    std::ofstream out{output, std::ios::binary};
    out << "// Written by write_word_tables from common/matching/data; edit the lists there.\n"
           "#include \"common/matching/word_tables.h\"\n\n"
           "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n"
           "namespace calfleet::matching {\n";
    bool good = true;
    for (const auto& path : lists)
        good &= write_table(out, path);
    out << "\n} // namespace calfleet::matching\n";
    if (!out.flush()) {
        std::cerr << output << ": cannot be written\n";
        return 1;
    }
    return good ? 0 : 1;
}

} // namespace
} // namespace calfleet::matching

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() < 2) {
        std::cerr << "usage: write_word_tables OUTPUT.cpp LIST.txt...\n";
        return 2;
    }
    return calfleet::matching::write_tables(arguments[0], {arguments.begin() + 1, arguments.end()});
}
