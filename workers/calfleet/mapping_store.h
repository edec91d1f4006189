#pragma once
// Host mappings as people review and decide them.

#include "workers/calfleet/appointment_store.h"

#include "common/core/ids.h"
#include "common/core/time.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

postgres::Catalogue mapping_catalogue();

struct MappingRow {
    MappingId id;
    CompanyId company;
    std::string host, state, source, decided_by;
    std::optional<std::string> host_name, host_email, host_time_zone, staff_name;
    /// What the account is called now, where a person decided when it was called otherwise.
    std::optional<std::string> account_name, account_email;
    std::optional<Instant> last_seen_at;
    std::optional<std::int64_t> staff;
    std::int64_t score{0},
        waiting{0}; ///< waiting: live appointments of the host without a staff member
    Instant decided_at;
};

struct MappingFilter {
    std::optional<std::int64_t> company;
    std::optional<std::string>
        state; ///< active, review, unmatched, inactive; nothing: all but inactive
    std::optional<std::string> host;
    std::int64_t limit{100};
};
std::vector<MappingRow>
list_mappings(postgres::Transaction& transaction, const MappingFilter& filter);

struct DecisionResult {
    MappingId mapping;
    bool is_new{false};           ///< the host had no current mapping
    std::int64_t appointments{0}; ///< live ones that had not begun and were given to somebody else
};

/// A mapping in review becomes active with its candidate (source 'admin'). Aborts: NotFound, or
/// Conflict with the state it is in (not in review, no candidate, candidate no longer active).
DecisionResult
approve_mapping(postgres::Transaction& transaction, MappingId id, const Decision& decision);

/// Links the host to the staff member whatever was there (source 'manual'). Aborts with NotFound
/// (staff of that company) or Conflict (inactive).
DecisionResult assign_mapping(
    postgres::Transaction& transaction,
    CompanyId company,
    std::string_view host,
    StaffId staff,
    const Decision& decision
);

/// What becomes of the appointments that a mapping has assigned, as far as they are still to come
/// and no person has decided about them.
struct Reassignment {
    enum class To {
        Review, ///< they wait, and the host waits for a person
        None,   ///< nobody has them until their next event
    };
    To to{To::Review};
    std::optional<StaffId> staff{}; ///< given: they go to that person, by hand
};
/// The next booking of the host is decided anew, as a question. Aborts with NotFound or Conflict.
DecisionResult deactivate_mapping(
    postgres::Transaction& transaction,
    MappingId id,
    const Reassignment& reassignment,
    const Decision& decision
);

struct AuditRow {
    Instant at;
    std::string action, actor, source, reasons;
    std::int64_t score{0};
    std::optional<std::string> before, after, event_id;
    std::optional<std::string> login; ///< as the server knows it; actor is free text
};
std::vector<AuditRow>
mapping_history(postgres::Transaction& transaction, CompanyId company, std::string_view host);
/// Nothing when there is no such mapping.
std::optional<std::pair<CompanyId, std::string>>
host_of_mapping(postgres::Transaction& transaction, MappingId id);

} // namespace calfleet::cli
