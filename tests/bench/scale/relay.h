#pragma once
// Reads of the relay beside rows of a missing topic, and beside dead rows under an old snapshot.

#include "workers/outbox-relay/store.h"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "tests/bench/scale/masses.h"

namespace calfleet::bench {

class Relay {
public:
    explicit Relay(const Masses& masses)
        : masses_(masses) {}

    std::vector<Figure> run() { return {beside_a_blocked_topic(), beside_dead_rows()}; }

private:
    using Preparation = std::function<void(outbox_relay::Cursors&)>;

    Figure
    reads(const std::string& what, const std::function<void()>& fill, const Preparation& prepare);
    Figure beside_a_blocked_topic();
    Figure beside_dead_rows();

    void publish(outbox_relay::Store& store, outbox_relay::Cursors& cursors) const;
    std::size_t read(outbox_relay::Store& store, outbox_relay::Cursors& cursors) const;
    void read_all(
        outbox_relay::Store& store, outbox_relay::Cursors& cursors, const Preparation& prepare
    ) const;

    const Masses& masses_;
    std::vector<outbox_relay::HeldShard> held_{};
};

} // namespace calfleet::bench
