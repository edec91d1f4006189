#pragma once
// What bookings and their hosts decide, without touching anything: how sightings of a booking add
// up to its row, and whether a host's mapping is kept, made, made anew or put away.

#include "common/core/ids.h"
#include "common/core/text_arena.h"
#include "common/core/time.h"
#include "common/events/arrival.h"
#include "common/events/booking.h"
#include "common/matching/matcher.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::host_mapper {

// ---------------------------------------------------------------------------------- bookings

/// Ordered: an ended booking never comes alive again, and among endings the one that knows more
/// stays (Cal.com shows a rescheduled booking as cancelled, with the uid that replaced it).
enum class Status { Pending, Accepted, Rejected, Cancelled, Rescheduled };
std::string_view text(Status status);
inline bool is_terminal(Status status) {
    return status >= Status::Rejected;
}

/// As-of of a row nobody has described yet: it is only named by the booking that replaced it.
inline constexpr Instant kNeverDescribed{};
using events::Arrival;
using events::kClockTolerance;
using events::kUnranked;
using events::latest_tellable;

/// One Cal.com booking, as an event describes it or as its row stands. merge() is associative and
/// idempotent; for descriptions of different instants it is commutative, too, so that the order of
/// arrival does not matter.
struct Sighting {
    CompanyId company;
    std::string_view uid;
    Status status{Status::Pending};
    /// Instant at which the description below was true.
    Instant as_of{kNeverDescribed};
    /// The description claimed a later instant than it can have known of, and so tells nothing
    /// about when it was true: as_of is kUnranked. It arrived at this instant, replaces what was
    /// true before, and gives way to every description that comes after it.
    std::optional<Instant> bounded_at{};
    std::optional<Instant> starts_at;
    std::optional<Instant> ends_at;
    std::string_view host;     ///< host_key(), empty when there is none
    std::string_view customer; ///< customer_key(), empty when there is none
    std::optional<BranchId> branch;
    /// What never changes during a booking's life.
    std::optional<std::int64_t> booking_id;
    std::optional<std::int64_t> event_type_id;
    std::string_view replaces;    ///< uid of the booking that this one was rescheduled from
    std::string_view replaced_by; ///< uid of the booking that this one was rescheduled to
    /// Somebody must serve it as far as this sighting knows: a live description with this host.
    bool wants_staff{false};
};

/// Nothing: all of it was known. Filled: the booking had ended or was known better; blanks were
/// filled in at most. Advanced: its status or description moved on.
enum class Merge { Nothing, Filled, Advanced };

/// Makes a claim that is later than what the record can tell of harmless.
void bound_claim(Sighting& sighting, Instant latest);

/// Brings a sighting that arrived after it into held. The later description wins, the one that
/// arrived later when both claim the same instant; what the winner leaves out is kept. Links and
/// numbers are facts: once known, they stay (the greater value should two ever differ).
Merge merge(Sighting& held, const Sighting& incoming);

/// What an event says about its own booking, and about the one it replaces, when it names one. A
/// seat that is moved does not end the booking that it leaves: whether anybody is left there, only
/// its rows tell.
struct EventSightings {
    Sighting own;
    std::optional<Sighting> replaced;
};

/// An event that ends the series of its booking: Cal.com sends no other for the occurrences behind.
bool ends_series(const events::BookingEvent& event);

/// company is the envelope's. Strings of the result live in the arena or where the event's live.
/// A booking of the topic booking-cancelled counts as cancelled even if the object does not say so
/// yet: Cal.com sends that webhook before it updates the row.
EventSightings sightings_of(CompanyId company, const events::BookingEvent& event, TextArena& arena);

/// "101"; "email:<folded address>" or "username:<folded>" for a host without an id; empty when
/// nothing identifies it (a mere name does not).
std::string_view host_key(const events::BookingHost& host, TextArena& arena);

/// Folded e-mail address, else "tel:" and the number as canonical_phone() has it, dialled within
/// region (ISO 3166, empty: not known), else empty. More than kLongestKey bytes are no address.
std::string_view customer_key(
    const events::BookingCustomer& customer, TextArena& arena, std::string_view region = {}
);
/// Whether the region could make a difference.
bool needs_region(std::string_view customer_key, std::string_view phone);
inline constexpr std::size_t kLongestKey = 320;

