#pragma once
// How far the relay has read each of its shards, so that no read begins at the beginning: neither
// the rows of a topic that cannot be written nor those that are dead and kept by an old snapshot
// are read again and again.

#include "workers/outbox-relay/job.h"

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::outbox_relay {

/// A part of a shard that one look may read: behind `after`, up to `until`.
struct Window {
    int shard{0};
    Place after{};
    Place until{};
};

/// What one look found in a window.
struct WindowRead {
    int shard{0};
    Place last{};     ///< of the rows looked at
    bool full{false}; ///< there may be more in the window
};

/// A shard's cursor when everything that was read is dealt with.
struct Advance {
    int shard{0};
    std::int64_t epoch{0};
    Place before{};
    Place to{};
};

/// No row is skipped: a cursor passes only what was read or what no transaction can add any more,
/// for every transaction below the snapshot's oldest has ended. Rows of a topic that is set aside
/// are read by themselves, from where they began. Lives in memory: whoever takes a shard over
/// begins at its beginning, in portions. One thread.
class Cursors {
public:
    /// More topics are never set aside: with rows of another one the shard stands still.
    static constexpr std::size_t kMostAside = 1000;

    /// Shards held now; those under a new epoch begin at the beginning.
    void hold(std::span<const HeldShard> shards);

    std::vector<Window> windows() const;
    /// Nothing below the snapshot is unread but what is set aside.
    bool caught_up() const;

    /// Of the shard, after a look in its window. chosen: the last row that was taken of those found
    /// when they were more than fit; nothing when all were.
    Advance advance(
        const WindowRead& read, const std::optional<Place>& chosen, std::int64_t oldest_running
    ) const;
    void apply(const Advance& advance, std::int64_t oldest_running);

    /// How long the look took; the next one is greater or smaller. last_id: of the whole outbox.
    void looked(std::chrono::milliseconds took, std::int64_t last_id);
    void timed_out(std::int64_t next_xid);

    /// The topic cannot be written: its rows from the places on are read only by itself. False: too
    /// many topics are set aside.
    bool set_aside(const std::string& topic, std::span<const Advance> from);
    /// Topics that the common read leaves out.
    std::vector<std::string> aside() const;
    /// The one to try again now, each in its turn. blocked: those not to be tried yet.
    std::optional<std::string> next_to_try(std::span<const std::string> blocked);
    /// From where on its rows are unread, in the shards held.
    std::vector<Window> windows_of(const std::string& topic) const;
    void advance_aside(const std::string& topic, int shard, const Place& to);
    /// All its rows below the snapshot are dealt with: it is read with the others again.
    void take_back(const std::string& topic);

private:
    struct Cursor {
        std::int64_t epoch{0};
        Place after{};
        std::int64_t oldest_running{-1}; ///< of the last look
    };
    Place until(const Place& after) const;

    std::map<int, Cursor> shards_;
    std::map<std::string, std::map<int, Place>> aside_;
    std::string tried_; ///< the topic whose turn was last
    /// Transactions of a look; 0: a look is a part of one transaction.
    std::int64_t span_xids_;
    std::int64_t span_ids_;

public:
    Cursors();
};

} // namespace calfleet::outbox_relay
