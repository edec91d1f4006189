#include "common/executor/gathering.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <deque>
#include <mutex>

namespace calfleet::executor {

namespace asio = boost::asio;

struct GatheringQueue::State {
    struct Entry {
        GatheredAsk* ask; ///< in the frame of the coroutine that `resume` holds
        RemoteContext* context;
        std::function<void()> resume;
    };
    std::mutex mutex;
    std::deque<Entry> waiting;

    std::optional<asio::steady_timer> timer{}; ///< event loop thread

    /// How many wait now.
    std::size_t add(Entry entry) {
        const std::lock_guard lock(mutex);
        waiting.push_back(std::move(entry));
        return waiting.size();
    }
    RemoteContext* first() {
        const std::lock_guard lock(mutex);
        return waiting.empty() ? nullptr : waiting.front().context;
    }
    std::vector<Entry> take(std::size_t limit) {
        const std::lock_guard lock(mutex);
        const auto count = static_cast<std::ptrdiff_t>(std::min(limit, waiting.size()));
        std::vector<Entry> taken(
            std::make_move_iterator(waiting.begin()),
            std::make_move_iterator(waiting.begin() + count)
        );
        waiting.erase(waiting.begin(), waiting.begin() + count);
        return taken;
    }
};

asio::awaitable<void> GatheringQueue::wait(RemoteContext& context, GatheredAsk& ask) {
    context.progress();
    const auto executor = co_await asio::this_coro::executor;
    auto start = [&](auto handler) {
        std::shared_ptr<State> state = state_.lock();
        if (state == nullptr) state_ = state = std::make_shared<State>();
        // std::function wants copies; there is one coroutine to resume.
        auto resume = std::make_shared<decltype(handler)>(std::move(handler));
        const std::size_t waiting =
            state->add({&ask, &context, [resume] { std::move (*resume)(); }});
        const auto since = context.clock().monotonic() - last_sent_;
        if (since >= kPace || waiting >= limit_) return send(context, state);
        if (state->timer) return;
        state->timer.emplace(executor, kPace - since);
        state->timer->async_wait([this, state](boost::system::error_code) {
            state->timer.reset();
            // All may have gone out with the transaction before. Whoever has not, waits, and so
            // does his context.
            if (RemoteContext* first = state->first()) send(*first, state);
        });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        start, asio::use_awaitable
    );
    context.progress();
}

void GatheringQueue::send(RemoteContext& context, const std::shared_ptr<State>& state) const {
    last_sent_ = context.clock().monotonic();
    context.submit([this, state](postgres::Session& session) -> std::function<void()> {
        auto entries = std::make_shared<std::vector<State::Entry>>(state->take(limit_));
        if (entries->empty()) return {};
        std::vector<GatheredAsk*> asks;
        asks.reserve(entries->size());
        for (const State::Entry& entry : *entries)
            asks.push_back(entry.ask);
        run(session, asks);
        return [entries] {
            for (const State::Entry& entry : *entries)
                entry.resume();
        };
    });
}

void GatheringQueue::run(postgres::Session& session, std::span<GatheredAsk* const> asks) const {
    run_together(session, asks);
    // Whether a lost COMMIT took place is not found out by doing it again.
    const GatheredAsk& first = *asks.front();
    const bool failed = first.failure || first.error;
    if (failed && asks.size() > 1 && (!first.error || first.error->kind != ErrorKind::InDoubt))
        run_alone(session, asks);
}

void GatheringQueue::run_alone(postgres::Session& session, std::span<GatheredAsk* const> asks)
    const {
    const Error* outage = nullptr;
    for (std::size_t i = 0; i < asks.size(); ++i) {
        asks[i]->failure = nullptr;
        asks[i]->error.reset();
        run_together(session, asks.subspan(i, 1));
        const bool away = asks[i]->error && (asks[i]->error->kind == ErrorKind::Unavailable ||
                                             asks[i]->error->kind == ErrorKind::Timeout);
        // One may wait for a lock; two in a row are the database's, and the others' too.
        if (away && outage != nullptr) {
            for (GatheredAsk* rest : asks.subspan(i + 1)) {
                rest->failure = nullptr;
                rest->error = asks[i]->error;
            }
            return;
        }
        outage = away ? &*asks[i]->error : nullptr;
    }
}

void GatheringQueue::run_together(postgres::Session& session, std::span<GatheredAsk* const> asks)
    const {
    std::vector<CompanyId> companies;
    companies.reserve(asks.size());
    for (const GatheredAsk* ask : asks)
        companies.push_back(ask->company);
    std::sort(companies.begin(), companies.end());
    companies.erase(std::unique(companies.begin(), companies.end()), companies.end());
    try {
        const Result<> done = session.transact(
            postgres::Access::companies(std::move(companies)),
            [&](postgres::Transaction& transaction) { body_(transaction, asks); }
        );
        if (done) return;
        for (GatheredAsk* ask : asks)
            ask->error = done.error();
    } catch (...) {
        for (GatheredAsk* ask : asks)
            ask->failure = std::current_exception();
    }
}

} // namespace calfleet::executor
