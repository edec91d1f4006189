#include "common/service_fields/snapshot.h"

#include "common/core/text_arena.h"
#include "common/events/booking_fields.h"
#include "common/events/duration_options.h"
#include "common/events/event_type_updated.h"
#include "common/events/locations.h"
#include "common/service_fields/values.h"

#include <span>

namespace calfleet::service_fields {

Result<std::string> columns_of_snapshot(std::string_view snapshot) {
    // The snapshot is what the sync publishes: the events' decoder knows how to read it.
    const std::string data = R"({"change":"updated","event_type":)" + std::string(snapshot) + "}";
    events::Envelope envelope{};
    envelope.data = data;
    TextArena arena;
    events::EventTypeUpdatedDecoder decoder;
    const auto seen = decoder.decode(envelope, arena);
    if (!seen) return seen.error();
    return document(values_of(*seen, arena), std::span(kFields).first(kComparedFields));
}

bool same_but_for_additions(
    std::string_view column, std::string_view platform, std::string_view calcom
) {
    const auto field = field_of(column);
    if (field == Field::Locations)
        return events::locations_of(platform) == events::locations_of(calcom);
    if (field == Field::DurationOptions)
        return events::duration_options_of(platform) == events::duration_options_of(calcom);
    if (field == Field::BookingFields)
        return events::booking_fields_of(platform) == events::booking_fields_of(calcom);
    return false;
}

} // namespace calfleet::service_fields
