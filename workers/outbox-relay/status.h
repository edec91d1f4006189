#pragma once
// What the relay shows of itself, and how it reaches Kafka.

#include "workers/outbox-relay/publisher.h"
#include "workers/outbox-relay/relay.h"

#include "common/runtime/worker_settings.h"

#include <string>
#include <string_view>

namespace calfleet::outbox_relay {

/// A JSON object for /status.
std::string status_json(const RelayStatus& status, std::string_view owner);

/// owner: unique, hence also the client id.
PublisherOptions
publisher_options(const runtime::WorkerSettings& settings, const std::string& owner);

} // namespace calfleet::outbox_relay
