#pragma once
// The answer as bytes, with the headers of the real server.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/calcom-sim/faults.h"
#include "tests/calcom-sim/message.h"

namespace calfleet::calcom_sim {

/// What goes over the wire, and how.
struct Reply {
    std::string head{}; ///< status line and headers with the empty line
    std::string body{}; ///< empty for HEAD, 204 and 304
    bool close{};       ///< the connection ends after it
    Transport transport{};
    std::chrono::milliseconds delay{0};
};

struct ReplyParts {
    const Request& request;
    const Answer& answer;
    const std::vector<std::pair<std::string, std::string>>& limit_headers;
    std::string request_id{}; ///< "" : no such header
    Instant now{};            ///< for Date
    bool keep_alive{true};
    bool edge{}; ///< from what stands before the server: none of its headers
};

/// ETag and 304 included.
Reply make_reply(const ReplyParts& parts, const Transport& transport);

/// W/"<length>-<digest>" of a body.
std::string entity_tag(std::string_view body);

/// The answer that a fault gives instead of the route.
Answer canned_answer(
    const Canned& canned,
    const Request& request,
    Instant now,
    std::vector<std::pair<std::string, std::string>>& limit_headers
);

/// Sets and removes properties of the object, or of each object of the array, in "data". Answers
/// that are not such JSON stay as they are.
void mutate(Answer& answer, const Mutation& mutation);

} // namespace calfleet::calcom_sim
