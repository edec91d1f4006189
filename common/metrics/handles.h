#pragma once
// What the code calls: counters, gauges and histograms with their labels already chosen.

#include <cstdint>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
} // namespace prometheus

namespace calfleet::metrics {

/// A copyable handle that lives as long as its Registry; thread-safe; one atomic addition. A handle
/// without a registry does nothing: for tests that do not look at metrics.
class Counter {
public:
    Counter() = default;
    /// by >= 0.
    void add(double by = 1) const;
    double value() const;

private:
    friend class Registry;
    explicit Counter(prometheus::Counter* target)
        : target_(target) {}
    prometheus::Counter* target_{nullptr};
};

/// Like Counter; may go down.
class Gauge {
public:
    Gauge() = default;
    void set(double value) const;
    void add(double by) const;
    double value() const;

private:
    friend class Registry;
    explicit Gauge(prometheus::Gauge* target)
        : target_(target) {}
    prometheus::Gauge* target_{nullptr};
};

/// Like Counter; takes a short lock per observation.
class Histogram {
public:
    Histogram() = default;
    void observe(double value) const;

private:
    friend class Registry;
    explicit Histogram(prometheus::Histogram* target)
        : target_(target) {}
    prometheus::Histogram* target_{nullptr};
};

} // namespace calfleet::metrics
