#pragma once
// What somebody wants to book, read from a request's body and checked as the real one checks it.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tests/calcom-sim/bookings_pipe.h"

namespace calfleet::calcom_sim {

/// The event type is named by id, by slug and username, or by slug and team.
struct WantedType {
    std::optional<Id> id{};
    std::string slug{};
    std::string username{};
    std::string team_slug{};
};

struct BookingWish {
    WantedType type{};
    Instant start{};
    Attendee attendee{}; ///< a phone number without an email address gets a made-up one
    std::vector<std::string> guests{};
    json::object metadata{};
    json::object responses{}; ///< bookingFieldsResponses
    json::object place{};     ///< location as an object; empty: none was named
    std::string location{};   ///< location as a text, or meetingUrl; "" : none was named
    std::string verification_code{};
    bool instant{};
    std::optional<std::int64_t> length_minutes{};
    std::optional<std::int64_t> occurrences{};
    json::object extra{}; ///< more responses to keep, in the old version's words
    bool legacy{};        ///< the answer is that of 2024-04-15
};

/// A valid body of POST /v2/bookings under 2024-08-13, or the refusal.
std::variant<BookingWish, Answer> read_wish(const Context& context);

/// Looks well enough like an address: something, an @, and a domain with a dot.
bool is_email(std::string_view text);

/// Whether metadata has at most 50 keys of 40 characters and only strings of at most 500.
bool metadata_fits(const json::value& metadata);

/// The event type that is meant, or 404.
std::variant<const EventType*, Answer>
event_type_meant(const Context& context, const WantedType& wanted);

/// What a booking of this type keeps as its location: a link, an address, a phone number or
/// "integrations:...". The first place of the type, unless the wish names one.
std::string location_of(const EventType& type, const BookingWish& wish);

/// A place that the type does not have: 400.
std::optional<Answer>
refuse_place(const Context& context, const EventType& type, const BookingWish& wish);

/// What bookingFieldsResponses and webhooks keep of a named place: {"value","optionValue"}; null
/// when none was named.
json::value place_answer(const BookingWish& wish);

/// A link is shown as the metadata's videoCallUrl.
bool is_link(std::string_view location);

} // namespace calfleet::calcom_sim
