#pragma once
// Managed event types: one parent in the team, one child for each member it is assigned to.

#include <vector>

#include "tests/calcom-sim/world.h"

namespace calfleet::calcom_sim {

/// What a write on a managed type did beyond what it was asked to do.
struct ChildrenWritten {
    /// Members' own types that had the parent's slug and were deleted for it.
    std::vector<Id> replaced{};
    /// A child could not be written: its owner has another managed type's child with that slug. The
    /// parent and the children before it are written all the same.
    bool slug_conflict{};
};

/// Makes the children those of these users and makes every property of every child the parent's
/// again, whatever its owner made of it: that is what any write on the parent does, even an empty
/// one. Missing children are made with fresh ids, surplus ones are deleted, and hidden ones show
/// again, also when the parent is hidden. A member's own type with the parent's slug is deleted: of
/// those who join, and of those who had a child already when the parent's slug is changed to
/// theirs. Properties that the parent's metadata unlocks (managedEventConfig.unlockedFields) stay a
/// child's own.
ChildrenWritten write_children(World& world, Id parent, const std::vector<Id>& users, Instant now);

/// The users who have a child.
std::vector<Id> assigned_to(const World& world, Id parent, Instant now);

/// An accepted member becomes a host of the team's types that are for all members.
void join_types_of_all(World& world, const Membership& membership, Instant now);

/// A member who is gone is no host any more, and his children of managed types are deleted.
void leave_types(World& world, const Membership& membership, Instant now);

} // namespace calfleet::calcom_sim
