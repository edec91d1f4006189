#include "common/messaging/outbox_events.h"

#include "common/messaging/outbox_writer.h"

#include <array>
#include <vector>

namespace calfleet::messaging {
namespace {

constexpr std::size_t kHeaders = 7;

/// The texts that a record of the outbox views.
struct Written {
    std::string company, key, time;
    std::array<HeaderView, kHeaders> headers;
};

} // namespace

void append_events(postgres::Transaction& transaction, std::span<const OutgoingEvent> events) {
    std::vector<Written> written(events.size());
    std::vector<OutboxRecord> records;
    records.reserve(events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        const OutgoingEvent& event = events[i];
        Written& texts = written[i];
        texts.company = std::to_string(event.company.value);
        texts.key = texts.company + ":" + event.entity;
        texts.time = format_instant(event.time);
        texts.headers = {
            HeaderView{"ce_id", event.id},
            {"ce_source", event.source},
            {"ce_type", event.type},
            {"ce_specversion", "1.0"},
            {"ce_time", texts.time},
            {"ce_companyid", texts.company},
            {"content-type", "application/json"}};
        records.push_back({event.company, event.type, texts.key, event.data, texts.headers});
    }
    append_outbox(transaction, records);
}

} // namespace calfleet::messaging
