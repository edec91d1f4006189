#include "common/http/client_waiting.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace calfleet::http {

namespace asio = boost::asio;

WaitingLine::Place::Place(WaitingLine& line, asio::any_io_executor executor)
    : line_(line)
    , timer_(std::move(executor))
    , at_(line.places_.insert(line.places_.end(), this)) {}

WaitingLine::Place::~Place() {
    line_.places_.erase(at_);
}

void WaitingLine::Place::wake() {
    woken_ = true;
    timer_.cancel();
}

asio::awaitable<void> WaitingLine::Place::wait(Monotonic now, Monotonic until) {
    woken_ = false;
    timer_.expires_after(until - now);
    boost::system::error_code ended;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
    if (ended == asio::error::operation_aborted && !woken_)
        throw boost::system::system_error(ended);
}

void WaitingLine::wake_next() {
    const auto sleeping = std::ranges::find_if(places_, [](const Place* p) { return !p->woken_; });
    if (sleeping != places_.end()) (*sleeping)->wake();
}

void WaitingLine::wake_all() {
    for (Place* place : places_)
        place->wake();
}

} // namespace calfleet::http
