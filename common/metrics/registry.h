#pragma once
// Counters, gauges and histograms for Prometheus, cheap enough for every record.

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::metrics {

/// name to value, fixed when the metric is made: few, bounded, never an identifier.
using Labels = std::map<std::string, std::string>;

/// Handles are small, copyable and thread-safe; they must not outlive their Registry. A
/// default-made handle swallows everything, so that code under test needs no registry.
class Counter {
public:
    Counter() = default;
    void add(double amount = 1) const;

private:
    friend class Registry;
    explicit Counter(void* metric)
        : metric_(metric) {}
    void* metric_{nullptr};
};

class Gauge {
public:
    Gauge() = default;
    void set(double value) const;

private:
    friend class Registry;
    explicit Gauge(void* metric)
        : metric_(metric) {}
    void* metric_{nullptr};
};

class Histogram {
public:
    Histogram() = default;
    void observe(double value) const;

private:
    friend class Registry;
    explicit Histogram(void* metric)
        : metric_(metric) {}
    void* metric_{nullptr};
};

/// Upper bounds in seconds from a millisecond to a minute: what a database or HTTP call may take.
const std::vector<double>& latency_bounds();

/// Owns every metric of the process. name: Prometheus style, base units, "_total" for counters;
/// help: one sentence. The same name and labels give the same metric. Thread-safe.
class Registry {
public:
    Registry();
    ~Registry();
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
    Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
    Histogram histogram(
        const std::string& name,
        const std::string& help,
        const std::vector<double>& bounds,
        const Labels& labels = {}
    );

    /// Prometheus text format 0.0.4, process metrics (memory, CPU time, open files) included.
    std::string exposition() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace calfleet::metrics
