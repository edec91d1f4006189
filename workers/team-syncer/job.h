#pragma once
// What a sync decides, without touching anything: which teams are the company's, what is new,
// different or gone in each of them, and how it is told.

#include "common/calcom/ids.h"
#include "common/calcom/team.h"
#include "common/core/result.h"
#include "common/core/time.h"
#include "common/events/event_type_updated.h"
#include "common/events/team_sync_requested.h"

#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::team_syncer {

using events::EventTypeChange;
using events::SyncMode;

// ----------------------------------------------------------------------------------- which teams

/// The company's team first, then the teams below it, at any depth, in the order of the answer. A
/// key sees every team its owner is a member of, other companies' among them: those are left out.
/// only: that team alone. Error NotFound: the key does not see the company's team, or `only` is
/// none of its teams.
Result<std::vector<calcom::Team>> teams_of_company(
    std::span<const calcom::Team> seen, calcom::TeamId root, std::optional<calcom::TeamId> only
);

// ----------------------------------------------------------------------------------- event types

/// What the tables say of an event type that was a team's.
struct KnownEventType {
    calcom::EventTypeId id;
    bool active{true};    ///< not known to be deleted
    bool sold{false};     ///< an active service sells it
    std::string digest{}; ///< of the last snapshot; empty without one
};

/// An event type as the reading shows it.
struct FoundEventType {
    calcom::EventTypeId id;
    std::string_view digest;
};

struct Difference {
    EventTypeChange change{EventTypeChange::Updated};
    calcom::EventTypeId id;
    std::size_t found{0}; ///< index into the reading; of a deletion meaningless
    bool orphan{false};   ///< gone, and an active service sells it
    bool same{false};     ///< told again because Force says so: nothing is different
};

/// known    found   digest     sync      force
/// no       yes                created   created
/// deleted  yes                created   created
/// active   yes     equal      nothing   updated
/// active   yes     differs    updated   updated
/// active   no                 deleted   deleted
/// deleted  no                 deleted if it is sold all the same, else nothing
///
/// Check says what Sync would do. In the order of the reading, deletions last.
std::vector<Difference> differences(
    std::span<const KnownEventType> known, std::span<const FoundEventType> found, SyncMode mode
);

/// Those of `known` that are there as far as we know and that no reading shows.
std::vector<calcom::EventTypeId>
missing(std::span<const KnownEventType> known, std::span<const FoundEventType> found);

// --------------------------------------------------------------------------------------- members

/// Who was a member and is not in the list any more. Nobody when the list cannot be trusted: it was
/// not read to its end, pages overlapped, or it is empty although whoever reads it is a member.
std::vector<calcom::UserId> removed_members(
    std::span<const calcom::UserId> known, std::span<const calcom::Membership> list, bool certain
);

// ---------------------------------------------------------------------------------------- report

/// Where the platform and Cal.com disagree. Without a service: an event type that no service sells
/// (field "service", calcom: its title). Without a value at Cal.com: a service whose event type is
/// gone (field "event_type").
struct Finding {
    std::optional<std::int64_t> service{};
    calcom::EventTypeId event_type{};
    std::string status{}; ///< sync_status of the service; pending: its push is on the way
    std::string field{};  ///< a column of services
    /// JSON texts.
    std::optional<std::string> platform{};
    std::optional<std::string> calcom{};
};
/// A report keeps so many, and of their values so many bytes; the count is of all.
inline constexpr std::size_t kMostFindings = 500;
inline constexpr std::size_t kMostFindingBytes = 500;

/// What a sync found and did, of a team or of a company.
struct Report {
    std::int64_t teams{0};
    std::int64_t members{0}; ///< memberships, those of one person in two teams count twice
    std::int64_t pending{0}; ///< of them: invited, not accepted
    std::int64_t removed{0};
    std::int64_t linked{0}, review{0}, unmatched{0};
    std::int64_t event_types{0}, managed{0};
    std::int64_t created{0}, updated{0}, deleted{0};
    std::int64_t repeated{0}; ///< told again, and nothing was different
    std::int64_t orphans{0};
    /// What could not be read, in words for an operator; without personal data.
    std::vector<std::string> problems{};

    /// Of a sync that only checks, and what it counted; created, updated and deleted are then event
    /// types without a service, services that differ, and services whose event type is gone.
    std::vector<Finding> findings{};
    std::int64_t fields{0};

    void add(const Report& other);
    void count(const Difference& difference);
    /// In the order of event types.
    void count(std::vector<Finding> found);
};

/// "3 teams, 41 members (2 pending), 37 staff linked, 4 for review, 12 event types, 1 orphan"; what
/// is zero and no news is left out.
std::string sentence(const Report& report);
std::string json_of(const Report& report, SyncMode mode, Instant read_at);

} // namespace calfleet::team_syncer
