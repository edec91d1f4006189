#include "workers/outbox-relay/relay.h"

#include "common/core/crash_point.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

namespace calfleet::outbox_relay {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr int kIdleGrowth = 10; // idle pause: up to this many times the busy one
constexpr seconds kTroublePause{1};
constexpr seconds kOldestEvery{15};
constexpr milliseconds kProbeAgain{5000};
constexpr milliseconds kProbeFirst{1000}; // a new producer is refused a moment later
constexpr int kShards = 16;
constexpr int kRestampedAtOnce = 2000;
constexpr seconds kSlowDelivery{10}; // a batch older than this makes the relay not ready

bool took_too_long(const Error& error) {
    return error.kind == ErrorKind::Timeout ||
           error.message.find("statement timeout") != std::string::npos;
}

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
    if (const Result<> probed = probe_brokers(); !probed) return probed.error();
    if (clock_.monotonic() >= leases_due_ && !keep_leases(Sharing::Give)) return Round::Trouble;
    if (held_.empty()) return Round::Nothing;
    note_oldest();
    planned_ = plan();
    const Monotonic began = clock_.monotonic();
    auto batch = store_.read(planned_);
    if (!batch && took_too_long(batch.error())) {
        // Too much at once, perhaps: a smaller part next, and people are told when that goes on.
        cursors_.timed_out(std::max<std::int64_t>(next_xid_, 1));
        observer_.on_trouble("database", batch.error());
        return Round::Full;
    }
    if (!batch) {
        trouble("database", batch.error());
        return Round::Trouble;
    }
    next_xid_ = batch->next_xid;
    watch(*batch);
    set_status([&](RelayStatus& status) { status.in_flight = batch->rows.size(); });
    std::vector<Advance> advances = advances_of(*batch);
    const auto took = std::chrono::duration_cast<milliseconds>(clock_.monotonic() - began);
    const std::int64_t last_id = batch->last_id;
    const bool reading = !batch->rows.empty() || !batch->left.empty();
    const Result<Round> done = publish(std::move(*batch), std::move(advances), stop);
    cursors_.looked(took, last_id);
    if (!done || *done == Round::Trouble) return done;
    return *done == Round::Nothing && !reading && !cursors_.caught_up() ? Round::Full : *done;
}

Result<> Relay::probe_brokers() {
    if (clock_.monotonic() < probe_due_) return {};
    const Result<> probed = publisher_.probe();
    tick();
    const milliseconds next = !std::exchange(probed_, true) ? kProbeFirst
                              : probed                      ? options_.probe
                                                            : kProbeAgain;
    probe_due_ = clock_.monotonic() + std::min(next, options_.probe);
    if (!probed && probed.error().kind == ErrorKind::Invalid) return probed;
    set_status([&](RelayStatus& status) {
        status.brokers = probed ? "" : "kafka: " + probed.error().message;
    });
    if (!probed) observer_.on_trouble("kafka", probed.error());
    return {};
}

ReadPlan Relay::plan() {
    cursors_.hold(held_);
    const std::vector<std::string> blocked = publisher_.blocked();
    ReadPlan plan{
        .windows = cursors_.windows(),
        .aside = cursors_.aside(),
        .retried = cursors_.next_to_try(blocked),
        .retried_windows = {},
        .limits = options_.limits(),
        .turn = turn_};
    if (plan.retried) plan.retried_windows = cursors_.windows_of(*plan.retried);
    turn_ = (turn_ + 1) % kShards;
    set_status([&](RelayStatus& status) { status.blocked_topics = plan.aside; });
    return plan;
}

std::vector<Advance> Relay::advances_of(const Batch& batch) const {
    // The last row taken of a shard of which something is left.
    std::map<int, std::optional<Place>> taken;
    for (const Candidate& left : batch.left)
        if (!left.aside) taken[left.shard];
    std::vector<Advance> advances;
    for (const WindowRead& read : batch.reads) {
        std::optional<Place> chosen;
        if (taken.contains(read.shard)) {
            for (const Window& window : planned_.windows)
                if (window.shard == read.shard) chosen = window.after;
            for (const Row& row : batch.rows)
                if (row.shard == read.shard && row.topic != planned_.retried)
                    chosen = Place{row.xid, row.id};
        }
        advances.push_back(cursors_.advance(read, chosen, batch.oldest_running));
    }
    return advances;
}

Result<Relay::Round>
Relay::publish(Batch batch, std::vector<Advance> advances, const StopSignal& stop) {
    batch_began_ = clock_.monotonic();
    slow_told_ = false;
    std::vector<Report> reports;
    if (!batch.rows.empty()) {
        if (const Result<> asked = publisher_.look_up(batch.rows); !asked) {
            if (asked.error().kind == ErrorKind::Invalid) return asked.error();
            trouble("kafka", asked.error());
            return Round::Trouble;
        }
    }
    // The shards as they were read: a lease that moves during the delivery must not lend its epoch
    // to these rows.
    std::vector<HeldShard> shards = held_;
    if (!batch.rows.empty()) {
        auto delivered = publisher_.deliver(batch.rows, [&] { return keep_waiting(stop); });
        if (!delivered) return delivered.error();
        reports = std::move(*delivered);
    }
    Settlement settlement = outbox_relay::settle(batch.rows, reports);
    const bool found = !batch.rows.empty();
    const bool full = !batch.left.empty() ||
                      std::any_of(batch.reads.begin(), batch.reads.end(), [](const auto& read) {
                          return read.full;
                      });
    unsettled_ = Unsettled{
        std::move(shards),
        std::move(batch),
        std::move(reports),
        std::move(settlement),
        std::move(advances),
        planned_.retried};
    if (settle() == Round::Trouble) return Round::Trouble;
    if (found && !moved_) return Round::Nothing;
    if (full) return Round::Full;
    return found ? Round::Some : Round::Nothing;
}

