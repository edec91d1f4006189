#include "tests/calcom-sim/router.h"

#include "common/core/text.h"

#include <algorithm>
#include <array>

#include "tests/calcom-sim/shapes.h"

namespace calfleet::calcom_sim {

std::optional<Id> Context::id(std::size_t at) const {
    return at < values.size() ? parse_int64(values[at]) : std::nullopt;
}

Answer Context::refuse(int status, std::string_view message) const {
    return refusal(request, now, status, message);
}

Answer Context::mapped(int status, std::string_view code, std::string_view message) const {
    return mapped_failure(request, now, status, code, message);
}

Answer Context::unforeseen() const {
    return unforeseen_failure(request, now);
}

Answer Context::invalid(json::array errors) const {
    return validation_failure(request, now, std::move(errors));
}

void Router::add(Route route) {
    auto segments = split(route.pattern, '/');
    routes_.push_back({.route = std::move(route), .segments = std::move(segments)});
}

Router::Match
Router::find(std::string_view method, std::string_view path, std::string_view version) const {
    const auto segments = split(path, '/');
    const auto fits = [&](const Compiled& compiled) {
        const auto& versions = compiled.route.versions;
        if (compiled.segments.size() != segments.size() || compiled.route.method != method)
            return false;
        for (std::size_t at = 0; at < segments.size(); ++at)
            if (!compiled.segments[at].starts_with(':') && compiled.segments[at] != segments[at])
                return false;
        return versions.empty() ||
               std::find(versions.begin(), versions.end(), version) != versions.end();
    };
    const auto found = std::find_if(routes_.begin(), routes_.end(), fits);
    if (found == routes_.end()) return {};
    Match match{.route = &found->route};
    for (std::size_t at = 0; at < segments.size(); ++at)
        if (found->segments[at].starts_with(':')) match.values.emplace_back(segments[at]);
    return match;
}

std::string_view version_meant(std::string_view header) {
    constexpr std::array kKnown{kApril15, kJune11, kJune14, kAugust13, kSeptember04};
    const auto found = std::find(kKnown.begin(), kKnown.end(), header);
    return found == kKnown.end() ? kApril15 : *found;
}

} // namespace calfleet::calcom_sim
