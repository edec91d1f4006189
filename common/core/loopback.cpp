#include "common/core/loopback.h"

#include "common/core/text.h"

#include <algorithm>

namespace calfleet {
namespace {

/// "SSL://[::1]:9092" -> "::1".
std::string_view host_of(std::string_view broker) {
    if (const auto scheme = broker.find("://"); scheme != std::string_view::npos)
        broker.remove_prefix(scheme + 3);
    if (broker.starts_with('[')) {
        const auto end = broker.find(']');
        return end == std::string_view::npos ? broker : broker.substr(1, end - 1);
    }
    return broker.substr(0, broker.find(':'));
}

} // namespace

bool is_loopback_host(std::string_view host) {
    if (host == "localhost" || host == "::1") return true;
    const auto parts = split(host, '.');
    return parts.size() == 4 && parts[0] == "127" &&
           std::ranges::all_of(parts, [](std::string_view part) {
               const auto number = parse_int64(part);
               return part.size() <= 3 && number && *number >= 0 && *number <= 255;
           });
}

std::string_view first_beyond_loopback(std::string_view brokers) {
    for (const std::string_view raw : split(brokers, ',')) {
        const std::string_view broker = trim(raw);
        if (!broker.empty() && !is_loopback_host(host_of(broker))) return broker;
    }
    return {};
}

} // namespace calfleet
