#pragma once
// Decisions about mappings that people have seen on a screen or in a spreadsheet: each holds only
// for what they saw. Set-based; rows are locked in the order (company, host).

#include "workers/calfleet/appointment_store.h"
#include "workers/calfleet/mapping_verdict.h"

#include "common/core/ids.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace calfleet::cli {

postgres::Catalogue mapping_decision_catalogue();

/// Locks the rows until the transaction ends.
void lock_mappings(postgres::Transaction& transaction, std::span<const MappingId> mappings);
/// What each decision is about, as it stands; nothing where there is no such mapping.
std::vector<std::optional<MappingFacts>>
look_at_mappings(postgres::Transaction& transaction, std::span<const SeenDecision> decisions);

/// Writes the decision and its audit whatever is there, and touches no appointment. Staff: absent
/// keeps the row's.
void write_decision(
    postgres::Transaction& transaction, const SeenDecision& decision, std::string_view actor
);
/// Questions to a person beside mappings that were put away; whys: the reason of each.
void ask_about_hosts(
    postgres::Transaction& transaction,
    std::span<const MappingId> mappings,
    std::span<const std::string_view> whys,
    std::string_view actor
);

/// Each decision against what is there; nothing is locked or changed.
std::vector<Verdict>
judge_decisions(postgres::Transaction& transaction, std::span<const SeenDecision> decisions);

/// A mapping before and after a decision, so that it can be undone.
struct DecidedMapping {
    MappingFacts before{};
    Instant decided_at{};       ///< the decision's
    std::vector<Moved> moved{}; ///< appointments that it gave to the staff member
};
struct DecisionOutcome {
    std::vector<Verdict> verdicts;       ///< one per decision
    std::vector<DecidedMapping> decided; ///< what was done, in the order of the decisions
    std::int64_t appointments{0};        ///< live ones to come that went to somebody else or nobody
};
/// Does what still fits, at most one decision a mapping. Putting an active mapping away leaves its
/// appointments to a person, who is asked (as `mapping deactivate` does); one that waits is only
/// put away.
DecisionOutcome decide_as_seen(
    postgres::Transaction& transaction,
    std::span<const SeenDecision> decisions,
    std::string_view actor
);

/// Live appointments to come of a mapping's host that no person has decided about, by whom they are
/// with now.
struct HeldAppointments {
    MappingId mapping{};
    std::optional<StaffId> staff{};
    std::int64_t appointments{0};
};
std::vector<HeldAppointments>
held_appointments(postgres::Transaction& transaction, std::span<const MappingId> mappings);
/// How many of these would change if they went to the staff member.
std::int64_t touched_by(std::span<const HeldAppointments> held, MappingId mapping, StaffId staff);

} // namespace calfleet::cli
