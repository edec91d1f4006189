#include "workers/service-pusher/handler.h"

#include "common/core/crash_point.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/runtime/job_store.h"
#include "common/runtime/job_transaction.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace calfleet::service_pusher {
namespace {

using namespace std::chrono_literals;
using postgres::Access;
using postgres::Transaction;

constexpr std::string_view kEntityPrefix = "service:";
constexpr std::string_view kGet = "event-type.get";
constexpr std::string_view kPatch = "event-type.patch";
/// The few jobs of a company that run at the same time share its tokens, one each 0.6 s.
constexpr auto kTokenPatience = 10s;

calcom::CallRequest request_of(const job::Job& job, std::string_view operation) {
    return {.company = job.company, .lane = calcom::CallLane::Sync, .operation = operation};
}

job::Snooze not_now() {
    return {100ms, {"stopping", "the process stops, or its lease ends: somebody else goes on"}};
}

/// Why the call cannot be made now; nothing: it can.
std::optional<job::Snooze>
postponement(const std::optional<calcom::Entry>& entry, const runtime::RemoteContext& context) {
    if (!entry || !context.may_begin()) return not_now();
    if (const auto* later = std::get_if<job::Snooze>(&*entry)) return *later;
    return std::nullopt;
}

Answer answer_of(const calcom::Setback& setback, calcom::KeyState key) {
    return Refused{setback, key};
}

} // namespace

std::string push_entity(ServiceId service) {
    return std::string(kEntityPrefix) + std::to_string(service.value);
}

std::optional<ServiceId> service_of_entity(std::string_view entity) {
    if (!entity.starts_with(kEntityPrefix)) return std::nullopt;
    const auto number = parse_int64(entity.substr(kEntityPrefix.size()));
    if (!number || *number < 1) return std::nullopt;
    return ServiceId{*number};
}

void ServiceBatch::clear() {
    arena_.clear();
    changes_.clear();
}

Result<std::string_view> ServiceBatch::add(const runtime::Event& event) {
    const Result<events::ServiceChanged> changed = decoder_.decode(event.envelope);
    if (!changed) return changed.error();
    const std::string_view entity = arena_.keep(push_entity(changed->service));
    changes_.push_back({{event.envelope.company, changed->service}, changed->version, entity});
    return arena_.keep("changed:" + std::string(entity));
}

void ServiceBatch::apply(
    Transaction& transaction,
    std::span<const std::uint32_t> chosen,
    std::span<runtime::Verdict> verdicts
) {
    std::vector<ServiceName> names;
    names.reserve(chosen.size());
    for (const std::uint32_t number : chosen)
        names.push_back(changes_[number].name);
    const std::vector<KnownService> services = find_services(transaction, names);

    std::vector<runtime::NewJob> jobs;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        const Changed& change = changes_[chosen[i]];
        if (!services[i].exists) {
            verdicts[i] = job::Discard{{"service_gone", "the service is not there any more"}};
        } else if (!services[i].has_event_type) {
            verdicts[i] =
                job::Discard{{"no_event_type", "the service has no event type at Cal.com"}};
        } else if (change.version <= services[i].pushed_version) {
            verdicts[i] = runtime::Superseded{};
            metrics_.superseded.add();
        } else {
            verdicts[i] = runtime::Applied{};
            jobs.push_back(
                {.kind = kPushKind, .company = change.name.company, .entity = change.entity}
            );
        }
    }
    runtime::enqueue_jobs(transaction, kWorker, jobs);
}

/// What the first transaction made of a job.
struct PushJobs::Opening {
    Push push;
    Step step;
    std::optional<calcom::Entry> entry; ///< nothing: there is nothing to ask Cal.com
};

boost::asio::awaitable<job::Outcome> PushJobs::run(job::Job job, runtime::RemoteContext& context) {
    const auto service = service_of_entity(job.entity);
    if (!service)
        co_return job::DeadLetter{
            {"entity",
             "entity: '" + printable(job.entity, 40) +
                 "' names no service; queue push-service for 'service:<id>'"}};
    if (auto wait = gate_.refuse_at_once(request_of(job, kGet))) {
        metrics_.postponed.add();
        co_return std::move(*wait);
    }
    const Monotonic until = context.clock().monotonic() + kTokenPatience;
    for (;;) {
        Result<Opening> opening = co_await open(job, *service, context);
        if (!opening) co_return runtime::outcome_of_error(opening.error());
        crash_point("J2");
        const bool again = co_await calcom::wait_for_token(context, opening->entry, until);
        if (again) continue;
        job::Outcome outcome = co_await advance(job, std::move(*opening), context);
        if (std::holds_alternative<job::Snooze>(outcome)) metrics_.postponed.add();
        co_return outcome;
    }
}

