#pragma once
// What a snapshot of an event type decides, without touching anything: which of several is the
// newest, whether a service is made, compared or put out of use, and in which fields the two sides
// differ.

#include "common/core/digest.h"
#include "common/core/ids.h"
#include "common/core/result.h"
#include "common/core/time.h"
#include "common/events/arrival.h"
#include "common/events/event_type_updated.h"
#include "common/service_fields/values.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace calfleet::event_type_importer {

// ------------------------------------------------------------------------------------- fields

// Every column of a service that an event type has a value for. Nothing else of a service is ever
// written from a snapshot but how the two stand to each other (sync_status and the like).
using service_fields::Field;
using service_fields::kFields;
using service_fields::Owner;
using service_fields::Rule;

/// In canonical form, so that equal values have equal texts; empty: the side says nothing about the
/// field (absent in a snapshot, NULL in a row). Locations and booking fields stand in the form in
/// which Cal.com takes them: what it adds by itself is no difference.
using service_fields::Values;

// ---------------------------------------------------------------------------------- snapshots

/// PostgreSQL's integer is what a price is kept in.
inline constexpr std::int64_t kMostPrice = 2'147'483'647;
/// Locations, booking fields and metadata, each. Cal.com's own form offers far less.
inline constexpr std::size_t kMostDocumentBytes = 64 * 1024;

/// What a codec may let pass and a row cannot hold or should not. Error Invalid names field, value
/// or its length, and what is expected.
Result<> check(const events::EventTypeUpdated& event);

/// An event type at one instant. Strings live as long as the batch.
struct Snapshot {
    CompanyId company;
    std::int64_t event_type{0};
    events::EventTypeChange change{events::EventTypeChange::Updated};
    Instant as_of{};
    events::Arrival arrival{};
    /// It claimed a later instant than it can have known of, and so tells nothing about when it was
    /// true: as_of is when it arrived. It replaces what was true before, and gives way to every
    /// snapshot that comes after it.
    bool bounded{false};
    std::optional<std::int64_t> team;
    std::optional<std::int64_t> owner;
    std::optional<std::int64_t> parent;
    bool is_child{false}; ///< of a managed event type: one member's copy, bookable but no service
    bool assigns_all_members{false};
    std::string_view title;
    std::string_view slug;
    std::string_view scheduling; ///< as a row says it; empty: personal, or a word nobody knows
    std::string_view hosts{};    ///< JSON list as a row keeps it; empty: the shape has none
    Values values{};
    /// The whole lists, as a new service gets them; empty: the shape has none.
    std::string_view locations{};
    std::string_view booking_fields{};
    Sha256 digest{}; ///< of all of the above but as_of and the event's identity
    std::string_view event_id;

    bool deleted() const { return change == events::EventTypeChange::Deleted; }
};

/// Makes a claim that is later than what the record can tell of harmless.
void bound_claim(Snapshot& snapshot, Instant now);

/// Whether a snapshot replaces one that arrived before it: the later holds; at the same instant a
/// deletion is the last word, since no event type comes back, and of two that differ the one that
/// arrived last: a partition keeps the order of its events.
bool is_newer(const Snapshot& candidate, const Snapshot& than);
/// What it counts for once it is known.
inline Instant rank_of(const Snapshot& snapshot) {
    return snapshot.bounded ? events::kUnranked : snapshot.as_of;
}

/// What remains of every event type, in the order (company, event type) in which rows are locked.
/// Indexes into the given snapshots, which stand in the order of their arrival.
std::vector<std::uint32_t> newest_of_each(std::span<const Snapshot> snapshots);

// ----------------------------------------------------------------------------------- services

/// Why this worker has put a service out of use, and how it says so. Both texts also recognise,
/// when the event type is seen again, what has to be undone; as does the error of a push that did
/// not find it (events::kEventTypeNotFound).
inline constexpr std::string_view kGoneReason = "deleted at Cal.com";
inline constexpr std::string_view kGoneError =
    "the event type was deleted at Cal.com: link the service to another event type, or leave it "
    "inactive";

/// What service-pusher and this worker have written down about Cal.com's side (services.pushed).
struct Pushed {
    Values fields{};                   ///< as Cal.com answered last
    std::vector<Values> unconfirmed{}; ///< sent since then without an answer

    /// Whether the platform itself may have put this value there.
    bool explains(Field field, std::string_view value) const;
};

/// The service that sells an event type, as its row stands.
struct ServiceRow {
    std::int64_t id{0};
    std::int64_t version{1};
    std::optional<std::int64_t> pushed_version;
    std::string_view sync_status;
    std::string_view sync_error;
    std::string_view deactivation_reason;
    Values values{};
    Pushed pushed{};
    std::vector<Field> open_divergences{};

    bool active() const { return values[Field::Active] == "true"; }
};

struct Difference {
    Field field;
    std::string_view platform;
    std::string_view calcom;
};

/// What the row's state becomes; nothing: stays.
struct StateChange {
    std::optional<bool> active;
    /// With it the error: the text, or none.
    std::optional<std::string_view> sync_status;
    std::string_view sync_error;
    /// Empty: none any more.
    std::optional<std::string_view> deactivation_reason;
    /// The platform's version has not reached Cal.com: raise it, which makes the row pending and
    /// queues its push.
    bool asks_for_push{false};
};

/// Ignore: unknown and gone, or a child nobody sells. Create: unknown. Compare: known. Return:
/// known, and it had been deleted. Deactivate: known and gone.
enum class Move { Ignore, Create, Compare, Return, Deactivate };

struct Decision {
    Move move{Move::Ignore};
    StateChange state{};
    std::vector<Field> refreshed{}; ///< Cal.com's own fields that the row has otherwise
    std::vector<Difference> differences{};
    std::vector<Field> agreed{}; ///< open divergences that are none any more

    bool changes_row() const;
};

/// service: the row that is linked to the snapshot's event type, when there is one.
Decision decide(const Snapshot& snapshot, const ServiceRow* service);

/// Where the two sides disagree, in the order of kFields. No disagreement: a field that one side
/// says nothing about, and what Cal.com has from the platform (which has changed since, and its
/// push is on the way).
std::vector<Difference>
differences(const Values& calcom, const Values& platform, const Pushed& pushed);

} // namespace calfleet::event_type_importer
