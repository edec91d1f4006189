#pragma once
// Events become jobs: at most one open push per service.

#include "workers/service-pusher/metrics.h"
#include "workers/service-pusher/store.h"

#include "common/core/text_arena.h"
#include "common/events/service_changed.h"
#include "common/intake/batch.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::service_pusher {

inline constexpr std::string_view kWorker = "service-pusher";

/// "service:7", the entity of a push. Events of a service have another one: they need not wait for
/// an open push, which will read their change anyway.
std::string push_entity(ServiceId service);
std::optional<ServiceId> service_of_entity(std::string_view entity);

/// A batch of events becomes at most one open job per service: two statements, whatever the number.
class ServiceBatch final : public intake::Batch {
public:
    explicit ServiceBatch(const Metrics& metrics)
        : metrics_(metrics) {}

    void clear() override;
    Result<std::string_view> add(const intake::Event& event) override;
    void apply(
        postgres::Transaction& transaction,
        std::span<const std::uint32_t> chosen,
        std::span<intake::Verdict> verdicts,
        Instant now
    ) override;

private:
    struct Changed {
        ServiceName name;
        std::int64_t version{0};
        std::string_view entity; ///< of the job
    };
    const Metrics& metrics_;
    events::ServiceChangedDecoder decoder_;
    TextArena arena_;
    std::vector<Changed> changes_;
};

using ServiceBatches = intake::BatchesOf<ServiceBatch, const Metrics>;

} // namespace calfleet::service_pusher
