#include "common/config/environment.h"

#include <unistd.h>

#include <algorithm>

namespace calfleet::config {
namespace {

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

bool take_digits(std::string_view& text) {
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(end);
    return end != 0;
}

} // namespace

Environment process_environment() {
    Environment environment;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const auto equals = text.find('=');
        if (equals == std::string_view::npos) continue;
        environment.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return environment;
}

bool is_kubernetes_service_link(std::string_view rest) {
    if (rest == "SERVICE_HOST" || rest == "PORT") return true;
    if (take_prefix(rest, "SERVICE_PORT")) return rest.empty() || rest.front() == '_';
    if (!take_prefix(rest, "PORT_") || !take_digits(rest)) return false;
    if (!take_prefix(rest, "_TCP") && !take_prefix(rest, "_UDP") && !take_prefix(rest, "_SCTP"))
        return false;
    return rest.empty() || rest == "_PROTO" || rest == "_PORT" || rest == "_ADDR";
}

} // namespace calfleet::config
