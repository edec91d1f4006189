#pragma once
// The settings of team-syncer: those of every worker that consumes topics and calls Cal.com.

#include "common/calcom/gate.h"
#include "common/runtime/consumer_config.h"

namespace calfleet::team_syncer {

using Config = runtime::CallerConfig<calcom::GateSettings>;

inline Config read_config(config::Reader& reader) {
    return runtime::read_caller_config(reader, calcom::read_gate_settings);
}

} // namespace calfleet::team_syncer
