#pragma once
// Between which lengths whoever books may choose, as Cal.com's event types say it.

#include "common/json/value.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::events {

/// Empty: there is nothing to choose, the event type has one length. Where there are options, a
/// length that is none of them makes the event type unbookable.
struct DurationOptions {
    std::vector<std::int64_t> minutes{}; ///< in ascending order, each once
    std::string json{"[]"};              ///< [15,30,60]
    /// Why the list cannot be written; empty: it can.
    std::string objection{};

    bool allow(std::int64_t length) const;
    friend bool operator==(const DurationOptions& a, const DurationOptions& b) {
        return a.json == b.json;
    }
};

/// Never fails: what is no list of minutes has an objection and differs from any other.
DurationOptions duration_options_of(json::Value list);
/// The same of JSON text.
DurationOptions duration_options_of(std::string_view json);

} // namespace calfleet::events
