#pragma once
// What lies between a job and the answer of one call: leave to make it, the call, what it taught,
// a second try, and what a refusal means. Verbs; the order of a job's steps is the job's.
//
//     refuse_at_once ─► the caller's transaction with enter() ─► until_token ─► call_through
//                       whatever else it reads or writes          same again     ─► denial, outcome

#include "common/calcom/gate.h"
#include "common/job/error_outcome.h"
#include "common/job/outcome.h"

#include <boost/asio/awaitable.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace calfleet::calcom {

/// What a call needs of whoever runs the job (executor::RemoteContext): the time, whether a call
/// may begin and until when it must have ended, a sign of life, a transaction.
template <class Context>
concept CallContext =
    requires(Context& context, postgres::Access access, void (*body)(postgres::Transaction&)) {
    { context.clock() } -> std::convertible_to<const Clock&>;
    { context.may_begin() } -> std::same_as<bool>;
    { context.safe_until() } -> std::convertible_to<Monotonic>;
    context.progress();
    { context.database(access, body) } -> std::same_as<boost::asio::awaitable<Result<>>>;
};

/// Leave to make the call, or the outcome with which the job must end now.
using Leave = std::variant<Pass, job::Outcome>;

/// An answer that proves nothing: a moment later it may work.
bool may_pass(const Setback& setback);

/// The process stops, or the job's lease ends.
job::Snooze not_now();
/// Why the call cannot be made now; nothing: it can.
template <CallContext Context>
std::optional<job::Snooze> postponement(Context& context, const std::optional<Entry>& entry) {
    if (!entry || !context.may_begin()) return not_now();
    if (const auto* later = std::get_if<job::Snooze>(&*entry)) return *later;
    return std::nullopt;
}

/// step() -> awaitable<A>: a transaction of the caller's that ends with enter(). Again and again
/// while an empty bucket is all that is in the way, at the bucket's pace, until `until`.
/// entry_of(A&) -> const std::optional<Entry>&.
template <CallContext Context, class Step, class EntryOf>
auto until_token(Context& context, Monotonic until, Step step, EntryOf entry_of)
    -> decltype(step()) {
    for (;;) {
        auto answer = co_await step();
        const bool again = co_await wait_for_token(context, entry_of(answer), until);
        if (!again) co_return answer;
    }
}

/// A row that somebody else's transaction holds is looked at again after the first, given up after
/// the second.
struct RowPatience {
    std::chrono::milliseconds pause{100};
    std::chrono::milliseconds most{std::chrono::seconds{2}};
};

/// step() -> awaitable<A>, until is_busy(A&) is false or the patience, which began at `began`, is
/// at its end.
template <CallContext Context, class Step, class IsBusy>
auto while_busy(
    Context& context, Monotonic began, Step step, IsBusy is_busy, RowPatience patience = {}
) -> decltype(step()) {
    for (;;) {
        auto answer = co_await step();
        if (!is_busy(answer) || context.clock().monotonic() - began > patience.most)
            co_return answer;
        co_await pause(patience.pause);
    }
}

struct CallPatience {
    /// How long an empty bucket is waited for: what was read so far would be lost.
    std::chrono::milliseconds token{std::chrono::minutes{2}};
    /// Pauses before the look-up is made again, after an answer that proves nothing.
    std::array<std::chrono::milliseconds, 3> again{
        std::chrono::seconds{1}, std::chrono::seconds{2}, std::chrono::seconds{3}};
};

/// The answer, a refusal, or the outcome with which the job must end now.
template <class T>
using Answer = std::variant<T, Denied, job::Outcome>;

/// Reads that one job makes one after the other, each with a transaction of its own before it. What
/// they ask may be asked twice. Event loop thread only.
template <CallContext Context>
class Calls {
public:
    template <class T>
    using Awaitable = boost::asio::awaitable<T>;

    /// All outlive the calls.
    Calls(Gate& gate, Context& context, CompanyId company, const CallPatience& patience)
        : gate_(gate)
        , context_(context)
        , company_(company)
        , patience_(patience) {}

    /// operation: for the breaker. send(client, key, until) -> awaitable<Reply<T>>.
    template <class T, class Send>
    Awaitable<Answer<T>> ask(std::string_view operation, Send send) {
        for (std::size_t attempt = 0;; ++attempt) {
            Leave leave = co_await enter(operation);
            if (auto* wait = std::get_if<job::Outcome>(&leave)) co_return std::move(*wait);
            const auto& pass = std::get<Pass>(leave);
            const auto call = [&](const ApiKey& key, Until until) {
                return send(gate_.client(), key, until);
            };
            Passage<T> passage = co_await call_through<T>(gate_, context_, pass, call);
            context_.progress();
            co_await write_news();
            if (T* value = passage.reply.value()) co_return std::move(*value);
            const Setback& setback = *passage.reply.setback();
            if (may_pass(setback) && attempt < patience_.again.size()) {
                co_await pause(patience_.again[attempt]);
                continue;
            }
            if (auto denied = denial(setback, passage.key)) co_return std::move(*denied);
            co_return passage.outcome();
        }
    }

    /// Between look-ups that found nothing. attempt: 0, 1, 2; false: no more.
    Awaitable<bool> pause_before_again(std::size_t attempt) {
        if (attempt >= patience_.again.size()) co_return false;
        co_await pause(patience_.again[attempt]);
        context_.progress();
        co_return true;
    }

private:
    Awaitable<Leave> enter(std::string_view operation) {
        const CallRequest request{
            .company = company_, .lane = CallLane::Sync, .operation = operation};
        if (auto wait = gate_.refuse_at_once(request)) co_return job::Outcome{std::move(*wait)};
        using Entered = Result<std::optional<Entry>>;
        const auto body = [&](postgres::Transaction& transaction) {
            return std::optional<Entry>(gate_.enter(transaction, request));
        };
        const auto step = [&]() -> Awaitable<Entered> {
            return context_.database(postgres::Access::company(company_), body);
        };
        const auto entry_of = [](const Entered& entered) -> const std::optional<Entry>& {
            static const std::optional<Entry> none;
            return entered ? *entered : none;
        };
        const Monotonic until = context_.clock().monotonic() + patience_.token;
        Entered entered = co_await until_token(context_, until, step, entry_of);
        if (!entered) co_return job::outcome_of_error(entered.error());
        if (auto* later = std::get_if<job::Snooze>(&**entered))
            co_return job::Outcome{std::move(*later)};
        if (!context_.may_begin()) co_return job::Outcome{not_now()};
        co_return std::get<Pass>(**std::move(entered));
    }

    Awaitable<void> write_news() {
        Gate::News news = gate_.take_news();
        if (news.empty()) co_return;
        const auto body = [&](postgres::Transaction& transaction) {
            gate_.write_news(transaction, news);
        };
        const Result<> written =
            co_await context_.database(postgres::Access::company(company_), body);
        if (written) news.committed();
    }

    Gate& gate_;
    Context& context_;
    CompanyId company_;
    const CallPatience& patience_;
};

} // namespace calfleet::calcom
