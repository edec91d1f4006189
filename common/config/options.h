#pragma once
// What is said about a setting where it is read, and nowhere else: default, range, meaning.

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace calfleet::config {

/// help: what the setting decides and how to choose it; no full stop, it continues "NAME is
/// required: ".
struct TextOptions {
    std::string_view help;
    std::string_view fallback{};
    bool required{false};
    std::size_t max_bytes{4096};
};

struct IntegerOptions {
    std::string_view help;
    std::int64_t fallback{0};
    std::int64_t min{0};
    std::int64_t max{std::numeric_limits<std::int64_t>::max()};
};

struct NumberOptions {
    std::string_view help;
    double fallback{0};
    double min{0};
    double max{std::numeric_limits<double>::max()};
};

struct FlagOptions {
    std::string_view help;
    bool fallback{false};
};

struct DurationOptions {
    std::string_view help;
    std::chrono::milliseconds fallback{0};
    std::chrono::milliseconds min{0};
    std::chrono::milliseconds max{std::chrono::hours{24 * 3650}};
};

/// Comma-separated; blanks around the parts do not count; an empty part is a complaint.
struct ListOptions {
    std::string_view help;
    std::string_view fallback{};
    bool required{false};
    std::size_t max_parts{100};
};

struct SecretOptions {
    std::string_view help;
    bool required{false};
};

template <class Value>
struct ChoiceOptions {
    std::string_view help;
    Value fallback{};
    std::vector<std::pair<std::string_view, Value>> choices;
};

/// A setting as it was read, for --help, the start-up log line and the README.
struct Setting {
    std::string name; ///< with the prefix
    std::string type;
    std::string range;                   ///< "1 to 100", "debug, info, warn, error", or empty
    std::optional<std::string> fallback; ///< nothing: required, or optional without a default
    bool required{false};
    bool secret{false};
    std::string help;
    std::string effective; ///< what is in force; stars for a secret, empty when unset
};

} // namespace calfleet::config
