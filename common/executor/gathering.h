#pragma once
// One transaction for what many remote jobs want from the database at the same time.
//
//     job 1 ─ ask ─┐                  ┌─ answer ─ job 1
//     job 2 ─ ask ─┼─► a transaction ─┼─ answer ─ job 2
//     job 3 ─ ask ─┘                  └─ answer ─ job 3
//
// An ask that comes alone goes out at once. While they keep coming, the next transaction begins
// kPace after the last one, with all that have come since, or when a full set has gathered: to a
// call of 50 ms that is little, and among a thousand a step costs a row of a set instead of a
// transaction.

#include "common/core/ids.h"
#include "common/core/result.h"
#include "common/executor/remote_jobs.h"
#include "common/postgres/session.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace calfleet::executor {

/// What waits in a gathering, whatever it asks.
struct GatheredAsk {
    CompanyId company;
    std::optional<Error> error{};
    std::exception_ptr failure{};
};

/// The waiting and the transactions; Gathering gives them types.
class GatheringQueue {
public:
    using Body = std::function<void(postgres::Transaction&, std::span<GatheredAsk* const>)>;

    static constexpr std::chrono::milliseconds kPace{10};

    GatheringQueue(Body body, std::size_t limit)
        : body_(std::move(body))
        , limit_(limit) {}

    /// Resumes when the ask was part of a transaction that was committed, or says in it why not.
    boost::asio::awaitable<void> wait(RemoteContext& context, GatheredAsk& ask);

private:
    struct State;
    /// A transaction for all that wait now.
    void send(RemoteContext& context, const std::shared_ptr<State>& state) const;
    void run(postgres::Session& session, std::span<GatheredAsk* const> asks) const;
    void run_alone(postgres::Session& session, std::span<GatheredAsk* const> asks) const;
    void run_together(postgres::Session& session, std::span<GatheredAsk* const> asks) const;

    Body body_;
    std::size_t limit_;
    /// Held by the transactions that are still to come: when the executor drops those, it drops the
    /// coroutines that wait for them. Event loop thread.
    std::weak_ptr<State> state_;
    mutable Monotonic last_sent_{};
};

/// One kind of step of one kind of job. Outlives the executor; ask() on its event loop only.
template <class Ask, class Answer>
class Gathering {
public:
    /// answers[i] for asks[i], set-based, in a transaction opened for the companies of all. Runs on
    /// any database thread, also on several at once; may be called again after a rollback, with the
    /// same asks or fewer, so that it keeps nothing between calls. Throws as bodies of transact()
    /// do.
    using Body =
        std::function<std::vector<Answer>(postgres::Transaction&, std::span<const Ask* const>)>;

    explicit Gathering(Body body, std::size_t limit = 256)
        : queue_(typed(std::move(body)), limit) {}

    /// An Error of one ask is not the others': what fails together is tried again one by one. What
    /// the ask refers to must live until the answer. Counts as progress.
    boost::asio::awaitable<Result<Answer>> ask(RemoteContext& context, CompanyId company, Ask ask) {
        Waiting waiting;
        waiting.company = company;
        waiting.ask = std::move(ask);
        co_await queue_.wait(context, waiting);
        if (waiting.failure) std::rethrow_exception(waiting.failure);
        if (waiting.error) co_return *std::move(waiting.error);
        co_return *std::move(waiting.answer);
    }

private:
    struct Waiting : GatheredAsk {
        Ask ask{};
        std::optional<Answer> answer{};
    };

    static GatheringQueue::Body typed(Body body) {
        return [body = std::move(body
                )](postgres::Transaction& transaction, std::span<GatheredAsk* const> waiting) {
            std::vector<const Ask*> asks;
            asks.reserve(waiting.size());
            for (const GatheredAsk* one : waiting)
                asks.push_back(&static_cast<const Waiting*>(one)->ask);
            std::vector<Answer> answers = body(transaction, asks);
            for (std::size_t i = 0; i < waiting.size(); ++i)
                static_cast<Waiting*>(waiting[i])->answer = std::move(answers[i]);
        };
    }

    GatheringQueue queue_;
};

} // namespace calfleet::executor
