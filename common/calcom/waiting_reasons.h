#pragma once
// Why work waits for Cal.com: the codes that parked jobs carry in last_class, and what ends the
// waiting.

#include <array>
#include <string_view>
#include <vector>

namespace calfleet::calcom {

namespace waiting_for {
inline constexpr std::string_view kApiKey = "no_api_key";
inline constexpr std::string_view kSealedKey = "key_sealed";
inline constexpr std::string_view kRefusedKey = "key_refused";
inline constexpr std::string_view kKeyInDoubt = "key_in_doubt";
inline constexpr std::string_view kCredentialBreaker = "credential_breaker";
inline constexpr std::string_view kHostBreaker = "host_breaker";
inline constexpr std::string_view kOperationBreaker = "operation_breaker";
inline constexpr std::string_view kFrozenRate = "rate_frozen";
inline constexpr std::string_view kRateCeiling = "rate_ceiling";
inline constexpr std::string_view kEmptyBucket = "bucket_empty";
inline constexpr std::string_view kRateLimit = "rate_limited";
inline constexpr std::string_view kNetwork = "offline";
inline constexpr std::string_view kConnection = "not_sent";
inline constexpr std::string_view kServer = "server_trouble";
} // namespace waiting_for

struct WaitingReason {
    std::string_view code;
    bool of_key{false};                 ///< the company's key, or what it may still send
    bool ends_with_new_key{false};      ///< another key of the company is worth a try at once
    bool ends_with_key_breaker{false};  ///< so is closing the breaker of the company's key
    bool ends_with_call_breaker{false}; ///< or the breaker of a host or an operation
};

inline constexpr std::array kWaitingReasons{
    WaitingReason{.code = waiting_for::kApiKey, .of_key = true, .ends_with_new_key = true},
    WaitingReason{.code = waiting_for::kSealedKey, .of_key = true, .ends_with_new_key = true},
    WaitingReason{
        .code = waiting_for::kRefusedKey,
        .of_key = true,
        .ends_with_new_key = true,
        .ends_with_key_breaker = true},
    WaitingReason{
        .code = waiting_for::kKeyInDoubt,
        .of_key = true,
        .ends_with_new_key = true,
        .ends_with_key_breaker = true},
    WaitingReason{
        .code = waiting_for::kCredentialBreaker,
        .of_key = true,
        .ends_with_new_key = true,
        .ends_with_key_breaker = true},
    WaitingReason{.code = waiting_for::kHostBreaker, .ends_with_call_breaker = true},
    WaitingReason{.code = waiting_for::kOperationBreaker, .ends_with_call_breaker = true},
    WaitingReason{.code = waiting_for::kFrozenRate, .of_key = true, .ends_with_new_key = true},
    WaitingReason{.code = waiting_for::kRateCeiling, .of_key = true},
    WaitingReason{.code = waiting_for::kEmptyBucket, .of_key = true},
    WaitingReason{.code = waiting_for::kRateLimit, .of_key = true, .ends_with_new_key = true},
    WaitingReason{.code = waiting_for::kNetwork, .ends_with_call_breaker = true},
    WaitingReason{.code = waiting_for::kConnection, .ends_with_call_breaker = true},
    WaitingReason{.code = waiting_for::kServer, .ends_with_call_breaker = true}};

/// The codes of those for which `holds` is true: waiting_codes(&WaitingReason::of_key).
inline std::vector<std::string_view> waiting_codes(bool WaitingReason::*holds) {
    std::vector<std::string_view> codes;
    for (const WaitingReason& reason : kWaitingReasons)
        if (reason.*holds) codes.push_back(reason.code);
    return codes;
}

} // namespace calfleet::calcom
