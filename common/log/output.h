#pragma once
// Where finished lines go: the writing thread's descriptor, or a test.

#include "common/log/log.h"

#include <functional>
#include <string>
#include <string_view>

namespace calfleet::log {

/// Replaces the output; nothing ends it. Lines come without a line break, from any thread.
void redirect(std::string worker, Level level, std::function<void(std::string_view)> output);
void end_redirection();

} // namespace calfleet::log
