#include "workers/calfleet/service_snapshot.h"

#include "common/core/text_arena.h"
#include "common/events/event_type_updated.h"
#include "common/service_fields/values.h"

#include <span>

namespace calfleet::cli {
Result<std::string> columns_of_snapshot(std::string_view snapshot) {
    // The snapshot is what the sync publishes: the events' decoder knows how to read it.
    const std::string data = R"({"change":"updated","event_type":)" + std::string(snapshot) + "}";
    events::Envelope envelope{};
    envelope.data = data;
    TextArena arena;
    events::EventTypeUpdatedDecoder decoder;
    const auto seen = decoder.decode(envelope, arena);
    if (!seen) return seen.error();
    return service_fields::document(
        service_fields::values_of(*seen, arena),
        std::span(service_fields::kFields).first(service_fields::kComparedFields)
    );
}

} // namespace calfleet::cli
