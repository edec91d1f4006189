#include "workers/service-pusher/push_jobs.h"

#include "workers/service-pusher/service_batch.h"

#include "common/core/crash_point.h"
#include "common/core/text.h"
#include "common/jobs/job_transaction.h"

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace calfleet::service_pusher {
namespace {

using namespace std::chrono_literals;
using postgres::Transaction;

/// The few jobs of a company that run at the same time share its tokens, one each 0.6 s.
constexpr auto kTokenPatience = 10s;
/// A row that somebody else's transaction holds is looked at again after the first, given up after
/// the second.
constexpr auto kRowPause = 100ms;
constexpr auto kRowPatience = 2s;

job::Snooze not_now() {
    return {100ms, {"stopping", "the process stops, or its lease ends: somebody else goes on"}};
}

job::Snooze row_busy() {
    return {
        5s,
        {"row_locked", "another transaction holds the service's row for longer than two seconds"}};
}

/// Why the call cannot be made now; nothing: it can.
std::optional<job::Snooze>
postponement(const std::optional<calcom::Entry>& entry, const executor::RemoteContext& context) {
    if (!entry || !context.may_begin()) return not_now();
    if (const auto* later = std::get_if<job::Snooze>(&*entry)) return *later;
    return std::nullopt;
}

Answer answer_of(const calcom::Setback& setback, calcom::KeyState key) {
    return Refused{setback, key};
}

} // namespace

PushJobs::PushJobs(calcom::Gate& gate, const Metrics& metrics)
    : gate_(gate)
    , metrics_(metrics)
    , openings_([this](Transaction& transaction, std::span<const OpenAsk* const> asks) {
        std::vector<std::unique_ptr<Opening>> opened;
        opened.reserve(asks.size());
        for (Opening& opening : open_pushes(transaction, gate_, asks))
            opened.push_back(std::make_unique<Opening>(std::move(opening)));
        return opened;
    })
    , changes_([this](Transaction& transaction, std::span<const ChangeAsk* const> asks) {
        return enter_changes(transaction, gate_, asks);
    })
    , ends_([this](Transaction& transaction, std::span<const EndAsk* const> asks) {
        return write_ends(transaction, gate_, asks);
    }) {}

boost::asio::awaitable<job::Outcome> PushJobs::run(job::Job job, executor::RemoteContext& context) {
    const auto service = service_of_entity(job.entity);
    if (!service)
        co_return job::DeadLetter{
            {"entity",
             "entity: '" + printable(job.entity, 40) +
                 "' names no service; queue push-service for 'service:<id>'"}};
    if (auto wait = gate_.refuse_at_once(look_request(job))) {
        metrics_.postponed.add();
        co_return std::move(*wait);
    }
    const OpenAsk ask{&job, *service};
    const Monotonic until = context.clock().monotonic() + kTokenPatience;
    for (;;) {
        const auto opened = co_await openings_.ask(context, job.company, ask);
        if (!opened) co_return jobs::outcome_of_error(opened.error());
        crash_point("J2");
        Opening& opening = **opened;
        const bool again = co_await calcom::wait_for_token(context, opening.entry, until);
        if (again) continue;
        job::Outcome outcome = co_await advance(job, opening, context);
        if (std::holds_alternative<job::Snooze>(outcome)) metrics_.postponed.add();
        co_return outcome;
    }
}

/// The protocol is Push's; here is one call per step. What a coroutine is given has a name: GCC 12
/// destroys temporaries twice that stand beside co_await in braces or in a conditional.
boost::asio::awaitable<job::Outcome>
PushJobs::advance(const job::Job& job, Opening& opening, executor::RemoteContext& context) {
    Push& push = opening.push;
    Step& step = opening.step;
    for (;;) {
        if (auto* settled = std::get_if<Settled>(&step))
            co_return co_await settle(job, push, *settled, context);
        if (const auto* wanted = std::get_if<Change>(&step)) {
            auto leave = co_await enter_change(job, push, *wanted, context);
            if (auto* outcome = std::get_if<job::Outcome>(&leave)) {
                step = Settled{std::move(*outcome), {}};
                continue;
            }
            const Answer answer = co_await change(std::get<calcom::Pass>(leave), *wanted, context);
            step = push.resume(answer);
        } else {
            if (auto later = postponement(opening.entry, context)) {
                step = Settled{std::move(*later), {}};
                continue;
            }
            const auto& pass = std::get<calcom::Pass>(*opening.entry);
            const Answer answer = co_await look(pass, std::get<Look>(step), context);
            step = push.resume(answer);
        }
        context.progress();
    }
}

boost::asio::awaitable<std::variant<calcom::Pass, job::Outcome>> PushJobs::enter_change(
    const job::Job& job, const Push& push, const Change& change, executor::RemoteContext& context
) {
    ChangeAsk ask{&job, &*push.facts().service, &change};
    const Monotonic began = context.clock().monotonic();
    for (;;) {
        Result<ChangeAnswer> answer = co_await changes_.ask(context, job.company, ask);
        if (!answer) co_return jobs::outcome_of_error(answer.error());
        if (!answer->held) co_return not_now();
        if (answer->intent == RowWrite::Gone)
            co_return job::Discard{{"service_gone", "the service is not there any more"}};
        if (answer->intent == RowWrite::Busy) {
            if (context.clock().monotonic() - began > kRowPatience) co_return row_busy();
            co_await calcom::pause(kRowPause);
            continue;
        }
        if (!ask.written) metrics_.overwritten.add(static_cast<double>(change.overwrites.size()));
        ask.written = true;
        const bool again =
            co_await calcom::wait_for_token(context, answer->entry, began + kTokenPatience);
        if (again) continue;
        if (auto later = postponement(answer->entry, context)) co_return std::move(*later);
        co_return std::get<calcom::Pass>(*std::move(answer->entry));
    }
}

boost::asio::awaitable<Answer>
PushJobs::look(const calcom::Pass& pass, const Look& look, executor::RemoteContext& context) {
    const Endpoint& at = look.endpoint;
    calcom::Client& client = gate_.client();
    const auto send = [&](const calcom::ApiKey& key, calcom::Until until) {
        return at.team ? client.team_event_type(key, *at.team, at.event_type, until)
                       : client.event_type(key, at.event_type, until);
    };
    auto passage = co_await calcom::call_through<calcom::EventType>(gate_, context, pass, send);
    if (auto* found = passage.reply.value()) co_return std::move(*found);
    co_return answer_of(*passage.reply.setback(), passage.key);
}

boost::asio::awaitable<Answer>
PushJobs::change(const calcom::Pass& pass, const Change& change, executor::RemoteContext& context) {
    const Endpoint& at = change.endpoint;
    const calcom::EventTypePatch patch = patch_of(change.sent);
    calcom::Client& client = gate_.client();
    if (!at.team) {
        const auto send = [&](const calcom::ApiKey& key, calcom::Until until) {
            return client.patch_event_type(key, at.event_type, patch, until);
        };
        auto passage = co_await calcom::call_through<calcom::EventType>(gate_, context, pass, send);
        if (auto* changed = passage.reply.value()) co_return std::move(*changed);
        co_return answer_of(*passage.reply.setback(), passage.key);
    }
    const auto send = [&](const calcom::ApiKey& key, calcom::Until until) {
        return client.patch_team_event_type(key, *at.team, at.event_type, patch, until);
    };
    auto passage =
        co_await calcom::call_through<calcom::PatchedTeamEventType>(gate_, context, pass, send);
    if (auto* changed = passage.reply.value()) co_return std::move(changed->event_type);
    co_return answer_of(*passage.reply.setback(), passage.key);
}

boost::asio::awaitable<job::Outcome> PushJobs::settle(
    const job::Job& job, const Push& push, Settled& settled, executor::RemoteContext& context
) {
    calcom::Gate::News news = gate_.take_news();
    if (!settled.result && news.empty()) co_return std::move(settled.outcome);
    EndAsk ask{&job, nullptr, nullptr, &news};
    if (settled.result) {
        ask.service = &*push.facts().service;
        ask.result = &*settled.result;
    }
    const Monotonic until = context.clock().monotonic() + kRowPatience;
    for (;;) {
        const Result<EndAnswer> end = co_await ends_.ask(context, job.company, ask);
        if (!end) {
            // Cal.com has it, the row does not: the next run finds nothing to change and says so.
            if (settled.result) co_return jobs::outcome_of_error(end.error());
            co_return std::move(settled.outcome);
        }
        news.committed();
        ask.news = nullptr;
        if (*end == EndAnswer::Busy) {
            if (context.clock().monotonic() > until) co_return row_busy();
            co_await calcom::pause(kRowPause);
            continue;
        }
        if (*end == EndAnswer::Written) metrics_.ended(*settled.result);
        co_return std::move(settled.outcome);
    }
}

} // namespace calfleet::service_pusher
