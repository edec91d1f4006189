#pragma once
// What one statement costs on an empty table and beside masses of rows.

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace calfleet::bench {

inline double ms_of(const std::function<void()>& call) {
    const auto start = std::chrono::steady_clock::now();
    call();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
        .count();
}

/// Of the call that a quarter is quicker than: what others do on the machine makes calls slower
/// only.
inline double usual_ms(const std::function<void()>& call, int calls = 300) {
    std::vector<double> times;
    for (int i = 0; i < calls; ++i)
        times.push_back(ms_of(call));
    std::sort(times.begin(), times.end());
    return times[times.size() / 4];
}

struct Figure {
    std::string what{};
    double empty_ms{0}, full_ms{0}, first_ms{0};
    double ratio() const { return full_ms / empty_ms; }
};

} // namespace calfleet::bench
