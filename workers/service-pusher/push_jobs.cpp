#include "workers/service-pusher/push_jobs.h"

#include "workers/service-pusher/service_batch.h"

#include "common/calcom/calls.h"
#include "common/core/crash_point.h"
#include "common/core/text.h"

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

job::Snooze row_busy() {
    return {
        5s,
        {"row_locked", "another transaction holds the service's row for longer than two seconds"}};
}

const std::optional<calcom::Entry> kNoEntry;

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
    using Opened = Result<std::unique_ptr<Opening>>;
    const auto step = [&]() -> Awaitable<Opened> {
        Opened opened = co_await openings_.ask(context, job.company, ask);
        if (opened) crash_point("J2");
        co_return opened;
    };
    const auto entry_of = [](const Opened& opened) -> const std::optional<calcom::Entry>& {
        return opened ? (*opened)->entry : kNoEntry;
    };
    const Monotonic until = context.clock().monotonic() + kTokenPatience;
    const Opened opened = co_await calcom::until_token(context, until, step, entry_of);
    if (!opened) co_return job::outcome_of_error(opened.error());
    job::Outcome outcome = co_await advance(job, **opened, context);
    if (std::holds_alternative<job::Snooze>(outcome)) metrics_.postponed.add();
    co_return outcome;
}

