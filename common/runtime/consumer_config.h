#pragma once
// The settings of a worker that consumes topics and runs jobs.

#include "common/runtime/worker_settings.h"

namespace calfleet::runtime {

struct ConsumerConfig {
    WorkerSettings worker;
    IntakeOptions intake;
    ExecutorOptions executor;
};

inline ConsumerConfig read_consumer_config(config::Reader& reader) {
    return {
        .worker = read_worker_settings(reader),
        .intake = read_intake_options(reader),
        .executor = read_executor_options(reader)};
}

/// The same for workers whose jobs call somebody else; Calls: the settings of their calls.
template <class Calls>
struct CallerConfig {
    WorkerSettings worker;
    IntakeOptions intake;
    ExecutorOptions executor;
    Calls calls;
};

template <class Calls>
CallerConfig<Calls>
read_caller_config(config::Reader& reader, Calls (*read_calls)(config::Reader&)) {
    return {
        .worker = read_worker_settings(reader),
        .intake = read_intake_options(reader),
        .executor = read_remote_executor_options(reader),
        .calls = read_calls(reader)};
}

} // namespace calfleet::runtime