Relay::Round Relay::settle() {
    const Unsettled& work = *unsettled_;
    if (!work.settlement.gone.empty()) {
        const auto deleted =
            store_.settle(work.shards, work.batch.rows, work.reports, work.settlement);
        if (!deleted) {
            trouble("database", deleted.error());
            return Round::Trouble;
        }
    }
    advance(work);
    if (!work.batch.rows.empty())
        observer_.on_settled(
            work.batch.rows, work.reports, work.settlement, clock_.monotonic() - batch_began_
        );
    const bool delivered = !work.settlement.delivered.empty();
    if (delivered) probe_due_ = clock_.monotonic() + options_.probe; // it says as much
    unsettled_.reset();
    set_status([&](RelayStatus& status) {
        status.not_ready.clear();
        if (delivered) status.brokers.clear();
        status.in_flight = 0;
    });
    return Round::Some;
}

void Relay::advance(const Unsettled& work) {
    const std::vector<Row>& rows = work.batch.rows;
    std::vector<bool> gone(rows.size(), false);
    for (const std::size_t i : work.settlement.gone) {
        gone[i] = true;
        ++progress_[rows[i].shard];
        if (rows[i].topic == work.retried) ++topic_progress_[rows[i].topic];
    }
    std::set<int> again; // shards to be read again from where this read began
    std::set<std::string> blocked;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (gone[i] || rows[i].topic == work.retried) continue;
        if (work.reports[i].fate != Fate::TopicBlocked)
            again.insert(rows[i].shard);
        else if (blocked.contains(rows[i].topic) || cursors_.set_aside(rows[i].topic, work.advances))
            blocked.insert(rows[i].topic);
        else
            again.insert(rows[i].shard);
    }
    // Kept behind one that is kept: of a topic that is set aside it is read with that.
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (blocked.contains(rows[i].topic)) topic_progress_.try_emplace(rows[i].topic, 0);
    moved_ = !work.settlement.gone.empty();
    for (const Advance& each : work.advances) {
        Advance done = each;
        moved_ = moved_ || (!again.contains(each.shard) && each.to != each.before);
        if (again.contains(each.shard)) done.to = each.before;
        cursors_.apply(done, work.batch.oldest_running);
    }
    if (work.retried) advance_retried(work);
}

void Relay::advance_retried(const Unsettled& work) {
    const std::vector<Row>& rows = work.batch.rows;
    std::vector<bool> gone(rows.size(), false);
    for (const std::size_t i : work.settlement.gone)
        gone[i] = true;
    std::map<int, Place> to;
    std::set<int> kept;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].topic != work.retried) continue;
        if (!gone[i])
            kept.insert(rows[i].shard);
        else if (!kept.contains(rows[i].shard))
            to[rows[i].shard] = {rows[i].xid, rows[i].id};
    }
    for (const auto& [shard, place] : to)
        cursors_.advance_aside(*work.retried, shard, place);
    if (!kept.empty() || !work.batch.retried_to_the_end) return;
    cursors_.take_back(*work.retried);
    topic_progress_.erase(*work.retried);
    watches_.forget("topic " + *work.retried);
}

void Relay::watch(const Batch& batch) {
    const Monotonic now = clock_.monotonic();
    std::set<int> busy(held_back_.shards.begin(), held_back_.shards.end());
    for (const Row& row : batch.rows)
        if (row.topic != planned_.retried) busy.insert(row.shard);
    for (const Candidate& left : batch.left)
        if (!left.aside) busy.insert(left.shard);
    for (int shard = 0; shard < kShards; ++shard) {
        const std::string name = "shard " + std::to_string(shard);
        const bool ours = std::any_of(held_.begin(), held_.end(), [&](const HeldShard& held) {
            return held.shard == shard;
        });
        if (!ours) {
            watches_.forget(name);
            continue;
        }
        const std::string why = held_back_.holder.empty()
                                    ? std::string("its records are not delivered")
                                    : "its rows wait for " + held_back_.holder;
        watches_.look(name, busy.contains(shard), progress_[shard], why, now);
    }
    for (const std::string& topic : planned_.aside)
        watches_.look(
            "topic " + topic,
            true,
            topic_progress_[topic],
            "it is missing or forbidden: calfleet topics apply, or the broker's ACLs",
            now
        );
    const std::vector<Standstill> stalled = watches_.stalled(now);
    observer_.on_standstills(stalled);
    set_status([&](RelayStatus& status) { status.standstills = stalled; });
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
    std::vector<Window> from = cursors_.windows();
    for (const std::string& topic : cursors_.aside())
        for (const Window& window : cursors_.windows_of(topic))
            from.push_back(window);
    if (const auto oldest = store_.oldest(from)) observer_.on_oldest(*oldest);
    note_held_back();
}

void Relay::note_held_back() {
    auto held = store_.held_back(held_);
    if (!held) return;
    held_back_ = std::move(*held);
    observer_.on_held_back(held_back_);
    set_status([&](RelayStatus& status) { status.held_by = held_back_.holder; });
    if (!held_back_.foreign) return;
    const auto rows = store_.restamp(kRestampedAtOnce);
    if (!rows) return trouble("database", rows.error());
    observer_.on_restamped(*rows);
    oldest_due_ = clock_.monotonic(); // there may be more
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
    RelayStatus shown = status_;
    if (shown.not_ready.empty()) shown.not_ready = shown.brokers;
    if (shown.not_ready.empty()) shown.not_ready = describe(shown.standstills);
    return shown;
}

} // namespace calfleet::outbox_relay
