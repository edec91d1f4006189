#pragma once
// Sends the simulator's own requests, the webhooks.

#include <boost/asio/awaitable.hpp>

#include <deque>
#include <string>

#include "tests/calcom-sim/message.h"

namespace calfleet::calcom_sim {

/// What became of one delivery.
struct Delivery {
    std::string name{};
    std::string url{};
    int status{}; ///< of the receiver's answer; 0: none
    std::string error{};
};

/// One attempt each, no redirects, plain HTTP only. One thread.
class Deliveries {
public:
    /// In order, one after the other; done when the last is answered, refused or given up. Those
    /// with `after` are left to run in the background.
    boost::asio::awaitable<void> make(std::vector<Outbound> outbounds);
    /// The last thousand.
    const std::deque<Delivery>& made() const { return made_; }
    void forget() { made_.clear(); }

private:
    boost::asio::awaitable<void> one(Outbound outbound);
    std::deque<Delivery> made_{};
};

} // namespace calfleet::calcom_sim
