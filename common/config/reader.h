#pragma once
// Settings from the environment: every one named, typed, bounded and explained once, all mistakes
// reported together.

#include "common/core/result.h"
#include "common/core/secret.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::config {

/// What a setting is, for --help, for the settings printed at start and for the documents.
struct Described {
    std::string variable; ///< with prefix
    std::string type;     ///< "text", "integer 1..1000", "duration 1ms..1h", ...
    std::string fallback; ///< the default as text; empty: required
    std::string help;
    std::string effective; ///< the value in force; stars for a secret
};

/// Reads variables that begin with a prefix ("HOST_MAPPER_"). Each getter returns the value or the
/// default and keeps complaints for problems(). A variable may also be given as a file: NAME_FILE
/// names a file whose content (without the final newline) is the value, as orchestrators mount
/// secrets.
class Reader {
public:
    using Lookup = std::function<std::optional<std::string>(const std::string&)>;
    using Environment = std::map<std::string, std::string>;

    Reader(std::string prefix, Environment environment);
    static Environment process_environment();

    std::string text(
        std::string_view name,
        std::string_view help,
        std::optional<std::string> fallback = std::nullopt
    );
    Secret<std::string> secret(
        std::string_view name,
        std::string_view help,
        std::optional<std::string> fallback = std::nullopt
    );
    std::string choice(
        std::string_view name,
        std::string_view help,
        const std::vector<std::string_view>& allowed,
        std::string_view fallback
    );
    std::int64_t integer(
        std::string_view name,
        std::string_view help,
        std::int64_t least,
        std::int64_t most,
        std::int64_t fallback
    );
    /// "250ms", "30s", "5m", "72h".
    std::chrono::milliseconds duration(
        std::string_view name,
        std::string_view help,
        std::chrono::milliseconds least,
        std::chrono::milliseconds most,
        std::chrono::milliseconds fallback
    );
    bool flag(std::string_view name, std::string_view help, bool fallback);

    /// For rules between settings.
    void complain(std::string complaint) { complaints_.push_back(std::move(complaint)); }

    /// Complaints so far, and variables with our prefix that no getter asked for (with the nearest
    /// known name).
    std::vector<std::string> problems() const;
    const std::vector<Described>& described() const { return described_; }
    const std::string& prefix() const { return prefix_; }

private:
    std::optional<std::string> raw(std::string_view name);
    void describe(
        std::string_view name,
        std::string type,
        std::string fallback,
        std::string_view help,
        std::string effective
    );

    std::string prefix_;
    Environment environment_;
    std::vector<Described> described_;
    std::vector<std::string> complaints_;
};

/// "host-mapper: configuration has 2 problems\n  HOST_MAPPER_... is required: ...".
std::string problem_report(std::string_view worker, const std::vector<std::string>& problems);
/// The table of --help.
std::string help_text(
    std::string_view worker, std::string_view summary, const std::vector<Described>& settings
);
/// Rows of the settings table in a worker's README.
std::string markdown_table(const std::vector<Described>& settings);

/// "250ms", "30s"; the largest unit without a remainder.
std::string duration_text(std::chrono::milliseconds duration);

} // namespace calfleet::config
