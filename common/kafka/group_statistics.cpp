#include "common/kafka/group_statistics.h"

#include "common/core/text.h"

namespace calfleet::kafka {

namespace {

/// What stands after "name": up to the next comma or brace; quotes removed.
std::string_view value_after(std::string_view object, std::string_view quoted_name) {
    const auto found = object.find(quoted_name);
    if (found == std::string_view::npos) return {};
    std::string_view rest = object.substr(found + quoted_name.size());
    const auto colon = rest.find(':');
    if (colon == std::string_view::npos) return {};
    rest = trim(rest.substr(colon + 1));
    if (rest.starts_with('"')) return rest.substr(1, rest.find('"', 1) - 1);
    return trim(rest.substr(0, rest.find_first_of(",}")));
}

} // namespace

GroupStatistics read_group_statistics(std::string_view json) {
    const auto start = json.rfind("\"cgrp\"");
    if (start == std::string_view::npos) return {};
    std::string_view object = json.substr(start);
    object = object.substr(0, object.find('}'));
    return {
        .join_state = std::string(value_after(object, "\"join_state\"")),
        .rebalances = parse_int64(value_after(object, "\"rebalance_cnt\"")).value_or(0),
        .assigned = parse_int64(value_after(object, "\"assignment_size\"")).value_or(0),
    };
}

} // namespace calfleet::kafka
