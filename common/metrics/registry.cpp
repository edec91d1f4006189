#include "common/metrics/registry.h"

#include "common/metrics/process_usage.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <unordered_map>

namespace calfleet::metrics {

struct Registry::Impl {
    prometheus::Registry registry{prometheus::Registry::InsertBehavior::Merge};
    prometheus::Gauge* resident{nullptr};
    prometheus::Gauge* cpu{nullptr};
    prometheus::Gauge* files{nullptr};
};

void Counter::add(double amount) const {
    if (metric_ != nullptr) static_cast<prometheus::Counter*>(metric_)->Increment(amount);
}

void Gauge::set(double value) const {
    if (metric_ != nullptr) static_cast<prometheus::Gauge*>(metric_)->Set(value);
}

void Histogram::observe(double value) const {
    if (metric_ != nullptr) static_cast<prometheus::Histogram*>(metric_)->Observe(value);
}

const std::vector<double>& latency_bounds() {
    static const std::vector<double> bounds{
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60};
    return bounds;
}

Registry::Registry()
    : impl_(std::make_unique<Impl>()) {
    const auto own_gauge = [&](const char* name, const char* help) {
        return &prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry).Add({});
    };
    impl_->resident = own_gauge("process_resident_memory_bytes", "Resident memory of the process.");
    impl_->cpu =
        own_gauge("process_cpu_seconds_total", "User and system time spent by the process.");
    impl_->files = own_gauge("process_open_fds", "Open file descriptors of the process.");
}

Registry::~Registry() = default;

Counter Registry::counter(const std::string& name, const std::string& help, const Labels& labels) {
    return Counter(
        &prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry).Add(labels)
    );
}

Gauge Registry::gauge(const std::string& name, const std::string& help, const Labels& labels) {
    return Gauge(
        &prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry).Add(labels)
    );
}

Histogram Registry::histogram(
    const std::string& name,
    const std::string& help,
    const std::vector<double>& bounds,
    const Labels& labels
) {
    return Histogram(
        &prometheus::BuildHistogram()
             .Name(name)
             .Help(help)
             .Register(impl_->registry)
             .Add(labels, prometheus::Histogram::BucketBoundaries(bounds.begin(), bounds.end()))
    );
}

std::string Registry::exposition() const {
    const ProcessUsage usage = process_usage();
    impl_->resident->Set(static_cast<double>(usage.resident_bytes));
    impl_->cpu->Set(usage.cpu_seconds);
    impl_->files->Set(static_cast<double>(usage.open_files));
    return prometheus::TextSerializer{}.Serialize(impl_->registry.Collect());
}

} // namespace calfleet::metrics
