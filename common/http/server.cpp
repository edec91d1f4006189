#include "common/http/server.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <atomic>
#include <chrono>
#include <thread>

namespace calfleet::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using tcp = asio::ip::tcp;

constexpr std::size_t kLargestRequest = 8 * 1024;
constexpr std::chrono::seconds kDeadline{5};

using Routes = std::map<std::string, Route>;

/// One connection, one request, one answer. Keeps itself alive while an operation is pending (why
/// it is a shared_ptr).
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(tcp::socket socket, const Routes& routes, std::atomic<int>& open)
        : stream_(std::move(socket))
        , routes_(routes)
        , open_(open)
        , buffer_(kLargestRequest) {
        ++open_;
    }
    ~Connection() { --open_; }

    void start() {
        stream_.expires_after(kDeadline);
        parser_.header_limit(kLargestRequest);
        parser_.body_limit(0);
        bhttp::async_read_header(
            stream_,
            buffer_,
            parser_,
            [self = shared_from_this()](beast::error_code error, std::size_t) {
                if (!error) self->answer();
            }
        );
    }

private:
    void answer() {
        const auto& request = parser_.get();
        Response response = respond(
            request.method(), std::string(request.target().data(), request.target().size())
        );
        answer_.result(static_cast<unsigned>(response.status));
        answer_.set(bhttp::field::content_type, response.content_type);
        answer_.set(bhttp::field::cache_control, "no-store");
        answer_.keep_alive(false);
        answer_.content_length(response.body.size());
        if (request.method() != bhttp::verb::head) answer_.body() = std::move(response.body);
        stream_.expires_after(kDeadline);
        bhttp::async_write(
            stream_,
            answer_,
            [self = shared_from_this()](beast::error_code, std::size_t) {
                beast::error_code ignored;
                self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
            }
        );
    }

    Response respond(bhttp::verb method, std::string target) const {
        if (method != bhttp::verb::get && method != bhttp::verb::head)
            return {405, "text/plain", "only GET\n"};
        target.resize(std::min(target.find('?'), target.size()));
        const auto route = routes_.find(target);
        if (route == routes_.end()) return {404, "text/plain", "not found\n"};
        return route->second();
    }

    beast::tcp_stream stream_;
    const Routes& routes_;
    std::atomic<int>& open_;
    beast::flat_buffer buffer_;
    bhttp::request_parser<bhttp::empty_body> parser_;
    bhttp::response<bhttp::string_body> answer_;
};

} // namespace

struct Server::Impl {
    ServerSettings settings;
    Routes routes;
    asio::io_context context{1};
    tcp::acceptor acceptor{context};
    std::atomic<int> open{0};
    std::thread thread;

    void accept() {
        acceptor.async_accept([this](beast::error_code error, tcp::socket socket) {
            if (error == asio::error::operation_aborted) return;
            if (!error && open.load() < settings.max_connections)
                std::make_shared<Connection>(std::move(socket), routes, open)->start();
            accept();
        });
    }
};

Result<std::unique_ptr<Server>>
Server::create(ServerSettings settings, std::map<std::string, Route> routes) {
    auto impl = std::make_unique<Impl>();
    impl->settings = std::move(settings);
    impl->routes = std::move(routes);
    const std::string where = impl->settings.address + ":" + std::to_string(impl->settings.port);
    beast::error_code error;
    const auto address = asio::ip::make_address(impl->settings.address, error);
    if (error) return invalid("'" + impl->settings.address + "' is no address to listen on");
    const tcp::endpoint endpoint{address, impl->settings.port};
    impl->acceptor.open(endpoint.protocol(), error);
    if (!error) impl->acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) impl->acceptor.bind(endpoint, error);
    if (!error) impl->acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return unavailable("cannot listen on " + where + ": " + error.message());
    impl->accept();
    impl->thread = std::thread([context = &impl->context] { context->run(); });
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

Server::~Server() {
    impl_->context.stop();
    if (impl_->thread.joinable()) impl_->thread.join();
}

std::uint16_t Server::port() const {
    beast::error_code error;
    return impl_->acceptor.local_endpoint(error).port();
}

} // namespace calfleet::http
