#pragma once
// What a push does beside what it is asked, as far as it can be said before anybody has looked at
// Cal.com: for whoever asks what would happen.

#include "common/service_fields/fields.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace calfleet::service_fields {

/// A change that would be sent.
struct PlannedPush {
    std::vector<Field> fields{};
    bool managed{false};
    std::size_t hosts{0};
    bool deactivates{false};             ///< it is not to be booked afterwards
    std::int64_t length{0};              ///< afterwards
    std::vector<std::int64_t> options{}; ///< afterwards; none: there is nothing to choose
};

/// One sentence each; none: nothing but the fields.
std::vector<std::string> consequences(const PlannedPush& push);

} // namespace calfleet::service_fields
