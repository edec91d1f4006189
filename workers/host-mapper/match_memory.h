#pragma once
// What matching has found lately, so that a transaction that is tried again does not match again.

#include "common/core/ids.h"
#include "common/matching/matcher.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace calfleet::host_mapper {

/// Everything that a match depends on.
struct MatchQuestion {
    CompanyId company;
    std::int64_t staff_version{0};
    int auto_threshold{0};
    const matching::Host& host;
    std::string_view branch;
};

/// Holds at most kMatches, and forgets them all when they are more. Not thread-safe.
class MatchMemory {
public:
    static constexpr std::size_t kMatches = 2'000;

    /// Valid until the next keep(); nullptr when it is not known.
    const matching::Match* find(const MatchQuestion& question) const;
    const matching::Match& keep(const MatchQuestion& question, matching::Match match);

private:
    std::unordered_map<std::string, matching::Match> matches_;
};

} // namespace calfleet::host_mapper
