// A record in structured mode, and its bytes as every header of binary mode.

#include "common/core/text.h"
#include "common/events/envelope.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace calfleet;

namespace {

void decode(const RecordView& record) {
    static TextArena arena;
    arena.clear();
    events::partial_identity(record, arena);
    const auto envelope = events::decode_envelope(record, arena);
    if (!envelope && !is_valid_utf8(envelope.error().message)) std::abort();
    if (envelope && (envelope->id.empty() || envelope->source.empty() || !envelope->company))
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::array structured{HeaderView{"content-type", "application/cloudevents+json"}};
    RecordView record;
    record.value = bytes;
    record.headers = structured;
    decode(record);

    const std::array names{
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_specversion",
        "ce_time",
        "ce_companyid",
        "traceparent",
        "content-type"};
    for (const char* bent : names) {
        std::array binary{
            HeaderView{"ce_id", "1"},
            HeaderView{"ce_source", "/s"},
            HeaderView{"ce_type", "booking-created"},
            HeaderView{"ce_specversion", "1.0"},
            HeaderView{"ce_time", "2027-01-11T08:00:03Z"},
            HeaderView{"ce_companyid", "42"},
            HeaderView{bent, bytes}};
        record.headers = binary;
        decode(record);
    }
    return 0;
}
