#pragma once
// What every question to the brokers' administration is made of. Inside common/kafka only.

#include "common/core/result.h"
#include "common/kafka/handles.h"

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <memory>
#include <string>

namespace calfleet::kafka {

using Options = std::unique_ptr<rd_kafka_AdminOptions_t, Call<rd_kafka_AdminOptions_destroy>>;

Options
options_for(rd_kafka_t* client, rd_kafka_admin_op_t operation, std::chrono::milliseconds wait);

/// Nobody answered; with what the owner knows of its connections.
Error no_answer(const std::string& what, const ClientOwner& owner);

/// The event, or why there is none.
Result<Event> answer(
    rd_kafka_queue_t* queue,
    std::chrono::milliseconds wait,
    const std::string& what,
    const ClientOwner& owner
);

} // namespace calfleet::kafka
