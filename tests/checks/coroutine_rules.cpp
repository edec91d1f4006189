#include "tests/checks/coroutine_rules.h"

#include <algorithm>
#include <regex>

namespace calfleet::checks {
namespace {

// The same length, so that places stay what they are.
std::string without_comments(std::string text) {
    for (auto at = text.find("//"); at != std::string::npos; at = text.find("//", at)) {
        const auto end = std::min(text.find('\n', at), text.size());
        std::fill(
            text.begin() + static_cast<std::ptrdiff_t>(at),
            text.begin() + static_cast<std::ptrdiff_t>(end),
            ' '
        );
        at = end;
    }
    return text;
}

// Where the braces of a temporary open in the expression that begins at `from`; npos: nowhere.
std::size_t braced_temporary(std::string_view text, std::size_t from) {
    static const std::regex kLambda(R"((\)|\]|mutable|noexcept|->\s*[\w:<>, ]+)\s*$)");
    static const std::regex kName(R"([\w>]\s*$)");
    int depth = 0;
    for (std::size_t at = from; at < text.size() && text[at] != ';'; ++at) {
        const char c = text[at];
        if (c == '(' || c == '[') ++depth;
        if (c == ')' || c == ']') --depth;
        if (depth < 0) break;
        if (c != '{') continue;
        if (at + 1 < text.size() && text[at + 1] == '}') continue;
        const std::string before(text.substr(from, at - from));
        if (std::regex_search(before, kLambda)) break;
        if (depth > 0 || std::regex_search(before, kName)) return at;
        break;
    }
    return std::string_view::npos;
}

} // namespace

Violations coroutine_violations(const SourceFile& file) {
    Violations violations;
    if (!file.is_cpp()) return violations;
    constexpr std::string_view kAwait = "co_await ";
    const std::string text = without_comments(file.text);
    for (auto at = text.find(kAwait); at != std::string::npos; at = text.find(kAwait, at + 1)) {
        if (braced_temporary(text, at + kAwait.size()) == std::string_view::npos) continue;
        const auto line =
            1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
        violations.push_back(checks::at(
            file,
            static_cast<std::size_t>(line),
            "co_await with a temporary in braces: GCC 12 destroys it twice; give it a name first"
        ));
    }
    return violations;
}

} // namespace calfleet::checks
