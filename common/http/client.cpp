#include "common/http/client.h"

#include "common/http/client_exchange.h"
#include "common/http/client_loop.h"
#include "common/http/client_metrics.h"
#include "common/http/client_request.h"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/query.hpp>

#include <algorithm>
#include <utility>

namespace calfleet::http {

namespace asio = boost::asio;

struct Client::Impl {
    ClientSettings settings;
    const Clock& clock;
    ClientMetrics metrics;
    std::unique_ptr<TlsContext> tls; // none for plain HTTP
    std::shared_ptr<ClientLoop> loop;

    std::shared_ptr<ClientLoop> loop_on(const asio::any_io_executor& executor) {
        const auto* context = &asio::query(executor, asio::execution::context);
        if (!loop || loop->context != context) loop = ClientLoop::on(executor, settings, clock);
        return loop;
    }

    asio::awaitable<CallResult> perform(const Call& call, Monotonic until);
};

Client::Client(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}
Client::~Client() = default;

Result<std::unique_ptr<Client>>
Client::create(ClientSettings settings, const Clock& clock, metrics::Registry& metrics) {
    std::unique_ptr<TlsContext> tls;
    if (settings.origin.scheme == Scheme::Https) {
        auto made = TlsContext::create(settings.origin.host, settings.ca_file);
        if (!made) return made.error();
        tls = std::move(*made);
    }
    ClientMetrics durations(metrics, settings.peer);
    return std::unique_ptr<Client>(new Client(std::make_unique<Impl>(Impl{
        std::move(settings), clock, std::move(durations), std::move(tls), nullptr})));
}

asio::awaitable<CallResult> Client::Impl::perform(const Call& call, Monotonic until) {
    const Result<RequestBytes> request = request_bytes(call, settings.origin, settings.user_agent);
    if (!request)
        co_return Failure{
            .phase = Phase::NotSent,
            .reason = FailureReason::InvalidCall,
            .text = request.error().message};
    const auto shared_loop = loop_on(co_await asio::this_coro::executor);
    Exchange exchange{
        .settings = settings,
        .clock = clock,
        .tls = tls.get(),
        .loop = *shared_loop,
        .request = *request,
        .keeps_connection = call.reuse != Reuse::Fresh,
        .until = until};
    int sends = 0;
    for (bool may_reuse = exchange.keeps_connection;; may_reuse = false) {
        Attempt attempt = co_await exchange.attempt(may_reuse);
        if (auto* answer = std::get_if<Answer>(&attempt.result)) {
            answer->sends = sends + 1;
            co_return std::move(*answer);
        }
        auto& failure = std::get<Failure>(attempt.result);
        if (failure.bytes_sent > 0) ++sends;
        failure.sends = sends;
        // A connection that the server closed while it lay in the pool says nothing about the
        // server. What was not sent is sent now; what was, only if the caller said that it may be.
        const bool was_stale =
            attempt.reused && !attempt.answer_begun && failure.reason == FailureReason::Closed;
        if (!was_stale || (sends > 0 && call.reuse != Reuse::PooledTwice))
            co_return std::move(failure);
    }
}

asio::awaitable<CallResult> Client::call(Call call, Monotonic until) {
    const Monotonic begun = impl_->clock.monotonic();
    CallResult result =
        co_await impl_->perform(call, std::min(until, begun + impl_->settings.total_timeout));
    impl_->metrics.observe(result, impl_->clock.monotonic() - begun);
    co_return result;
}

ClientStatus Client::status() const {
    return impl_->loop ? impl_->loop->pool->status() : ClientStatus{};
}

const Origin& Client::origin() const {
    return impl_->settings.origin;
}

} // namespace calfleet::http
