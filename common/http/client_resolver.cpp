#include "common/http/client_resolver.h"

#include <chrono>
#include <optional>

namespace calfleet::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds kFresh{30};
constexpr std::chrono::minutes kUsable{10};
constexpr std::chrono::seconds kFailureKept{1};

} // namespace

struct Resolver::State {
    State(asio::any_io_executor executor, const Origin& origin, const Clock& the_clock)
        : host(origin.host)
        , port(origin.port)
        , clock(the_clock) {
        error_code not_a_number;
        const auto address = asio::ip::make_address(host, not_a_number);
        if (!not_a_number)
            literal = {tcp::endpoint(address, port)};
        else
            lookup.emplace(std::move(executor));
    }

    std::string host;
    std::uint16_t port;
    const Clock& clock;
    Endpoints literal; // the host is a number: nothing to look up
    std::optional<tcp::resolver> lookup;
    bool looking{false};
    WaitingLine waiting;
    Resolved last_good;
    Monotonic good_at{};
    std::string trouble;
    std::optional<Monotonic> failed_at;

    bool good_within(Monotonic::duration age) const {
        return !last_good.endpoints.empty() && clock.monotonic() - good_at <= age;
    }

    std::optional<Resolved> known() const {
        if (!literal.empty()) return Resolved{literal, {}};
        if (good_within(kFresh)) return last_good;
        if (failed_at && clock.monotonic() - *failed_at <= kFailureKept) {
            if (good_within(kUsable)) return last_good;
            return Resolved{{}, trouble};
        }
        return std::nullopt;
    }

    void on_answer(error_code error, const tcp::resolver::results_type& results) {
        looking = false;
        if (error || results.empty()) {
            trouble = error ? error.message() : "no address";
            failed_at = clock.monotonic();
        } else {
            last_good.endpoints.clear();
            for (const auto& entry : results)
                last_good.endpoints.push_back(entry.endpoint());
            good_at = clock.monotonic();
            failed_at.reset();
        }
        waiting.wake_all();
    }
};

Resolver::Resolver(asio::any_io_executor executor, const Origin& origin, const Clock& clock)
    : state_(std::make_shared<State>(std::move(executor), origin, clock)) {}
Resolver::~Resolver() = default;

void Resolver::abandon() {
    state_->lookup.reset();
}

asio::awaitable<Resolved> Resolver::resolve(Monotonic until) {
    const std::shared_ptr<State> state = state_;
    for (;;) {
        if (auto known = state->known()) co_return std::move(*known);
        const Monotonic now = state->clock.monotonic();
        if (now >= until) co_return Resolved{{}, "the name server did not answer in time"};
        if (!state->looking) look_up(state);
        // Slow name servers shall not stop anybody who knew the way a minute ago.
        if (state->good_within(kUsable)) co_return state->last_good;
        WaitingLine::Place place(state->waiting, co_await asio::this_coro::executor);
        co_await place.wait(now, until);
    }
}

void Resolver::look_up(const std::shared_ptr<State>& state) {
    state->looking = true;
    state->lookup->async_resolve(
        state->host,
        std::to_string(state->port),
        tcp::resolver::numeric_service,
        [state](error_code error, const tcp::resolver::results_type& results) {
            state->on_answer(error, results);
        }
    );
}

} // namespace calfleet::http
