#include "common/config/reader.h"

#include "common/core/text.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

extern char** environ; // POSIX: the process environment

namespace calfleet::config {
namespace {

using std::chrono::milliseconds;

struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
};
constexpr std::array kUnits{
    Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1000}, Unit{"ms", 1}};

std::optional<milliseconds> parse_duration(std::string_view text) {
    const auto digits = text.find_first_not_of("0123456789");
    if (digits == std::string_view::npos || digits == 0 || digits > 12) return std::nullopt;
    const auto number = parse_int64(text.substr(0, digits));
    for (const Unit& unit : kUnits)
        if (text.substr(digits) == unit.name) return milliseconds{*number * unit.milliseconds};
    return std::nullopt;
}

std::string shown(std::string_view value) {
    return "'" + printable(value, 60) + "'";
}

} // namespace

std::string duration_text(milliseconds duration) {
    for (const Unit& unit : kUnits)
        if (duration.count() % unit.milliseconds == 0 && duration.count() != 0)
            return std::to_string(duration.count() / unit.milliseconds) + std::string(unit.name);
    return std::to_string(duration.count()) + "ms";
}

Reader::Reader(std::string prefix, Environment environment)
    : prefix_(std::move(prefix))
    , environment_(std::move(environment)) {}

Reader::Environment Reader::process_environment() {
    Environment variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const auto equals = text.find('=');
        if (equals != std::string_view::npos)
            variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return variables;
}

std::optional<std::string> Reader::raw(std::string_view name) {
    const std::string variable = prefix_ + std::string(name);
    const auto direct = environment_.find(variable);
    const auto file = environment_.find(variable + "_FILE");
    if (direct != environment_.end() && file != environment_.end()) {
        complain(variable + " and " + variable + "_FILE are both set: keep one");
        return std::nullopt;
    }
    if (direct != environment_.end()) return direct->second;
    if (file == environment_.end()) return std::nullopt;
    std::ifstream in(file->second, std::ios::binary);
    if (!in) {
        complain(variable + "_FILE: cannot read " + shown(file->second));
        return std::nullopt;
    }
    std::ostringstream content;
    content << in.rdbuf();
    std::string value = std::move(content).str();
    while (!value.empty() && (value.back() == '\n' || value.back() == '\r'))
        value.pop_back();
    return value;
}

void Reader::describe(
    std::string_view name,
    std::string type,
    std::string fallback,
    std::string_view help,
    std::string effective
) {
    described_.push_back(
        {prefix_ + std::string(name),
         std::move(type),
         std::move(fallback),
         std::string(help),
         std::move(effective)}
    );
}

std::string
Reader::text(std::string_view name, std::string_view help, std::optional<std::string> fallback) {
    const std::size_t complaints = complaints_.size();
    const auto given = raw(name);
    const bool missing = (!given || given->empty()) && !fallback;
    if (missing && complaints_.size() == complaints)
        complain(prefix_ + std::string(name) + " is required: " + std::string(help));
    const std::string value = given && !given->empty() ? *given : fallback.value_or("");
    describe(name, "text", fallback.value_or(""), help, value);
    return value;
}

Secret<std::string>
Reader::secret(std::string_view name, std::string_view help, std::optional<std::string> fallback) {
    std::string value = text(name, help, std::move(fallback));
    described_.back().type = "secret";
    described_.back().effective = value.empty() ? "" : "********";
    return Secret<std::string>(std::move(value));
}

std::string Reader::choice(
    std::string_view name,
    std::string_view help,
    const std::vector<std::string_view>& allowed,
    std::string_view fallback
) {
    std::string list;
    for (const std::string_view word : allowed)
        list.append(list.empty() ? "" : ", ").append(word);
    std::string value = raw(name).value_or(std::string(fallback));
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
        complain(prefix_ + std::string(name) + " must be one of " + list + ", got " + shown(value));
        value = fallback;
    }
    describe(name, "one of " + list, std::string(fallback), help, value);
    return value;
}

