#include "common/metrics/definition.h"

#include <algorithm>

namespace calfleet::metrics {
namespace {

bool is_snake_case(std::string_view name) {
    return !name.empty() && name.front() >= 'a' && name.front() <= 'z' && name.back() != '_' &&
           name.find("__") == std::string_view::npos &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
               std::string_view::npos;
}

} // namespace

std::string_view flaw(const Definition& definition) {
    const std::string_view name = definition.name;
    if (!is_snake_case(name)) return "the name must be snake_case";
    if (!name.starts_with("calfleet_") && !name.starts_with("process_"))
        return "the name must start with calfleet_";
    if ((definition.kind == Kind::Counter) != name.ends_with("_total"))
        return "counters, and nothing else, end in _total";
    if (definition.help.size() < 10 || !definition.help.ends_with('.'))
        return "the help must be a sentence";
    if ((definition.kind == Kind::Histogram) == definition.buckets.empty())
        return "histograms, and nothing else, have buckets";
    if (!std::is_sorted(definition.buckets.begin(), definition.buckets.end()))
        return "buckets must rise";
    for (std::size_t i = 0; i < definition.labels.size(); ++i) {
        const std::string_view label = definition.labels[i];
        if (label.empty()) continue;
        if (i != 0 && definition.labels[i - 1].empty()) return "labels must not have gaps";
        if (!is_snake_case(label) || label == "worker" || label == "le")
            return "labels must be snake_case and neither worker nor le";
    }
    return {};
}

} // namespace calfleet::metrics
