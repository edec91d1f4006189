#pragma once
// What an operator does about services: push, reload, reset. Each leaves a row in
// service_sync_history, written in the transaction that did it.

#include "workers/calfleet/service_store.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

postgres::Catalogue service_action_catalogue();
postgres::Catalogue service_reload_catalogue();

/// What the triggers make of changes of services from here to the end of the transaction: a push,
/// as of anybody's; or nothing, and the row says by itself how it stands to Cal.com.
enum class Echo { Push, None };
void set_echo(postgres::Transaction& transaction, Echo echo);

/// What was done about one service, or why nothing was.
struct ServiceDeed {
    ServiceId service;
    CompanyId company;
    std::string name;
    bool done{false};
    std::string status;  ///< of the service afterwards
    std::string why_not; ///< also why it was reset and not pushed
    std::int64_t version{0};
};

/// Raises the version, which makes the service pending; the triggers queue its push. Not done for a
/// service without event type, or of a company that is switched off. Aborts: require_chosen().
std::vector<ServiceDeed> push_services(
    postgres::Transaction& transaction, const ServiceChoice& choice, std::string_view actor
);

/// Reset: Forget leaves the service alone until its next change; Push sends it at once.
enum class AfterReset { Forget, Push };

/// Forgets what was pushed, so that no difference counts as a foreign edit, clears the error and
/// closes open divergences. The status becomes never; pending while a push is on its way or asked
/// for. Cal.com is not touched by that. Aborts: require_chosen().
std::vector<ServiceDeed> reset_services(
    postgres::Transaction& transaction,
    const ServiceChoice& choice,
    AfterReset after,
    std::string_view actor
);

// ------------------------------------------------------------------------------------- reload

struct ReloadOptions {
    std::chrono::seconds max_age{std::chrono::hours{24}}; ///< of the snapshot
    bool fill{false}; ///< also fields in which the platform has no opinion (NULL)
};

struct FieldChange {
    std::string field;
    std::string platform, calcom; ///< JSON
    friend bool operator==(const FieldChange&, const FieldChange&) = default;
};

/// What would be done with a service.
struct ServicePlan {
    ServiceId service;
    CompanyId company;
    std::string name;
    std::string refusal{}; ///< why it cannot be done, or nothing can be said; empty: it can
    std::optional<Instant> snapshot_at{};
    std::vector<FieldChange> changes{};
};

/// Cal.com's values come from the snapshot that the team sync keeps of every event type: it can be
/// shown before anybody says yes, it is one reading of all fields at one instant, and no call to
/// Cal.com is made while a person waits. What it cannot be trusted for is refused.
struct ReloadPlan : ServicePlan {
    std::string columns{}; ///< JSON: all that the snapshot says
    /// A push is queued: the service stays pending, and the push confirms the new values.
    bool push_is_queued{false};
};

/// The numbers of the chosen services, in order. Aborts: require_chosen().
std::vector<ServiceId>
chosen_services(postgres::Transaction& transaction, const ServiceChoice& choice);

/// Locks the service and its queued push until the transaction ends.
ReloadPlan
plan_reload(postgres::Transaction& transaction, ServiceId service, const ReloadOptions& options);

/// Within the transaction of its plan. Nothing for Cal.com comes of it, but for the confirmation of
/// a push that was queued before.
ServiceDeed
reload_service(postgres::Transaction& transaction, const ReloadPlan& plan, std::string_view actor);

} // namespace calfleet::cli
