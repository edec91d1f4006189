#pragma once
// Which program takes which events: the one list, for subscriptions, topics and the command line.

#include <string>
#include <string_view>
#include <vector>

namespace calfleet::events {

struct Consumer {
    std::string_view worker;
    std::vector<std::string_view> topics;
};

/// Every worker of this release, in the order of their names; outbox-relay takes none.
const std::vector<Consumer>& consumers();

/// What that worker subscribes to; empty for one that takes no events or is not known.
std::vector<std::string> topics_of(std::string_view worker);

} // namespace calfleet::events
