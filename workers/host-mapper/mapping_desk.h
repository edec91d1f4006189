#pragma once
// Where the hosts of a batch get their mappings: reads what is known, decides what is not, writes
// the decisions with their audits.

#include "workers/host-mapper/audit_store.h"
#include "workers/host-mapper/decision_log.h"
#include "workers/host-mapper/event_type_store.h"
#include "workers/host-mapper/job.h"
#include "workers/host-mapper/kin_store.h"
#include "workers/host-mapper/mapping_store.h"
#include "workers/host-mapper/match_memory.h"
#include "workers/host-mapper/metrics.h"
#include "workers/host-mapper/sighting_store.h"
#include "workers/host-mapper/staff_cache.h"

#include "common/core/clock.h"
#include "common/postgres/session.h"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace calfleet::host_mapper {

/// One lane's. In the steady state, when every host has a usable mapping, resolve() is one
/// statement. Two lanes that decide about the same host at once end with one mapping: the first to
/// write wins, the other waits for its commit and uses what it decided. Not thread-safe.
///
/// Matching keeps a transaction open for a portion of time only: when that is used up and hosts are
/// left, resolve() throws a timeout, so that less is tried, and what was found is not sought again.
class MappingDesk {
public:
    static constexpr std::chrono::milliseconds kPortion{1000};

    MappingDesk(
        const Metrics& metrics, const Clock& clock, std::chrono::milliseconds portion = kPortion
    )
        : metrics_(metrics)
        , clock_(clock)
        , portion_(portion) {}

    struct Settled {
        std::optional<MappingRow> row;
        bool decided_now{false};
        std::string former_key{}; ///< decided now, and known under this key before
    };

    /// One answer per host. hosts: sorted by (company, key), each once.
    std::vector<Settled>
    resolve(postgres::Transaction& transaction, std::span<const HostSighting> hosts);

private:
    struct Case {
        std::size_t host; ///< index into hosts
        Move move{Move::Use};
        std::int64_t staff_version{0};
        int auto_threshold{0};
        std::optional<MappingRow> before{};
        HostKin kin{};
        bool person_decided{false};
        Conclusion conclusion{};
        bool is_matched{false}; ///< by names, not known otherwise
        std::optional<MappingId> written{};
    };
    std::vector<Settled> look(
        postgres::Transaction& transaction,
        std::span<const HostSighting> hosts,
        std::vector<Case>& cases,
        std::vector<std::size_t>& waiting
    );
    static std::vector<HostKin> kin_of(
        postgres::Transaction& transaction,
        std::span<const HostSighting> hosts,
        std::span<const HostFacts> facts
    );
    static void put_away_former(
        postgres::Transaction& transaction,
        std::span<const HostSighting> hosts,
        std::span<const Case> cases,
        std::vector<AuditWrite>& audits,
        std::vector<Conclusion>& endings
    );
    void decide(
        postgres::Transaction& transaction,
        std::span<const HostSighting> hosts,
        std::span<Case> cases
    );
    void decide_some(
        postgres::Transaction& transaction,
        std::span<const HostSighting> hosts,
        std::span<Case> cases
    );
    static void weigh(
        postgres::Transaction& transaction,
        std::span<const HostSighting> hosts,
        std::span<Case> cases
    );
    void write(
        postgres::Transaction& transaction,
        std::span<const HostSighting> hosts,
        std::span<Case> cases
    );

    static void note_seen(
        postgres::Transaction& transaction,
        std::span<const HostSighting> hosts,
        std::span<const Settled> settled
    );
    matching::Match match(
        const StaffCache::Entry& list,
        const HostSighting& host,
        const std::optional<MappingRow>& before
    );
    void stop_if_late();

    const Metrics& metrics_;
    const Clock& clock_;
    std::chrono::milliseconds portion_;
    DecisionLog log_{clock_};
    StaffCache staff_;
    MatchMemory memory_;
    Monotonic begun_{};     ///< the transaction under way
    bool has_found_{false}; ///< it has matched what was not known before
};

} // namespace calfleet::host_mapper
