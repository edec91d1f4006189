#pragma once
// An event type as Cal.com answers it, personal or of a team: what we use of it, typed; what we do
// not know, left alone.

#include "common/calcom/bounds.h"
#include "common/calcom/ids.h"
#include "common/core/result.h"
#include "common/events/duration_options.h"
#include "common/json/value.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace calfleet::calcom {

enum class Scheduling {
    Personal,   ///< one person's, children of managed ones included
    RoundRobin, ///< one of the hosts
    Collective, ///< all of the hosts
    Managed,    ///< a parent: cannot be booked, each host has a child of its own
    Other,      ///< a word this program does not know
};
std::string_view name(Scheduling scheduling); ///< "round_robin"

/// When a booking waits for the host's word.
struct Confirmation {
    enum class When {
        Never,
        Always,
        ShortNotice, ///< booked less than notice_count notice_unit ahead
        Other,       ///< a policy this program does not know
    };
    When when{When::Never};
    std::string notice_unit; ///< "minutes", "hours", ...
    std::int64_t notice_count{0};
    bool blocks_slot{false}; ///< an unconfirmed booking takes the time
    friend bool operator==(const Confirmation&, const Confirmation&) = default;
};

/// A member who may be booked. Name and user name are personal data: never logged.
struct EventTypeHost {
    UserId user;
    std::string name;
    std::string username;
    bool mandatory{false}; ///< round robin only
    std::string priority;  ///< round robin only: "medium"
    friend bool operator==(const EventTypeHost&, const EventTypeHost&) = default;
};

struct EventType {
    EventTypeId id;
    std::optional<UserId> owner;       ///< of a personal one or a child
    std::optional<TeamId> team;        ///< of a team's
    std::optional<EventTypeId> parent; ///< told only in the answer to a change of the parent
    Scheduling scheduling{Scheduling::Personal};
    /// Parent or child of a managed event type: all that a child tells about itself when it is
    /// read.
    bool managed{false};
    std::string title;
    std::string slug;
    std::string description;
    std::int64_t length_minutes{0};
    events::DurationOptions length_options{}; ///< none: there is nothing to choose
    bool hidden{false};
    std::int64_t minimum_notice_minutes{0};
    std::int64_t buffer_before_minutes{0};
    std::int64_t buffer_after_minutes{0};
    std::optional<ScheduleId> schedule;
    Confirmation confirmation;
    bool guests_disabled{false};
    std::int64_t price{0}; ///< in the currency's minor units; cannot be written through the API
    std::string currency;
    std::string booking_url;
    bool assigns_all_members{false};
    std::vector<EventTypeHost> hosts;
    std::int64_t seats_per_slot{0}; ///< 0: no seats
    bool recurring{false};
    /// JSON texts as they came, blanks removed.
    std::string locations{"[]"};
    std::string booking_fields{"[]"};
    std::string metadata{"{}"};
    /// Of an element of a list: what of it is larger than what is kept (bounds.h), with its size.
    /// Then only the id may be used.
    std::string unfit{};
};

/// One object of an answer. Unknown fields are passed over, unknown words become Other, a missing
/// or null optional field keeps its default. Error Invalid, naming the field, when id, title, slug
/// or lengthInMinutes is missing or a known field has another kind: then this is no event type.
/// Error Conflict, naming the field and its size: it is one, and larger than what is kept.
Result<EventType> read_event_type(json::Value value);

/// An array of them; an id that comes twice is kept once. One that is larger than what is kept says
/// so (unfit). Error Conflict: more than kMostEventTypes.
Result<std::vector<EventType>> read_event_types(json::Value value);

} // namespace calfleet::calcom
