#pragma once
// Jobs become calls, answers become rows.

#include "workers/service-pusher/job.h"
#include "workers/service-pusher/metrics.h"
#include "workers/service-pusher/push_steps.h"

#include "common/calcom/calls.h"
#include "common/executor/gathering.h"
#include "common/executor/remote_jobs.h"

#include <memory>
#include <variant>
#include <vector>

namespace calfleet::service_pusher {

/// "Make the event type of service 7 what the service says now." Costs two transactions when
/// nothing differs (facts and token; result), three when something is changed (intent and second
/// token); pushes that are at the same point at the same time share them.
class PushJobs final : public executor::RemoteJobs {
public:
    /// Both outlive the jobs.
    PushJobs(calcom::Gate& gate, const Metrics& metrics);

    boost::asio::awaitable<job::Outcome>
    run(job::Job job, executor::RemoteContext& context) override;

private:
    template <class T>
    using Awaitable = boost::asio::awaitable<T>;

    Awaitable<job::Outcome>
    advance(const job::Job& job, Opening& opening, executor::RemoteContext& context);
    /// Leave for the change, or how the job ends without it.
    Awaitable<calcom::Leave> enter_change(
        const job::Job& job,
        const Push& push,
        const Change& change,
        executor::RemoteContext& context
    );
    Awaitable<Answer>
    look(const calcom::Pass& pass, const Look& look, executor::RemoteContext& context);
    /// What there is to learn, or how the job ends without it.
    Awaitable<std::variant<Learnt, job::Outcome>>
    learn(const job::Job& job, const Question& question, executor::RemoteContext& context);
    Awaitable<Answer> change(
        const calcom::Pass& pass,
        const Change& change,
        std::vector<Copy>& copies,
        executor::RemoteContext& context
    );
    Awaitable<job::Outcome> settle(
        const job::Job& job, const Push& push, Settled& settled, executor::RemoteContext& context
    );

    calcom::Gate& gate_;
    const Metrics& metrics_;
    /// Some kilobytes each, of which thousands wait at the same time: not to be copied from one
    /// coroutine's frame to the next.
    executor::Gathering<OpenAsk, std::unique_ptr<Opening>> openings_;
    executor::Gathering<ChangeAsk, ChangeAnswer> changes_;
    executor::Gathering<EndAsk, EndAnswer> ends_;
};

} // namespace calfleet::service_pusher
