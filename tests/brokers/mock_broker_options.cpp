#include "tests/brokers/mock_broker_options.h"

#include <charconv>
#include <optional>
#include <string_view>

namespace calfleet::brokers {

namespace {

std::optional<int> whole_number(std::string_view text, int most) {
    int value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    if (value < 1 || value > most) return std::nullopt;
    return value;
}

/// The error, or empty.
std::string add_topic(MockBrokerOptions& options, const std::string& text) {
    const auto colon = text.find(':');
    const std::string name = text.substr(0, colon);
    const auto partitions =
        colon == std::string::npos
            ? kDefaultPartitions
            : whole_number(std::string_view(text).substr(colon + 1), kMostPartitions);
    if (name.empty() || !partitions)
        return "--topics has \"" + text +
               "\": write NAME or NAME:PARTITIONS with 1 to 1000 partitions";
    options.topics.push_back({.name = name, .partitions = *partitions});
    return {};
}

std::string add_topics(MockBrokerOptions& options, std::string_view list) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        if (auto error = add_topic(options, std::string(list.substr(0, comma))); !error.empty())
            return error;
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    }
    return {};
}

std::string apply(MockBrokerOptions& options, const std::string& option, const std::string& value) {
    if (option == "--topics") return add_topics(options, value);
    if (option == "--file") {
        options.file = value;
        return {};
    }
    if (option == "--brokers") {
        const auto count = whole_number(value, kMostBrokers);
        if (!count) return "--brokers must be 1 to 9, got \"" + value + "\"";
        options.brokers = *count;
        return {};
    }
    return "unknown option " + option;
}

} // namespace

ParsedOptions parse_options(const std::vector<std::string>& arguments) {
    ParsedOptions parsed;
    for (std::size_t at = 0; at < arguments.size(); at += 2) {
        const std::string& option = arguments[at];
        if (option == "--help" || option == "-h") {
            parsed.help = true;
            return parsed;
        }
        if (at + 1 == arguments.size()) {
            parsed.error = option + " needs a value";
            return parsed;
        }
        parsed.error = apply(parsed.options, option, arguments[at + 1]);
        if (!parsed.error.empty()) return parsed;
    }
    return parsed;
}

} // namespace calfleet::brokers
