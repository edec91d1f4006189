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
};

std::variant<Move, Answer> read(const Context& context) {
    const json::object& body = context.request.fields();
    Objections wrong;
    wrong.refuse_others(
        body, {"start", "rescheduledBy", "reschedulingReason", "emailVerificationCode"}
    );
    const auto start = iso_instant(body.if_contains("start"));
    if (!start) wrong.add("start", "start" + std::string(kNoDate));
    if (!wrong.empty()) return wrong.answer(context);
    return Move{
        .start = *start,
        .by = text_of(body, "rescheduledBy"),
        .reason = text_of(body, "reschedulingReason")};
}

std::optional<Answer> refuse_old(const Context& context, const Booking& old) {
    const std::string subject = "Can't reschedule booking with uid=" + old.uid;
    if (!old.rescheduled_to_uid.empty()) {
        const std::string& to = old.rescheduled_to_uid;
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
    if (old.status == BookingStatus::Rejected)
        return bare_failure(404, "Could not find original booking");
    return std::nullopt;
}

std::optional<Answer>
refuse_notice(const Context& context, const EventType& type, const Booking& old) {
    if (context.caller_id == old.host_user_id) return std::nullopt;
    const json::value rule = rest_value(type, "disableRescheduling");
    if (!rule.is_object()) return std::nullopt;
    const json::value* const disabled = rule.get_object().if_contains("disabled");
    if (disabled != nullptr && disabled->is_bool() && disabled->get_bool())
        return bare_failure(400, "This event type does not allow rescheduling");
    const auto notice = whole_of(rule.get_object(), "minutesBefore");
    if (!notice || old.start - context.now >= std::chrono::minutes(*notice)) return std::nullopt;
    return bare_failure(
        403, "Rescheduling is not allowed within the minimum notice period before the event"
    );
}

Booking successor(
    const Context& context,
    const EventType& type,
    const Booking& old,
    const Cast& cast,
    const Move& move
) {
    Booking booking = old;
    booking.uid = random_uid(context.world.random);
    booking.host_user_id = *cast.organizer;
    booking.other_hosts = cast.others;
    booking.title = meeting_title(context.world, type, *cast.organizer, old.attendees.front().name);
    booking.start = move.start;
    booking.end = move.start + std::chrono::minutes(type.length_minutes);
    const bool by_organizer = context.caller_id == old.host_user_id;
    booking.status = !by_organizer && needs_confirmation(type, move.start, context.now)
                         ? BookingStatus::Pending
                         : BookingStatus::Accepted;
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

Outcome reschedule(Context& context) {
    auto body = read(context);
    if (Answer* refused = std::get_if<Answer>(&body)) return std::move(*refused);
    const Move& move = std::get<Move>(body);
    const std::string& uid = context.values[0];
    const Booking* const old = context.world.bookings.find(uid);
    if (old == nullptr)
        return context.refuse(404, "Booking with uid=" + uid + " was not found in the database");
    if (auto refused = refuse_old(context, *old)) return *refused;
    const EventType* const type =
        old->event_type_id ? context.world.event_types.find(*old->event_type_id) : nullptr;
    if (type == nullptr)
        return context.refuse(404, "Event type of booking with uid=" + uid + " was not found");
    if (auto refused = refuse_notice(context, *type, *old)) return *refused;
    if (auto refused = refuse_length(*type, type->length_minutes)) return *refused;
    if (auto refused = refuse_start(context, *type, move.start)) return *refused;
    const json::value same = rest_value(*type, "rescheduleWithSameRoundRobinHost");
    const bool keeps = same.is_bool() && same.get_bool();
    auto cast = cast_or_refusal(
        context,
        {.world = context.world, .type = *type, .reads = context.now, .except_uid = uid},
        {.from = move.start, .to = move.start + std::chrono::minutes(type->length_minutes)},
        Wording::Reschedule,
        keeps ? std::optional<Id>(old->host_user_id) : std::nullopt
    );
    if (Answer* refused = std::get_if<Answer>(&cast)) return std::move(*refused);
    Outcome outcome;
    outcome.pause = context.settings.race_window;
    outcome.next = [&context,
                    type = *type,
                    old = *old,
                    booking = successor(context, *type, *old, std::get<Cast>(cast), move)] {
        return write(context, type, old, booking);
    };
    return outcome;
}

} // namespace

void register_rescheduling(Router& router) {
    router.add({"POST", "/v2/bookings/:uid/reschedule", {kAugust13}, Auth::Optional, reschedule});
}

} // namespace calfleet::calcom_sim
