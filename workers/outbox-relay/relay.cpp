#include "workers/outbox-relay/relay.h"

#include "common/core/crash_point.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace calfleet::outbox_relay {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr int kIdleGrowth = 10; // idle pause: up to this many times the busy one
constexpr seconds kTroublePause{1};
constexpr seconds kOldestEvery{15};
constexpr seconds kSlowDelivery{10}; // a batch older than this makes the relay not ready

} // namespace

Result<> Relay::run(const StopSignal& stop) {
    while (!stop.requested()) {
        tick();
        const Result<Round> done = round(stop);
        if (!done) return done.error();
        const milliseconds pause = pause_after(*done);
        if (pause.count() > 0) stop.wait_for(pause);
    }
    if (unsettled_) settle();
    if (const Result<> left = store_.leave(owner_); !left) trouble("database", left.error());
    return {};
}

Result<Relay::Round> Relay::round(const StopSignal& stop) {
    if (unsettled_ && settle() == Round::Trouble) return Round::Trouble;
    if (clock_.monotonic() >= leases_due_ && !keep_leases(Sharing::Give)) return Round::Trouble;
    if (held_.empty()) return Round::Nothing;
    note_oldest();
    const std::vector<std::string> blocked = publisher_.blocked();
    set_status([&](RelayStatus& status) { status.blocked_topics = blocked; });
    auto rows = store_.read(held_, blocked, {.rows_per_shard = options_.rows_per_shard});
    if (!rows) {
        trouble("database", rows.error());
        return Round::Trouble;
    }
    set_status([&](RelayStatus& status) {
        status.not_ready.clear();
        status.in_flight = rows->size();
    });
    if (rows->empty()) return Round::Nothing;
    return publish(std::move(*rows), stop);
}

Result<Relay::Round> Relay::publish(std::vector<Row> rows, const StopSignal& stop) {
    batch_began_ = clock_.monotonic();
    slow_told_ = false;
    if (const Result<> asked = publisher_.look_up(rows); !asked) {
        if (asked.error().kind == ErrorKind::Invalid) return asked.error();
        trouble("kafka", asked.error());
        return Round::Trouble;
    }
    // The shards as they were read: a lease that moves during the delivery must not lend its epoch
    // to these rows.
    std::vector<HeldShard> shards = held_;
    auto reports = publisher_.deliver(rows, [&] { return keep_waiting(stop); });
    if (!reports) return reports.error();
    Settlement settlement = outbox_relay::settle(rows, *reports);
    const bool full = rows.size() >= static_cast<std::size_t>(options_.rows_per_shard);
    const bool stuck = settlement.gone.empty();
    unsettled_ =
        Unsettled{std::move(shards), std::move(rows), std::move(*reports), std::move(settlement)};
    if (settle() == Round::Trouble) return Round::Trouble;
    if (stuck) return Round::Nothing;
    return full ? Round::Full : Round::Some;
}

Relay::Round Relay::settle() {
    const Unsettled& work = *unsettled_;
    if (!work.settlement.gone.empty()) {
        const auto deleted =
            store_.settle(work.shards, work.rows, work.reports, work.settlement, clock_.now());
        if (!deleted) {
            trouble("database", deleted.error());
            return Round::Trouble;
        }
    }
    observer_.on_settled(work.rows, work.reports, work.settlement);
    unsettled_.reset();
    set_status([](RelayStatus& status) {
        status.not_ready.clear();
        status.in_flight = 0;
    });
    return Round::Some;
}

bool Relay::keep_leases(Sharing sharing) {
    auto held = store_.keep_leases(owner_, options_.lease, sharing);
    if (!held) {
        trouble("database", held.error());
        return false;
    }
    // A third of the lease leaves two more tries. Without shards, others may be about to release
    // some.
    leases_due_ = clock_.monotonic() + (held->empty() ? milliseconds(1000) : options_.lease / 3);
    if (*held != held_) observer_.on_shards(*held);
    held_ = std::move(*held);
    set_status([&](RelayStatus& status) {
        if (sharing == Sharing::Give) status.not_ready.clear();
        status.shards.clear();
        for (const HeldShard& each : held_)
            status.shards.push_back(each.shard);
    });
    return true;
}

bool Relay::keep_waiting(const StopSignal& stop) {
    tick();
    const Monotonic now = clock_.monotonic();
    if (now - batch_began_ > kSlowDelivery && !std::exchange(slow_told_, true))
        trouble(
            "kafka",
            unavailable(
                "records wait for the brokers: " +
                (publisher_.trouble().empty() ? "are they up and reachable?" : publisher_.trouble())
            )
        );
    // A failure here is the next round's business: the records are on their way already.
    if (now >= leases_due_ && !keep_leases(Sharing::Keep)) leases_due_ = now + kTroublePause;
    if (!stop.requested()) return true;
    if (!stop_seen_) stop_seen_ = now;
    return now - *stop_seen_ < options_.drain;
}

void Relay::note_oldest() {
    if (clock_.monotonic() < oldest_due_) return;
    oldest_due_ = clock_.monotonic() + kOldestEvery;
    if (const auto oldest = store_.oldest(held_)) observer_.on_oldest(*oldest);
}

milliseconds Relay::pause_after(Round round) {
    switch (round) {
    case Round::Full:
        return pause_ = milliseconds(0);
    case Round::Some:
        return pause_ = options_.poll;
    case Round::Trouble:
        return pause_ = kTroublePause;
    case Round::Nothing:
        break;
    }
    return pause_ = std::clamp(pause_ * 2, options_.poll, options_.poll * kIdleGrowth);
}

void Relay::tick() {
    last_tick_ = clock_.monotonic();
}

std::chrono::steady_clock::duration Relay::since_tick() const {
    return clock_.monotonic() - last_tick_.load();
}

void Relay::trouble(std::string_view with, const Error& error) {
    set_status([&](RelayStatus& status) {
        status.not_ready = std::string(with) + ": " + error.message;
    });
    observer_.on_trouble(with, error);
}

void Relay::set_status(const std::function<void(RelayStatus&)>& change) {
    std::lock_guard lock(mutex_);
    change(status_);
}

RelayStatus Relay::status() const {
    std::lock_guard lock(mutex_);
    return status_;
}

} // namespace calfleet::outbox_relay
