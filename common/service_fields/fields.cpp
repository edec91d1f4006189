#include "common/service_fields/fields.h"

#include <algorithm>
#include <span>

namespace calfleet::service_fields {
namespace {

constexpr bool rules_stand_in_the_order_of_fields() {
    for (std::size_t i = 0; i < kFieldCount; ++i)
        if (static_cast<std::size_t>(kFields[i].field) != i ||
            (kFields[i].owner == Owner::Calcom) != (i >= kComparedFields))
            return false;
    return true;
}
static_assert(rules_stand_in_the_order_of_fields());

} // namespace

std::optional<Field> field_of(std::string_view column) {
    const auto rule = std::find_if(kFields.begin(), kFields.end(), [&](const Rule& candidate) {
        return candidate.column == column;
    });
    return rule == kFields.end() ? std::nullopt : std::optional(rule->field);
}

std::string compared_columns(std::string_view prefix) {
    std::string list;
    for (const Rule& rule : std::span(kFields).first(kComparedFields)) {
        if (!list.empty()) list += ", ";
        list.append(prefix).append(rule.column);
    }
    return list;
}

} // namespace calfleet::service_fields
