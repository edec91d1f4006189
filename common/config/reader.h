#pragma once
// Reads a program's settings from the environment, and in the same breath describes them.

#include "common/config/environment.h"
#include "common/config/options.h"
#include "common/core/secret.h"

#include <string>
#include <string_view>
#include <vector>

namespace calfleet::config {

/// A worker has one function read_config(Reader&) that asks for every setting once; the same calls
/// parse, print --help, and list what is in force. A wrong value is complained about and the
/// fallback returned, so that all complaints are found in one run; the result is to be used only
/// when complaints() is empty. An empty variable counts as unset.
///
///     Config read_config(Reader& reader) {
///         return {.lanes = reader.integer("LANES", {.help = "...", .fallback = 2, .max = 16})};
///     }
///
/// Not thread-safe; used once, at start.
class Reader {
public:
    /// prefix: "HOST_MAPPER_"; names are given without it.
    Reader(std::string program, std::string prefix, Environment environment);

    std::string text(std::string_view name, const TextOptions& options);
    std::int64_t integer(std::string_view name, const IntegerOptions& options);
    double number(std::string_view name, const NumberOptions& options);
    /// "true"/"false", "1"/"0", "yes"/"no", "on"/"off".
    bool flag(std::string_view name, const FlagOptions& options);
    std::chrono::milliseconds duration(std::string_view name, const DurationOptions& options);
    std::vector<std::string> list(std::string_view name, const ListOptions& options);
    /// From NAME, or from the file that NAME_FILE names (one line break at its end is cut). Never
    /// quoted anywhere.
    Secret<std::string> secret(std::string_view name, const SecretOptions& options);

    template <class Value>
    Value choice(std::string_view name, const ChoiceOptions<Value>& options) {
        std::vector<std::string_view> names;
        std::size_t fallback = 0;
        for (const auto& [choice_name, value] : options.choices) {
            if (value == options.fallback) fallback = names.size();
            names.push_back(choice_name);
        }
        return options.choices[choose(name, options.help, names, fallback)].second;
    }

    /// For what only several settings together can get wrong: "must be longer than
    /// HOST_MAPPER_LEASE".
    void complain(std::string_view name, std::string_view what);

    /// Whether the operator gave it a value, NAME_FILE of a secret included: for settings that make
    /// no sense with others.
    bool is_set(std::string_view name) const;

    const std::string& program() const { return program_; }
    const std::string& prefix() const { return prefix_; }
    /// In the order in which they were asked for.
    const std::vector<Setting>& settings() const { return settings_; }
    /// Every problem found, those of unknown variables with our prefix last. Call after all
    /// settings were asked for.
    std::vector<std::string> complaints() const;

private:
    std::size_t choose(
        std::string_view name,
        std::string_view help,
        const std::vector<std::string_view>& names,
        std::size_t fallback
    );
    Setting& describe(std::string_view name, std::string_view type, std::string_view help);
    std::optional<std::string> value_of(const std::string& name) const;
    std::optional<std::string> secret_from_file(const std::string& name);
    void say(std::string complaint) { complaints_.push_back(std::move(complaint)); }
    bool is_known(std::string_view name) const;
    std::string unknown_variable(std::string_view name) const;

    std::string program_;
    std::string prefix_;
    Environment environment_;
    std::vector<Setting> settings_;
    std::vector<std::string> complaints_;
};

/// "host-mapper: configuration has 2 problems\n  HOST_MAPPER_... is required: ...\n".
std::string complaint_report(const Reader& reader);
/// The table of --help.
std::string help_table(const Reader& reader);
/// NAME=value lines with secrets starred: what is in force.
std::string effective_settings(const Reader& reader);
/// Rows "| name | type | default | range | meaning |", header included: the README's table.
std::string markdown_table(const Reader& reader);

} // namespace calfleet::config