/// A batch's sightings, one per booking, in the order (company, uid) in which rows are written.
struct Fold {
    static constexpr std::uint32_t kNone = ~std::uint32_t{0};
    struct Trace {
        std::uint32_t own{kNone}; ///< index into bookings
        Merge own_merge{Merge::Nothing};
        std::uint32_t replaced{kNone};
        Merge replaced_merge{Merge::Nothing};
    };
    std::vector<Sighting> bookings;
    std::vector<Trace> traces; ///< one per event, in the order given
};
Fold fold(std::span<const EventSightings> events);

/// What the write of a booking's row did: nothing for a row that was left as it was.
using Written = std::optional<Status>;

/// Whether an event had an effect: false is "superseded".
bool had_effect(const Fold& fold, const Fold::Trace& trace, std::span<const Written> written);

// ---------------------------------------------------------------------------------- customers

struct CustomerSighting {
    CompanyId company;
    std::string_view key;
    std::string_view name{}, email{}, phone{}, time_zone{}; ///< empty: not told
    Instant as_of{};
};

CustomerSighting customer_sighting(
    CompanyId company, const events::BookingCustomer& customer, std::string_view key, Instant as_of
);

/// The row as it stands; empty strings for NULL.
struct CustomerRow {
    std::int64_t id{0};
    std::string_view name, phone, time_zone;
    Instant seen_at;
};

/// A customer who comes back unchanged is written at most this often. Until then seen_at stays
/// behind, and within that hour an older event that differs could still win.
inline constexpr std::chrono::hours kCustomerRefresh{1};

/// Whether the row must be written for this sighting.
bool changes(const CustomerRow& row, const CustomerSighting& seen);

/// Brings another sighting of the same customer, which arrived later, into held.
void merge(CustomerSighting& held, const CustomerSighting& incoming);

// ---------------------------------------------------------------------------------- mappings

enum class MappingState { Active, Review, Unmatched, Inactive };
std::string_view text(MappingState state);
std::optional<MappingState> mapping_state(std::string_view text);

/// The current (not inactive) mapping of a host, and what it must be checked against.
struct MappingRow {
    MappingId id;
    MappingState state{MappingState::Unmatched};
    std::optional<StaffId> staff;
    std::string source{"none"}; ///< email, name, fuzzy, none, manual, admin, account
    int score{0};
    std::int64_t staff_version{0}; ///< of the company, when it was decided
    Instant decided_at;
    bool staff_in_company{false};
    bool staff_active{false};
    std::string host_name, host_email, host_username, host_time_zone;
    std::optional<BranchId> branch;
    std::optional<Instant> last_seen_at; ///< of the host; at most kSeenRefresh behind
    std::string decided_by;
    /// What the account is called now, where a person decided when it was called otherwise.
    std::string account_name, account_email;
    /// The active staff member whose account at Cal.com it is; nothing where a person decided, or
    /// where it is the linked one's own.
    std::optional<StaffId> account;
};

/// Whether a person decided it last: automatic decisions may only ask then.
bool by_person(const MappingRow& row);

/// A host that shows itself unchanged is noted at most this often.
inline constexpr std::chrono::hours kSeenRefresh{1};

/// The host as the newest event of the batch shows it.
struct HostSighting {
    CompanyId company;
    std::string_view key;
    std::string_view id{}, name{}, email{}, username{}, time_zone{};
    std::optional<BranchId> branch{};
    std::optional<std::int64_t> event_type{}; ///< of the booking
    Instant as_of{};
    std::string_view event_id{}; ///< goes into the audit
    bool wants_staff{false};     ///< a live booking asks; otherwise only a known mapping is used
};

/// What is known about a host that has no usable mapping of its own.
struct HostKin {
    /// The active staff member whose account at Cal.com it is.
    std::optional<StaffId> account;
    /// The mapping that it had while only its address or user name was known.
    std::optional<MappingRow> former;
    std::string former_key;
    bool empty() const { return !account && !former; }
};

