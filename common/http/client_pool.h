#pragma once
// The open connections of a client: how many there may be, who may use which, and when each must
// end.

#include "common/core/clock.h"
#include "common/http/client.h"
#include "common/http/client_transport.h"
#include "common/http/client_waiting.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <list>
#include <memory>
#include <optional>

namespace calfleet::http {

struct Connection {
    explicit Connection(boost::asio::ip::tcp::socket socket)
        : transport(std::move(socket)) {}

    enum class End { None, Deadline, TooSlow };

    Transport transport;
    Monotonic deadline{}; ///< when the pool's clock ends it
    End end{End::None};   ///< why it did
    bool answering{false};
    Monotonic window_began{}; ///< of the slowness guard, while answering
    std::size_t window_bytes{0};
};

class Pool;

/// The right to one connection of the pool, and the connection once there is one. Ends it with a
/// reset, unless keep() or finish() was called.
class Lease {
public:
    Lease(std::shared_ptr<Pool> pool, std::unique_ptr<Connection> connection);
    ~Lease();
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;

    /// A socket to connect; in place of the former one. Watched until the deadline.
    Connection& open(boost::asio::ip::tcp::socket socket, Monotonic deadline);
    Connection* connection() { return connection_.get(); }
    /// It came out of the pool and served before.
    bool reused() const { return reused_; }

    /// Gives the connection back for others.
    void keep();
    /// Closes it in order.
    void finish();

private:
    void watch();
    void unwatch();

    // Shared: a coroutine that is destroyed with its event loop may outlive the client.
    std::shared_ptr<Pool> pool_;
    std::unique_ptr<Connection> connection_;
    std::list<Connection*>::iterator watched_{};
    bool is_watched_{false};
    bool reused_{false};
};

/// One event loop. One timer looks at all connections every kTick, instead of two timers for each:
/// deadlines are kept up to one tick early. The timer rests while there is no connection.
class Pool : public std::enable_shared_from_this<Pool> {
public:
    static constexpr std::chrono::milliseconds kTick{20};

    Pool(boost::asio::any_io_executor executor, const ClientSettings& settings, const Clock& clock);

    /// An idle connection if may_reuse, else the right to open one; nothing when there was none
    /// until then.
    boost::asio::awaitable<std::optional<Lease>> acquire(bool may_reuse, Monotonic until);
    /// The context is going: every connection and timer is dropped.
    void abandon();

    ClientStatus status() const;
    std::size_t& resumed() { return resumed_; }

private:
    friend class Lease;
    /// Whoever leaves the line without room, cancelled say, may have been woken for some.
    struct NextInLine {
        Pool* pool;
        ~NextInLine() {
            if (pool != nullptr) pool->wake_next();
        }
    };
    std::optional<Lease> try_acquire(bool may_reuse);
    std::unique_ptr<Connection> take_idle();
    void give_back(std::unique_ptr<Connection> connection);
    void on_slot_free();
    void wake_next();
    void start_clock();
    void tick();
    void look_at(Connection& connection, Monotonic now) const;

    const ClientSettings settings_;
    const Clock& clock_;
    std::optional<boost::asio::steady_timer> timer_;
    bool ticking_{false};
    std::size_t leased_{0};
    std::size_t opened_{0};
    std::size_t resumed_{0};
    std::list<Connection*> watched_;
    std::deque<std::unique_ptr<Connection>> idle_; ///< the longest unused first
    WaitingLine waiting_;
};

} // namespace calfleet::http
