#pragma once
// Who is told of a booking, and the signed bytes they get.

#include <string>
#include <string_view>
#include <vector>

#include "tests/calcom-sim/router.h"
#include "tests/calcom-sim/webhooks_payload.h"

namespace calfleet::calcom_sim {

inline constexpr std::string_view kBookingCreated = "BOOKING_CREATED";
inline constexpr std::string_view kBookingRequested = "BOOKING_REQUESTED";
inline constexpr std::string_view kBookingRescheduled = "BOOKING_RESCHEDULED";
inline constexpr std::string_view kBookingCancelled = "BOOKING_CANCELLED";
inline constexpr std::string_view kBookingRejected = "BOOKING_REJECTED";
inline constexpr std::string_view kNoShowUpdated = "BOOKING_NO_SHOW_UPDATED";
inline constexpr std::string_view kInstantMeeting = "INSTANT_MEETING";
inline constexpr std::string_view kMeetingStarted = "MEETING_STARTED";
inline constexpr std::string_view kMeetingEnded = "MEETING_ENDED";

/// The active webhooks for this trigger: the organizer's (not for collective and round robin
/// types, unless it is BOOKING_REJECTED), the event type's and its parent's, the team's. The same
/// URL in two scopes is told twice.
std::vector<const Webhook*>
subscribers(const World& world, const Booking& booking, std::string_view trigger);

/// {"triggerEvent","createdAt","payload"} to each of them, as the settings lose, double, hold back
/// and delay it.
std::vector<Outbound> announce(
    const Context& context,
    std::string_view trigger,
    const Booking& booking,
    const json::object& payload
);

/// One delivery: a template replaces the body; the signature is over what is sent.
Outbound delivery_to(const Webhook& webhook, std::string_view trigger, const json::object& body);

/// Loses, doubles, holds back and delays as the settings say.
std::vector<Outbound>
afflicted(std::vector<Outbound> deliveries, const Settings& settings, Random& dice);

/// Lower-case hexadecimal digits of HMAC-SHA256.
std::string signature(std::string_view secret, std::string_view body);

} // namespace calfleet::calcom_sim
