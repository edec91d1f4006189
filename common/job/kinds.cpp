#include "common/job/kinds.h"

#include "common/core/text.h"

namespace calfleet::job {

std::string entity_of(const Kind& kind, std::string_view id) {
    return std::string(kind.entity).append(id);
}

std::string entity_of(const Kind& kind, std::int64_t id) {
    return entity_of(kind, std::to_string(id));
}

std::optional<std::string_view> name_in(const Kind& kind, std::string_view entity) {
    if (!entity.starts_with(kind.entity) || entity.size() == kind.entity.size())
        return std::nullopt;
    return entity.substr(kind.entity.size());
}

std::optional<std::int64_t> id_in(const Kind& kind, std::string_view entity) {
    const auto digits = name_in(kind, entity);
    const auto number = digits ? parse_int64(*digits) : std::nullopt;
    return number && *number >= 1 ? number : std::nullopt;
}

} // namespace calfleet::job
