#include "workers/team-syncer/children.h"

namespace calfleet::team_syncer {

bool must_look_up(const ChildFacts& host, Instant now) {
    if (!host.child || !host.resolved_at) return true;
    if (host.invalidated_at && *host.invalidated_at >= *host.resolved_at) return true;
    // Resolved in the future: by a clock that was wrong.
    return now - *host.resolved_at >= kChildTrusted || *host.resolved_at - now >= kChildTrusted;
}

ChildAnswer child_in(
    const ParentFacts& parent,
    const ChildFacts& host,
    const std::optional<calcom::EventType>& answer
) {
    if (!answer) {
        if (parent.hidden)
            return ChildMissing{
                "the managed event type is hidden, and so are its children: show it at Cal.com, "
                "or book by slug and user name"};
        return ChildMissing{
            "no visible event type of this slug and user name: the member may have hidden his, or "
            "was unassigned",
            true};
    }
    if (!answer->managed || answer->id == parent.id)
        return ChildMissing{
            "event type " + std::to_string(answer->id.value) +
            " has the slug but is no child of a managed one"};
    if (answer->owner && *answer->owner != host.user)
        return ChildMissing{
            "event type " + std::to_string(answer->id.value) + " belongs to another account, " +
            std::to_string(answer->owner->value)};
    return ChildFound{answer->id};
}

} // namespace calfleet::team_syncer
