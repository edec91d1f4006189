#pragma once
// The settings of host-mapper: those of every worker that consumes topics and runs jobs.

#include "common/runtime/consumer_config.h"

namespace calfleet::host_mapper {

using Config = runtime::ConsumerConfig;

inline Config read_config(config::Reader& reader) {
    return runtime::read_consumer_config(reader);
}

} // namespace calfleet::host_mapper
