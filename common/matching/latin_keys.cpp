// Coarse keys and distances between words in Latin letters.
#include "common/matching/fold.h"

#include <algorithm>
#include <array>
#include <utility>

namespace calfleet::matching {
namespace {

bool soft_c(std::string_view rest) {
    return !rest.empty() && (rest[0] == 'e' || rest[0] == 'i' || rest[0] == 'y');
}

} // namespace

std::string consonant_skeleton(std::string_view latin) {
    static constexpr std::string_view kFrom = "bcdfgjklmnpqrstvwxz";
    static constexpr std::string_view kTo = "pctpkcklmnpkrstvvks";
    std::string skeleton;
    for (std::size_t i = 0; i < latin.size(); ++i) {
        const auto at = kFrom.find(latin[i]);
        if (at == std::string_view::npos) continue;
        if (latin[i] == 's' && i + 1 < latin.size() && latin[i + 1] == 'h') ++i;
        if (skeleton.empty() || skeleton.back() != kTo[at]) skeleton.push_back(kTo[at]);
    }
    return skeleton;
}

std::string loose_key(std::string_view latin) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 49> kRules{{
        {"schtsch", "S"}, {"shch", "S"}, {"tsch", "C"}, {"tzsch", "C"}, {"sch", "S"}, {"sh", "S"},
        {"cz", "C"},      {"ch", "C"},   {"kh", "h"},   {"gh", "g"},    {"zh", "Z"},  {"dzh", "Z"},
        {"dj", "Z"},      {"dsch", "Z"}, {"ph", "f"},   {"th", "t"},    {"dh", "d"},  {"bh", "b"},
        {"ts", "s"},      {"tz", "s"},   {"ck", "k"},   {"ks", "x"},    {"qu", "kv"}, {"oo", "u"},
        {"ou", "u"},      {"ee", "i"},   {"ue", "u"},   {"oe", "o"},    {"ae", "e"},  {"aa", "a"},
        {"iy", "i"},      {"ij", "i"},   {"yy", "i"},   {"ia", "ia"},   {"ya", "ia"}, {"ja", "ia"},
        {"yu", "iu"},     {"ju", "iu"},  {"ye", "e"},   {"je", "e"},    {"ie", "e"},  {"yo", "io"},
        {"ei", "ei"},     {"ey", "ei"},  {"ej", "ei"},  {"ay", "ai"},   {"aj", "ai"}, {"oy", "oi"},
        {"oj", "oi"},
    }};
    std::string key;
    for (std::size_t i = 0; i < latin.size();) {
        std::string_view out = latin.substr(i, 1);
        std::size_t taken = 1;
        for (const auto& [from, to] : kRules) {
            if (latin.substr(i).starts_with(from) && (i == 0 || from != "dj")) {
                out = to;
                taken = from.size();
                break;
            }
        }
        if (taken == 1) {
            if (out == "w" || out == "v") out = "f";
            if (out == "y" || out == "j") out = "i";
            if (out == "h" && !key.empty()) out = "";
            if (out == "z") out = "s";
            if (out == "q") out = "k";
            if (out == "c") out = soft_c(latin.substr(i + 1)) ? "s" : "k";
        }
        for (const char c : out) {
            if (key.empty() || key.back() != c) key.push_back(c);
        }
        i += taken;
    }
    return key;
}

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
    constexpr std::size_t kLongest = 40;
    a = a.substr(0, kLongest);
    b = b.substr(0, kLongest);
    const auto gap = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
    if (gap > limit) return limit + 1;
    std::array<std::array<std::size_t, kLongest + 1>, 3> rows{};
    for (std::size_t j = 0; j <= b.size(); ++j)
        rows[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto& row = rows[i % 3];
        const auto& above = rows[(i - 1) % 3];
        row[0] = i;
        auto best = row[0];
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + cost});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], rows[(i - 2) % 3][j - 2] + 1);
            }
            best = std::min(best, row[j]);
        }
        if (best > limit) return limit + 1;
    }
    return std::min(rows[a.size() % 3][b.size()], limit + 1);
}

} // namespace calfleet::matching
