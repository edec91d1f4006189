#pragma once
// What a librdkafka error code means for the caller. Inside common/kafka only.

#include "common/core/result.h"

#include <librdkafka/rdkafka.h>

#include <string_view>

namespace calfleet::kafka {

/// context: what was tried with which value ("publish to \"bookings\""); detail: librdkafka's
/// words, may be empty.
Error translate(rd_kafka_resp_err_t code, std::string_view context, std::string_view detail = {});

} // namespace calfleet::kafka
