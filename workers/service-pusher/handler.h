#pragma once
// The edge of service-pusher: events become jobs, jobs become calls, answers become rows.

#include "workers/service-pusher/job.h"
#include "workers/service-pusher/metrics.h"
#include "workers/service-pusher/store.h"

#include "common/calcom/gate.h"
#include "common/core/text_arena.h"
#include "common/events/service_changed.h"
#include "common/runtime/handler.h"
#include "common/runtime/remote_jobs.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::service_pusher {

inline constexpr std::string_view kWorker = "service-pusher";
inline constexpr std::string_view kPushKind = "push-service";

/// "service:7", the entity of a push. Events of a service have another one: they need not wait for
/// an open push, which will read their change anyway.
std::string push_entity(ServiceId service);
std::optional<ServiceId> service_of_entity(std::string_view entity);

/// A batch of events becomes at most one open job per service: two statements, whatever the number.
class ServiceBatch final : public runtime::Batch {
public:
    explicit ServiceBatch(const Metrics& metrics)
        : metrics_(metrics) {}

    void clear() override;
    Result<std::string_view> add(const runtime::Event& event) override;
    void apply(
        postgres::Transaction& transaction,
        std::span<const std::uint32_t> chosen,
        std::span<runtime::Verdict> verdicts
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

class ServiceBatches final : public runtime::BatchFactory {
public:
    /// Must outlive the batches.
    explicit ServiceBatches(const Metrics& metrics)
        : metrics_(metrics) {}
    std::unique_ptr<runtime::Batch> make_batch() override {
        return std::make_unique<ServiceBatch>(metrics_);
    }

private:
    const Metrics& metrics_;
};

/// "Make the event type of service 7 what the service says now." Costs two transactions when
/// nothing differs (facts and token; result), three when something is changed (intent and second
/// token).
class PushJobs final : public runtime::RemoteJobs {
public:
    /// Both outlive the jobs.
    PushJobs(calcom::Gate& gate, const Metrics& metrics)
        : gate_(gate)
        , metrics_(metrics) {}

    boost::asio::awaitable<job::Outcome>
    run(job::Job job, runtime::RemoteContext& context) override;

private:
    struct Opening;
    template <class T>
    using Awaitable = boost::asio::awaitable<T>;

    Awaitable<Result<Opening>>
    open(const job::Job& job, ServiceId service, runtime::RemoteContext& context);
    Awaitable<job::Outcome>
    advance(const job::Job& job, Opening opening, runtime::RemoteContext& context);
    /// Nothing: the lease is lost.
    Awaitable<Result<std::optional<calcom::Entry>>> enter_change(
        const job::Job& job, const Push& push, const Change& change, runtime::RemoteContext& context
    );
    Awaitable<Answer>
    look(const calcom::Pass& pass, const Look& look, runtime::RemoteContext& context);
    Awaitable<Answer>
    change(const calcom::Pass& pass, const Change& change, runtime::RemoteContext& context);
    Awaitable<job::Outcome>
    settle(const job::Job& job, const Push& push, Settled settled, runtime::RemoteContext& context);

    calcom::Gate& gate_;
    const Metrics& metrics_;
};

} // namespace calfleet::service_pusher
