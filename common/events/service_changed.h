#pragma once
// service-changed: a service of the platform has a new version that Cal.com does not have yet.

#include "common/core/ids.h"
#include "common/core/result.h"
#include "common/events/envelope.h"
#include "common/json/parser.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace calfleet::events {

inline constexpr std::string_view kServiceChanged = "service-changed";

/// Names the service, not its content: the worker reads the row as it is when its turn comes, so
/// that a burst of changes costs one call. The triggers of migration 0008 write these.
struct ServiceChanged {
    ServiceId service;
    std::int64_t version{1}; ///< from 1; of the change that caused the event
};

/// Keeps parser memory between calls; one per thread.
class ServiceChangedDecoder {
public:
    /// Error Invalid names the field, its value and what is expected, like BookingDecoder.
    Result<ServiceChanged> decode(const Envelope& envelope);

private:
    json::Parser parser_;
};

/// The event's data.
std::string encode(const ServiceChanged& event);

} // namespace calfleet::events