/// Use: the row as it is. Leave: no usable row, and no live booking asks. Decide: there is none.
/// Redecide: nobody was linked, and the staff or the host's names have changed since; or it was
/// linked unattended, and the account is known as somebody else's.
/// Invalidate: it links to somebody who is no longer there; put it away, then decide. Doubt: the
/// account that was linked unattended shows another name or mailbox than then.
enum class Move { Use, Leave, Decide, Redecide, Invalidate, Doubt };
Move next_move(
    const std::optional<MappingRow>& row, const HostSighting& host, std::int64_t staff_version
);
/// The same once its kin is known: a host is decided although no live booking asks when that needs
/// no guess, and a decision that linked nobody gives way to the account.
Move next_move(const std::optional<MappingRow>& row, const HostKin& kin, Move without_kin);
/// Whether kin could change the move.
bool may_have_kin(const std::optional<MappingRow>& row, const HostSighting& host, Move move);

/// Why the mapping must not be used any more, as its audit says it.
matching::Reason invalidation_reason(const MappingRow& row);

/// A decision about a host's mapping, as its row will say it.
struct Conclusion {
    MappingState state{MappingState::Unmatched};
    std::optional<StaffId> staff; ///< linked when active, the candidate in review
    std::string_view source{"none"};
    int score{0};
    std::vector<matching::Reason> reasons;
};

/// person_decided: a person has decided about this host before, or its account was another's; then
/// the most an automatic decision may do is to ask.
Conclusion conclude(matching::Match match, bool person_decided);

/// The same from what is known without matching; nothing when that decides nothing.
std::optional<Conclusion> conclude(const HostKin& kin, bool person_decided);

/// A link that was made unattended stays when the account with its new name and mailbox is linked
/// to the same person; else only a person may go on with it.
Conclusion conclude_doubt(matching::Match match, const MappingRow& before);

/// Who may hold the bookings of an event type, as Cal.com was read last: those it names, of a
/// member's copy its owner.
struct EventTypeHosts {
    struct Host {
        std::optional<std::int64_t> user_id;
        std::string username;
    };
    std::int64_t event_type{0};
    std::vector<Host> hosts;
};
/// A link that was found by matching becomes a question when one of the event types names its hosts
/// and not this one: by Cal.com's user id, else by user name. A host that is known by neither is
/// not doubted, nor is one by an event type that names nobody.
void weigh_event_types(
    Conclusion& conclusion,
    const HostSighting& host,
    std::string_view username,
    std::span<const EventTypeHosts> event_types
);

/// What an account is called now, of a mapping that a person decided; a member is empty where
/// nothing is new. is_change: it was called otherwise when they did, else it had not been told yet.
struct AccountNews {
    std::string_view name, email;
    bool is_change{false};
    bool empty() const { return name.empty() && email.empty(); }
};
AccountNews account_news(const MappingRow& row, const HostSighting& host);

/// Whether the row should be told that the host was seen.
bool is_news(const MappingRow& row, const HostSighting& host);

/// How a booking of that host is assigned. decided_now: its mapping was decided in this batch.
struct Assignment {
    std::optional<StaffId> staff;
    std::string_view how{"none"}; ///< a value of appointments.assignment
    /// The same, but of a host that was known already what had found it: email, name, fuzzy.
    std::string_view found_by{how};
};
Assignment assignment(const std::optional<MappingRow>& row, bool decided_now, bool wants_staff);

/// One row of calcom_host_mapping_audits. before and after are the states of the mapping.
struct Audit {
    CompanyId company;
    std::string_view host;
    std::string_view action; ///< decided, redecided, doubted, invalidated
    /// A copy: the row it comes from may be gone by the time it is written. What the row holds
    /// afterwards is read from it.
    std::optional<MappingRow> before;
    std::string source{"none"};
    int score{0};
    std::span<const matching::Reason> reasons;
    std::string_view event_id;
};
Audit audit_of(
    Move move,
    const HostSighting& host,
    const std::optional<MappingRow>& before,
    const Conclusion& conclusion
);

} // namespace calfleet::host_mapper
