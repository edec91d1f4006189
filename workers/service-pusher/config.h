#pragma once
// The settings of service-pusher: those of every worker that consumes topics and calls Cal.com.

#include "common/calcom/gate.h"
#include "common/runtime/consumer_config.h"

namespace calfleet::service_pusher {

using Config = runtime::CallerConfig<calcom::GateSettings>;

inline Config read_config(config::Reader& reader) {
    return runtime::read_caller_config(reader, calcom::read_gate_settings);
}

} // namespace calfleet::service_pusher