/// The protocol is Push's; here is one call per step. What a coroutine is given has a name: GCC 12
/// destroys temporaries twice that stand beside co_await in braces or in a conditional.
boost::asio::awaitable<job::Outcome>
PushJobs::advance(const job::Job& job, Opening& opening, executor::RemoteContext& context) {
    Push& push = opening.push;
    Step& step = opening.step;
    std::vector<Copy> copies;
    for (;;) {
        if (auto* settled = std::get_if<Settled>(&step)) {
            if (settled->result) settled->result->copies = std::move(copies);
            co_return co_await settle(job, push, *settled, context);
        }
        if (const auto* wanted = std::get_if<Change>(&step)) {
            auto leave = co_await enter_change(job, push, *wanted, context);
            if (auto* outcome = std::get_if<job::Outcome>(&leave)) {
                step = Settled{std::move(*outcome), {}};
                continue;
            }
            const Answer answer =
                co_await change(std::get<calcom::Pass>(leave), *wanted, copies, context);
            step = push.resume(answer);
        } else if (const auto* question = std::get_if<Question>(&step)) {
            auto learnt = co_await learn(job, *question, context);
            if (auto* outcome = std::get_if<job::Outcome>(&learnt))
                step = Settled{std::move(*outcome), {}};
            else
                step = push.learn(std::get<Learnt>(learnt));
        } else {
            if (auto later = calcom::postponement(context, opening.entry)) {
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

boost::asio::awaitable<calcom::Leave> PushJobs::enter_change(
    const job::Job& job, const Push& push, const Change& change, executor::RemoteContext& context
) {
    using Entered = Result<ChangeAnswer>;
    ChangeAsk ask{&job, &*push.facts().service, &change};
    const Monotonic began = context.clock().monotonic();
    const auto write = [&]() -> Awaitable<Entered> {
        return changes_.ask(context, job.company, ask);
    };
    const auto is_busy = [](const Entered& entered) {
        return entered && entered->held && entered->intent == RowWrite::Busy;
    };
    const auto step = [&]() -> Awaitable<Entered> {
        Entered entered = co_await calcom::while_busy(context, began, write, is_busy);
        const bool written = entered && entered->held && entered->intent == RowWrite::Written;
        if (written && !std::exchange(ask.written, true))
            metrics_.overwritten.add(static_cast<double>(change.overwrites.size()));
        co_return entered;
    };
    const auto entry_of = [](const Entered& entered) -> const std::optional<calcom::Entry>& {
        return entered ? entered->entry : kNoEntry;
    };
    Entered entered = co_await calcom::until_token(context, began + kTokenPatience, step, entry_of);
    if (!entered) co_return job::outcome_of_error(entered.error());
    if (!entered->held) co_return job::Outcome{calcom::not_now()};
    if (entered->intent == RowWrite::Gone)
        co_return job::Discard{{"service_gone", "the service is not there any more"}};
    if (entered->intent == RowWrite::Busy) co_return job::Outcome{row_busy()};
    if (auto later = calcom::postponement(context, entered->entry))
        co_return job::Outcome{std::move(*later)};
    co_return std::get<calcom::Pass>(*std::move(entered->entry));
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

namespace {

constexpr std::string_view kFindByName = "user-event-type.get";
constexpr std::string_view kSlots = "slots.get";
constexpr std::string_view kRaw = "event-type.get-raw";

using Questioned = std::variant<Learnt, job::Outcome>;

template <class T>
Questioned learnt_from(calcom::Answer<T> answer) {
    if (auto* outcome = std::get_if<job::Outcome>(&answer)) return std::move(*outcome);
    if (auto* denied = std::get_if<calcom::Denied>(&answer)) return Learnt{std::move(*denied)};
    return Learnt{std::get<T>(std::move(answer))};
}

} // namespace

boost::asio::awaitable<Questioned>
PushJobs::learn(const job::Job& job, const Question& question, executor::RemoteContext& context) {
    static const calcom::CallPatience patience;
    calcom::Calls<executor::RemoteContext> calls(gate_, context, job.company, patience);
    switch (question.what) {
    case Question::What::Copy:
    case Question::What::Taken: {
        using Found = std::optional<calcom::EventType>;
        const auto send = [&](calcom::Client& client, const auto& key, calcom::Until until) {
            return client.user_event_type(key, question.name, until);
        };
        calcom::Answer<Found> answer = co_await calls.ask<Found>(kFindByName, send);
        co_return learnt_from(std::move(answer));
    }
    case Question::What::Hidden: {
        const auto send = [&](calcom::Client& client, const auto& key, calcom::Until until) {
            return client.user_slots(key, question.name, until);
        };
        calcom::Answer<bool> answer = co_await calls.ask<bool>(kSlots, send);
        const auto* denied = std::get_if<calcom::Denied>(&answer);
        if (denied != nullptr && denied->not_found) co_return Learnt{false};
        co_return learnt_from(std::move(answer));
    }
    case Question::What::Losses:
        break;
    }
    using Raw = calcom::RawQuestions;
    const auto send = [&](calcom::Client& client, const auto& key, calcom::Until until) {
        return client.raw_questions(key, question.event_type, until);
    };
    calcom::Answer<Raw> answer = co_await calls.ask<Raw>(kRaw, send);
    co_return learnt_from(std::move(answer));
}

boost::asio::awaitable<Answer> PushJobs::change(
    const calcom::Pass& pass,
    const Change& change,
    std::vector<Copy>& copies,
    executor::RemoteContext& context
) {
    const Endpoint& at = change.endpoint;
    const calcom::EventTypePatch patch = patch_of(change.sent, change.policy);
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
    if (auto* changed = passage.reply.value()) {
        copies.clear();
        for (const calcom::EventType& child : changed->children)
            if (child.owner) copies.push_back({*child.owner, child.id});
        co_return std::move(changed->event_type);
    }
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
    const auto step = [&]() -> Awaitable<Result<EndAnswer>> {
        Result<EndAnswer> end = co_await ends_.ask(context, job.company, ask);
        if (end) {
            news.committed();
            ask.news = nullptr;
        }
        co_return end;
    };
    const auto is_busy = [](const Result<EndAnswer>& end) {
        return end && *end == EndAnswer::Busy;
    };
    const Monotonic began = context.clock().monotonic();
    const Result<EndAnswer> end = co_await calcom::while_busy(context, began, step, is_busy);
    if (!end) {
        // Cal.com has it, the row does not: the next run finds nothing to change and says so.
        if (settled.result) co_return job::outcome_of_error(end.error());
        co_return std::move(settled.outcome);
    }
    if (*end == EndAnswer::Busy) co_return row_busy();
    if (*end == EndAnswer::Written) metrics_.ended(*settled.result);
    co_return std::move(settled.outcome);
}

} // namespace calfleet::service_pusher
