#pragma once
// How tests look at headers.

#include "common/core/text.h"
#include "common/http/call.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace calfleet::http {

/// The first header of that name, in any case; "none" without one.
inline std::string header_of(const Headers& headers, std::string_view name) {
    const auto found = std::ranges::find_if(headers, [&](const Header& header) {
        return equals_ignoring_ascii_case(header.name, name);
    });
    return found == headers.end() ? "none" : found->value;
}

} // namespace calfleet::http
