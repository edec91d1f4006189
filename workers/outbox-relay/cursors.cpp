#include "workers/outbox-relay/cursors.h"

#include <algorithm>

namespace calfleet::outbox_relay {

using std::chrono::milliseconds;

namespace {

constexpr std::int64_t kFirstSpan = std::int64_t{1} << 20;
constexpr std::int64_t kWidestSpan = std::int64_t{1} << 40;
constexpr std::int64_t kFirstIds = 100'000;
constexpr std::int64_t kFewestIds = 1000;
constexpr std::int64_t kGrowth = 8;
constexpr std::int64_t kShrinkAtTimeout = 64;
constexpr milliseconds kQuick{100};
constexpr milliseconds kSlow{400};

} // namespace

Cursors::Cursors()
    : span_xids_(kFirstSpan)
    , span_ids_(kFirstIds) {}

void Cursors::hold(std::span<const HeldShard> shards) {
    std::map<int, Cursor> held;
    for (const HeldShard& shard : shards) {
        const auto known = shards_.find(shard.shard);
        const bool same = known != shards_.end() && known->second.epoch == shard.epoch;
        held[shard.shard] = same ? known->second : Cursor{.epoch = shard.epoch};
        if (same) continue;
        // The beginning is behind every place where a topic was set aside before.
        for (auto& [topic, places] : aside_)
            places[shard.shard] = Place{};
    }
    shards_ = std::move(held);
    for (auto& [topic, places] : aside_)
        std::erase_if(places, [&](const auto& place) { return !shards_.contains(place.first); });
}

Place Cursors::until(const Place& after) const {
    if (span_xids_ > 0) return {after.xid + span_xids_, 0};
    return {after.xid, after.id + span_ids_};
}

std::vector<Window> Cursors::windows() const {
    std::vector<Window> windows;
    for (const auto& [shard, cursor] : shards_)
        windows.push_back({shard, cursor.after, until(cursor.after)});
    return windows;
}

bool Cursors::caught_up() const {
    return std::all_of(shards_.begin(), shards_.end(), [](const auto& each) {
        return each.second.oldest_running >= 0 &&
               each.second.after.xid >= each.second.oldest_running;
    });
}

Advance Cursors::advance(
    const WindowRead& read, const std::optional<Place>& chosen, std::int64_t oldest_running
) const {
    const Cursor& cursor = shards_.at(read.shard);
    Advance advance{read.shard, cursor.epoch, cursor.after, cursor.after};
    if (chosen)
        advance.to = *chosen;
    else if (read.full)
        advance.to = read.last;
    else
        advance.to = std::min(until(cursor.after), Place{oldest_running, 0});
    advance.to = std::max(advance.to, cursor.after);
    return advance;
}

void Cursors::apply(const Advance& advance, std::int64_t oldest_running) {
    const auto found = shards_.find(advance.shard);
    if (found == shards_.end() || found->second.epoch != advance.epoch) return;
    found->second.after = advance.to;
    found->second.oldest_running = oldest_running;
}

void Cursors::looked(milliseconds took, std::int64_t last_id) {
    if (took > kSlow) {
        if (span_xids_ > 0) {
            span_xids_ /= kGrowth;
            span_ids_ = kFirstIds;
        } else {
            span_ids_ = std::max(kFewestIds, span_ids_ / kGrowth);
        }
        return;
    }
    if (took > kQuick) return;
    if (span_xids_ > 0) {
        span_xids_ = std::min(kWidestSpan, span_xids_ * kGrowth);
        return;
    }
    const bool past = std::all_of(shards_.begin(), shards_.end(), [&](const auto& each) {
        return each.second.after.id >= last_id || each.second.after.id == 0;
    });
    if (past) {
        // Nothing is left of these transactions.
        for (auto& [shard, cursor] : shards_)
            if (cursor.after.id >= last_id) cursor.after = {cursor.after.xid + 1, 0};
        span_xids_ = 1;
    } else {
        span_ids_ = std::min(span_ids_ * kGrowth, std::max(last_id, kFewestIds));
    }
}

void Cursors::timed_out(std::int64_t next_xid) {
    if (span_xids_ > 0) {
        std::int64_t widest = 0;
        for (const auto& [shard, cursor] : shards_)
            widest = std::max(widest, next_xid - cursor.after.xid);
        span_xids_ = std::min(span_xids_, widest) / kShrinkAtTimeout;
        span_ids_ = kFirstIds;
    } else {
        span_ids_ = std::max(kFewestIds, span_ids_ / kShrinkAtTimeout);
    }
}

bool Cursors::set_aside(const std::string& topic, std::span<const Advance> from) {
    if (aside_.contains(topic)) return true;
    if (aside_.size() >= kMostAside) return false;
    auto& places = aside_[topic];
    for (const auto& [shard, cursor] : shards_)
        places.try_emplace(shard, cursor.after);
    for (const Advance& each : from)
        if (const auto place = places.find(each.shard); place != places.end())
            place->second = std::min(place->second, each.before);
    return true;
}

std::vector<std::string> Cursors::aside() const {
    std::vector<std::string> topics;
    for (const auto& [topic, places] : aside_)
        topics.push_back(topic);
    return topics;
}

std::optional<std::string> Cursors::next_to_try(std::span<const std::string> blocked) {
    const auto waits = [&](const std::string& topic) {
        return std::find(blocked.begin(), blocked.end(), topic) != blocked.end();
    };
    auto next = aside_.upper_bound(tried_);
    for (std::size_t i = 0; i < aside_.size(); ++i, ++next) {
        if (next == aside_.end()) next = aside_.begin();
        if (waits(next->first)) continue;
        return tried_ = next->first;
    }
    return std::nullopt;
}

std::vector<Window> Cursors::windows_of(const std::string& topic) const {
    std::vector<Window> windows;
    if (const auto found = aside_.find(topic); found != aside_.end())
        for (const auto& [shard, place] : found->second)
            windows.push_back({shard, place, {}});
    return windows;
}

void Cursors::advance_aside(const std::string& topic, int shard, const Place& to) {
    const auto found = aside_.find(topic);
    if (found == aside_.end()) return;
    const auto place = found->second.find(shard);
    if (place != found->second.end()) place->second = std::max(place->second, to);
}

void Cursors::take_back(const std::string& topic) {
    aside_.erase(topic);
}

} // namespace calfleet::outbox_relay
