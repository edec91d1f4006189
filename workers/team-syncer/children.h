#pragma once
// Which children of a managed event type must be looked up, and what a look-up's answer means.
// Pure.

#include "common/calcom/event_type.h"
#include "common/calcom/ids.h"
#include "common/calcom/requests.h"
#include "common/core/time.h"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace calfleet::team_syncer {

/// How long a child's number is trusted: assigning a member anew makes a new child. Less than the
/// day between two daily syncs, whenever within their hours these come to a company: each asks.
inline constexpr std::chrono::hours kChildTrusted{12};

/// A host of the parent, and what calcom_event_map says of his child.
struct ChildFacts {
    calcom::UserId user;
    std::string username{}; ///< of the parent's hosts, else of the team's members
    std::optional<calcom::EventTypeId> child{};
    std::optional<Instant> resolved_at{};
    std::optional<Instant> invalidated_at{};
};

struct ParentFacts {
    calcom::EventTypeId id;
    std::string slug;
    bool hidden{false};
    std::string organization_slug; ///< empty outside of an organization
    std::vector<ChildFacts> hosts;
    std::vector<calcom::UserId> former; ///< rows of accounts that are no hosts any more
};

bool must_look_up(const ChildFacts& host, Instant now);

struct ChildFound {
    calcom::EventTypeId id;
};
struct ChildMissing {
    std::string why;      ///< for last_error; no personal data
    bool may_come{false}; ///< a look-up a moment later may find it
};
using ChildAnswer = std::variant<ChildFound, ChildMissing>;

/// A child is recognised by its owner and by being managed: an event type of the same slug that a
/// member made himself is none. An answer without one may be a reading that lags behind, unless the
/// parent is hidden: then its children are, and cannot be found this way.
ChildAnswer child_in(
    const ParentFacts& parent,
    const ChildFacts& host,
    const std::optional<calcom::EventType>& answer
);

} // namespace calfleet::team_syncer
