#pragma once
// From a wish to a row: the checks before, the unique key, the row itself. Creating, rescheduling
// and the old version of the API share it.

#include <optional>
#include <string>
#include <variant>

#include "tests/calcom-sim/bookings_hosts.h"
#include "tests/calcom-sim/bookings_input.h"

namespace calfleet::calcom_sim {

/// How the refusal of a taken time is worded: rescheduling never speaks of "one of the hosts".
enum class Wording { Create, Reschedule };

/// A managed parent, a team type without hosts, one that wants a known booker.
std::optional<Answer> refuse_type(const Context& context, const EventType& type);

/// In the past, within the notice period, beyond the booking window.
std::optional<Answer> refuse_start(const Context& context, const EventType& type, Instant start);

/// A meeting may only last as long as the type itself or, where it offers lengths to choose from,
/// as one of those. A type whose own length is not among them can't be booked without naming one,
/// and its bookings can't be moved, as moving names none.
std::optional<Answer> refuse_length(const EventType& type, std::int64_t length_minutes);

/// Who takes part, or 400: taken or outside working hours. Some but not all hosts free is the
/// nameless 500 of the real one.
std::variant<Cast, Answer> cast_or_refusal(
    const Context& context,
    const HostQuestion& question,
    Span meeting,
    Wording wording,
    std::optional<Id> keep = {}
);

/// Whether a booking made now for this start waits for a confirmation.
bool needs_confirmation(const EventType& type, Instant start, Instant now);

/// "Title between host and booker"; of a collective type the team stands for the host.
std::string
meeting_title(const World& world, const EventType& type, Id organizer, std::string_view booker);

/// The title with the new host's name where the old one's stood: the whole of it, however its words
/// are joined, else the first name.
std::string
with_other_host(const std::string& title, const std::string& before, const std::string& after);

/// A row that is not in the world yet: no id.
Booking draft(
    const Context& context,
    const EventType& type,
    const BookingWish& wish,
    const Cast& cast,
    Instant start
);

/// Numbers the row and puts it into the world. nullptr when another accepted booking has the same
/// host, start and end: the database's unique key, which looks at no availability. A lost race uses
/// up a number, too. `instead_of`: a booking that gives its key up in the same transaction.
const Booking* insert(const Context& context, Booking booking, std::string_view instead_of = {});

/// 409 booking_conflict_error.
Answer lost_race();

} // namespace calfleet::calcom_sim
