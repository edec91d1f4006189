#pragma once
// From the bytes of a request to what the routes see of it.

#include <optional>

#include "tests/calcom-sim/message.h"

namespace calfleet::calcom_sim {

struct RawRequest;

/// Decodes the target, means a version and parses a JSON body. Does not fail: what is no query is
/// no parameter.
Request read_request(RawRequest& raw);

/// Why a JSON body can't be parsed, as V8 words it; nothing when it could.
std::optional<std::string> parse_body(Request& request);

} // namespace calfleet::calcom_sim
