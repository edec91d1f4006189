#include "common/http/client_pool.h"

#include <utility>

namespace calfleet::http {

namespace asio = boost::asio;

Lease::Lease(std::shared_ptr<Pool> pool, std::unique_ptr<Connection> connection)
    : pool_(std::move(pool))
    , connection_(std::move(connection))
    , reused_(connection_ != nullptr) {
    if (connection_) watch();
}

Lease::~Lease() {
    if (!pool_) return; // moved from
    unwatch();
    connection_.reset();
    pool_->on_slot_free();
}

Connection& Lease::open(asio::ip::tcp::socket socket, Monotonic deadline) {
    unwatch();
    connection_ = std::make_unique<Connection>(std::move(socket));
    connection_->deadline = deadline;
    watch();
    return *connection_;
}

void Lease::watch() {
    watched_ = pool_->watched_.insert(pool_->watched_.end(), connection_.get());
    is_watched_ = true;
    pool_->start_clock();
}

void Lease::unwatch() {
    if (std::exchange(is_watched_, false)) pool_->watched_.erase(watched_);
}

void Lease::keep() {
    unwatch();
    pool_->give_back(std::move(connection_));
}

void Lease::finish() {
    unwatch();
    connection_->transport.finish();
    connection_.reset();
}

Pool::Pool(asio::any_io_executor executor, const ClientSettings& settings, const Clock& clock)
    : settings_(settings)
    , clock_(clock)
    , timer_(std::in_place, std::move(executor)) {}

void Pool::abandon() {
    timer_.reset();
    idle_.clear();
}

ClientStatus Pool::status() const {
    return {
        .calls = leased_ + waiting_.size(),
        .waiting = waiting_.size(),
        .idle = idle_.size(),
        .opened = opened_,
        .resumed = resumed_};
}

asio::awaitable<std::optional<Lease>> Pool::acquire(bool may_reuse, Monotonic until) {
    if (waiting_.empty()) {
        if (auto lease = try_acquire(may_reuse)) co_return lease;
    }
    NextInLine next{this};
    WaitingLine::Place place(waiting_, co_await asio::this_coro::executor);
    for (;;) {
        const Monotonic now = clock_.monotonic();
        if (now >= until) co_return std::nullopt;
        co_await place.wait(now, until);
        if (auto lease = try_acquire(may_reuse)) {
            next.pool = nullptr;
            co_return lease;
        }
    }
}

std::optional<Lease> Pool::try_acquire(bool may_reuse) {
    std::unique_ptr<Connection> connection;
    if (may_reuse) connection = take_idle();
    if (!connection && leased_ + idle_.size() >= settings_.max_connections) {
        if (idle_.empty()) return std::nullopt;
        idle_.front()->transport.finish();
        idle_.pop_front();
    }
    if (!connection) ++opened_;
    ++leased_;
    return Lease(shared_from_this(), std::move(connection));
}

std::unique_ptr<Connection> Pool::take_idle() {
    while (!idle_.empty()) {
        // The latest first: the least likely to be closed by the server, and the others may go.
        std::unique_ptr<Connection> connection = std::move(idle_.back());
        idle_.pop_back();
        if (connection->deadline > clock_.monotonic() && connection->transport.quiet())
            return connection;
        connection->transport.finish();
    }
    return nullptr;
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
    if (!timer_ || idle_.size() >= settings_.max_idle) return connection->transport.finish();
    connection->deadline = clock_.monotonic() + settings_.idle_timeout;
    connection->answering = false;
    idle_.push_back(std::move(connection));
}

void Pool::on_slot_free() {
    --leased_;
    wake_next();
}

void Pool::wake_next() {
    if (timer_) waiting_.wake_next();
}

void Pool::start_clock() {
    if (ticking_ || !timer_) return;
    ticking_ = true;
    timer_->expires_after(kTick);
    timer_->async_wait([weak = weak_from_this()](boost::system::error_code error) {
        const auto self = weak.lock();
        if (!self) return;
        self->ticking_ = false;
        if (!error) self->tick();
    });
}

void Pool::tick() {
    const Monotonic now = clock_.monotonic();
    for (Connection* connection : watched_)
        look_at(*connection, now);
    while (!idle_.empty() && idle_.front()->deadline <= now) {
        idle_.front()->transport.finish();
        idle_.pop_front();
    }
    if (!watched_.empty() || !idle_.empty()) start_clock();
}

void Pool::look_at(Connection& connection, Monotonic now) const {
    if (connection.end != Connection::End::None) return;
    if (connection.deadline - now <= kTick) {
        connection.end = Connection::End::Deadline;
    } else if (connection.answering && now - connection.window_began >= settings_.low_speed_window) {
        if (connection.window_bytes < settings_.low_speed_bytes)
            connection.end = Connection::End::TooSlow;
        connection.window_began = now;
        connection.window_bytes = 0;
    }
    // Whoever waits on it is told by the failure of that wait.
    if (connection.end != Connection::End::None) connection.transport.abort();
}

} // namespace calfleet::http
