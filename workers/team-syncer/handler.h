#pragma once
// The edge of team-syncer: requests become one waiting sync per company.

#include "workers/team-syncer/metrics.h"
#include "workers/team-syncer/request_store.h"

#include "common/core/text_arena.h"
#include "common/intake/batch.h"

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace calfleet::team_syncer {

inline constexpr std::string_view kWorker = "team-syncer";
inline constexpr std::string_view kSource = "/calfleet/team-syncer";

/// A request is kept (team_syncs) and a job asked for: two statements whatever the batch.
class RequestBatch final : public intake::Batch {
public:
    void clear() override;
    Result<std::string_view> add(const intake::Event& event) override;
    void apply(
        postgres::Transaction& transaction,
        std::span<const std::uint32_t> chosen,
        std::span<intake::Verdict> verdicts,
        Instant now
    ) override;

private:
    events::TeamSyncRequestedDecoder decoder_;
    TextArena arena_;
    std::vector<SyncRequest> requests_;
};

using RequestBatches = intake::BatchesOf<RequestBatch>;

} // namespace calfleet::team_syncer
