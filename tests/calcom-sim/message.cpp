#include "tests/calcom-sim/message.h"

#include <algorithm>

namespace calfleet::calcom_sim {

std::optional<std::string_view> Request::parameter(std::string_view name) const {
    const auto found = std::find_if(query.begin(), query.end(), [&](const auto& pair) {
        return pair.first == name;
    });
    if (found == query.end()) return std::nullopt;
    return found->second;
}

const json::object& Request::fields() const {
    static const json::object kNone;
    return body.is_object() ? body.get_object() : kNone;
}

} // namespace calfleet::calcom_sim
