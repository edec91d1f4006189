#pragma once
// The settings of host-mapper: those of every worker that consumes topics and runs jobs.

#include "common/runtime/worker_settings.h"

namespace calfleet::host_mapper {

struct Config {
    runtime::WorkerSettings worker;
    runtime::IntakeOptions intake;
    runtime::ExecutorOptions executor;
};

inline Config read_config(config::Reader& reader) {
    return {
        .worker = runtime::read_worker_settings(reader),
        .intake = runtime::read_intake_options(reader),
        .executor = runtime::read_executor_options(reader)};
}

} // namespace calfleet::host_mapper
