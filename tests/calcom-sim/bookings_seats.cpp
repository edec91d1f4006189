// Event types with seats: several bookers share one booking.
#include <algorithm>

#include "tests/calcom-sim/bookings.h"
#include "tests/calcom-sim/bookings_ids.h"
#include "tests/calcom-sim/bookings_make.h"
#include "tests/calcom-sim/bookings_view.h"
#include "tests/calcom-sim/event_type_view.h"
#include "tests/calcom-sim/shapes.h"
#include "tests/calcom-sim/webhooks_send.h"

namespace calfleet::calcom_sim {
namespace {

Attendee seat_for(const Context& context, const BookingWish& wish) {
    Attendee seat = wish.attendee;
    seat.seat_uid = random_uuid(context.world.random);
    seat.metadata = wish.metadata;
    seat.responses = {
        {"name", wish.attendee.name},
        {"guests", json::array(wish.guests.begin(), wish.guests.end())}};
    for (const auto& response : wish.responses)
        seat.responses[response.key()] = response.value();
    return seat;
}

const Booking* booking_at(const World& world, const EventType& type, Instant start) {
    for (const auto& [uid, booking] : world.bookings.rows())
        if (booking.event_type_id == type.id && booking.start == start &&
            (booking.status == BookingStatus::Accepted || booking.status == BookingStatus::Pending))
            return &booking;
    return nullptr;
}

std::optional<Answer> refuse_seat(
    const Context& context, const EventType& type, const Booking& booking, std::string_view email
) {
    const auto seats =
        whole_of(rest_value(type, "seats").get_object(), "seatsPerTimeSlot").value_or(1);
    const auto& taken = booking.attendees;
    const bool sits = std::any_of(taken.begin(), taken.end(), [&](const Attendee& attendee) {
        return attendee.email == email;
    });
    if (sits) return bare_failure(409, "already_signed_up_for_this_booking_error");
    if (static_cast<std::int64_t>(taken.size()) >= seats)
        return context.refuse(409, "No more seats left at this seated booking.");
    return std::nullopt;
}

Outcome seated(
    const Context& context,
    const EventType& type,
    const std::string& uid,
    const Attendee& seat,
    bool first
) {
    const Booking& booking = *context.world.bookings.find(uid);
    Told told{.world = context.world, .booking = booking, .type = type, .seat = &seat};
    if (!first) told.ics_uid = random_uid(context.world.random) + "@Cal.com";
    Outcome outcome;
    outcome.deliveries = announce(context, kBookingCreated, booking, booked_payload(told));
    outcome.next = [&context, uid, first, seat_uid = *seat.seat_uid]() -> Outcome {
        // Whoever joins does not move updatedAt.
        const Booking* const row = first ? touch(context, uid) : context.world.bookings.find(uid);
        if (row == nullptr) return bare_failure(500, "Internal server error");
        Answer answer = success(booking_for_caller(context, *row, seat_uid), 201);
        answer.effects.push_back({"booking.seat-taken", seat_uid});
        return answer;
    };
    return outcome;
}

Outcome
write(const Context& context, const EventType& type, const BookingWish& wish, const Cast& cast) {
    World& world = context.world;
    const Attendee seat = seat_for(context, wish);
    if (const Booking* known = booking_at(world, type, wish.start)) {
        if (auto refused = refuse_seat(context, type, *known, wish.attendee.email)) return *refused;
        const std::string uid = known->uid;
        world.bookings.edit(uid, context.moment())->attendees.push_back(seat);
        return seated(context, type, uid, seat, false);
    }
    Booking booking = draft(context, type, wish, cast, wish.start);
    booking.attendees = {seat};
    booking.guests.clear();
    booking.metadata.clear();
    booking.responses.clear();
    booking.description.clear();
    booking.rest["icsUid"] = random_uid(world.random) + "@Cal.com";
    const std::string uid = booking.uid;
    if (insert(context, std::move(booking)) == nullptr) return lost_race();
    return seated(context, type, uid, seat, true);
}

// The last one who leaves a booking for another ends it.
void leave(World& world, const std::string& uid, const std::string& seat_uid, Instant now) {
    Booking* const old = world.bookings.edit(uid, now);
    if (old == nullptr) return;
    std::erase_if(old->attendees, [&](const Attendee& one) { return one.seat_uid == seat_uid; });
    if (!old->attendees.empty()) return;
    old->status = BookingStatus::Cancelled;
    old->idempotency_key.clear();
    old->updated = now;
}

Answer moved(const Context& context, const std::string& uid, const std::string& seat_uid) {
    const Booking* const row = context.world.bookings.find(uid);
    if (row == nullptr) return bare_failure(500, "Internal server error");
    Answer answer = success(booking_for_caller(context, *row, seat_uid), 201);
    answer.effects.push_back({"booking.seat-moved", seat_uid});
    return answer;
}

// To a time at which others sit already: the seat keeps its uid, and nobody counts the seats.
Outcome join(
    const Context& context,
    const EventType& type,
    const Booking& old,
    const Attendee& seat,
    const std::string& uid
) {
    World& world = context.world;
    leave(world, old.uid, *seat.seat_uid, context.moment());
    Booking& target = *world.bookings.edit(uid, context.moment());
    target.attendees.push_back(seat);
    Outcome outcome;
    outcome.deliveries = announce(
        context,
        kBookingRescheduled,
        target,
        booked_payload(
            {.world = world,
             .booking = target,
             .type = type,
             .seat = &seat,
             .moved_from = &old,
             .ics_uid = text_of(old.rest, "icsUid"),
             .with_all_seats = true,
             .booking_id = old.id}
        )
    );
    outcome.next = [&context, uid, seat_uid = *seat.seat_uid]() -> Outcome {
        return moved(context, uid, seat_uid);
    };
    return outcome;
}

// To a time of its own: a new booking with a new seat, which does not know where it came from.
Outcome begin(
    const Context& context,
    const EventType& type,
    const Booking& old,
    Attendee seat,
    Booking booking
) {
    World& world = context.world;
    leave(world, old.uid, *seat.seat_uid, context.moment());
    seat.seat_uid = random_uuid(world.random);
    booking.attendees = {seat};
    const std::string uid = booking.uid;
    const Booking* const made = insert(context, std::move(booking));
    if (made == nullptr) return lost_race();
    Outcome outcome;
    outcome.deliveries = announce(
        context,
        kBookingRescheduled,
        *made,
        booked_payload(
            {.world = world, .booking = *made, .type = type, .seat = &seat, .seat_left = &old}
        )
    );
    outcome.next = [&context, uid, seat_uid = *seat.seat_uid]() -> Outcome {
        touch(context, uid);
        return moved(context, uid, seat_uid);
    };
    return outcome;
}

Booking fresh_booking(
    const Context& context,
    const EventType& type,
    const Booking& old,
    const Attendee& seat,
    const Cast& cast,
    const SeatMove& move
) {
    Booking booking = old;
    booking.uid = random_uid(context.world.random);
    booking.host_user_id = *cast.organizer;
    booking.other_hosts = cast.others;
    booking.title = meeting_title(context.world, type, *cast.organizer, seat.name);
    booking.start = move.start;
    booking.end = move.start + std::chrono::minutes(type.length_minutes);
    booking.status = BookingStatus::Accepted;
    booking.rescheduled_by = move.by;
    booking.cancellation_reason.clear();
    booking.rest["icsUid"] = random_uid(context.world.random) + "@Cal.com";
    booking.rest["iCalSequence"] = 0;
    return booking;
}

} // namespace

Outcome
move_seat(Context& context, const EventType& type, const std::string& uid, const SeatMove& move) {
    const Booking old = *context.world.bookings.find(uid);
    const auto found =
        std::find_if(old.attendees.begin(), old.attendees.end(), [&](const Attendee& attendee) {
            return attendee.seat_uid == move.seat_uid;
        });
    if (found == old.attendees.end())
        return context.refuse(404, "Seat with uid=" + move.seat_uid + " does not exist.");
    if (old.start == move.start)
        return bare_failure(409, "already_signed_up_for_this_booking_error");
    const Attendee seat = *found;
    Outcome outcome;
    outcome.pause = context.settings.race_window;
    if (const Booking* target = booking_at(context.world, type, move.start)) {
        outcome.next = [&context, type, old, seat, to = target->uid] {
            return join(context, type, old, seat, to);
        };
        return outcome;
    }
    const Span meeting{
        .from = move.start, .to = move.start + std::chrono::minutes(type.length_minutes)};
    auto cast = cast_or_refusal(
        context,
        {.world = context.world, .type = type, .reads = context.now, .except_uid = uid},
        meeting,
        Wording::Reschedule
    );
    if (Answer* refused = std::get_if<Answer>(&cast)) return std::move(*refused);
    outcome.next = [&context,
                    type,
                    old,
                    seat,
                    booking = fresh_booking(context, type, old, seat, std::get<Cast>(cast), move)] {
        return begin(context, type, old, seat, booking);
    };
    return outcome;
}

Outcome take_seat(Context& context, const EventType& type, const BookingWish& wish) {
    Cast cast;
    if (const Booking* known = booking_at(context.world, type, wish.start)) {
        if (auto refused = refuse_seat(context, type, *known, wish.attendee.email)) return *refused;
    } else {
        const HostQuestion question{.world = context.world, .type = type, .reads = context.now};
        const Span meeting{
            .from = wish.start, .to = wish.start + std::chrono::minutes(type.length_minutes)};
        auto found = cast_or_refusal(context, question, meeting, Wording::Create);
        if (Answer* refused = std::get_if<Answer>(&found)) return std::move(*refused);
        cast = std::get<Cast>(std::move(found));
    }
    Outcome outcome;
    outcome.pause = context.settings.race_window;
    // A booking that is cancelled in the race window leaves nobody to host the seat.
    outcome.next = [&context, type, wish, cast]() -> Outcome {
        if (!cast.organizer && booking_at(context.world, type, wish.start) == nullptr)
            return lost_race();
        return write(context, type, wish, cast);
    };
    return outcome;
}

} // namespace calfleet::calcom_sim
