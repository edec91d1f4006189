#include "workers/team-syncer/children_job.h"

#include "workers/team-syncer/child_store.h"
#include "workers/team-syncer/handler.h"
#include "workers/team-syncer/store.h"

#include "common/core/text.h"
#include "common/job/kinds.h"
#include "common/jobs/job_store.h"
#include "common/jobs/job_transaction.h"

#include <vector>

namespace calfleet::team_syncer {
namespace {

using postgres::Access;
using postgres::Transaction;

constexpr std::string_view kLookUp = "user-event-type.get";

} // namespace

std::string children_entity(calcom::EventTypeId parent) {
    return job::entity_of(job::kResolveChildren, parent.value);
}

std::optional<calcom::EventTypeId> parent_of_entity(std::string_view entity) {
    const auto number = job::id_in(job::kResolveChildren, entity);
    return number ? std::optional(calcom::EventTypeId{*number}) : std::nullopt;
}

void ask_for_children(
    Transaction& transaction, CompanyId company, std::span<const calcom::EventTypeId> parents
) {
    std::vector<std::string> entities;
    for (const calcom::EventTypeId parent : parents)
        entities.push_back(children_entity(parent));
    std::vector<jobs::NewJob> jobs;
    for (const std::string& entity : entities)
        jobs.push_back({.kind = job::kResolveChildren.name, .company = company, .entity = entity});
    jobs::enqueue_jobs(transaction, kWorker, jobs);
}

boost::asio::awaitable<job::Outcome>
ChildrenJobs::run(job::Job job, executor::RemoteContext& context) {
    const auto parent = parent_of_entity(job.entity);
    if (!parent)
        co_return job::DeadLetter{
            {"entity",
             "entity: '" + printable(job.entity, 40) +
                 "' names no event type; queue resolve-children for 'children:<id>'"}};
    DatabaseClock clock(context.clock());
    const auto body = [&](Transaction& transaction) {
        clock.set(reading_time(transaction, job.company));
        auto facts = load_parent(transaction, job.company, *parent);
        if (facts) write_former_hosts(transaction, job.company, *parent, facts->former);
        return facts;
    };
    const auto facts = co_await context.database(Access::company(job.company), body);
    if (!facts) co_return jobs::outcome_of_error(facts.error());
    if (!*facts)
        co_return job::Discard{
            {"no_parent", "there is no such managed event type of the company, or not any more"}};
    job::Outcome outcome = co_await resolve(job, **facts, clock, context);
    if (std::holds_alternative<job::Snooze>(outcome)) metrics_.postponed.add();
    co_return outcome;
}

boost::asio::awaitable<job::Outcome> ChildrenJobs::resolve(
    const job::Job& job,
    const ParentFacts& parent,
    const DatabaseClock& clock,
    executor::RemoteContext& context
) const {
    Calls calls(gate_, context, job.company, patience_);
    for (const ChildFacts& host : parent.hosts) {
        const Instant at = clock.now();
        if (!must_look_up(host, at)) continue;
        Answer<ChildAnswer> answer = co_await look_up(calls, parent, host);
        if (auto* end = std::get_if<job::Outcome>(&answer)) co_return std::move(*end);
        if (auto* denied = std::get_if<Denied>(&answer))
            answer = ChildAnswer{ChildMissing{std::move(denied->text)}};
        const auto& child = std::get<ChildAnswer>(answer);
        const auto body = [&](Transaction& transaction) {
            write_child(transaction, job.company, parent.id, host, child, at);
        };
        const Result<> written = co_await context.database(Access::company(job.company), body);
        if (!written) co_return jobs::outcome_of_error(written.error());
        (std::holds_alternative<ChildFound>(child) ? metrics_.children_found
                                                   : metrics_.children_missing)
            .add();
    }
    co_return job::Completed{};
}

boost::asio::awaitable<Answer<ChildAnswer>>
ChildrenJobs::look_up(Calls& calls, const ParentFacts& parent, const ChildFacts& host) const {
    if (host.username.empty())
        co_return ChildAnswer{ChildMissing{"the host has no user name at Cal.com yet"}};
    const calcom::UserSlug slug{host.username, parent.slug, parent.organization_slug};
    const auto send = [&](calcom::Client& client, const auto& key, calcom::Until until) {
        return client.user_event_type(key, slug, until);
    };
    using Found = std::optional<calcom::EventType>;
    for (std::size_t attempt = 0;; ++attempt) {
        Answer<Found> answer = co_await calls.ask<Found>(kLookUp, send);
        if (auto* end = std::get_if<job::Outcome>(&answer)) co_return std::move(*end);
        if (auto* denied = std::get_if<Denied>(&answer)) co_return std::move(*denied);
        ChildAnswer child = child_in(parent, host, std::get<Found>(answer));
        const auto* missing = std::get_if<ChildMissing>(&child);
        if (missing == nullptr || !missing->may_come) co_return child;
        if (!co_await calls.pause_before_again(attempt)) co_return child;
    }
}

} // namespace calfleet::team_syncer