boost::asio::awaitable<Result<PushJobs::Opening>>
PushJobs::open(const job::Job& job, ServiceId service, runtime::RemoteContext& context) {
    const auto body = [this, &job, service](Transaction& transaction) {
        Push push(load_facts(transaction, {job.company, service}));
        Step step = push.begin();
        std::optional<calcom::Entry> entry;
        if (std::holds_alternative<Look>(step))
            entry = gate_.enter(transaction, request_of(job, kGet));
        return Opening{std::move(push), std::move(step), std::move(entry)};
    };
    co_return co_await context.database(Access::company(job.company), body);
}

/// The protocol is Push's; here is one call per step. What a coroutine is given has a name: GCC 12
/// destroys temporaries twice that stand beside co_await in braces or in a conditional.
boost::asio::awaitable<job::Outcome>
PushJobs::advance(const job::Job& job, Opening opening, runtime::RemoteContext& context) {
    Push& push = opening.push;
    Step step = std::move(opening.step);
    std::optional<calcom::Entry> entry = std::move(opening.entry);
    for (;;) {
        if (auto* settled = std::get_if<Settled>(&step))
            co_return co_await settle(job, push, std::move(*settled), context);
        const auto* wanted = std::get_if<Change>(&step);
        if (wanted != nullptr) {
            auto entered = co_await enter_change(job, push, *wanted, context);
            if (!entered) co_return runtime::outcome_of_error(entered.error());
            entry = std::move(*entered);
        }
        if (auto later = postponement(entry, context)) {
            Settled postponed{std::move(*later), {}};
            co_return co_await settle(job, push, std::move(postponed), context);
        }
        const auto& pass = std::get<calcom::Pass>(*entry);
        if (wanted != nullptr) {
            const Answer answer = co_await change(pass, *wanted, context);
            step = push.resume(answer);
        } else {
            const Answer answer = co_await look(pass, std::get<Look>(step), context);
            step = push.resume(answer);
        }
        context.progress();
    }
}

boost::asio::awaitable<Result<std::optional<calcom::Entry>>> PushJobs::enter_change(
    const job::Job& job, const Push& push, const Change& change, runtime::RemoteContext& context
) {
    bool written = false;
    const auto body = [&](Transaction& transaction) -> std::optional<calcom::Entry> {
        if (!hold_lease(transaction, job)) return std::nullopt;
        if (!written) write_intent(transaction, job.company, *push.facts().service, change);
        return gate_.enter(transaction, request_of(job, kPatch));
    };
    const Monotonic until = context.clock().monotonic() + kTokenPatience;
    for (;;) {
        Result<std::optional<calcom::Entry>> entry =
            co_await context.database(Access::company(job.company), body);
        if (!entry) co_return entry;
        if (!written) metrics_.overwritten.add(static_cast<double>(change.overwrites.size()));
        written = true;
        const bool again = co_await calcom::wait_for_token(context, *entry, until);
        if (!again) co_return entry;
    }
}

boost::asio::awaitable<Answer>
PushJobs::look(const calcom::Pass& pass, const Look& look, runtime::RemoteContext& context) {
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
PushJobs::change(const calcom::Pass& pass, const Change& change, runtime::RemoteContext& context) {
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
    const job::Job& job, const Push& push, Settled settled, runtime::RemoteContext& context
) {
    calcom::Gate::News news = gate_.take_news();
    if (!settled.result && news.empty()) co_return std::move(settled.outcome);
    const auto body = [&](Transaction& transaction) {
        const bool held = !settled.result || hold_lease(transaction, job);
        if (held && settled.result)
            write_result(transaction, job.company, *push.facts().service, *settled.result);
        gate_.write_news(transaction, news);
        return held;
    };
    const Result<bool> written = co_await context.database(Access::company(job.company), body);
    if (!written) {
        // Cal.com has it, the row does not: the next run finds nothing to change and says so.
        if (settled.result) co_return runtime::outcome_of_error(written.error());
        co_return std::move(settled.outcome);
    }
    news.committed();
    if (*written && settled.result) metrics_.ended(*settled.result);
    co_return std::move(settled.outcome);
}

} // namespace calfleet::service_pusher
