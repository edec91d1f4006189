#pragma once
// What a figure was measured on.

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>

namespace calfleet::bench {

/// "2 x AMD EPYC 9B14".
inline std::string machine() {
    std::ifstream info("/proc/cpuinfo");
    std::string line;
    while (std::getline(info, line))
        if (line.starts_with("model name")) break;
    return std::to_string(std::thread::hardware_concurrency()) + " x " +
           line.substr(std::min(line.find(':') + 2, line.size()));
}

} // namespace calfleet::bench
