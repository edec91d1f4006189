#pragma once
// Which addresses cannot leave this machine.

#include <string_view>

namespace calfleet {

/// A name or a number that can only mean this machine: "localhost", 127.0.0.0/8, ::1. IPv6 without
/// brackets. Whatever else a resolver may make of a name is not asked.
bool is_loopback_host(std::string_view host);

/// Of a list "host:port,host:port" as Kafka's clients take it, protocol prefixes and brackets of
/// IPv6 included: the first that is_loopback_host() does not know; empty when there is none.
std::string_view first_beyond_loopback(std::string_view brokers);

} // namespace calfleet
