// The data of a booking event, as any of the three kinds: no input may crash, and what is accepted
// keeps its promises.

#include "common/core/text.h"
#include "common/events/booking.h"
#include "common/events/text_rules.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace calfleet;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static events::BookingDecoder decoder;
    static TextArena arena;
    static constexpr std::array kTypes{
        events::kBookingCreated, events::kBookingRescheduled, events::kBookingCancelled};
    for (const std::string_view type : kTypes) {
        arena.clear();
        events::Envelope envelope;
        envelope.type = type;
        envelope.company = CompanyId{1};
        envelope.data = {reinterpret_cast<const char*>(data), size};
        const auto event = decoder.decode(envelope, arena);
        if (!event) {
            if (!is_valid_utf8(event.error().message)) std::abort();
            continue;
        }
        if (event->uid.empty() || !events::is_clean(event->uid) ||
            !events::is_clean(event->host.name))
            std::abort();
        if (event->starts_at.has_value() != event->ends_at.has_value()) std::abort();
        if (event->starts_at && *event->ends_at < *event->starts_at) std::abort();
    }
    return 0;
}
