#include "common/config/reader.h"

#include "common/config/duration.h"
#include "common/core/redaction.h"
#include "common/core/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>

namespace calfleet::config {
namespace {

constexpr std::string_view kStars = "********";
constexpr std::string_view kFileSuffix = "_FILE";
constexpr std::size_t kLargestSecretFile = 65536;

// Redacted before it is cut: half a URL does not look like one.
std::string shown(std::string_view text, std::size_t max_bytes) {
    return printable(without_keys(text).text, max_bytes);
}

std::string in_quotes(std::string_view text) {
    return "'" + shown(text, 80) + "'";
}

std::string file_in_quotes(const std::string& path) {
    const std::string name = shown_file_name(path);
    return name.starts_with("***") ? name : "'" + name + "'";
}

// A list of files' names as it is in force: one that is no name may be what should be in the file.
std::string shown_list(std::string_view name, std::string_view text) {
    if (!name.ends_with("_FILE") && !name.ends_with("_FILES")) return shown(text, 200);
    std::string list;
    for (const std::string_view part : split(text, ','))
        list.append(list.empty() ? "" : ",")
            .append(trim(part).empty() ? "" : shown_file_name(trim(part)));
    return printable(list, 400);
}

// Without the trailing zeros of std::to_string: "0.5", "100".
std::string shortest(double value) {
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
}

template <class Number, class Format>
std::string range_text(Number min, Number max, Number unlimited, Format format) {
    if (max == unlimited) return "at least " + format(min);
    return format(min) + " to " + format(max);
}

std::string range_complaint(const Setting& setting, std::string_view got) {
    const bool open = setting.range.starts_with("at least");
    std::string bounds = setting.range;
    if (!open) bounds.replace(bounds.find(" to "), 4, " and ");
    return setting.name + " must be " + (open ? "" : "between ") + bounds + ", got " +
           printable(got, 40);
}

bool has_control_characters(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    });
}

std::string joined(const std::vector<std::string_view>& names) {
    std::string text;
    for (const std::string_view name : names)
        text.append(text.empty() ? "" : ", ").append(name);
    return text;
}

} // namespace

Reader::Reader(std::string program, std::string prefix, Environment environment)
    : program_(std::move(program))
    , prefix_(std::move(prefix))
    , environment_(std::move(environment)) {}

Setting& Reader::describe(std::string_view name, std::string_view type, std::string_view help) {
    Setting setting;
    setting.name = prefix_ + std::string(name);
    setting.type = type;
    setting.help = help;
    settings_.push_back(std::move(setting));
    return settings_.back();
}

std::optional<std::string> Reader::value_of(const std::string& name) const {
    const auto found = environment_.find(name);
    if (found == environment_.end() || found->second.empty()) return std::nullopt;
    return found->second;
}

std::string Reader::text(std::string_view name, const TextOptions& options) {
    Setting& setting = describe(name, "text", options.help);
    setting.required = options.required;
    if (!options.required) setting.fallback = options.fallback;
    const auto value = value_of(setting.name);
    if (!value && options.required) say(setting.name + " is required: " + setting.help);
    std::string result = value.value_or(std::string(options.fallback));
    if (result.size() > options.max_bytes)
        say(setting.name + " must be at most " + std::to_string(options.max_bytes) +
            " bytes, got " + std::to_string(result.size()));
    else if (!is_valid_utf8(result) || has_control_characters(result))
        say(setting.name + " must be UTF-8 without control characters, got " + in_quotes(result));
    setting.effective = shown_list(setting.name, result);
    return result;
}

std::int64_t Reader::integer(std::string_view name, const IntegerOptions& options) {
    Setting& setting = describe(name, "integer", options.help);
    const auto format = [](std::int64_t number) { return std::to_string(number); };
    setting.range =
        range_text(options.min, options.max, std::numeric_limits<std::int64_t>::max(), format);
    setting.fallback = format(options.fallback);
    std::int64_t result = options.fallback;
    if (const auto value = value_of(setting.name)) {
        const auto number = parse_int64(*value);
        if (!number)
            say(setting.name + " must be a whole number, got " + in_quotes(*value));
        else if (*number < options.min || *number > options.max)
            say(range_complaint(setting, *value));
        else
            result = *number;
    }
    setting.effective = format(result);
    return result;
}

