#include "common/intake/memory_watch.h"

#include <unistd.h>

#include <cstdio>
#include <memory>

namespace calfleet::intake {

std::size_t resident_bytes() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 0; // most of it is the sanitizer's
#else
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    const std::unique_ptr<std::FILE, Close> file(std::fopen("/proc/self/statm", "re"));
    unsigned long total = 0;
    unsigned long resident = 0;
    if (!file || std::fscanf(file.get(), "%lu %lu", &total, &resident) != 2) return 0;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
#endif
}

void MemoryWatch::idle_at(std::size_t resident) {
    base_ = resident;
}

bool MemoryWatch::exceeded_at(std::size_t resident) const {
    return base_ != 0 && resident > base_ + allowance_;
}

} // namespace calfleet::intake
