#include "tests/calcom-sim/outbound.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace calfleet::calcom_sim {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

// The real one has no deadline of its own; ours only keeps a test from hanging for ever.
constexpr std::chrono::seconds kPatience{60};
constexpr std::size_t kRemembered = 1000;

struct Address {
    std::string host{};
    std::string port{"80"};
    std::string target{"/"};
};

std::optional<Address> address_of(std::string_view url) {
    constexpr std::string_view kScheme = "http://";
    if (!url.starts_with(kScheme)) return std::nullopt;
    url.remove_prefix(kScheme.size());
    const auto slash = url.find('/');
    const std::string_view authority = url.substr(0, slash);
    const auto colon = authority.find(':');
    Address address{.host = std::string(authority.substr(0, colon))};
    if (colon != std::string_view::npos) address.port = std::string(authority.substr(colon + 1));
    if (slash != std::string_view::npos) address.target = std::string(url.substr(slash));
    if (address.host.empty()) return std::nullopt;
    return address;
}

wire::request<wire::string_body> request_of(const Outbound& outbound, const Address& address) {
    wire::request<wire::string_body> request(wire::verb::post, address.target, 11);
    request.set(wire::field::host, address.host + ":" + address.port);
    request.set(wire::field::content_type, "application/json");
    for (const auto& [name, value] : outbound.headers)
        request.set(name, value);
    request.keep_alive(false);
    request.body() = outbound.body;
    request.prepare_payload();
    return request;
}

} // namespace

asio::awaitable<void> Deliveries::one(Outbound outbound) {
    Delivery delivery{.name = outbound.name, .url = outbound.url};
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    if (const auto address = address_of(outbound.url)) {
        const auto executor = co_await asio::this_coro::executor;
        tcp::resolver resolver(executor);
        beast::tcp_stream stream(executor);
        stream.expires_after(kPatience);
        const auto found = co_await resolver.async_resolve(address->host, address->port, token);
        if (!error) co_await stream.async_connect(found, token);
        auto request = request_of(outbound, *address);
        if (!error) co_await wire::async_write(stream, request, token);
        beast::flat_buffer buffer;
        wire::response<wire::string_body> response;
        if (!error) co_await wire::async_read(stream, buffer, response, token);
        if (!error) delivery.status = response.result_int();
        delivery.error = error ? error.message() : "";
    } else {
        delivery.error = "not an http:// URL";
    }
    made_.push_back(std::move(delivery));
    if (made_.size() > kRemembered) made_.pop_front();
}

asio::awaitable<void> Deliveries::make(std::vector<Outbound> outbounds) {
    const auto executor = co_await asio::this_coro::executor;
    for (Outbound& outbound : outbounds) {
        if (outbound.after.count() == 0) {
            co_await one(std::move(outbound));
            continue;
        }
        const auto later = [](Deliveries& self, Outbound late) -> asio::awaitable<void> {
            asio::steady_timer timer(co_await asio::this_coro::executor, late.after);
            co_await timer.async_wait(asio::use_awaitable);
            co_await self.one(std::move(late));
        };
        asio::co_spawn(executor, later(*this, std::move(outbound)), asio::detached);
    }
}

} // namespace calfleet::calcom_sim
