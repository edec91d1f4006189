#pragma once
// What a person decides about a mapping that they have seen, and whether it still fits what is
// there: pure.

#include "common/core/ids.h"
#include "common/core/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace calfleet::cli {

enum class MappingVerb {
    Approve, ///< the candidate of a mapping in review is the one
    Assign,  ///< another staff member is
    PutAway, ///< nobody is, as far as can be told now; the host's next booking asks anew
};

/// A decision about a mapping as it stood when the person looked at it.
struct SeenDecision {
    MappingId mapping{};
    Instant seen{}; ///< its decided_at then: another one means that it was decided meanwhile
    MappingVerb verb{MappingVerb::Approve};
    std::optional<StaffId> staff{}; ///< given unless it is put away; of Approve the candidate
    std::string why{};
};

/// A mapping as it stands, and the staff member whom the decision names.
struct MappingFacts {
    MappingId mapping{};
    CompanyId company{};
    std::string host{};
    std::string state{}, source{}, decided_by{};
    std::optional<std::int64_t> staff{};
    std::int64_t score{0};
    Instant decided_at{};
    bool staff_in_company{false}; ///< of the decision's staff member
    bool staff_active{false};
};

struct Verdict {
    enum class Kind {
        Do,
        Already, ///< a person has decided just this before: nothing is left to do
        Refused,
    };
    Kind kind{Kind::Do};
    std::string why_not{}; ///< of Refused: one sentence with what to do
};

/// facts: nothing when there is no such mapping.
Verdict judge(const SeenDecision& decision, const std::optional<MappingFacts>& facts);

} // namespace calfleet::cli
