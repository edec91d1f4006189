#include "common/http/server.h"

#include "common/core/redaction.h"
#include "common/log/log.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <pthread.h>

#include <csignal>
#include <map>
#include <set>
#include <thread>
#include <tuple>
#include <vector>

namespace calfleet::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kPauseAfterAcceptError{100};

using Reply = wire::response<wire::string_body>;
using Parser = wire::request_parser<wire::empty_body>;

class Connection;

// What connections share; used by the server's thread only.
struct Shared {
    ServerSettings settings;
    Routes routes;
    std::set<Connection*> open;
    std::uint64_t turns{0}; // begun waits and answers of all connections: tells which is older
};

Request request_from(const wire::request<wire::empty_body>& message) {
    const std::string target(message.target().data(), message.target().size());
    const auto question = target.find('?');
    return {
        .method = std::string(message.method_string().data(), message.method_string().size()),
        .path = target.substr(0, question),
        .query = question == std::string::npos ? "" : target.substr(question + 1)};
}

Response answer(const Routes& routes, const Request& request) {
    if (request.method != "GET" && request.method != "HEAD")
        return {.status = 405, .body = "GET and HEAD only\n"};
    const auto route = routes.find(request.path);
    if (route == routes.end()) return {.status = 404, .body = "no such path\n"};
    try {
        return route->second(request);
    } catch (const std::exception& failure) {
        log::error("http.handler_failed", {{"path", route->first}, {"error", failure.what()}});
        return {.status = 500, .body = "internal error\n"};
    }
}

// One client. Reads a request, answers it, and starts again; kept alive by its pending operation.
class Connection final : public std::enable_shared_from_this<Connection> {
public:
    Connection(tcp::socket socket, asio::ip::address address, Shared& shared)
        : stream_(std::move(socket))
        , address_(std::move(address))
        , shared_(shared) {
        shared_.open.insert(this);
    }
    ~Connection() { shared_.open.erase(this); }

    const asio::ip::address& address() const { return address_; }
    bool waits() const { return waits_; }
    /// Less than another's: has been waiting, or has been answered, for longer.
    std::uint64_t turn() const { return turn_; }

    void read(std::chrono::milliseconds patience) {
        begin_turn(Turn::Wait);
        parser_.emplace();
        parser_->header_limit(static_cast<std::uint32_t>(shared_.settings.max_header_bytes));
        parser_->body_limit(std::uint64_t{0});
        stream_.expires_after(patience);
        wire::async_read(
            stream_,
            buffer_,
            *parser_,
            [self = shared_from_this()](error_code error, std::size_t) { self->on_read(error); }
        );
    }

    /// Counts no more from now on, whenever what is pending ends.
    void close() {
        shared_.open.erase(this);
        error_code ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
        stream_.socket().close(ignored);
    }

private:
    enum class Turn { Wait, Answer };
    void begin_turn(Turn kind) {
        waits_ = kind == Turn::Wait;
        turn_ = shared_.turns++;
    }

    void on_read(error_code error) {
        if (!error) return respond(answer(shared_.routes, request_from(parser_->get())));
        keep_alive_ = false;
        if (error == asio::error::operation_aborted) return close();
        if (error == wire::error::body_limit) return refuse(413, "no request body, please\n");
        if (error == wire::error::header_limit) return refuse(431, "request header too large\n");
        if (error == wire::error::end_of_stream || error == beast::error::timeout) return close();
        if (error.category() == wire::make_error_code(wire::error::bad_target).category())
            return refuse(400, "not an HTTP request\n");
        close();
    }

    void refuse(int status, std::string body) {
        send({.status = status, .body = std::move(body)}, 11, false);
    }

    void respond(Response response) {
        const auto& request = parser_->get();
        ++requests_;
        keep_alive_ =
            request.keep_alive() && requests_ < shared_.settings.max_requests_per_connection;
        send(std::move(response), request.version(), request.method() == wire::verb::head);
    }

    void send(Response response, unsigned version, bool head) {
        begin_turn(Turn::Answer);
        reply_.emplace(static_cast<wire::status>(response.status), version);
        reply_->set(wire::field::content_type, response.content_type);
        reply_->set(wire::field::cache_control, "no-store");
        if (response.status == 405) reply_->set(wire::field::allow, "GET, HEAD");
        reply_->keep_alive(keep_alive_);
        // HEAD tells the length that GET would have had.
        reply_->content_length(response.body.size());
        if (!head) reply_->body() = std::move(response.body);
        stream_.expires_after(shared_.settings.write_deadline);
        serializer_.emplace(*reply_);
        auto done = [self = shared_from_this()](error_code error, std::size_t) {
            self->on_written(error);
        };
        if (head)
            wire::async_write_header(stream_, *serializer_, std::move(done));
        else
            wire::async_write(stream_, *serializer_, std::move(done));
    }

