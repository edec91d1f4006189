#pragma once
// The variables a program was started with, as a value: tests make their own.

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace calfleet::config {

using Environment = std::map<std::string, std::string, std::less<>>;

/// A copy of the process's environment. Call before threads start: setenv elsewhere would race.
Environment process_environment();

/// True for what Kubernetes puts into every pod for a Service of the same name as the worker:
/// HOST_MAPPER_SERVICE_HOST, HOST_MAPPER_PORT_8080_TCP_ADDR and so on. rest is the name without our
/// prefix.
bool is_kubernetes_service_link(std::string_view rest);

} // namespace calfleet::config
