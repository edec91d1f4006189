#pragma once
// The text of a log line; apart from where it goes, so that it can be tested.

#include "common/core/time.h"
#include "common/log/log.h"

#include <string>

namespace calfleet::log {

std::string make_line(
    Instant now,
    Level level,
    std::string_view worker,
    std::string_view event,
    std::initializer_list<Field> fields
);

} // namespace calfleet::log
