#include "tests/calcom-sim/ledger.h"

#include <algorithm>
#include <map>

namespace calfleet::calcom_sim {
namespace {

bool fits(const Entry& entry, const LedgerQuery& query) {
    return entry.number > query.after && (!query.key || entry.key == *query.key) &&
           (!query.method || entry.method == *query.method) &&
           (!query.path_prefix || entry.target.starts_with(*query.path_prefix)) &&
           (!query.status || entry.status == *query.status) &&
           (!query.executed || entry.executed == *query.executed);
}

std::int64_t nanoseconds(Monotonic instant) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(instant.time_since_epoch()).count();
}

// The most of these instants, which ascend, in any half-open window of this length.
std::size_t most_within(const std::vector<Monotonic>& instants, std::chrono::milliseconds window) {
    std::size_t most = 0;
    std::size_t first = 0;
    for (std::size_t last = 0; last < instants.size(); ++last) {
        while (instants[last] - instants[first] >= window)
            ++first;
        most = std::max(most, last - first + 1);
    }
    return most;
}

struct OfKey {
    std::vector<Monotonic> arrivals{};
    std::vector<Monotonic> admitted{};
    std::map<int, std::int64_t> statuses{};
};

} // namespace

std::uint64_t Ledger::add(Entry entry) {
    entry.number = ++last_number_;
    if (most_ == 0) return last_number_;
    if (entries_.size() >= most_) entries_.pop_front();
    entries_.push_back(std::move(entry));
    return last_number_;
}

Entry* Ledger::find(std::uint64_t number) {
    if (entries_.empty() || number < entries_.front().number) return nullptr;
    const std::size_t at = number - entries_.front().number;
    return at < entries_.size() ? &entries_[at] : nullptr;
}

void Ledger::keep(std::size_t most) {
    most_ = most;
    while (entries_.size() > most_)
        entries_.pop_front();
}

std::vector<const Entry*> Ledger::select(const LedgerQuery& query) const {
    std::vector<const Entry*> found;
    for (const Entry& entry : entries_) {
        if (found.size() == query.limit) break;
        if (fits(entry, query)) found.push_back(&entry);
    }
    return found;
}

json::object Ledger::summary(std::chrono::milliseconds window) const {
    std::map<std::string, OfKey> keys;
    for (const Entry& entry : entries_) {
        OfKey& of_key = keys[entry.key];
        of_key.arrivals.push_back(entry.arrived);
        if (entry.status != 429) of_key.admitted.push_back(entry.arrived);
        ++of_key.statuses[entry.status];
    }
    json::object summary;
    for (const auto& [name, of_key] : keys) {
        json::object statuses;
        for (const auto& [status, count] : of_key.statuses)
            statuses[std::to_string(status)] = count;
        summary[name] = json::object{
            {"requests", of_key.arrivals.size()},
            {"statuses", std::move(statuses)},
            {"mostInWindow", most_within(of_key.arrivals, window)},
            {"mostAdmittedInWindow", most_within(of_key.admitted, window)}};
    }
    return summary;
}

json::object to_json(const Entry& entry) {
    json::object shown;
    shown["number"] = entry.number;
    shown["at"] = format_instant(entry.arrived_wall);
    shown["arrived_ns"] = nanoseconds(entry.arrived);
    shown["answered_ns"] = nanoseconds(entry.answered);
    shown["connection"] = entry.connection;
    shown["on_connection"] = entry.on_connection;
    shown["key"] = entry.key;
    if (entry.user_id) shown["user_id"] = *entry.user_id;
    shown["method"] = entry.method;
    shown["target"] = entry.target;
    shown["version"] = entry.version;
    shown["status"] = entry.status;
    shown["executed"] = entry.executed;
    shown["limited"] = entry.limited;
    shown["fault"] = entry.fault;
    json::array effects;
    for (const Effect& effect : entry.effects)
        effects.push_back(json::object{{"kind", effect.kind}, {"id", effect.id}});
    shown["effects"] = std::move(effects);
    if (!entry.body.empty()) shown["body"] = entry.body;
    return shown;
}

} // namespace calfleet::calcom_sim
