#include "tests/calcom-sim/gate.h"

#include "tests/calcom-sim/shapes.h"

namespace calfleet::calcom_sim {
namespace {

constexpr std::string_view kKeyPrefix = "cal_";
constexpr std::string_view kNoMethod =
    "ApiAuthStrategy - No authentication method provided. Either pass an API key as 'Bearer' "
    "header "
    "or OAuth client credentials as 'x-cal-secret-key' and 'x-cal-client-id' headers";
constexpr std::string_view kNoPermission =
    "PermissionsGuard - no authentication provided. Provide either authorization bearer token "
    "containing managed user access token or oAuth client id in 'x-cal-client-id' header.";

// What a request identifies itself with: the header's value without the word "Bearer ". Another
// scheme's word stays where it is, and the whole is then taken for an access token.
std::string token_in(std::string_view authorization) {
    constexpr std::string_view kScheme = "Bearer ";
    std::string token(authorization);
    if (const auto at = token.find(kScheme); at != std::string::npos)
        token.erase(at, kScheme.size());
    return token;
}

} // namespace

std::string key_name(const World& world, std::string_view authorization) {
    const std::string token = token_in(authorization);
    if (token.empty()) return {};
    const ApiKey* key = world.key_with_value(token);
    return key == nullptr ? "?" : key->name;
}

Admission Gate::of_key(
    const Request& request, const ApiKey& key, World& world, const Settings& settings, Instant now
) {
    Admission admission{.user_id = key.user_id};
    if (settings.limiter) {
        const std::vector<Limit> limits =
            key.limits.empty() ? std::vector<Limit>{settings.key_limit} : key.limits;
        Throttle throttle = limiter_.count(key.value, limits, now);
        admission.headers = std::move(throttle.headers);
        admission.limited = throttle.refused;
        if (throttle.block_began && settings.lock_accounts &&
            lockout_.note(key.user_id, settings.excesses_until_lock, settings.lock_memory, now))
            if (User* user = world.users.edit(key.user_id, now)) user->locked = true;
    }
    const User* user = world.users.find(key.user_id);
    if (admission.limited)
        admission.refused = too_many_requests(request, now);
    else if (key.expired)
        admission.refused =
            refusal(request, now, 401, "ApiAuthStrategy - api key - Your api key is expired");
    else if (user == nullptr)
        admission.refused =
            refusal(request, now, 401, "ApiAuthStrategy - api key - Your api key is not valid");
    else if (user->locked)
        admission.refused = refusal(request, now, 403, "ApiAuthStrategy - user is locked");
    return admission;
}

Admission Gate::admit(
    const Request& request, Auth auth, World& world, const Settings& settings, Instant now
) {
    const std::string token = token_in(request.authorization);
    if (token.starts_with(kKeyPrefix)) {
        const ApiKey* key = world.key_with_value(token);
        if (key == nullptr || key->revoked)
            return {
                .refused = refusal(request, now, 401, "CustomThrottlerGuard - Invalid API Key")};
        return of_key(request, *key, world, settings, now);
    }
    Admission admission;
    if (settings.limiter) {
        const bool anonymous = token.empty();
        Throttle throttle = limiter_.count(
            anonymous ? "address " + request.client_address : "token " + token,
            {anonymous ? settings.address_limit : settings.token_limit},
            now
        );
        admission.headers = std::move(throttle.headers);
        admission.limited = throttle.refused;
    }
    if (admission.limited)
        admission.refused = too_many_requests(request, now);
    else if (!token.empty() && auth == Auth::Permissions)
        admission.refused = refusal(
            request, now, 403, "PermissionsGuard - no oAuth client found for access token=" + token
        );
    else if (!token.empty())
        admission.refused = refusal(request, now, 401, "Invalid Access Token.");
    else if (auth == Auth::Required)
        admission.refused = refusal(request, now, 401, kNoMethod);
    else if (auth == Auth::Permissions)
        admission.refused = refusal(request, now, 403, kNoPermission);
    return admission;
}

void Gate::forget() {
    limiter_.forget();
    lockout_.forget();
}

} // namespace calfleet::calcom_sim
