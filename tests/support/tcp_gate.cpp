#include "tests/support/tcp_gate.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <list>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

#include "tests/support/tcp_socket.h"
#include "tests/support/wait.h"

namespace calfleet::test_support {

namespace {

using Clock = Pipe::Clock;

constexpr int kListenAttempts = 20;

struct ArmedCut {
    std::optional<std::uint64_t> bytes_left{}; ///< a cut by count; else by pattern
    std::string pattern{};
    TcpGate::Cut where{};
};

struct Connection {
    Socket client{};
    Socket server{};
    Pipe to_server{};
    Pipe to_client{};
    std::string tail{};      ///< the last bytes the client sent, shorter than the pattern
    bool client_ended{};     ///< the client has nothing more to say
    bool server_ended{};     ///< the server has nothing more to say
    bool answer_discarded{}; ///< cut After: the server finishes in peace, nobody hears it
    bool half_closed{};      ///< the end of the client was passed on to the server
    bool over{};
};

/// Not a port from the kernel's range, where a client could take it while the gate refuses.
Socket listen_anywhere() {
    for (int attempt = 1;; ++attempt) {
        try {
            return listen_on(free_port());
        } catch (const std::system_error&) {
            if (attempt == kListenAttempts) throw;
        }
    }
}

void end_sending(const Socket& socket) {
    ::shutdown(socket.fd(), SHUT_WR);
}

} // namespace

/// The thread and all state. One mutex guards everything and is not held while polling; the
/// commands wake the poll through a pipe.
class TcpGate::Loop {
public:
    Loop(std::string host, std::uint16_t port)
        : host_(std::move(host))
        , server_port_(port)
        , listener_(listen_anywhere())
        , port_(port_of(listener_)) {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
            throw std::system_error(errno, std::generic_category(), "pipe2");
        wake_read_ = Socket(ends[0]);
        wake_write_ = Socket(ends[1]);
        thread_ = std::thread([this] { serve(); });
    }
    ~Loop() {
        command([this] { stopping_ = true; });
        thread_.join();
    }

    /// Runs a change of state under the mutex and makes the loop look at it.
    template <class Change>
    void command(Change change) {
        {
            const std::lock_guard lock(mutex_);
            change();
        }
        const char byte = 0;
        (void)!::write(wake_write_.fd(), &byte, 1); // full: it will wake up anyway
    }

    void set(Mode mode) {
        command([&] {
            if (mode == Mode::Refuse)
                listener_.stop_listening();
            else if (!listener_.open())
                listener_ = listen_on(port_);
            mode_ = mode;
        });
    }
    void cut_all() {
        for (auto& connection : connections_)
            cut(connection);
        drop_finished();
    }
    void delay(std::chrono::milliseconds each_way) { delay_ = each_way; }
    void arm(std::optional<ArmedCut> armed, std::optional<std::uint64_t> answer_bytes = {}) {
        armed_ = std::move(armed);
        answer_bytes_left_ = answer_bytes;
        for (auto& connection : connections_)
            connection.tail.clear();
    }

    std::uint16_t port() const { return port_; }
    int connections() const {
        const std::lock_guard lock(mutex_);
        return static_cast<int>(connections_.size());
    }
    int cuts() const {
        const std::lock_guard lock(mutex_);
        return cuts_;
    }
    std::uint64_t bytes_to_server() const {
        const std::lock_guard lock(mutex_);
        return bytes_to_server_;
    }
    std::uint64_t bytes_to_clients() const {
        const std::lock_guard lock(mutex_);
        return bytes_to_clients_;
    }

private:
    void serve();
    std::vector<pollfd> interests() const;
    int poll_timeout() const;
    void accept_all();
    void move_bytes(Connection& connection);
    void read_client(Connection& connection);
    void read_server(Connection& connection);
    void take_from_client(Connection& connection, std::string bytes);
    bool completes_pattern(Connection& connection, const std::string& bytes) const;
    void finish(Connection& connection);
    void fired() {
        armed_.reset();
        ++cuts_;
    }
    static void cut(Connection& connection) {
        connection.client.reset();
        connection.server.reset();
        connection.over = true;
    }
    void drop_finished() {
        connections_.remove_if([](const Connection& connection) { return connection.over; });
    }

