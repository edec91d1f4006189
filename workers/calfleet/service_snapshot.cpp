#include "workers/calfleet/service_snapshot.h"

#include "common/core/text_arena.h"
#include "common/events/event_type_updated.h"
#include "common/json/writer.h"

#include <algorithm>
#include <optional>

namespace calfleet::cli {
namespace {

template <class T>
void write_known(json::Writer& json, std::string_view column, const std::optional<T>& value) {
    if (value) json.field(column, *value);
}

void write_document(json::Writer& json, std::string_view column, std::string_view document) {
    if (!document.empty()) json.key(column).raw(document);
}

/// Cal.com writes "usd", a service "USD".
std::string in_capitals(std::string_view currency) {
    std::string code(currency);
    std::transform(code.begin(), code.end(), code.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return code;
}

} // namespace

Result<std::string> columns_of_snapshot(std::string_view snapshot) {
    // The snapshot is what the sync publishes: the events' decoder knows how to read it.
    const std::string data = R"({"change":"updated","event_type":)" + std::string(snapshot) + "}";
    events::Envelope envelope{};
    envelope.data = data;
    TextArena arena;
    events::EventTypeUpdatedDecoder decoder;
    const auto seen = decoder.decode(envelope, arena);
    if (!seen) return seen.error();
    json::Writer json;
    json.begin_object().field("name", seen->title).field("slug", seen->slug);
    write_known(json, "description", seen->description);
    write_known(json, "duration_minutes", seen->length_minutes);
    if (seen->hidden) json.field("is_active", !*seen->hidden);
    write_known(json, "minimum_booking_notice_minutes", seen->minimum_notice_minutes);
    write_known(json, "buffer_before_minutes", seen->buffer_before_minutes);
    write_known(json, "buffer_after_minutes", seen->buffer_after_minutes);
    write_known(json, "requires_confirmation", seen->requires_confirmation);
    write_known(json, "disable_guests", seen->guests_disabled);
    write_known(json, "calcom_schedule_id", seen->schedule_id);
    write_known(json, "price_cents", seen->price);
    if (!seen->currency.empty()) json.field("currency", in_capitals(seen->currency));
    write_document(json, "locations", seen->locations);
    write_document(json, "booking_fields", seen->booking_fields);
    write_document(json, "metadata", seen->metadata);
    json.end_object();
    return json.take();
}

} // namespace calfleet::cli