double Reader::number(std::string_view name, const NumberOptions& options) {
    Setting& setting = describe(name, "number", options.help);
    setting.range =
        range_text(options.min, options.max, std::numeric_limits<double>::max(), shortest);
    setting.fallback = shortest(options.fallback);
    double result = options.fallback;
    if (const auto value = value_of(setting.name)) {
        const auto number = parse_double(*value);
        if (!number)
            say(setting.name + " must be a number, got " + in_quotes(*value));
        else if (*number < options.min || *number > options.max)
            say(range_complaint(setting, *value));
        else
            result = *number;
    }
    setting.effective = shortest(result);
    return result;
}

bool Reader::flag(std::string_view name, const FlagOptions& options) {
    static constexpr std::array<std::pair<std::string_view, bool>, 8> kWords{
        {{"true", true},
         {"false", false},
         {"1", true},
         {"0", false},
         {"yes", true},
         {"no", false},
         {"on", true},
         {"off", false}}};
    Setting& setting = describe(name, "flag", options.help);
    setting.fallback = options.fallback ? "true" : "false";
    bool result = options.fallback;
    if (const auto value = value_of(setting.name)) {
        bool understood = false;
        for (const auto& [word, meaning] : kWords)
            if (*value == word) {
                result = meaning;
                understood = true;
            }
        if (!understood) say(setting.name + " must be true or false, got " + in_quotes(*value));
    }
    setting.effective = result ? "true" : "false";
    return result;
}

std::chrono::milliseconds Reader::duration(std::string_view name, const DurationOptions& options) {
    Setting& setting = describe(name, "duration", options.help);
    setting.range = range_text(options.min, options.max, DurationOptions{}.max, format_duration);
    setting.fallback = format_duration(options.fallback);
    auto result = options.fallback;
    if (const auto value = value_of(setting.name)) {
        const auto parsed = parse_duration(*value);
        if (!parsed)
            say(setting.name + ": " + parsed.error().message);
        else if (*parsed < options.min || *parsed > options.max)
            say(range_complaint(setting, *value));
        else
            result = *parsed;
    }
    setting.effective = format_duration(result);
    return result;
}

std::vector<std::string> Reader::list(std::string_view name, const ListOptions& options) {
    Setting& setting = describe(name, "list", options.help);
    setting.required = options.required;
    if (!options.required) setting.fallback = options.fallback;
    const auto value = value_of(setting.name);
    if (!value && options.required) say(setting.name + " is required: " + setting.help);
    const std::string text = value.value_or(std::string(options.fallback));
    setting.effective = shown_list(setting.name, text);
    std::vector<std::string> parts;
    if (text.empty()) return parts;
    for (const std::string_view raw : split(text, ',')) {
        const std::string_view part = trim(raw);
        if (part.empty()) {
            say(setting.name + " must not have an empty part between commas, got " + in_quotes(text)
            );
            break;
        }
        if (!is_valid_utf8(part) || has_control_characters(part)) {
            say(setting.name + " must be UTF-8 without control characters, got " + in_quotes(text));
            break;
        }
        parts.emplace_back(part);
    }
    if (parts.size() > options.max_parts)
        say(setting.name + " must have at most " + std::to_string(options.max_parts) +
            " parts, got " + std::to_string(parts.size()));
    return parts;
}