    const std::string host_;
    const std::uint16_t server_port_;
    mutable std::mutex mutex_{};
    Socket listener_;
    const std::uint16_t port_;
    Socket wake_read_{};
    Socket wake_write_{};
    std::list<Connection> connections_{};
    Mode mode_{Mode::Pass};
    std::chrono::milliseconds delay_{0};
    std::optional<ArmedCut> armed_{};
    int cuts_{0};
    std::optional<std::uint64_t> answer_bytes_left_{};
    std::uint64_t bytes_to_server_{0};
    std::uint64_t bytes_to_clients_{0};
    bool stopping_{false};
    std::thread thread_{};
};

void TcpGate::Loop::serve() {
    for (;;) {
        std::vector<pollfd> waiting;
        int timeout = -1;
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) return;
            waiting = interests();
            timeout = poll_timeout();
        }
        ::poll(waiting.data(), waiting.size(), timeout);
        const std::lock_guard lock(mutex_);
        std::array<char, 64> drained;
        while (::read(wake_read_.fd(), drained.data(), drained.size()) > 0) {
        }
        if (stopping_) return;
        if (mode_ == Mode::BlackHole) continue;
        // A socket that has nothing says so at once, so each is simply tried: which of them poll
        // meant is not worth the bookkeeping.
        if (listener_.open()) accept_all();
        for (auto& connection : connections_)
            move_bytes(connection);
        drop_finished();
    }
}

std::vector<pollfd> TcpGate::Loop::interests() const {
    std::vector<pollfd> list{{.fd = wake_read_.fd(), .events = POLLIN, .revents = 0}};
    if (mode_ == Mode::BlackHole) return list;
    if (listener_.open()) list.push_back({.fd = listener_.fd(), .events = POLLIN, .revents = 0});
    const auto now = Clock::now();
    const auto add = [&](const Socket& socket, bool reads, bool writes) {
        const auto events = static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
        if (socket.open() && events != 0)
            list.push_back({.fd = socket.fd(), .events = events, .revents = 0});
    };
    for (const auto& connection : connections_) {
        add(connection.client,
            !connection.client_ended && !connection.to_server.full(),
            connection.to_client.due(now));
        add(connection.server,
            !connection.server_ended && !connection.to_client.full(),
            connection.to_server.due(now));
    }
    return list;
}

/// Until the first delayed chunk is due; for ever when there is none.
int TcpGate::Loop::poll_timeout() const {
    if (mode_ == Mode::BlackHole) return -1;
    const auto now = Clock::now();
    std::optional<Clock::time_point> first;
    for (const auto& connection : connections_)
        for (const Pipe* pipe : {&connection.to_server, &connection.to_client})
            if (!pipe->empty() && !pipe->due(now) && (!first || pipe->next() < *first))
                first = pipe->next();
    if (!first) return -1;
    return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(*first - now).count());
}

void TcpGate::Loop::accept_all() {
    for (Socket client = accept_from(listener_); client.open(); client = accept_from(listener_)) {
        Connection& connection = connections_.emplace_back();
        connection.client = std::move(client);
        connection.server = connect_to(host_, server_port_);
        if (!connection.server.open()) cut(connection);
    }
}

void TcpGate::Loop::move_bytes(Connection& connection) {
    read_client(connection);
    if (connection.over) return;
    read_server(connection);
    if (connection.over) return;
    const auto now = Clock::now();
    const bool server_gone =
        connection.to_server.write(connection.server, now) == Pipe::Result::Broken;
    const bool client_gone =
        connection.client.open() &&
        connection.to_client.write(connection.client, now) == Pipe::Result::Broken;
    if (server_gone || client_gone) return cut(connection);
    finish(connection);
}

void TcpGate::Loop::read_client(Connection& connection) {
    if (connection.client_ended || connection.to_server.full()) return;
    std::string bytes;
    const auto result = Pipe::read(connection.client, bytes);
    if (result == Pipe::Result::Broken) return cut(connection);
    if (result == Pipe::Result::Ended) connection.client_ended = true;
    if (!bytes.empty()) take_from_client(connection, std::move(bytes));
}

