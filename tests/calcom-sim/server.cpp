#include "tests/calcom-sim/server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include <csignal>

#include "tests/calcom-sim/admin.h"
#include "tests/calcom-sim/outbound.h"
#include "tests/calcom-sim/simulator.h"
#include "tests/calcom-sim/transmission.h"

namespace calfleet::calcom_sim {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
namespace tls = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds kHandshakePatience{10};
// Seeds may be large.
constexpr std::size_t kAdminBodyLimit = 64U << 20U;

using Parser = wire::request_parser<wire::string_body>;

std::string text(std::string_view view) {
    return std::string(view);
}

std::string header(const wire::fields& fields, std::string_view name) {
    const auto found = fields.find(beast::string_view(name.data(), name.size()));
    return found == fields.end() ? std::string{}
                                 : std::string(found->value().data(), found->value().size());
}

RawRequest raw_request(Parser& parser) {
    auto& message = parser.get();
    return {
        .method = text({message.method_string().data(), message.method_string().size()}),
        .target = text({message.target().data(), message.target().size()}),
        .version = header(message, "cal-api-version"),
        .authorization = header(message, "Authorization"),
        .content_type = header(message, "Content-Type"),
        .if_none_match = header(message, "If-None-Match"),
        .body = std::move(message.body()),
        .keep_alive = message.keep_alive()};
}

// Ends a connection with a reset, so that the client sees an error instead of an end.
void reset(tcp::socket& socket) {
    error_code ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);
}

// A client that asked whether it may send its body is told so, as Node's server does.
template <class Stream>
asio::awaitable<void>
read_request(Stream& stream, beast::flat_buffer& buffer, Parser& parser, error_code& error) {
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await wire::async_read_header(stream, buffer, parser, token);
    if (error) co_return;
    if (beast::iequals(parser.get()[wire::field::expect], "100-continue")) {
        static const std::string kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        co_await asio::async_write(stream, asio::buffer(kContinue), token);
        if (error) co_return;
    }
    co_await wire::async_read(stream, buffer, parser, token);
}

// TLS has an end of its own; without it clients must take an answer for cut.
asio::awaitable<void> end_in_order(beast::tcp_stream& stream) {
    error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    co_return;
}

asio::awaitable<void> end_in_order(beast::ssl_stream<beast::tcp_stream>& stream) {
    error_code ignored;
    beast::get_lowest_layer(stream).expires_after(kHandshakePatience);
    co_await stream.async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<void> wait(std::chrono::milliseconds how_long) {
    if (how_long.count() <= 0) co_return;
    asio::steady_timer timer(co_await asio::this_coro::executor, how_long);
    co_await timer.async_wait(asio::use_awaitable);
}

} // namespace

struct Server::Impl {
    Impl(Simulator& of, ServerOptions with)
        : simulator(of)
        , options(std::move(with))
        , admin(of, deliveries) {}

    Simulator& simulator;
    ServerOptions options;
    Deliveries deliveries{};
    Admin admin;
    asio::io_context context{1};
    tls::context security{tls::context::tls_server};
    tcp::acceptor api{context};
    tcp::acceptor administration{context};
    asio::signal_set signals{context, SIGTERM, SIGINT};
    std::uint64_t connections{};

    Result<> listen(tcp::acceptor& on, std::uint16_t port) const;
    Result<> secure();
    template <class Stream>
    asio::awaitable<void> serve(Stream& stream);
    template <class Stream>
    asio::awaitable<Sent> serve_one(Stream& stream, RawRequest raw);
    asio::awaitable<void> greet(tcp::socket socket);
    asio::awaitable<void> serve_admin(tcp::socket socket);
    asio::awaitable<void> accept_api();
    asio::awaitable<void> accept_admin();
};

Result<> Server::Impl::listen(tcp::acceptor& on, std::uint16_t port) const {
    error_code error;
    const auto address = asio::ip::make_address(options.address, error);
    if (error)
        return invalid("--address is \"" + options.address + "\": give an IPv4 or IPv6 address");
    const tcp::endpoint endpoint(address, port);
    on.open(endpoint.protocol(), error);
    if (!error) on.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) on.bind(endpoint, error);
    if (!error) on.listen(asio::socket_base::max_listen_connections, error);
    if (error)
        return unavailable(
            "cannot listen on port " + std::to_string(port) + ": " + error.message() +
            "; give another or 0"
        );
    return {};
}

Result<> Server::Impl::secure() {
    if (options.certificate.empty()) return {};
    error_code error;
    security.use_certificate_chain_file(options.certificate, error);
    if (error) return invalid("--tls-cert " + options.certificate + ": " + error.message());
    security.use_private_key_file(options.private_key, tls::context::pem, error);
    if (error) return invalid("--tls-key " + options.private_key + ": " + error.message());
    if (options.old_tls) {
        // Level 0 is what lets OpenSSL speak so old a version at all.
        ::SSL_CTX_set_security_level(security.native_handle(), 0);
        ::SSL_CTX_set_min_proto_version(security.native_handle(), TLS1_VERSION);
        ::SSL_CTX_set_max_proto_version(security.native_handle(), TLS1_1_VERSION);
    } else {
        ::SSL_CTX_set_min_proto_version(security.native_handle(), TLS1_2_VERSION);
    }
    return {};
}

