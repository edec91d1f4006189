#pragma once
// All metrics of a program, and how Prometheus reads them.

#include "common/metrics/definition.h"
#include "common/metrics/handles.h"

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::metrics {

/// The metrics of a unit are one struct in one header, made from the registry:
///
///     struct RelayMetrics {
///         explicit RelayMetrics(metrics::Registry& registry)
///             : published(registry.counter(kPublished, {"booking-created", "ok"})) {}
///         metrics::Counter published;
///     };
///
/// Label values come in the order of the definition's labels; the same definition and values give
/// the same metric. A wrong number of values, a flaw() or two definitions of one name throw
/// std::logic_error: they are mistakes in the program. Thread-safe.
class Registry {
public:
    /// worker: the label that every metric carries.
    explicit Registry(std::string worker);
    ~Registry();
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    using Values = std::initializer_list<std::string_view>;
    Counter counter(const Definition& definition, Values values = {});
    Gauge gauge(const Definition& definition, Values values = {});
    Histogram histogram(const Definition& definition, Values values = {});

    /// For what no longer exists, such as the lag of a revoked partition. The handle must not be
    /// used afterwards.
    void remove(const Definition& definition, const Gauge& gauge);

    /// Called before each exposition, on the thread that asks for it: for values that are looked up
    /// and not counted. Keeps what it captures alive as long as the registry lives.
    void before_exposition(std::function<void()> refresh);

    /// Text format 0.0.4; families in the order of their names.
    std::string exposition();
    /// Every definition in use, by name.
    std::vector<Definition> definitions() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The content type of exposition().
inline constexpr std::string_view kExpositionType = "text/plain; version=0.0.4; charset=utf-8";

} // namespace calfleet::metrics
