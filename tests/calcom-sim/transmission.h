#pragma once
// Sends a reply as its Transport says: at once, slowly, cut, without end, or not at all.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <algorithm>
#include <array>
#include <string>

#include "tests/calcom-sim/reply.h"

namespace calfleet::calcom_sim {

enum class Sent {
    Whole, ///< the connection may serve another request
    Ended, ///< whole, and the connection ends now in order
    Cut,   ///< not whole; ends in order
    Reset, ///< not whole; ends with a reset
};

namespace transmission {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

// As long as nothing else is said a client may take this long to read an answer.
inline constexpr std::chrono::minutes kPatience{10};
inline constexpr std::size_t kPiece = 64 * 1024;

/// Until the client hangs up or sends something, or the time is over.
template <class Stream>
asio::awaitable<void> hold(Stream& stream, std::chrono::milliseconds how_long) {
    using namespace asio::experimental::awaitable_operators;
    auto& lowest = beast::get_lowest_layer(stream);
    lowest.expires_never();
    asio::steady_timer timer(co_await asio::this_coro::executor, how_long);
    auto token = asio::as_tuple(asio::use_awaitable);
    co_await (
        lowest.socket().async_wait(asio::ip::tcp::socket::wait_read, token) ||
        timer.async_wait(token)
    );
}

template <class Stream>
asio::awaitable<bool> write(Stream& stream, const std::string& head, std::string_view body) {
    error_code error;
    const std::array<asio::const_buffer, 2> buffers{
        asio::buffer(head), asio::buffer(body.data(), body.size())};
    co_await asio::async_write(stream, buffers, asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
}

template <class Stream>
asio::awaitable<bool> drip(Stream& stream, std::string bytes, double per_second) {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor);
    const auto gap = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(1.0 / per_second)
    );
    for (const char byte : bytes) {
        if (!co_await write(stream, std::string(1, byte), {})) co_return false;
        error_code error;
        timer.expires_after(gap);
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
    co_return true;
}

/// Blanks, which JSON allows anywhere, in pieces; chunked ones never end.
template <class Stream>
asio::awaitable<bool> pad(Stream& stream, std::size_t bytes, bool chunked) {
    const std::string blanks(kPiece, ' ');
    const std::string chunk = "10000\r\n" + blanks + "\r\n";
    while (chunked || bytes > 0) {
        const std::size_t now = std::min(bytes, kPiece);
        const std::string_view piece =
            chunked ? std::string_view(chunk) : std::string_view(blanks).substr(0, now);
        if (!co_await write(stream, {}, piece)) co_return false;
        bytes -= std::min(bytes, now);
    }
    co_return true;
}

} // namespace transmission

/// `stream` is a beast::tcp_stream or a TLS stream over one.
template <class Stream>
boost::asio::awaitable<Sent> transmit(Stream& stream, Reply& reply) {
    using namespace transmission;
    const Transport& how = reply.transport;
    const bool reset = how.ending == Transport::Ending::Reset;
    if (how.silent) {
        co_await hold(stream, how.hold);
        co_return Sent::Cut;
    }
    if (how.hang_up) co_return reset ? Sent::Reset : Sent::Cut;
    beast::get_lowest_layer(stream).expires_after(kPatience);
    std::string_view body = reply.body;
    if (how.cut_after) body = body.substr(0, *how.cut_after);
    bool whole = false;
    if (how.bytes_per_second > 0) {
        beast::get_lowest_layer(stream).expires_never();
        whole = co_await drip(stream, reply.head + std::string(body), how.bytes_per_second);
    } else if (how.endless) {
        co_await write(stream, reply.head, {});
        co_await pad(stream, 0, true);
    } else {
        whole = co_await write(stream, reply.head, body);
        if (whole && how.padded_to > body.size())
            whole = co_await pad(stream, how.padded_to - body.size(), false);
    }
    if (how.cut_after || !whole) co_return reset ? Sent::Reset : Sent::Cut;
    co_return reply.close ? Sent::Ended : Sent::Whole;
}

} // namespace calfleet::calcom_sim
