#include "common/metrics/registry.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <stdexcept>

namespace calfleet::metrics {
namespace {

// The order of the labels is not a difference to Prometheus, but it is to our callers.
bool same(const Definition& a, const Definition& b) {
    return a.kind == b.kind && a.help == b.help && a.labels == b.labels &&
           std::equal(a.buckets.begin(), a.buckets.end(), b.buckets.begin(), b.buckets.end());
}

[[noreturn]] void refuse(const Definition& definition, std::string_view why) {
    throw std::logic_error("metric " + std::string(definition.name) + ": " + std::string(why));
}

std::map<std::string, std::string>
labels_of(const Definition& definition, Registry::Values values) {
    if (values.size() != definition.label_count())
        refuse(
            definition,
            "needs " + std::to_string(definition.label_count()) + " label values, got " +
                std::to_string(values.size())
        );
    std::map<std::string, std::string> labels;
    std::size_t i = 0;
    for (const std::string_view value : values)
        labels.emplace(definition.labels[i++], value);
    return labels;
}

} // namespace

struct Registry::Impl {
    std::string worker;
    mutable std::mutex mutex;
    prometheus::Registry registry;
    std::map<std::string_view, Definition> definitions;
    std::vector<std::function<void()>> refreshers;

    void check(const Definition& definition, Kind asked) {
        if (definition.kind != asked) refuse(definition, "is of another kind");
        if (const auto why = flaw(definition); !why.empty()) refuse(definition, why);
        const std::lock_guard lock(mutex);
        const auto [known, fresh] = definitions.emplace(definition.name, definition);
        if (!fresh && !same(known->second, definition)) refuse(definition, "is defined twice");
    }

    template <class Builder>
    auto& family(Builder builder, const Definition& definition) {
        return builder.Name(std::string(definition.name))
            .Help(std::string(definition.help))
            .Labels({{"worker", worker}})
            .Register(registry);
    }
};

Registry::Registry(std::string worker)
    : impl_(std::make_unique<Impl>()) {
    impl_->worker = std::move(worker);
}

Registry::~Registry() = default;

Counter Registry::counter(const Definition& definition, Values values) {
    impl_->check(definition, Kind::Counter);
    auto& family = impl_->family(prometheus::BuildCounter(), definition);
    return Counter(&family.Add(labels_of(definition, values)));
}

Gauge Registry::gauge(const Definition& definition, Values values) {
    impl_->check(definition, Kind::Gauge);
    auto& family = impl_->family(prometheus::BuildGauge(), definition);
    return Gauge(&family.Add(labels_of(definition, values)));
}

Histogram Registry::histogram(const Definition& definition, Values values) {
    impl_->check(definition, Kind::Histogram);
    auto& family = impl_->family(prometheus::BuildHistogram(), definition);
    const prometheus::Histogram::BucketBoundaries buckets(
        definition.buckets.begin(), definition.buckets.end()
    );
    return Histogram(&family.Add(labels_of(definition, values), buckets));
}

void Registry::remove(const Definition& definition, const Gauge& gauge) {
    impl_->check(definition, Kind::Gauge);
    if (gauge.target_ != nullptr)
        impl_->family(prometheus::BuildGauge(), definition).Remove(gauge.target_);
}

void Registry::before_exposition(std::function<void()> refresh) {
    const std::lock_guard lock(impl_->mutex);
    impl_->refreshers.push_back(std::move(refresh));
}

std::string Registry::exposition() {
    std::vector<std::function<void()>> refreshers;
    {
        const std::lock_guard lock(impl_->mutex);
        refreshers = impl_->refreshers;
    }
    for (const auto& refresh : refreshers)
        refresh();
    auto families = impl_->registry.Collect();
    std::sort(families.begin(), families.end(), [](const auto& a, const auto& b) {
        return a.name < b.name;
    });
    return prometheus::TextSerializer().Serialize(families);
}

std::vector<Definition> Registry::definitions() const {
    const std::lock_guard lock(impl_->mutex);
    std::vector<Definition> all;
    for (const auto& [name, definition] : impl_->definitions)
        all.push_back(definition);
    return all;
}

} // namespace calfleet::metrics
