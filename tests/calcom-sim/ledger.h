#pragma once
// Every request in the order of arrival: what tests hold against what the client says it did.

#include "common/core/clock.h"

#include <boost/json/object.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "tests/calcom-sim/message.h"

namespace calfleet::calcom_sim {

struct Entry {
    std::uint64_t number{}; ///< from 1, without gaps
    Monotonic arrived{};    ///< the machine's monotonic clock: comparable between processes
    Instant arrived_wall{}; ///< the machine's wall clock, not the simulator's
    Monotonic answered{};   ///< when the last byte was written; nothing yet or never: zero
    std::uint64_t connection{};
    std::uint64_t on_connection{}; ///< 1 for the first request of its connection
    std::string key{};             ///< name of the API key; "" anonymous, "?" unknown
    std::optional<std::int64_t> user_id{};
    std::string method{};
    std::string target{};
    std::string version{};
    int status{};        ///< 0: no answer (yet)
    bool executed{};     ///< reached its route: the world may have changed, whatever was answered
    bool limited{};      ///< refused by the limiter itself, not by a fault
    std::string fault{}; ///< ids of the faults that had a hand in it, comma-separated
    std::vector<Effect> effects{};
    std::string body{};
};

struct LedgerQuery {
    std::uint64_t after{}; ///< entries with a larger number
    std::optional<std::string> key{};
    std::optional<std::string> method{};
    std::optional<std::string> path_prefix{};
    std::optional<int> status{};
    std::optional<bool> executed{};
    std::size_t limit{10'000};
};

/// Bounded: the oldest are forgotten. One thread.
class Ledger {
public:
    explicit Ledger(std::size_t most)
        : most_(most) {}

    /// Numbers the entry; returns its number, also when nothing is kept.
    std::uint64_t add(Entry entry);
    /// Only numbers a request, of which nothing is kept.
    void count() { ++last_number_; }
    /// nullptr when it was forgotten or never kept.
    Entry* find(std::uint64_t number);
    void keep(std::size_t most);
    void clear() { entries_.clear(); }

    std::vector<const Entry*> select(const LedgerQuery& query) const;
    std::uint64_t last_number() const { return last_number_; }
    std::size_t size() const { return entries_.size(); }

    /// Per key: requests, answers by status, and the most arrivals in any sliding window of this
    /// length, all and those not refused with 429.
    json::object summary(std::chrono::milliseconds window) const;

private:
    std::size_t most_;
    std::uint64_t last_number_{};
    std::deque<Entry> entries_{};
};

/// Times as "arrived_ns" and "answered_ns" (monotonic) and "at" (wall, RFC 3339).
json::object to_json(const Entry& entry);

} // namespace calfleet::calcom_sim
