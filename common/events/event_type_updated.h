#pragma once
// event-type-updated: a snapshot of an event type at Cal.com that is new, different or gone.

#include "common/core/result.h"
#include "common/core/text_arena.h"
#include "common/core/time.h"
#include "common/events/envelope.h"
#include "common/json/parser.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace calfleet::events {

inline constexpr std::string_view kEventTypeUpdated = "event-type-updated";

/// How services.sync_error begins when a push did not find the event type. Whoever sees the event
/// type again by such an event knows by it what to mend.
inline constexpr std::string_view kEventTypeNotFound = "Cal.com has no event type ";

enum class EventTypeChange { Created, Updated, Deleted };
std::string_view name(EventTypeChange change); ///< "created", "updated", "deleted"

enum class EventTypeScheduling {
    Personal,
    RoundRobin,
    Collective,
    Managed, ///< the parent; cannot be booked itself
    Other,   ///< a word this program does not know
};

/// Who may be booked. Name and user name are personal data: never logged.
struct SnapshotHost {
    std::int64_t user_id{0};
    std::string_view name;
    std::string_view username;
    bool mandatory{false};
    std::string_view priority; ///< round robin: "medium"; else empty
};

/// Cal.com's own event-type object, personal or of a team. Empty optionals and views: the shape
/// does not carry it, which says nothing. A deletion carries the id and perhaps nothing else.
struct EventTypeUpdated {
    EventTypeChange change{EventTypeChange::Updated};
    std::int64_t id{0};
    std::optional<std::int64_t> team_id;
    std::optional<std::int64_t> owner_id;
    std::optional<std::int64_t> parent_id; ///< of a child of a managed event type
    EventTypeScheduling scheduling{EventTypeScheduling::Personal};
    std::string_view title; ///< never empty but for a deletion
    std::string_view slug;  ///< never empty but for a deletion
    std::optional<std::string_view> description;
    std::optional<std::int64_t> length_minutes; ///< from 1; always there but for a deletion
    std::optional<bool> hidden;
    std::optional<std::int64_t> minimum_notice_minutes;
    std::optional<std::int64_t> buffer_before_minutes;
    std::optional<std::int64_t> buffer_after_minutes;
    std::optional<std::int64_t> schedule_id;
    std::optional<bool> requires_confirmation; ///< always, or on short notice
    std::optional<bool> guests_disabled;
    std::optional<std::int64_t> price; ///< minor units of currency
    std::string_view currency;         ///< three letters as sent, "usd"
    std::string_view booking_url;
    bool assigns_all_members{false};
    std::optional<std::vector<SnapshotHost>> hosts;
    /// JSON texts with their blanks removed, safe for a jsonb column; empty when absent.
    std::string_view length_options; ///< [15,30,60]: what a booking chooses from
    std::string_view locations;
    std::string_view booking_fields;
    std::string_view metadata;
    Instant as_of; ///< when the snapshot was true: the envelope's time
};

/// Keeps parser memory between calls; one per thread.
class EventTypeUpdatedDecoder {
public:
    /// Strings of the result live in the arena. Error Invalid names the field, its value (never a
    /// name of a person) and what is expected; unknown fields are passed over.
    Result<EventTypeUpdated> decode(const Envelope& envelope, TextArena& arena);

private:
    json::Parser parser_;
};

} // namespace calfleet::events
