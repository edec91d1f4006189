#pragma once
// How much of Cal.com's answers is kept. What names something for people is cut, with a mark; what
// is compared or sent back is kept whole or not at all, with field and size as the reason.

#include <cstddef>
#include <cstdint>

namespace calfleet::calcom {

// Cut.
inline constexpr std::size_t kMostNameBytes = 1000; ///< of people and teams
inline constexpr std::size_t kMostUsernameBytes = 255;
inline constexpr std::size_t kMostMailboxBytes = 320; ///< a cut one is nobody's: it has the mark
inline constexpr std::size_t kMostWordBytes = 64;     ///< kinds, units, priorities, time zones

// Kept whole or not at all: the bounds of event-type-updated, so that nothing is told that its
// reader refuses.
inline constexpr std::size_t kMostTitleBytes = 1000;
inline constexpr std::size_t kMostSlugBytes = 255;
inline constexpr std::size_t kMostDescriptionBytes = 64 * 1024;
inline constexpr std::size_t kMostUrlBytes = 2048;
inline constexpr std::size_t kMostDocumentBytes = 64 * 1024; ///< locations, fields, metadata, each
inline constexpr std::int64_t kMostMinutes = 365 * 24 * 60;
inline constexpr std::int64_t kMostPrice = 2'147'483'647; ///< the column is an integer
inline constexpr std::size_t kMostHosts = 5000;
/// An event type with its hosts: a record in a topic may have a megabyte.
inline constexpr std::size_t kMostEventTypeBytes = 768 * 1024;

// Lists. Beyond them nothing of the list is kept.
inline constexpr std::size_t kMostEventTypes = 5000;
inline constexpr std::size_t kMostTeams = 5000;
/// The largest page that the server gives, and the one we ask for.
inline constexpr std::size_t kMembershipPage = 250;
/// A team beyond this is taken for an endless answer.
inline constexpr std::size_t kMostMemberships = 50'000;

} // namespace calfleet::calcom
