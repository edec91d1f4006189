#pragma once
// Counters of one definition whose two labels are known only when something is counted.

#include "common/metrics/registry.h"

#include <map>
#include <string>
#include <string_view>

namespace calfleet::metrics {

/// Asks the registry once for each pair of labels. What it returns lives as long as the cache. Not
/// thread-safe.
class CounterCache {
public:
    CounterCache(Registry& registry, const Definition& definition)
        : registry_(registry)
        , definition_(definition) {}

    const Counter& of(std::string_view first, std::string_view second) {
        auto outer = counters_.find(first);
        if (outer == counters_.end()) outer = counters_.try_emplace(std::string(first)).first;
        auto inner = outer->second.find(second);
        if (inner == outer->second.end())
            inner =
                outer->second
                    .emplace(std::string(second), registry_.counter(definition_, {first, second}))
                    .first;
        return inner->second;
    }

private:
    Registry& registry_;
    const Definition& definition_;
    std::map<std::string, std::map<std::string, Counter, std::less<>>, std::less<>> counters_;
};

} // namespace calfleet::metrics