std::int64_t Reader::integer(
    std::string_view name,
    std::string_view help,
    std::int64_t least,
    std::int64_t most,
    std::int64_t fallback
) {
    std::int64_t value = fallback;
    const std::string range = std::to_string(least) + ".." + std::to_string(most);
    if (const auto given = raw(name)) {
        const auto parsed = parse_int64(*given);
        if (parsed && *parsed >= least && *parsed <= most)
            value = *parsed;
        else
            complain(
                prefix_ + std::string(name) + " must be an integer in " + range + ", got " +
                shown(*given)
            );
    }
    describe(name, "integer " + range, std::to_string(fallback), help, std::to_string(value));
    return value;
}

milliseconds Reader::duration(
    std::string_view name,
    std::string_view help,
    milliseconds least,
    milliseconds most,
    milliseconds fallback
) {
    milliseconds value = fallback;
    const std::string range = duration_text(least) + ".." + duration_text(most);
    if (const auto given = raw(name)) {
        const auto parsed = parse_duration(*given);
        if (parsed && *parsed >= least && *parsed <= most)
            value = *parsed;
        else
            complain(
                prefix_ + std::string(name) + " must be a duration in " + range +
                " like 250ms, 30s, 5m or 2h, got " + shown(*given)
            );
    }
    describe(name, "duration " + range, duration_text(fallback), help, duration_text(value));
    return value;
}

bool Reader::flag(std::string_view name, std::string_view help, bool fallback) {
    bool value = fallback;
    if (const auto given = raw(name)) {
        if (*given == "true" || *given == "1" || *given == "yes")
            value = true;
        else if (*given == "false" || *given == "0" || *given == "no")
            value = false;
        else
            complain(prefix_ + std::string(name) + " must be true or false, got " + shown(*given));
    }
    describe(name, "true or false", fallback ? "true" : "false", help, value ? "true" : "false");
    return value;
}

std::vector<std::string> Reader::problems() const {
    std::vector<std::string> problems = complaints_;
    std::vector<std::string_view> known;
    for (const Described& setting : described_)
        known.push_back(setting.variable);
    for (const auto& [variable, value] : environment_) {
        if (!variable.starts_with(prefix_)) continue;
        std::string_view name = variable;
        if (name.ends_with("_FILE") && std::find(known.begin(), known.end(), name) == known.end())
            name.remove_suffix(5);
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        const std::string_view meant = nearest(variable, known);
        problems.push_back(
            variable + " is no setting" +
            (meant.empty() ? "; see --help" : "; did you mean " + std::string(meant) + "?")
        );
    }
    return problems;
}

std::string problem_report(std::string_view worker, const std::vector<std::string>& problems) {
    std::string report = std::string(worker) + ": configuration has " +
                         std::to_string(problems.size()) +
                         (problems.size() == 1 ? " problem\n" : " problems\n");
    for (const std::string& problem : problems)
        report += "  " + problem + "\n";
    return report;
}

std::string help_text(
    std::string_view worker, std::string_view summary, const std::vector<Described>& settings
) {
    std::string text =
        std::string(worker) + ": " + std::string(summary) +
        "\n\nSettings come from the environment; NAME_FILE reads one from a file.\n\n";
    std::size_t width = 0;
    for (const Described& setting : settings)
        width = std::max(width, setting.variable.size());
    for (const Described& setting : settings) {
        text += "  " + setting.variable + std::string(width - setting.variable.size() + 2, ' ') +
                setting.help + "\n" + std::string(width + 4, ' ') + setting.type +
                (setting.fallback.empty() ? ", required" : ", default " + setting.fallback) + "\n";
    }
    text += "\nOptions: --help, --settings-markdown (this table for documents), --version\n"
            "Exit codes: 0 drained cleanly, 1 gave up (restart it), 78 wrong configuration (do not "
            "restart)\n";
    return text;
}

std::string markdown_table(const std::vector<Described>& settings) {
    std::string table = "| Variable | Meaning | Type | Default |\n|---|---|---|---|\n";
    for (const Described& setting : settings)
        table += "| `" + setting.variable + "` | " + setting.help + " | " + setting.type + " | " +
                 (setting.fallback.empty() ? "required" : "`" + setting.fallback + "`") + " |\n";
    return table;
}

} // namespace calfleet::config
