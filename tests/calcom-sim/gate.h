#pragma once
// The way in: the throttler first, which looks the key up, then authentication.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/calcom-sim/limiter.h"
#include "tests/calcom-sim/message.h"
#include "tests/calcom-sim/router.h"

namespace calfleet::calcom_sim {

struct Admission {
    std::optional<Answer> refused{};
    std::optional<Id> user_id{};
    bool limited{}; ///< refused by the limiter
    /// The limiter's, on every request that was counted, refused or not.
    std::vector<std::pair<std::string, std::string>> headers{};
};

/// The name of the key that a request carries: "" without a credential, "?" for an unknown one.
std::string key_name(const World& world, std::string_view authorization);

/// One thread.
class Gate {
public:
    Admission
    admit(const Request& request, Auth auth, World& world, const Settings& settings, Instant now);
    void forget();

private:
    Admission
    of_key(const Request& request, const ApiKey& key, World& world, const Settings&, Instant);
    Limiter limiter_{};
    Lockout lockout_{};
};

} // namespace calfleet::calcom_sim
