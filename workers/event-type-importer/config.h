#pragma once
// The settings of event-type-importer: those of every worker that consumes topics.

#include "common/runtime/worker_settings.h"

namespace calfleet::event_type_importer {

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

} // namespace calfleet::event_type_importer
