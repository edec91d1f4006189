// The data of event-type-updated: no input may crash, and what is accepted keeps its promises.

#include "common/core/text.h"
#include "common/events/event_type_updated.h"
#include "common/events/text_rules.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace calfleet;

namespace {

void want(bool kept) {
    if (!kept) std::abort();
}

/// A document that a jsonb column is to hold.
void want_json(std::string_view text) {
    static json::Parser parser;
    want(text.empty() || parser.parse(text).has_value());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static events::EventTypeUpdatedDecoder decoder;
    static TextArena arena;
    arena.clear();
    events::Envelope envelope;
    envelope.type = events::kEventTypeUpdated;
    envelope.company = CompanyId{1};
    envelope.data = {reinterpret_cast<const char*>(data), size};
    const auto event = decoder.decode(envelope, arena);
    if (!event) {
        want(is_valid_utf8(event.error().message));
        return 0;
    }
    want(event->id >= 1);
    want(events::is_clean(event->title) && events::is_clean(event->slug));
    if (event->change != events::EventTypeChange::Deleted)
        want(!event->title.empty() && !event->slug.empty() && event->length_minutes >= 1);
    if (event->description) want(event->description->find('\0') == std::string_view::npos);
    want_json(event->locations);
    want_json(event->booking_fields);
    want_json(event->metadata);
    if (event->hosts)
        for (const events::SnapshotHost& host : *event->hosts)
            want(host.user_id >= 1 && events::is_clean(host.name));
    return 0;
}
