#pragma once
// The settings of team-syncer: those of every worker that consumes topics and calls Cal.com.

#include "common/calcom/gate.h"
#include "common/runtime/worker_settings.h"

namespace calfleet::team_syncer {

struct Config {
    runtime::WorkerSettings worker;
    runtime::IntakeOptions intake;
    runtime::ExecutorOptions executor;
    calcom::GateSettings calcom;
};

inline Config read_config(config::Reader& reader) {
    return {
        .worker = runtime::read_worker_settings(reader),
        .intake = runtime::read_intake_options(reader),
        .executor = runtime::read_remote_executor_options(reader),
        .calcom = calcom::read_gate_settings(reader)};
}

} // namespace calfleet::team_syncer
