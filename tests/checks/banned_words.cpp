#include "tests/checks/banned_words.h"

#include "common/core/text.h"

#include <algorithm>
#include <functional>
#include <regex>

namespace calfleet::checks {
namespace {

enum class Look { Code, CodeAndComments, EveryFile };

struct Ban {
    std::string_view word; ///< looked for first: a regular expression for every line is slow
    std::string pattern;
    std::string instead;
    Look look{Look::Code};
    /// Path prefixes to look at (all when empty) and to leave out.
    std::vector<std::string_view> only{};
    std::vector<std::string_view> except{};
};

const std::vector<Ban>& bans() {
    static const std::vector<Ban> kBans{
        {.word = "std::c",
         .pattern = R"(std::(cout|cerr|clog)\b)",
         .instead = "log::info(...): one JSON object a line",
         .except = {"workers/calfleet/", "common/matching/data/", "tests/"}},
        {.word = "printf",
         .pattern = R"((^|[^a-z_])(std::)?f?printf\s*\()",
         .instead = "log::info(...): one JSON object a line",
         .except = {"tests/"}},
        {.word = "system_clock::now",
         .pattern = "system_clock::now",
         .instead = "Clock (common/core/clock.h), given by the caller",
         .except = {"common/core/"}},
        {.word = "sleep",
         .pattern = R"(\b(sleep_for|sleep_until|usleep|nanosleep)\b)",
         .instead = "a wait for the condition with a deadline (tests/support/wait.h)",
         .only = {"tests/"},
         .except = {"tests/support/", "tests/bench/"}},
        {.word = "sleep",
         .pattern = R"(\b(sleep_for|sleep_until|usleep|nanosleep)\b)",
         .instead = "StopSignal::wait_for, so that shutdown need not wait",
         .only =
             {"workers/",
              "common/runtime/",
              "common/intake/",
              "common/executor/",
              "common/jobs/",
              "common/messaging/",
              "common/kafka/"}},
        {.word = "std::views::",
         .pattern = "std::(ranges::)?views::",
         .instead = "ranges algorithms and loops: clang 14 cannot parse libstdc++ 12's views"},
        {.word = "getenv",
         .pattern = R"(\bgetenv\b)",
         .instead = "config::Reader: every setting has a type, a range and a help text",
         .except = {"common/config/", "common/core/", "tests/"}},
        {.word = "catch (...)",
         .pattern = R"(catch \(\.\.\.\))",
         .instead =
             "the exception's type; only the edge of the runtime and of an adapter catches all",
         .except =
             {"common/runtime/",
              "common/executor/",
              "common/postgres/",
              "common/kafka/",
              "common/http/",
              "tests/"}},
        {.word = "using namespace",
         .pattern = R"(^using namespace (?!std::chrono;|.*literals))",
         .instead = "names with their namespace",
         .only = {"common/", "workers/"}},
        {.word = "DISABLED_",
         .pattern = "DISABLED_",
         .instead = "a test that runs, or none",
         .only = {"tests/"}},
        {.word = "FIXME",
         .pattern = R"(\bFIXME\b)",
         .instead = "the work done, or an issue",
         .look = Look::EveryFile},
        {.word = "TODO",
         .pattern = R"(\bTODO\b)",
         .instead = "the work done, or an issue",
         .look = Look::EveryFile},
        {.word = "XXX",
         .pattern = R"(\bXXX\b)",
         .instead = "the work done, or an issue",
         .look = Look::CodeAndComments},
        // A path of somebody's machine means nothing on another.
        {.word = "/",
         .pattern = R"((^|[\s"'`=(])/(home|root|Users|work|workspace|mnt)/)",
         .instead = "a path from the root of the repository, or an option",
         .look = Look::EveryFile},
        {.word = "../shared",
         .pattern = R"(\.\./shared)",
         .instead = "what is in the repository",
         .look = Look::EveryFile}};
    return kBans;
}

bool concerns(const Ban& ban, const SourceFile& file) {
    if (ban.look != Look::EveryFile && !file.is_cpp()) return false;
    const auto begins = [&](std::string_view prefix) { return file.path.starts_with(prefix); };
    if (std::any_of(ban.except.begin(), ban.except.end(), begins)) return false;
    return ban.only.empty() || std::any_of(ban.only.begin(), ban.only.end(), begins);
}

} // namespace

Violations banned_words_in(const SourceFile& file) {
    Violations violations;
    if (file.path.starts_with("tests/checks/banned_words")) return violations; // it lists them
    for (const Ban& ban : bans()) {
        if (!concerns(ban, file) || file.text.find(ban.word) == std::string::npos) continue;
        const std::regex pattern(ban.pattern);
        std::size_t number = 0;
        for (const std::string_view line : split(file.text, '\n')) {
            ++number;
            const std::string_view shown = ban.look == Look::Code ? without_comment(line) : line;
            if (shown.find(ban.word) == std::string_view::npos) continue;
            if (std::regex_search(shown.begin(), shown.end(), pattern))
                violations.push_back(
                    at(file, number, "says " + printable(trim(line), 60) + " - use " + ban.instead)
                );
        }
    }
    return violations;
}

} // namespace calfleet::checks
