#pragma once
// The edge of event-type-importer: decodes snapshots, loads what the decisions need, writes what
// they say.

#include "workers/event-type-importer/canonical.h"
#include "workers/event-type-importer/metrics.h"
#include "workers/event-type-importer/store.h"

#include "common/events/event_type_updated.h"
#include "common/intake/batch.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace calfleet::event_type_importer {

/// A batch of snapshots. Of each event type only the newest is applied. In the steady state (known
/// event types of known teams, nothing different) it costs five statements beside the intake's own:
/// the time, event types, services, teams, mappings; at most nineteen whatever the batch.
class SnapshotBatch final : public intake::Batch {
public:
    explicit SnapshotBatch(const Metrics& metrics)
        : metrics_(metrics) {}

    void clear() override;
    Result<std::string_view> add(const intake::Event& event) override;
    void apply(
        postgres::Transaction& transaction,
        std::span<const std::uint32_t> chosen,
        std::span<intake::Verdict> verdicts,
        Instant now
    ) override;

    /// The same for an event that is decoded already; its strings and envelope_id live as long as
    /// the batch.
    Result<std::string_view> add_event_type(
        CompanyId company,
        const events::EventTypeUpdated& event,
        std::string_view envelope_id,
        const events::Arrival& arrival
    );

private:
    /// The fresh snapshots of a transaction with what belongs to each, by index.
    struct Work {
        std::vector<Snapshot> candidates; ///< all that were chosen, their claims bounded
        std::vector<const Snapshot*> snapshots;
        std::vector<std::optional<ServiceRow>> services;
        std::vector<Decision> decisions;
        std::vector<std::optional<std::int64_t>> service_ids;
        std::int64_t divergences_found{0};
    };

    Work claim(
        postgres::Transaction& transaction,
        std::span<const std::uint32_t> chosen,
        std::span<intake::Verdict> verdicts,
        Instant now
    ) const;
    void settle_services(postgres::Transaction& transaction, Work& work);
    void create_services(postgres::Transaction& transaction, Work& work);
    static void write_event_types(postgres::Transaction& transaction, const Work& work);
    static std::size_t write_children(postgres::Transaction& transaction, const Work& work);
    void count(const Work& work, std::size_t unplaced_children) const;

    const Metrics& metrics_;
    events::EventTypeUpdatedDecoder decoder_;
    Canonicalizer canonicalizer_;
    TextArena arena_;
    std::vector<Snapshot> snapshots_; ///< one per event, as decoded
};

using SnapshotBatches = intake::BatchesOf<SnapshotBatch, const Metrics>;

} // namespace calfleet::event_type_importer
