#pragma once
// Coroutines of one event loop that wait for the same thing, in order of arrival.

#include "common/core/clock.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>

namespace calfleet::http {

class WaitingLine {
public:
    /// A place in the line, given up when it goes, however its coroutine ends.
    class Place {
    public:
        Place(WaitingLine& line, boost::asio::any_io_executor executor);
        ~Place();
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

        /// Until woken or until the time; which of them is for the caller to find out. Throws
        /// operation_aborted when the coroutine is cancelled.
        boost::asio::awaitable<void> wait(Monotonic now, Monotonic until);

    private:
        friend class WaitingLine;
        void wake();

        WaitingLine& line_;
        boost::asio::steady_timer timer_;
        bool woken_{false};
        std::list<Place*>::iterator at_;
    };

    bool empty() const { return places_.empty(); }
    std::size_t size() const { return places_.size(); }
    /// The first that is not awake yet: as many calls wake as many.
    void wake_next();
    void wake_all();

private:
    std::list<Place*> places_;
};

} // namespace calfleet::http
