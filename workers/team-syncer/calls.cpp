#include "workers/team-syncer/calls.h"

namespace calfleet::team_syncer {

using postgres::Access;
using postgres::Transaction;

Calls::Awaitable<std::variant<calcom::Pass, job::Outcome>> Calls::enter(std::string_view operation
) {
    const calcom::CallRequest request{
        .company = company_, .lane = calcom::CallLane::Sync, .operation = operation};
    if (auto wait = gate_.refuse_at_once(request)) co_return job::Outcome{std::move(*wait)};
    const auto body = [&](Transaction& transaction) { return gate_.enter(transaction, request); };
    const Monotonic until = context_.clock().monotonic() + patience_.token;
    std::optional<calcom::Entry> entry;
    do {
        Result<calcom::Entry> entered = co_await context_.database(Access::company(company_), body);
        if (!entered) co_return jobs::outcome_of_error(entered.error());
        entry = std::move(*entered);
    } while (co_await calcom::wait_for_token(context_, entry, until));
    if (auto* later = std::get_if<job::Snooze>(&*entry)) co_return job::Outcome{std::move(*later)};
    if (!context_.may_begin())
        co_return job::Outcome{job::Snooze{
            std::chrono::milliseconds{100},
            {"stopping", "the process stops, or its lease ends: somebody else goes on"}}};
    co_return std::move(std::get<calcom::Pass>(*entry));
}

Calls::Awaitable<void> Calls::write_news() {
    calcom::Gate::News news = gate_.take_news();
    if (news.empty()) co_return;
    const auto body = [&](Transaction& transaction) { gate_.write_news(transaction, news); };
    const Result<> written = co_await context_.database(Access::company(company_), body);
    if (written) news.committed();
}

Calls::Awaitable<bool> Calls::pause_before_again(std::size_t attempt) {
    if (attempt >= patience_.again.size()) co_return false;
    co_await calcom::pause(patience_.again[attempt]);
    context_.progress();
    co_return true;
}

Calls::Awaitable<calcom::KeyState> Calls::know_key() {
    std::variant<calcom::Pass, job::Outcome> leave = co_await enter(calcom::kProbeOperation);
    const auto* pass = std::get_if<calcom::Pass>(&leave);
    if (pass == nullptr) co_return calcom::KeyState::Unknown;
    const auto me = [&](const calcom::ApiKey& key, calcom::Until until) {
        return gate_.client().me(key, until);
    };
    const calcom::Passage<calcom::Me> passage =
        co_await calcom::call_through<calcom::Me>(gate_, context_, *pass, me);
    co_await write_news();
    co_return passage.reply.value() != nullptr ? calcom::KeyState::Good : passage.key;
}

bool Calls::may_pass(const calcom::Setback& setback) {
    return std::holds_alternative<calcom::NotSent>(setback) ||
           std::holds_alternative<calcom::Unknown>(setback);
}

std::optional<Denied> Calls::denial(const calcom::Setback& setback, calcom::KeyState key) {
    if (const auto* refused = std::get_if<calcom::Definite>(&setback)) {
        // A route that is not there is ours to correct, and no word about the event type.
        if (refused->refusal == calcom::Refusal::WrongRoute) return std::nullopt;
        return Denied{refused->refusal == calcom::Refusal::NotFound, calcom::describe(setback)};
    }
    if (std::holds_alternative<calcom::Credential>(setback) && key == calcom::KeyState::Good)
        return Denied{false, calcom::describe(setback)};
    return std::nullopt;
}

} // namespace calfleet::team_syncer