    void on_written(error_code error) {
        if (error || !keep_alive_) return close();
        read(shared_.settings.idle_deadline);
    }

    beast::tcp_stream stream_;
    asio::ip::address address_;
    Shared& shared_;
    bool waits_{true};
    std::uint64_t turn_{0};
    beast::flat_buffer buffer_{65536};
    std::optional<Parser> parser_;
    std::optional<Reply> reply_;
    std::optional<wire::response_serializer<wire::string_body>> serializer_;
    int requests_{0};
    bool keep_alive_{true};
};

// Who gives way to the next connection: those that wait go before those that are being answered, of
// them those of the address that has the most, of them the oldest. Nothing for an empty crowd.
Connection* who_gives_way(const std::vector<Connection*>& crowd) {
    std::map<asio::ip::address, std::size_t> waiting;
    std::map<asio::ip::address, std::size_t> answered;
    for (const Connection* one : crowd)
        ++(one->waits() ? waiting : answered)[one->address()];
    const auto rank = [&](const Connection* one) {
        const auto& counts = one->waits() ? waiting : answered;
        return std::tuple(!one->waits(), -std::ptrdiff_t(counts.at(one->address())), one->turn());
    };
    const auto first = std::min_element(crowd.begin(), crowd.end(), [&](auto* a, auto* b) {
        return rank(a) < rank(b);
    });
    return first == crowd.end() ? nullptr : *first;
}

// Signals belong to main.
void block_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

} // namespace

struct Server::Impl {
    // Order matters: connections, held by the context's handlers, leave shared.open as they go.
    Shared shared;
    asio::io_context context{1};
    tcp::acceptor acceptor{context};
    asio::steady_timer pause{context};
    std::uint16_t port{0};
    std::thread thread;

    Result<> listen() {
        error_code error;
        const auto address = asio::ip::make_address(shared.settings.address, error);
        if (error)
            return invalid(
                "cannot listen on '" + without_keys(shared.settings.address).text +
                "': not an IP address; 0.0.0.0 means all of this machine's"
            );
        const tcp::endpoint endpoint(address, shared.settings.port);
        const auto failed = [&] {
            return unavailable(
                "cannot listen on " + shared.settings.address + " port " +
                std::to_string(shared.settings.port) + ": " + error.message() +
                "; choose another port or end the other program"
            );
        };
        if (acceptor.open(endpoint.protocol(), error)) return failed();
        if (acceptor.set_option(asio::socket_base::reuse_address(true), error)) return failed();
        if (acceptor.bind(endpoint, error)) return failed();
        if (acceptor.listen(asio::socket_base::max_listen_connections, error)) return failed();
        port = acceptor.local_endpoint().port();
        return {};
    }

    void accept() {
        acceptor.async_accept([this](error_code error, tcp::socket socket) {
            if (error == asio::error::operation_aborted || !acceptor.is_open()) return;
            if (error) return accept_later();
            admit(std::move(socket));
            accept();
        });
    }

    void admit(tcp::socket socket) {
        error_code error;
        const auto address = socket.remote_endpoint(error).address();
        if (error) return; // gone already
        std::vector<Connection*> neighbours;
        for (Connection* one : shared.open)
            if (one->address() == address) neighbours.push_back(one);
        if (neighbours.size() >= shared.settings.max_connections_per_address)
            who_gives_way(neighbours)->close();
        if (shared.open.size() >= shared.settings.max_connections)
            who_gives_way({shared.open.begin(), shared.open.end()})->close();
        std::make_shared<Connection>(std::move(socket), address, shared)
            ->read(shared.settings.header_deadline);
    }

    // Out of descriptors, most likely: asking again at once would spin.
    void accept_later() {
        pause.expires_after(kPauseAfterAcceptError);
        pause.async_wait([this](error_code error) {
            if (!error) accept();
        });
    }

    void close_all() {
        error_code ignored;
        acceptor.close(ignored);
        pause.cancel();
        while (!shared.open.empty())
            (*shared.open.begin())->close();
    }
};

Server::Server(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

Server::~Server() {
    stop();
}

Result<std::unique_ptr<Server>> Server::start(ServerSettings settings, Routes routes) {
    auto impl = std::make_unique<Impl>();
    impl->shared.settings = std::move(settings);
    impl->shared.routes = std::move(routes);
    if (const Result<> listening = impl->listen(); !listening) return listening.error();
    impl->accept();
    impl->thread = std::thread([target = impl.get()] {
        block_signals();
        target->context.run();
    });
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::uint16_t Server::port() const {
    return impl_->port;
}

void Server::stop() {
    if (!impl_->thread.joinable()) return;
    asio::post(impl_->context, [target = impl_.get()] { target->close_all(); });
    impl_->thread.join();
}

} // namespace calfleet::http