Secret<std::string> Reader::secret(std::string_view name, const SecretOptions& options) {
    Setting& setting = describe(name, "secret", options.help);
    setting.required = options.required;
    setting.secret = true;
    auto value = value_of(setting.name);
    const std::string file_variable = setting.name + std::string(kFileSuffix);
    if (value && value_of(file_variable)) {
        say(setting.name + " and " + file_variable + " are both set: keep one");
    } else if (value_of(file_variable)) {
        value = secret_from_file(file_variable);
    } else if (!value && options.required) {
        say(setting.name + " (or " + file_variable + ") is required: " + setting.help);
    }
    if (value) settings_.back().effective = kStars;
    return value ? Secret(std::move(*value)) : Secret<std::string>();
}

std::optional<std::string> Reader::secret_from_file(const std::string& name) {
    const std::string path = *value_of(name);
    std::ifstream file(path, std::ios::binary);
    std::string content;
    if (file) {
        content.resize(kLargestSecretFile + 1);
        file.read(content.data(), static_cast<std::streamsize>(content.size()));
        content.resize(static_cast<std::size_t>(file.gcount()));
    }
    if (!file.is_open() || file.bad()) {
        say(name + " names a file that cannot be read: " + file_in_quotes(path));
        return std::nullopt;
    }
    if (content.size() > kLargestSecretFile) {
        say(name + " names a file of more than " + std::to_string(kLargestSecretFile) +
            " bytes: " + file_in_quotes(path));
        return std::nullopt;
    }
    if (content.ends_with('\n')) content.pop_back();
    if (content.ends_with('\r')) content.pop_back();
    if (content.empty()) {
        say(name + " names an empty file: " + file_in_quotes(path));
        return std::nullopt;
    }
    return content;
}

std::size_t Reader::choose(
    std::string_view name,
    std::string_view help,
    const std::vector<std::string_view>& names,
    std::size_t fallback
) {
    Setting& setting = describe(name, "choice", help);
    setting.range = joined(names);
    setting.fallback = names[fallback];
    std::size_t result = fallback;
    if (const auto value = value_of(setting.name)) {
        bool understood = false;
        for (std::size_t i = 0; i < names.size(); ++i)
            if (*value == names[i]) {
                result = i;
                understood = true;
            }
        if (!understood) {
            const std::string_view near = nearest(*value, names);
            say(setting.name + " must be one of " + setting.range + ", got " + in_quotes(*value) +
                (near.empty() ? "" : "; did you mean " + std::string(near) + "?"));
        }
    }
    setting.effective = names[result];
    return result;
}

void Reader::complain(std::string_view name, std::string_view what) {
    say(prefix_ + std::string(name) + " " + without_keys(what).text);
}

bool Reader::is_set(std::string_view name) const {
    const std::string whole = prefix_ + std::string(name);
    return value_of(whole).has_value() || value_of(whole + std::string(kFileSuffix)).has_value();
}

bool Reader::is_known(std::string_view name) const {
    return std::any_of(settings_.begin(), settings_.end(), [&](const Setting& setting) {
        if (name == setting.name) return true;
        return setting.secret && name.starts_with(setting.name) &&
               name.substr(setting.name.size()) == kFileSuffix;
    });
}

std::string Reader::unknown_variable(std::string_view name) const {
    std::vector<std::string> names;
    for (const Setting& setting : settings_) {
        names.push_back(setting.name);
        if (setting.secret) names.push_back(setting.name + std::string(kFileSuffix));
    }
    const std::string_view near = nearest(name, {names.begin(), names.end()});
    return shown(name, 120) + " is not a setting of " + program_ +
           (near.empty() ? "; --help lists them" : "; did you mean " + std::string(near) + "?");
}

std::vector<std::string> Reader::complaints() const {
    std::vector<std::string> all = complaints_;
    for (auto it = environment_.lower_bound(prefix_);
         it != environment_.end() && it->first.starts_with(prefix_);
         ++it) {
        const std::string_view rest = std::string_view(it->first).substr(prefix_.size());
        if (!is_known(it->first) && !is_kubernetes_service_link(rest))
            all.push_back(unknown_variable(it->first));
    }
    return all;
}

} // namespace calfleet::config
