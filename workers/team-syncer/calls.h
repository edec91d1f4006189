#pragma once
// One question to Cal.com, with all that lies between a job and its answer: leave to ask, the call,
// a second try, and what it taught.

#include "common/calcom/gate.h"
#include "common/executor/remote_jobs.h"
#include "common/job/outcome.h"
#include "common/jobs/job_transaction.h"

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace calfleet::team_syncer {

/// Cal.com understood and said no: this one thing cannot be read, others may be.
struct Denied {
    bool not_found{false};
    std::string text; ///< for an operator, without personal data
};

/// The answer, a refusal, or the outcome with which the job must end now.
template <class T>
using Answer = std::variant<T, Denied, job::Outcome>;

struct Patience {
    /// How long an empty bucket is waited for: what was read so far would be lost.
    std::chrono::milliseconds token{std::chrono::minutes{2}};
    /// Pauses before the look-up is made again, after an answer that proves nothing.
    std::array<std::chrono::milliseconds, 3> again{
        std::chrono::seconds{1}, std::chrono::seconds{2}, std::chrono::seconds{3}};
};

/// For one job; all it asks are reads, which may be repeated. Event loop thread only.
class Calls {
public:
    template <class T>
    using Awaitable = boost::asio::awaitable<T>;

    /// All outlive the calls.
    Calls(
        calcom::Gate& gate,
        executor::RemoteContext& context,
        CompanyId company,
        const Patience& patience
    )
        : gate_(gate)
        , context_(context)
        , company_(company)
        , patience_(patience) {}

    /// operation: for the breaker. send(client, key, until) -> awaitable<Reply<T>>.
    template <class T, class Send>
    Awaitable<Answer<T>> ask(std::string_view operation, Send send) {
        for (std::size_t attempt = 0;; ++attempt) {
            std::variant<calcom::Pass, job::Outcome> leave = co_await enter(operation);
            if (auto* wait = std::get_if<job::Outcome>(&leave)) co_return std::move(*wait);
            const auto& pass = std::get<calcom::Pass>(leave);
            const auto call = [&](const calcom::ApiKey& key, calcom::Until until) {
                return send(gate_.client(), key, until);
            };
            calcom::Passage<T> passage =
                co_await calcom::call_through<T>(gate_, context_, pass, call);
            context_.progress();
            co_await write_news();
            if (T* value = passage.reply.value()) co_return std::move(*value);
            const calcom::Setback& setback = *passage.reply.setback();
            if (may_pass(setback) && attempt < patience_.again.size()) {
                co_await calcom::pause(patience_.again[attempt]);
                continue;
            }
            if (std::holds_alternative<calcom::Credential>(setback) &&
                passage.key == calcom::KeyState::Unknown)
                passage.key = co_await know_key();
            if (auto denied = denial(setback, passage.key)) co_return std::move(*denied);
            co_return passage.outcome();
        }
    }

    /// Between look-ups that found nothing. attempt: 0, 1, 2; false: no more.
    Awaitable<bool> pause_before_again(std::size_t attempt);

private:
    Awaitable<std::variant<calcom::Pass, job::Outcome>> enter(std::string_view operation);
    Awaitable<void> write_news();
    /// Of a refused request whose key could not be asked at once: there was no token left. Without
    /// an answer a sync would come to the same refusal again and again.
    Awaitable<calcom::KeyState> know_key();
    /// A moment later it may work.
    static bool may_pass(const calcom::Setback& setback);
    static std::optional<Denied> denial(const calcom::Setback& setback, calcom::KeyState key);

    calcom::Gate& gate_;
    executor::RemoteContext& context_;
    CompanyId company_;
    const Patience& patience_;
};

} // namespace calfleet::team_syncer
