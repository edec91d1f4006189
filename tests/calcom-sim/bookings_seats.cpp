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
        Answer answer = success(booking_view(context.world, *row, context.now, seat_uid), 201);
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
    booking.rest["icsUid"] = random_uid(world.random) + "@Cal.com";
    const std::string uid = booking.uid;
    if (insert(context, std::move(booking)) == nullptr) return lost_race();
    return seated(context, type, uid, seat, true);
}

} // namespace

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
