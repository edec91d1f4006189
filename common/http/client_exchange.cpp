#include "common/http/client_exchange.h"

#include "common/core/crash_point.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace calfleet::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int kReadsInARow = 8; // of 16 KiB

// An aborted wait that the pool's clock did not cause is the coroutine's cancellation.
void throw_if_cancelled(const Connection& connection, error_code error) {
    if (error == asio::error::operation_aborted && connection.end == Connection::End::None)
        throw boost::system::system_error(error);
}

// True: try again. False: the connection is at its end.
asio::awaitable<bool> ready(Connection& connection, Move move) {
    if (move != Move::WaitRead && move != Move::WaitWrite) co_return false;
    const auto kind = move == Move::WaitRead ? tcp::socket::wait_read : tcp::socket::wait_write;
    error_code error;
    co_await connection.transport.socket().async_wait(
        kind, asio::redirect_error(asio::use_awaitable, error)
    );
    throw_if_cancelled(connection, error);
    co_return !error;
}

// With a body: all of the head, so that the server knows what is wanted, and half of the body.
std::size_t half_of(const RequestBytes& request) {
    const std::size_t body = request.size() - request.head_size();
    return body > 0 ? request.head_size() + body / 2 : request.size() / 2;
}

} // namespace

Failure Exchange::not_sent(FailureReason reason, std::string_view words) const {
    return {
        .phase = Phase::NotSent,
        .reason = reason,
        .text = settings.origin.authority() + ": " + std::string(words)};
}

asio::awaitable<Attempt> Exchange::attempt(bool may_reuse) {
    Attempt attempt;
    std::optional<Lease> lease = co_await loop.pool->acquire(may_reuse, until);
    if (!lease) {
        attempt.result =
            not_sent(FailureReason::NoRoom, "every connection was busy until the deadline");
        co_return attempt;
    }
    attempt.reused = lease->reused();
    if (!attempt.reused) {
        if (auto failure = co_await open(*lease)) {
            attempt.result = std::move(*failure);
            co_return attempt;
        }
    }
    Connection& connection = *lease->connection();
    connection.deadline = until;
    const std::size_t sent = co_await send(connection);
    AnswerReader reader({settings.max_header_bytes, settings.max_body_bytes});
    const auto state = co_await receive(connection, reader);
    attempt.answer_begun = reader.begun();
    if (state != AnswerReader::State::Done) {
        attempt.result = failure_after(connection, reader, sent);
        co_return attempt;
    }
    attempt.result = Answer{
        .status = reader.status(),
        .headers = reader.take_headers(),
        .body = reader.take_body(),
        .bytes_sent = sent};
    if (keeps_connection && reader.reusable() && sent == request.size())
        lease->keep();
    else
        lease->finish();
    co_return attempt;
}

asio::awaitable<std::optional<Failure>> Exchange::open(Lease& lease) {
    const Monotonic deadline = std::min(until, clock.monotonic() + settings.connect_timeout);
    const Resolved resolved = co_await loop.resolver.resolve(deadline);
    if (resolved.endpoints.empty())
        co_return not_sent(FailureReason::Resolve, "cannot be resolved: " + resolved.trouble);
    const bool all_local = std::ranges::all_of(resolved.endpoints, [](const auto& endpoint) {
        return endpoint.address().is_loopback();
    });
    if (tls == nullptr && !all_local)
        co_return not_sent(
            FailureReason::PlainHttp,
            "http:// is for this machine only, and this is another's address; use https://"
        );
    if (auto failure = co_await connect(lease, resolved.endpoints, deadline)) co_return failure;
    if (tls != nullptr) co_return co_await shake_hands(lease);
    co_return std::nullopt;
}

asio::awaitable<std::optional<Failure>>
Exchange::connect(Lease& lease, const Endpoints& endpoints, Monotonic deadline) {
    std::string trouble = "no time was left";
    const auto executor = co_await asio::this_coro::executor;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        // Each address gets its share of the time that is left: a silent one must not use up all.
        const Monotonic now = clock.monotonic();
        if (now >= deadline) break;
        const auto share = (deadline - now) / static_cast<int>(endpoints.size() - i);
        Connection& connection = lease.open(tcp::socket(executor), now + share);
        error_code error;
        co_await connection.transport.socket().async_connect(
            endpoints[i], asio::redirect_error(asio::use_awaitable, error)
        );
        throw_if_cancelled(connection, error);
        if (!error) {
            auto& socket = connection.transport.socket();
            socket.native_non_blocking(true, error);
            socket.set_option(tcp::no_delay(true), error);
            connection.deadline = deadline;
            co_return std::nullopt;
        }
        trouble =
            connection.end == Connection::End::Deadline ? "no connection in time" : error.message();
    }
    co_return not_sent(FailureReason::Connect, trouble);
}

