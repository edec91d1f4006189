#pragma once
// Which route serves a method, a path and a cal-api-version; what it needs from the caller.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/calcom-sim/message.h"
#include "tests/calcom-sim/settings.h"
#include "tests/calcom-sim/sim_clock.h"
#include "tests/calcom-sim/world.h"

namespace calfleet::calcom_sim {

/// What a route has at hand. It lives until the answer is out, so an Outcome's `next` may refer to
/// it; pointers into the world do not live that long (the world may be replaced in between).
struct Context {
    const Request& request;
    World& world;
    const Settings& settings;
    Instant now{};                     ///< for what is written
    Instant reads{};                   ///< as of when a GET sees the world; now for other methods
    std::optional<Id> caller_id{};     ///< whose key was sent; none: anonymous
    std::vector<std::string> values{}; ///< of the pattern's :names, in order
    const SimClock* clock{};           ///< what Outcome::next asks, when time has passed

    /// Now, also after a pause or a delivery; `now` is when the request was served.
    Instant moment() const { return clock == nullptr ? now : clock->now(); }
    const User* caller() const { return caller_id ? world.users.find(*caller_id) : nullptr; }
    /// The n-th :name as a number; nothing when it is none (the routes then answer unforeseen()).
    std::optional<Id> id(std::size_t at) const;

    /// Shapes 1 and 3 for this request.
    Answer refuse(int status, std::string_view message) const;
    Answer mapped(int status, std::string_view code, std::string_view message) const;
    Answer unforeseen() const;
    Answer invalid(json::array errors) const;
};

/// What an anonymous request gets. Bad credentials are 401 on every route.
enum class Auth {
    Required,    ///< 401
    Permissions, ///< 403, of the routes behind the permissions guard
    Optional,    ///< served
};

inline constexpr std::string_view kApril15 = "2024-04-15";
inline constexpr std::string_view kJune11 = "2024-06-11";
inline constexpr std::string_view kJune14 = "2024-06-14";
inline constexpr std::string_view kAugust13 = "2024-08-13";
inline constexpr std::string_view kSeptember04 = "2024-09-04";

struct Route {
    std::string_view method{};
    std::string_view pattern{};               ///< "/v2/teams/:teamId/memberships/:id"
    std::vector<std::string_view> versions{}; ///< empty: every one
    Auth auth{Auth::Required};
    std::function<Outcome(Context&)> serve{};
};

/// Routes are looked at in the order in which they were added; the first that fits serves. What
/// nobody serves is 404 "Cannot GET ...". One thread.
class Router {
public:
    void add(Route route);

    struct Match {
        const Route* route{};
        std::vector<std::string> values{};
    };
    Match find(std::string_view method, std::string_view path, std::string_view version) const;

private:
    struct Compiled {
        Route route{};
        std::vector<std::string_view> segments{};
    };
    std::vector<Compiled> routes_{};
};

/// The version that a header's value means: itself when known, else 2024-04-15.
std::string_view version_meant(std::string_view header);

} // namespace calfleet::calcom_sim