void TcpGate::Loop::read_server(Connection& connection) {
    if (connection.server_ended || connection.to_client.full()) return;
    std::string bytes;
    const auto result = Pipe::read(connection.server, bytes);
    if (result == Pipe::Result::Broken) return cut(connection);
    if (result == Pipe::Result::Ended) connection.server_ended = true;
    if (answer_bytes_left_ && bytes.size() >= *answer_bytes_left_) {
        bytes.resize(*answer_bytes_left_);
        connection.server_ended = true; // finish() passes it on behind the last byte
        answer_bytes_left_.reset();
        ++cuts_;
    } else if (answer_bytes_left_) {
        *answer_bytes_left_ -= bytes.size();
    }
    bytes_to_clients_ += bytes.size();
    if (!bytes.empty() && !connection.answer_discarded)
        connection.to_client.push(std::move(bytes), Clock::now() + delay_);
}

bool TcpGate::Loop::completes_pattern(Connection& connection, const std::string& bytes) const {
    const std::string& pattern = armed_->pattern;
    const std::string seen = connection.tail + bytes;
    const std::size_t kept = std::min(seen.size(), pattern.size() - 1);
    connection.tail = seen.substr(seen.size() - kept);
    return seen.find(pattern) != std::string::npos;
}

void TcpGate::Loop::take_from_client(Connection& connection, std::string bytes) {
    const bool by_count = armed_ && armed_->bytes_left;
    const bool hit = by_count ? bytes.size() >= *armed_->bytes_left
                     : armed_ ? completes_pattern(connection, bytes)
                              : false;
    if (hit && !by_count && armed_->where == Cut::Before) {
        fired();
        return cut(connection);
    }
    if (hit && by_count)
        bytes.resize(*armed_->bytes_left);
    else if (by_count)
        *armed_->bytes_left -= bytes.size();
    bytes_to_server_ += bytes.size();
    connection.to_server.push(std::move(bytes), Clock::now() + delay_);
    if (!hit) return;
    // The server must get every byte, and a reset may overtake them: so only the client is reset,
    // and the server is told in order that nothing more will come.
    fired();
    connection.client.reset();
    connection.client_ended = true;
    connection.answer_discarded = true;
    connection.to_client = {};
}

/// Passes an end on once everything before it has been passed on.
void TcpGate::Loop::finish(Connection& connection) {
    if (connection.client_ended && connection.to_server.empty() && !connection.half_closed) {
        end_sending(connection.server);
        connection.half_closed = true;
    }
    const bool answered = connection.server_ended && connection.to_client.empty();
    if (answered && connection.client.open()) end_sending(connection.client);
    if (answered) connection.over = true;
}

TcpGate::TcpGate(const std::string& host, std::uint16_t port)
    : loop_(std::make_unique<Loop>(host, port)) {}
TcpGate::~TcpGate() = default;

std::uint16_t TcpGate::port() const {
    return loop_->port();
}
std::string TcpGate::address() const {
    return "127.0.0.1:" + std::to_string(port());
}
void TcpGate::set(Mode mode) {
    loop_->set(mode);
}
void TcpGate::cut_all() {
    loop_->command([this] { loop_->cut_all(); });
}
void TcpGate::delay(std::chrono::milliseconds each_way) {
    loop_->command([&] { loop_->delay(each_way); });
}
void TcpGate::cut_after_bytes(std::uint64_t n) {
    loop_->command([&] { loop_->arm(ArmedCut{.bytes_left = n}); });
}
void TcpGate::end_answers_after_bytes(std::uint64_t n) {
    loop_->command([&] { loop_->arm(std::nullopt, n); });
}
void TcpGate::cut_on_pattern(std::string bytes, Cut where) {
    if (bytes.empty()) throw std::invalid_argument("cut_on_pattern needs a pattern");
    loop_->command([&] { loop_->arm(ArmedCut{.pattern = std::move(bytes), .where = where}); });
}
void TcpGate::disarm() {
    loop_->command([this] { loop_->arm(std::nullopt); });
}
int TcpGate::connections() const {
    return loop_->connections();
}
int TcpGate::cuts() const {
    return loop_->cuts();
}
std::uint64_t TcpGate::bytes_to_server() const {
    return loop_->bytes_to_server();
}
std::uint64_t TcpGate::bytes_to_clients() const {
    return loop_->bytes_to_clients();
}

} // namespace calfleet::test_support
