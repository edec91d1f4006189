#pragma once
// booking-created, booking-rescheduled, booking-cancelled: Cal.com's own booking object, in either
// of its two shapes.

#include "common/core/ids.h"
#include "common/core/result.h"
#include "common/core/text_arena.h"
#include "common/core/time.h"
#include "common/events/envelope.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace calfleet::events {

inline constexpr std::string_view kBookingCreated = "booking-created";
inline constexpr std::string_view kBookingRescheduled = "booking-rescheduled";
inline constexpr std::string_view kBookingCancelled = "booking-cancelled";

enum class BookingChange { Created, Rescheduled, Cancelled };
enum class BookingStatus { Pending, Accepted, Cancelled, Rejected };

/// Who holds the appointment at Cal.com: organizer, else hosts[0], else responses.hosts[0]. What
/// Cal.com writes where it knows nothing (text_rules.h) reads as empty.
struct BookingHost {
    std::string_view id; ///< Cal.com's user id as decimal text, empty when absent
    std::string_view name;
    std::string_view email;
    std::string_view username;
    std::string_view time_zone{}; ///< of the account; identifies nobody
    bool empty() const { return id.empty() && name.empty() && email.empty() && username.empty(); }
};

/// Who booked: the attendee whose address equals the booker's response, else the first attendee,
/// with what only the answers tell; without attendees whom the answers tell. The address that
/// Cal.com makes up for a telephone number ("4915112345679@sms.cal.com") reads as the number.
struct BookingCustomer {
    std::string_view name;
    std::string_view email;
    std::string_view phone;
    std::string_view time_zone;
    bool empty() const { return name.empty() && email.empty() && phone.empty(); }
};

/// One of those who share an appointment with seats.
struct BookingSeat {
    std::string_view uid; ///< empty: not told
    BookingCustomer person;
};

/// Who has a seat of an appointment with seats. More than kMostSeats are refused.
struct BookingSeats {
    enum class Named { Sit, Left };
    Named are{Named::Sit}; ///< at rescheduled_from_uid, if there is one, they have left
    /// Whoever is not named has no seat (any more).
    bool names_all{false};
    std::vector<BookingSeat> named;
};
inline constexpr std::size_t kMostSeats = 1000;
inline constexpr std::size_t kMostHosts = 100;

/// Empty views and nullopt: the shape does not carry it.
struct BookingEvent {
    BookingChange change{BookingChange::Created};
    std::string_view uid; ///< never empty, <= 255 bytes
    std::optional<std::int64_t> booking_id;
    std::optional<std::int64_t> event_type_id;
    BookingStatus status{BookingStatus::Accepted};
    /// Both or neither; carried by all but a sparse booking-cancelled. ends_at >= starts_at, years
    /// 1970 to 2200.
    std::optional<Instant> starts_at;
    std::optional<Instant> ends_at;
    BookingHost host;
    /// Those who hold it together with host: a collective booking's, a round robin's fixed ones.
    std::vector<BookingHost> other_hosts;
    std::optional<BookingCustomer> customer;
    /// Nothing: one customer has it all. A seat is not the booking: where a booking-cancelled tells
    /// of one seat, status is that of the booking, which stands.
    std::optional<BookingSeats> seats;
    /// One of a series. Only REST answers tell which (recurringBookingUid), only webhooks how
    /// often. Cal.com's webhook about one occurrence that is cancelled leaves recurs_every out:
    /// where it is there, the series ends.
    bool is_recurring{false};
    std::string_view series;
    std::optional<std::chrono::seconds> recurs_every; ///< months and years count as days
    /// The booking that this one replaces, and the one that replaces it; never this one's own uid
    /// (a seated booking is moved in place and names itself). A booking-rescheduled event carries
    /// at least one of them or names itself.
    std::string_view rescheduled_from_uid;
    std::string_view rescheduled_to_uid;
    std::optional<Instant> rescheduled_from_start;
    std::optional<Instant> rescheduled_from_end;
    /// Instant at which the snapshot was true: booking.updatedAt when carried, else the envelope's
    /// time.
    Instant as_of;
    std::optional<BranchId> branch; ///< data.branch_id, the platform's own addition
};

/// Keeps parser memory between calls; one per thread.
class BookingDecoder {
public:
    BookingDecoder();
    ~BookingDecoder();
    BookingDecoder(BookingDecoder&&) noexcept;
    BookingDecoder& operator=(BookingDecoder&&) noexcept;

    /// Strings of the result live in the arena. Error Invalid: "data.booking.startTime: 'soon' is
    /// not an RFC 3339 time
    /// (...)": path of the field, its value cut to 40 characters (never a name or an address of a
    /// person), what is expected. The whole document is validated (UTF-8, JSON, depth <= 64, <= 1
    /// MiB). Unknown fields are accepted; an unknown status, and a field that is read and occurs
    /// twice, are refused. Without a status the kind of the event decides; and a booking-cancelled
    /// whose snapshot still says accepted or pending means cancelled all the same.
    Result<BookingEvent> decode(const Envelope& envelope, TextArena& arena);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace calfleet::events
