// POST /v2/bookings/{uid}/reschedule: a new booking, and the old one cancelled, in one step.
#include "tests/calcom-sim/bookings.h"
#include "tests/calcom-sim/bookings_ids.h"
#include "tests/calcom-sim/bookings_make.h"
#include "tests/calcom-sim/bookings_view.h"
#include "tests/calcom-sim/event_type_view.h"
#include "tests/calcom-sim/shapes.h"
#include "tests/calcom-sim/webhooks_send.h"

namespace calfleet::calcom_sim {
namespace {

struct Move {
    Instant start{};
    std::string by{};
    std::string reason{};
    std::string seat_uid{};
    bool of_seat{}; ///< the body names a seat
};

std::variant<Move, Answer> read(const Context& context) {
    const json::object& body = context.request.fields();
    const bool of_seat = body.contains("seatUid");
    Objections wrong;
    wrong.refuse_others(
        body,
        {"start",
         "rescheduledBy",
         of_seat ? "seatUid" : "reschedulingReason",
         "emailVerificationCode"}
    );
    const auto start = iso_instant(body.if_contains("start"));
    if (!start) wrong.add("start", "start" + std::string(kNoDate));
    const std::string by = text_of(body, "rescheduledBy");
    if (!by.empty() && !is_email(by))
        wrong.add("rescheduledBy", "Invalid rescheduledBy email format");
    for (const char* name : {"seatUid", "reschedulingReason", "emailVerificationCode"})
        if (const json::value* value = body.if_contains(name);
            value != nullptr && !value->is_null() && !value->is_string())
            wrong.add(name, std::string(name) + " must be a string");
    if (!wrong.empty()) return wrong.answer(context);
    return Move{
        .start = *start,
        .by = by,
        .reason = text_of(body, "reschedulingReason"),
        .seat_uid = text_of(body, "seatUid"),
        .of_seat = of_seat};
}

std::optional<Answer> refuse_old(const Context& context, const Booking& old) {
    const std::string subject = "Can't reschedule booking with uid=" + old.uid;
    // What its host asked to be moved counts as moved, to nowhere.
    if (!old.rescheduled_to_uid.empty() || old.rest.contains("rescheduled")) {
        const std::string to =
            old.rescheduled_to_uid.empty() ? "undefined" : old.rescheduled_to_uid;
        return context.refuse(
            400,
            subject +
                " because it has been cancelled and rescheduled already to booking with uid=" + to +
                ". You probably want to reschedule " + to +
                " instead by passing it within the request URL."
        );
    }
    if (old.status == BookingStatus::Cancelled)
        return context.refuse(
            400,
            subject + " because it has been cancelled. Please provide uid of a booking that is not "
                      "cancelled."
        );
    return std::nullopt;
}

// The user whose address is given as rescheduledBy, unless it is the booker's; else the caller.
std::optional<Id> mover_of(const Context& context, const Booking& old, const Move& move) {
    if (move.by.empty() || move.by == booker_email(old)) return context.caller_id;
    for (const auto& [id, user] : context.world.users.rows())
        if (user.email == move.by) return id;
    return context.caller_id;
}

std::optional<Answer>
refuse_notice(const Context& context, const EventType& type, const Booking& old, bool by_host) {
    if (by_host) return std::nullopt;
    // That a type forbids to move its bookings concerns the web app only.
    const json::value rule = rest_value(type, "disableRescheduling");
    if (!rule.is_object()) return std::nullopt;
    const auto notice = whole_of(rule.get_object(), "minutesBefore");
    if (!notice || old.start - context.now >= std::chrono::minutes(*notice)) return std::nullopt;
    return bare_failure(
        403, "Rescheduling is not allowed within the minimum notice period before the event"
    );
}

// A type with seats moves one seat at a time: the host can't move all of them either.
std::optional<Answer>
refuse_without_seat(const Context& context, const EventType& type, const Booking& old) {
    if (!is_on(rest_value(type, "seats"))) return std::nullopt;
    if (!old.attendees.empty() && !context.caller_id)
        return bare_failure(500, "Internal server error");
    const std::string api = "https://cal.com/docs/api-reference/v2/bookings/";
    return context.refuse(
        400,
        "Booking with uid=" + old.uid +
            " is a seated booking which means you have to provide seatUid in the request body to "
            "specify which seat specifically you want to reschedule. First, fetch the booking "
            "using " +
            api +
            "get-a-booking and then within the attendees array you will find the seatUid of the "
            "booking you want to reschedule. Second, provide the seatUid in the request body to "
            "specify which seat specifically you want to reschedule using the reschedule "
            "endpoint " +
            api + "reschedule-a-booking#option-2"
    );
}

// Round robin types and those that want a confirmation answer with what stands at that time
// already: nothing is moved then.
const Booking* standing_at(
    const Context& context, const EventType& type, const Booking& old, Instant start, bool pending
) {
    if (!pending && type.scheduling != Scheduling::RoundRobin) return nullptr;
    const BookingStatus status = pending ? BookingStatus::Pending : BookingStatus::Accepted;
    for (const auto& [uid, booking] : context.world.bookings.rows())
        if (booking.event_type_id == type.id && booking.start == start &&
            booking.status == status && booker_email(booking) == booker_email(old))
            return &booking;
    return nullptr;
}

// Another host takes the old one's place in the title, whatever has become of it and of the type's.
std::string
title_after(const Context& context, const EventType& type, const Booking& old, Id organizer) {
    const User* const before = context.world.users.find(old.host_user_id);
    const User* const after = context.world.users.find(organizer);
    const bool of_team =
        type.scheduling == Scheduling::RoundRobin || type.scheduling == Scheduling::Collective;
    if (of_team && organizer != old.host_user_id && before != nullptr && after != nullptr)
        return with_other_host(old.title, before->name, after->name);
    return meeting_title(context.world, type, organizer, booker_name(old));
}

Booking successor(
    const Context& context,
    const EventType& type,
    const Booking& old,
    const Cast& cast,
    const Move& move,
    bool pending
) {
    Booking booking = old;
    booking.uid = random_uid(context.world.random);
    booking.host_user_id = *cast.organizer;
    booking.other_hosts = cast.others;
    booking.title = title_after(context, type, old, *cast.organizer);
    booking.start = move.start;
    booking.end = move.start + std::chrono::minutes(type.length_minutes);
    booking.status = pending ? BookingStatus::Pending : BookingStatus::Accepted;
    booking.rescheduled_from_uid = old.uid;
    booking.rescheduled_to_uid.clear();
    booking.rescheduled_by = move.by;
    booking.rescheduling_reason = move.reason;
    booking.idempotency_key.clear();
    booking.responses.erase("rescheduledReason");
    if (!move.reason.empty()) booking.responses["rescheduledReason"] = move.reason;
    booking.rest["iCalSequence"] = whole_of(old.rest, "iCalSequence").value_or(0) + 1;
    return booking;
}

// Two moves of one booking to different times both succeed: nobody looks at the old row again.
Outcome
write(const Context& context, const EventType& type, const Booking& old, const Booking& booking) {
    if (insert(context, booking, old.uid) == nullptr) return lost_race();
    if (Booking* row = context.world.bookings.edit(old.uid, context.moment())) {
        row->status = BookingStatus::Cancelled;
        row->rescheduled_to_uid = booking.uid;
        row->rescheduled_by = booking.rescheduled_by;
        row->idempotency_key.clear();
        row->updated = context.moment();
    }
    const Booking& made = *context.world.bookings.find(booking.uid);
    const bool pending = made.status == BookingStatus::Pending;
    Told told{.world = context.world, .booking = made, .type = type, .moved_from = &old};
    if (pending) told.password = random_uuid(context.world.random);
    Outcome outcome;
    outcome.deliveries = announce(
        context, pending ? kBookingRequested : kBookingRescheduled, made, booked_payload(told)
    );
    outcome.next = [&context, uid = booking.uid, from = old.uid]() -> Outcome {
        const Booking* const row = touch(context, uid);
        if (row == nullptr) return bare_failure(500, "Internal server error");
        Answer answer = success(booking_view(context.world, *row, context.now), 201);
        answer.effects = {{"booking.created", uid}, {"booking.cancelled", from}};
        return answer;
    };
    return outcome;
}

// What is checked once it is clear which booking of which type is meant.
Outcome
reschedule_of(Context& context, const EventType& type, const Booking& old, const Move& move) {
    const bool by_host = mover_of(context, old, move) == old.host_user_id;
    const bool pending = !by_host && needs_confirmation(type, move.start, context.now);
    if (auto refused = refuse_notice(context, type, old, by_host)) return *refused;
    if (old.status == BookingStatus::Rejected)
        return bare_failure(404, "Could not find original booking");
    if (const Booking* there = standing_at(context, type, old, move.start, pending))
        return success(booking_view(context.world, *there, context.now), 201);
    if (auto refused = refuse_start(context, type, move.start)) return *refused;
    if (auto refused = refuse_length(type, type.length_minutes)) return *refused;
    const json::value same = rest_value(type, "rescheduleWithSameRoundRobinHost");
    const bool keeps = same.is_bool() && same.get_bool();
    auto cast = cast_or_refusal(
        context,
        {.world = context.world, .type = type, .reads = context.now, .except_uid = old.uid},
        {.from = move.start, .to = move.start + std::chrono::minutes(type.length_minutes)},
        Wording::Reschedule,
        keeps ? std::optional<Id>(old.host_user_id) : std::nullopt
    );
    if (Answer* refused = std::get_if<Answer>(&cast)) return std::move(*refused);
    Outcome outcome;
    outcome.pause = context.settings.race_window;
    outcome.next = [&context,
                    type,
                    old,
                    booking = successor(context, type, old, std::get<Cast>(cast), move, pending)] {
        return write(context, type, old, booking);
    };
    return outcome;
}

Outcome reschedule(Context& context) {
    auto body = read(context);
    if (Answer* refused = std::get_if<Answer>(&body)) return std::move(*refused);
    const Move& move = std::get<Move>(body);
    const std::string& uid = context.values[0];
    const Booking* const old = context.world.bookings.find(uid);
    if (old == nullptr)
        return context.refuse(404, "Booking with uid=" + uid + " was not found in the database");
    const EventType* const type =
        old->event_type_id ? context.world.event_types.find(*old->event_type_id) : nullptr;
    if (type == nullptr)
        return context.refuse(404, "Booking with uid=" + uid + " is missing event type");
    const bool seated = is_on(rest_value(*type, "seats"));
    if (!move.of_seat)
        if (auto refused = refuse_without_seat(context, *type, *old)) return *refused;
    if (auto refused = refuse_old(context, *old)) return *refused;
    if (!seated || !move.of_seat) return reschedule_of(context, *type, *old, move);
    if (auto refused = refuse_start(context, *type, move.start)) return *refused;
    return move_seat(
        context, *type, uid, {.start = move.start, .seat_uid = move.seat_uid, .by = move.by}
    );
}

} // namespace

void register_rescheduling(Router& router) {
    router.add({"POST", "/v2/bookings/:uid/reschedule", {kAugust13}, Auth::Optional, reschedule});
}

} // namespace calfleet::calcom_sim
