#pragma once
// Managed event types: one parent in the team, one child for each member it is assigned to.

#include <vector>

#include "tests/calcom-sim/world.h"

namespace calfleet::calcom_sim {

/// Makes the children those of these users: missing ones are made with fresh ids (a personal type
/// of the same slug has to go), surplus ones are deleted.
void assign_children(World& world, Id parent, const std::vector<Id>& users, Instant now);

/// Every property of every child becomes the parent's again, whatever its owner made of it: that is
/// what any write on the parent does, even an empty one.
void reset_children(World& world, Id parent, Instant now);

/// An accepted member becomes a host of the team's types that are for all members.
void join_types_of_all(World& world, const Membership& membership, Instant now);

/// A member who is gone is no host any more, and his children of managed types are deleted.
void leave_types(World& world, const Membership& membership, Instant now);

} // namespace calfleet::calcom_sim
