#pragma once
// Randomness as a parameter: seeded in tests, from the operating system in production.

#include <cstdint>
#include <random>

namespace calfleet {

/// Not thread-safe: one per thread or behind its owner's lock. Not for secrets.
class Random {
public:
    explicit Random(std::uint64_t seed)
        : engine_(seed) {}
    static Random from_system();

    std::uint64_t next() { return engine_(); }
    /// Uniform in [0, 1).
    double unit() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
    /// Uniform in [0, bound); bound > 0.
    std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }

private:
    std::mt19937_64 engine_;
};

} // namespace calfleet