template <class Stream>
asio::awaitable<Sent> Server::Impl::serve_one(Stream& stream, RawRequest raw) {
    beast::get_lowest_layer(stream).expires_never();
    const auto exchange = simulator.receive(std::move(raw));
    co_await wait(exchange->misfortune.before);
    simulator.execute(*exchange);
    for (;;) {
        Outcome& outcome = exchange->outcome;
        if (!outcome.deliveries.empty()) co_await deliveries.make(std::move(outcome.deliveries));
        co_await wait(outcome.pause);
        if (!outcome.next) break;
        const auto next = std::move(outcome.next);
        exchange->outcome = next();
    }
    Reply reply = simulator.finish(*exchange);
    co_await wait(reply.delay);
    const Sent sent = co_await transmit(stream, reply);
    simulator.answered(*exchange, sent == Sent::Whole || sent == Sent::Ended);
    co_return sent;
}

template <class Stream>
asio::awaitable<void> Server::Impl::serve(Stream& stream) {
    auto& lowest = beast::get_lowest_layer(stream);
    error_code error;
    const auto peer = lowest.socket().remote_endpoint(error);
    const std::string client = error ? std::string{} : peer.address().to_string();
    const std::uint64_t connection = ++connections;
    beast::flat_buffer buffer;
    for (std::uint64_t number = 1;; ++number) {
        Parser parser;
        parser.body_limit(simulator.settings().body_limit);
        lowest.expires_after(simulator.settings().idle_timeout);
        co_await read_request(stream, buffer, parser, error);
        const bool too_large = error == wire::error::body_limit;
        if (error && !too_large) break;
        RawRequest raw = raw_request(parser);
        raw.client_address = client;
        raw.connection = connection;
        raw.on_connection = number;
        raw.too_large = too_large;
        const Sent sent = co_await serve_one(stream, std::move(raw));
        if (sent == Sent::Reset) co_return reset(lowest.socket());
        if (sent == Sent::Cut) co_return;
        if (sent != Sent::Whole || too_large) break;
    }
    co_await end_in_order(stream);
}

asio::awaitable<void> Server::Impl::greet(tcp::socket socket) {
    error_code error;
    socket.set_option(tcp::no_delay(true), error);
    if (options.certificate.empty()) {
        beast::tcp_stream stream(std::move(socket));
        co_return co_await serve(stream);
    }
    beast::ssl_stream<beast::tcp_stream> stream(beast::tcp_stream(std::move(socket)), security);
    beast::get_lowest_layer(stream).expires_after(kHandshakePatience);
    co_await stream.async_handshake(
        tls::stream_base::server, asio::redirect_error(asio::use_awaitable, error)
    );
    if (!error) co_await serve(stream);
}

asio::awaitable<void> Server::Impl::serve_admin(tcp::socket socket) {
    beast::tcp_stream stream(std::move(socket));
    beast::flat_buffer buffer;
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    for (;;) {
        Parser parser;
        parser.body_limit(kAdminBodyLimit);
        stream.expires_after(std::chrono::minutes(10));
        co_await wire::async_read(stream, buffer, parser, token);
        if (error) break;
        const RawRequest raw = raw_request(parser);
        AdminAnswer answer = admin.answer(raw.method, raw.target, raw.body);
        co_await deliveries.make(std::move(answer.deliveries));
        wire::response<wire::string_body> response(
            static_cast<wire::status>(answer.status), parser.get().version()
        );
        response.set(wire::field::content_type, "application/json; charset=utf-8");
        response.keep_alive(raw.keep_alive);
        response.body() = answer.body;
        response.prepare_payload();
        co_await wire::async_write(stream, response, token);
        if (error || !raw.keep_alive) break;
    }
    stream.socket().shutdown(tcp::socket::shutdown_send, error);
}

asio::awaitable<void> Server::Impl::accept_api() {
    for (;;) {
        error_code error;
        tcp::socket socket =
            co_await api.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (error == asio::error::operation_aborted) co_return;
        if (error)
            co_await wait(std::chrono::milliseconds(20)); // no descriptors: some will come free
        else
            asio::co_spawn(context, greet(std::move(socket)), asio::detached);
    }
}

asio::awaitable<void> Server::Impl::accept_admin() {
    for (;;) {
        error_code error;
        tcp::socket socket =
            co_await administration.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (error == asio::error::operation_aborted) co_return;
        if (error)
            co_await wait(std::chrono::milliseconds(20));
        else
            asio::co_spawn(context, serve_admin(std::move(socket)), asio::detached);
    }
}

Result<std::unique_ptr<Server>> Server::open(Simulator& simulator, ServerOptions options) {
    auto impl = std::make_unique<Impl>(simulator, std::move(options));
    if (auto secured = impl->secure(); !secured) return secured.error();
    if (auto up = impl->listen(impl->api, impl->options.port); !up) return up.error();
    if (auto up = impl->listen(impl->administration, impl->options.admin_port); !up)
        return up.error();
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}
Server::~Server() = default;

std::uint16_t Server::port() const {
    return impl_->api.local_endpoint().port();
}

std::uint16_t Server::admin_port() const {
    return impl_->administration.local_endpoint().port();
}

void Server::run() {
    impl_->signals.async_wait([this](error_code error, int) {
        if (!error) impl_->context.stop();
    });
    asio::co_spawn(impl_->context, impl_->accept_api(), asio::detached);
    asio::co_spawn(impl_->context, impl_->accept_admin(), asio::detached);
    impl_->context.run();
}

void Server::stop() {
    impl_->context.stop();
}

} // namespace calfleet::calcom_sim
