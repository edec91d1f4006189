#pragma once
// CloudEvents in structured mode: attributes and data in one JSON document (JSON Event Format 1.0.2
// §3).

#include "common/core/result.h"

#include <optional>
#include <string_view>

namespace calfleet::events {

/// Views into memory of the calling thread, valid until its next call of a function of this header.
struct StructuredEvent {
    std::optional<std::string_view> id, source, type, specversion, time, company, traceparent,
        data_content_type;
    std::string_view data; ///< the JSON document of the event, without blanks
};

/// Error Invalid names the member: not JSON, not an object, a member twice or of the wrong kind, no
/// data, data twice.
Result<StructuredEvent> read_structured_event(std::string_view document);

/// As far as it can be read, for dead letters; everything absent for what is not even JSON.
StructuredEvent read_what_is_readable(std::string_view document);

} // namespace calfleet::events
