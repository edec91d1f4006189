#include "tests/calcom-sim/faults.h"

#include <algorithm>

namespace calfleet::calcom_sim {
namespace {

// '*' stands for any run of characters, none included.
bool globs(std::string_view pattern, std::string_view text) {
    const auto star = pattern.find('*');
    if (star == std::string_view::npos) return pattern == text;
    if (!text.starts_with(pattern.substr(0, star))) return false;
    const std::string_view rest = pattern.substr(star + 1);
    for (std::size_t at = star; at <= text.size(); ++at)
        if (globs(rest, text.substr(at))) return true;
    return false;
}

Transport merged(Transport first, const Transport& second) {
    first.silent = first.silent || second.silent;
    first.hold = std::min(first.hold, second.hold);
    first.hang_up = first.hang_up || second.hang_up;
    if (!first.cut_after) first.cut_after = second.cut_after;
    if (second.ending == Transport::Ending::Reset) first.ending = second.ending;
    first.endless = first.endless || second.endless;
    first.padded_to = std::max(first.padded_to, second.padded_to);
    if (first.bytes_per_second == 0) first.bytes_per_second = second.bytes_per_second;
    first.close = first.close || second.close;
    first.continue_first = first.continue_first || second.continue_first;
    return first;
}

void merge(Misfortune& into, const Misfortune& more) {
    into.execute = into.execute && more.execute;
    if (!into.canned) into.canned = more.canned;
    if (!into.content_type) into.content_type = more.content_type;
    into.headers.insert(into.headers.end(), more.headers.begin(), more.headers.end());
    if (!into.mutation) into.mutation = more.mutation;
    into.before += more.before;
    into.after += more.after;
    into.jitter += more.jitter;
    into.transport = merged(into.transport, more.transport);
    into.ids += (into.ids.empty() ? "" : ",") + more.ids;
}

} // namespace

bool FaultMatch::fits(std::string_view key_name, const Request& request) const {
    const std::string_view shown = key_name.empty() ? "anonymous" : key_name;
    return (key.empty() || key == shown) && (method.empty() || method == request.method) &&
           (path.empty() || globs(path, request.path)) &&
           (version.empty() || version == request.version);
}

std::string Faults::add(Fault fault) {
    if (fault.id.empty()) fault.id = "fault-" + std::to_string(++last_);
    fault.does.ids = fault.id;
    const std::string id = fault.id;
    Random dice(fault.seed);
    const auto same = std::find_if(active_.begin(), active_.end(), [&](const Active& active) {
        return active.fault.id == id;
    });
    Active fresh{.fault = std::move(fault), .dice = dice};
    if (same != active_.end())
        *same = std::move(fresh);
    else
        active_.push_back(std::move(fresh));
    return id;
}

bool Faults::remove(std::string_view id) {
    return std::erase_if(active_, [&](const Active& active) { return active.fault.id == id; }) > 0;
}

std::optional<Misfortune> Faults::strike(std::string_view key_name, const Request& request) {
    std::optional<Misfortune> misfortune;
    for (Active& active : active_) {
        const Fault& fault = active.fault;
        if (!fault.match.fits(key_name, request)) continue;
        if (++active.seen <= fault.skip) continue;
        if (fault.count && active.hits >= *fault.count) continue;
        if (fault.probability < 1.0 && active.dice.unit() >= fault.probability) continue;
        ++active.hits;
        if (misfortune)
            merge(*misfortune, fault.does);
        else
            misfortune = fault.does;
    }
    return misfortune;
}

json::array Faults::list() const {
    json::array shown;
    for (const Active& active : active_) {
        json::object fault = active.fault.source;
        fault["id"] = active.fault.id;
        fault["seen"] = active.seen;
        fault["hits"] = active.hits;
        shown.push_back(std::move(fault));
    }
    return shown;
}

} // namespace calfleet::calcom_sim
