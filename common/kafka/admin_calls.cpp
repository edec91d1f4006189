#include "common/kafka/admin_calls.h"

#include "common/kafka/translate.h"

#include <algorithm>

namespace calfleet::kafka {

using std::chrono::milliseconds;

Options options_for(rd_kafka_t* client, rd_kafka_admin_op_t operation, milliseconds wait) {
    Options options(rd_kafka_AdminOptions_new(client, operation));
    char problem[256];
    const int timeout = std::max(1, to_timeout(wait));
    rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout, problem, sizeof(problem));
    if (operation == RD_KAFKA_ADMIN_OP_CREATETOPICS ||
        operation == RD_KAFKA_ADMIN_OP_CREATEPARTITIONS)
        rd_kafka_AdminOptions_set_operation_timeout(
            options.get(), timeout, problem, sizeof(problem)
        );
    return options;
}

Error no_answer(const std::string& what, const ClientOwner& owner) {
    const std::string trouble = owner.trouble();
    return unavailable(
        what + ": no answer from the brokers in time" +
        (trouble.empty() ? "; are they reachable under the given addresses?" : ": " + trouble)
    );
}

Result<Event> answer(
    rd_kafka_queue_t* queue, milliseconds wait, const std::string& what, const ClientOwner& owner
) {
    Event event(rd_kafka_queue_poll(queue, to_timeout(wait + milliseconds(500))));
    if (!event) return no_answer(what, owner);
    if (const auto failed = rd_kafka_event_error(event.get())) {
        Error error = translate(failed, what, rd_kafka_event_error_string(event.get()));
        if (error.kind == ErrorKind::Timeout) error.kind = ErrorKind::Unavailable;
        const std::string trouble = owner.trouble();
        if (error.kind == ErrorKind::Unavailable && !trouble.empty())
            error.message += ": " + trouble;
        return error;
    }
    return event;
}

} // namespace calfleet::kafka
