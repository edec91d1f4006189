#pragma once
// CloudEvents 1.0 as Kafka carries it: identity, kind, time and company of an event, and its data
// still as bytes. Source: CloudEvents 1.0.2 "Kafka Protocol Binding" §3 (binary: ce_ headers;
// structured: application/cloudevents+json).

#include "common/core/ids.h"
#include "common/core/record_view.h"
#include "common/core/result.h"
#include "common/core/text_arena.h"
#include "common/core/time.h"

#include <string_view>

namespace calfleet::events {

/// Strings live in the arena given to decode_envelope; data lives in the record (binary mode) or in
/// the arena.
struct Envelope {
    std::string_view id;
    std::string_view source;
    std::string_view type;
    Instant time;
    CompanyId company;
    std::string_view traceparent; ///< W3C trace context, empty when absent
    std::string_view data;        ///< the JSON document of the event
};

/// As much of the identity as could be read; for the dead letter of an envelope that is not whole.
struct PartialIdentity {
    std::string_view id;
    std::string_view source;
    std::string_view type;
    CompanyId company;
};

/// What a record may carry beside its value. Nobody needs more; without bounds, a few records take
/// the memory of a worker.
inline constexpr std::size_t kMaxHeaders = 64;
inline constexpr std::size_t kMaxHeaderBytes = 32 * 1024; ///< names and values of all together
inline constexpr std::size_t kMaxKeyBytes = 4096;

/// The header that a replay adds; it counts in no bound while it is no longer than a number.
inline constexpr std::string_view kReplayHeader = "calfleet_replay";
inline constexpr std::size_t kLongestReplayHeader = 20;

/// Bounds: those above; id, source <= 255 bytes, type <= 127, all non-empty UTF-8 without control
/// characters; companyid a decimal number 1..2^63-1; specversion "1.0"; time RFC 3339. A
/// content-type other than application/json, application/*+json, or application/cloudevents+json is
/// refused, and so are a header of the event that occurs twice and a type that is not the name of
/// the record's topic. Error Invalid names the attribute, its value and what is expected.
Result<Envelope> decode_envelope(const RecordView& record, TextArena& arena);
PartialIdentity partial_identity(const RecordView& record, TextArena& arena);

} // namespace calfleet::events
