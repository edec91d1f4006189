#pragma once
// One request to the simulator over TLS, with a client that is as strict as one should be.

#include <cstdint>
#include <filesystem>
#include <string>

#include "tests/calcom-sim/client/calcom_simulator.h"

namespace calfleet::test_support {

/// TLS 1.2 or newer; the certificate must be for this host and by this authority. Throws
/// std::runtime_error with the reason when the handshake or the request fails; then nothing but the
/// handshake was sent.
SimulatorAnswer get_over_tls(
    std::uint16_t port,
    const std::filesystem::path& authority,
    const std::string& host,
    const std::string& target,
    const std::string& key
);

} // namespace calfleet::test_support