asio::awaitable<std::optional<Failure>> Exchange::shake_hands(Lease& lease) {
    Connection& connection = *lease.connection();
    Transport& transport = connection.transport;
    if (!transport.start_tls(*tls)) co_return not_sent(FailureReason::Tls, "no memory for TLS");
    Moved moved = transport.handshake();
    while (co_await ready(connection, moved.move))
        moved = transport.handshake();
    if (moved.move == Move::Done) {
        if (transport.resumed()) ++loop.pool->resumed();
        co_return std::nullopt;
    }
    if (connection.end == Connection::End::Deadline)
        co_return not_sent(FailureReason::Connect, "no TLS handshake in time");
    if (transport.certificate_refused())
        co_return not_sent(
            FailureReason::Certificate, "its certificate is refused: " + transport.trouble()
        );
    co_return not_sent(FailureReason::Tls, "no TLS: " + transport.trouble());
}

asio::awaitable<std::size_t> Exchange::send(Connection& connection) {
    std::size_t sent = 0;
    crash_point("J4");
    // The wait for a connection may have used up the time.
    if (until - clock.monotonic() <= Pool::kTick) {
        connection.end = Connection::End::Deadline;
        connection.transport.abort();
        co_return sent;
    }
    // In one piece, except to die with half of it written.
    const std::size_t first = crash_point_ordered("J5") ? half_of(request) : request.size();
    while (sent < request.size()) {
        const std::size_t until_byte = sent < first ? first : request.size();
        const Moved moved =
            connection.transport.write(request.view().substr(sent, until_byte - sent));
        sent += moved.bytes;
        if (sent == first && moved.bytes > 0 && sent < request.size()) crash_point("J5");
        if (moved.move != Move::Done && !co_await ready(connection, moved.move)) break;
    }
    crash_point("J6");
    co_return sent;
}

// Also after a failed send: the server may have answered before it had everything.
asio::awaitable<AnswerReader::State>
Exchange::receive(Connection& connection, AnswerReader& reader) {
    auto state = AnswerReader::State::Reading;
    if (!connection.transport.socket().is_open()) co_return state;
    if (!co_await ready(connection, Move::WaitRead)) co_return state;
    const auto executor = co_await asio::this_coro::executor;
    for (int in_a_row = 0; state == AnswerReader::State::Reading;) {
        const Moved moved = connection.transport.read(loop.scratch.data(), loop.scratch.size());
        if (moved.move == Move::Done) {
            if (!connection.answering) {
                crash_point("J7");
                connection.answering = true;
                connection.window_began = clock.monotonic();
                connection.window_bytes = 0;
            }
            connection.window_bytes += moved.bytes;
            state = reader.feed({loop.scratch.data(), moved.bytes});
            // A server that always has more ready would keep the loop from everybody else.
            if (state == AnswerReader::State::Reading && ++in_a_row % kReadsInARow == 0) {
                co_await asio::post(executor, asio::use_awaitable);
                if (!connection.transport.socket().is_open()) co_return state;
            }
        } else if (moved.move == Move::Ended) {
            co_return reader.end();
        } else if (!co_await ready(connection, moved.move)) {
            co_return state;
        }
    }
    co_return state;
}

Failure
Exchange::failure_after(Connection& connection, AnswerReader& reader, std::size_t sent) const {
    Failure failure{
        .phase = sent < request.head_size() ? Phase::NotSent : Phase::Ambiguous,
        .reason = FailureReason::Closed,
        .text = settings.origin.authority() + ": ",
        .bytes_sent = sent,
        .status = reader.status(),
        .headers = reader.take_headers()};
    if (connection.end == Connection::End::Deadline) {
        failure.reason = FailureReason::Deadline;
        failure.text += sent == 0 ? "no time was left to send" : "no whole answer in time";
    } else if (connection.end == Connection::End::TooSlow) {
        failure.reason = FailureReason::TooSlow;
        failure.text += "the answer came too slowly";
    } else if (!reader.text().empty()) {
        failure.reason = reader.reason();
        failure.text += reader.text();
    } else {
        failure.text += "the connection broke: " + connection.transport.trouble();
    }
    return failure;
}

} // namespace calfleet::http
