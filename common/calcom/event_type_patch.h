#pragma once
// The change of an event type: only fields that Cal.com can write, and whether it really wrote
// them.

#include "common/calcom/event_type.h"
#include "common/events/booking_fields.h"
#include "common/events/locations.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::calcom {

/// What is to be changed; an empty field stays as it is. There is no price, currency or metadata,
/// which the server drops with a 200.
struct EventTypePatch {
    std::optional<std::string> title;
    /// Only where it differs: a team's event type is refused its own slug. The server writes slugs
    /// in a form of its own; check() lets pass what it leaves alone.
    std::optional<std::string> slug;
    std::optional<std::string> description; ///< "" takes it away
    std::optional<std::int64_t> length_minutes;
    /// Never none: the server keeps an empty list, and takes every length for wrong then.
    std::optional<events::DurationOptions> length_options;
    std::optional<bool> hidden;
    std::optional<std::int64_t> minimum_notice_minutes;
    std::optional<std::int64_t> buffer_before_minutes;
    std::optional<std::int64_t> buffer_after_minutes;
    std::optional<ScheduleId> schedule;
    std::optional<Confirmation> confirmation;
    /// To the server these two are one: booking fields that do not hide the guests allow them, and
    /// a word about guests without booking fields takes all questions away. So both or neither; the
    /// one that shall stay is sent as it is there.
    std::optional<bool> guests_disabled;
    std::optional<events::BookingFields> booking_fields;
    std::optional<events::Locations> locations;

    bool empty() const;
};

/// Whose event type is changed.
enum class Ownership { Personal, Team };

/// What the server would take without a word, or answer with a 500: an empty title, a slug that it
/// would write otherwise, a negative buffer or notice, a length below 1, a confirmation policy of
/// kind Other; what it cannot take: locations and booking fields with an objection; what would
/// destroy something: guests without booking fields. Error Invalid names the field, the value and
/// the range.
Result<> check(const EventTypePatch& patch, Ownership ownership);

/// {"title":"...","lengthInMinutes":45}; of a checked patch.
std::string patch_json(const EventTypePatch& patch);

struct Difference {
    std::string field;    ///< Cal.com's name of it: "lengthInMinutes"
    std::string wanted;   ///< as in the patch, JSON
    std::string answered; ///< as in the answer, JSON
    friend bool operator==(const Difference&, const Difference&) = default;
};
using Differences = std::vector<Difference>;

/// Fields of the patch that the answered event type does not have: the server accepted and dropped
/// them. In the order of the fields above.
Differences compare(const EventTypePatch& patch, const EventType& answered);

} // namespace calfleet::calcom
