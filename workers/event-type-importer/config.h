#pragma once
// The settings of event-type-importer: those of every worker that consumes topics and runs jobs.

#include "common/runtime/consumer_config.h"

namespace calfleet::event_type_importer {

using Config = runtime::ConsumerConfig;

inline Config read_config(config::Reader& reader) {
    return runtime::read_consumer_config(reader);
}

} // namespace calfleet::event_type_importer
