#pragma once
// Services and how they stand to their Cal.com event types, as people look at them.

#include "common/core/ids.h"
#include "common/core/time.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace calfleet::cli {

postgres::Catalogue service_catalogue();

/// Which services. Nothing set: all of every company.
struct ServiceChoice {
    std::optional<std::int64_t> company{};
    std::vector<std::int64_t> services{}; ///< empty: any
};
/// For $1 (company) and $2 (bigint[] of numbers) of a statement.
postgres::Params choice_params(const ServiceChoice& choice);

/// Aborts with NotFound naming the company that does not exist, or the first service that does not
/// (or is another company's).
void require_chosen(postgres::Transaction& transaction, const ServiceChoice& choice);

struct ServiceRow {
    ServiceId id;
    CompanyId company;
    std::string name, status; ///< never, pending, synced, error
    bool company_active{true}, active{true};
    std::optional<std::int64_t> event_type, team;
    std::int64_t version{1};
    std::optional<std::int64_t> pushed_version;
    std::optional<std::string> error, deactivation_reason;
    std::optional<std::string> direction;   ///< of the last sync: push, import
    std::optional<Instant> last_sync;       ///< the last that succeeded
    std::optional<std::string> last_action; ///< of the newest row of its history: push, reset...
    std::optional<std::string> last_actor;  ///< who did that
    std::optional<Instant> snapshot_at;     ///< when the team sync read its event type
    std::optional<std::string> waits_for;   ///< why its push is parked
    std::optional<std::int64_t>
        given_up;                ///< the dead letter of its push, when nothing else is open
    std::int64_t divergences{0}; ///< open ones
    std::string written_by;
};

/// Bookable is active and synced: what stands in the way, every reason; empty: nothing does.
std::vector<std::string> why_not_bookable(const ServiceRow& service);
/// The same in one line.
std::string why_not_text(const ServiceRow& service);

struct ServiceFilter {
    ServiceChoice choice{};
    std::optional<std::string> status{};
    bool diverged{false}; ///< only those with open divergences
    std::int64_t limit{1000};
};
std::vector<ServiceRow>
list_services(postgres::Transaction& transaction, const ServiceFilter& filter);

struct SyncHistoryRow {
    Instant at;
    ServiceId service;
    std::string actor, direction, outcome;
    std::int64_t version{0};
    std::optional<std::string> error, event_id, before, after;
    /// Of a push: the operators who asked for it ("operator:anna, operator:bert"); nothing when it
    /// was edits of the service alone.
    std::optional<std::string> asked_by;
    std::optional<std::string> login; ///< as the server knows it; actor is free text
};
/// Newest first.
std::vector<SyncHistoryRow> service_history(
    postgres::Transaction& transaction, const ServiceChoice& choice, std::int64_t limit
);

struct DivergenceRow {
    CompanyId company;
    ServiceId service;
    std::string name, field;
    std::optional<std::string> platform, calcom; ///< JSON
    Instant first_seen, last_seen;
    std::optional<std::string> resolution; ///< absent: open
    std::optional<Instant> resolved_at;
};
enum class Divergences { Open, All };
/// Newest first.
std::vector<DivergenceRow> service_divergences(
    postgres::Transaction& transaction,
    const ServiceChoice& choice,
    Divergences which,
    std::int64_t limit
);

} // namespace calfleet::cli
