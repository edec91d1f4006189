#include "common/metrics/handles.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

namespace calfleet::metrics {

void Counter::add(double by) const {
    if (target_ != nullptr) target_->Increment(by);
}

double Counter::value() const {
    return target_ != nullptr ? target_->Value() : 0;
}

void Gauge::set(double value) const {
    if (target_ != nullptr) target_->Set(value);
}

void Gauge::add(double by) const {
    if (target_ != nullptr) target_->Increment(by);
}

double Gauge::value() const {
    return target_ != nullptr ? target_->Value() : 0;
}

void Histogram::observe(double value) const {
    if (target_ != nullptr) target_->Observe(value);
}

} // namespace calfleet::metrics
