#include "common/core/progress_watch.h"

#include <utility>

namespace calfleet {

void ProgressWatch::look(bool has_work, std::int64_t mark, Monotonic now) {
    const bool moved = std::exchange(mark_, mark) != mark;
    if (!has_work)
        since_.reset();
    else if (moved || !since_)
        since_ = now;
}

Monotonic::duration ProgressWatch::still_for(Monotonic now) const {
    return since_ && now > *since_ ? now - *since_ : Monotonic::duration::zero();
}

void ProgressWatches::look(
    std::string_view what, bool has_work, std::int64_t mark, std::string_view why, Monotonic now
) {
    auto found = watched_.find(what);
    if (found == watched_.end())
        found = watched_.emplace(std::string(what), Watched{ProgressWatch(patience_), {}}).first;
    found->second.watch.look(has_work, mark, now);
    found->second.why.assign(why);
}

void ProgressWatches::forget(std::string_view what) {
    const auto found = watched_.find(what);
    if (found != watched_.end()) watched_.erase(found);
}

std::vector<Standstill> ProgressWatches::stalled(Monotonic now) const {
    std::vector<Standstill> result;
    for (const auto& [what, watched] : watched_)
        if (watched.watch.stalled(now))
            result.push_back(
                {what,
                 watched.why,
                 std::chrono::duration_cast<std::chrono::seconds>(watched.watch.still_for(now))}
            );
    return result;
}

std::string describe(std::span<const Standstill> standstills) {
    if (standstills.empty()) return {};
    const Standstill& first = standstills.front();
    std::string text = first.what + " makes no progress for " +
                       std::to_string(first.lasts.count()) + " s: " + first.why;
    if (standstills.size() > 1) text += "; and " + std::to_string(standstills.size() - 1) + " more";
    return text;
}

} // namespace calfleet
