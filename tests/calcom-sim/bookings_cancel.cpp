// POST /v2/bookings/{uid}/cancel: webhook first, then the row.
#include <algorithm>

#include "tests/calcom-sim/bookings.h"
#include "tests/calcom-sim/bookings_hosts.h"
#include "tests/calcom-sim/bookings_view.h"
#include "tests/calcom-sim/event_type_view.h"
#include "tests/calcom-sim/shapes.h"
#include "tests/calcom-sim/webhooks_send.h"

namespace calfleet::calcom_sim {
namespace {

// What is asked: whole bookings, or one seat of one.
struct Wanted {
    std::vector<std::string> uids{};
    std::string reason{};
    std::string seat_uid{};
    bool series{};
};

Answer cancelled_already(const Context& context, const std::string& uid) {
    return context.refuse(
        400,
        "Can't cancel booking with uid=" + uid +
            " because it has been cancelled already. Please provide uid of a booking that is not "
            "cancelled."
    );
}

bool is_host(const Context& context, const Booking& booking) {
    return context.caller_id && hosts_booking(booking, *context.caller_id);
}

std::optional<Answer>
objection(const Context& context, const Booking& booking, const Wanted& wanted) {
    if (booking.status == BookingStatus::Cancelled) return cancelled_already(context, booking.uid);
    if (is_host(context, booking) && wanted.reason.empty())
        return bare_failure(400, "Cancellation reason is required when you are the host");
    if (booking.end < context.now)
        return bare_failure(400, "Cannot cancel a booking that has already ended");
    const EventType* const type =
        booking.event_type_id ? context.world.event_types.find(*booking.event_type_id) : nullptr;
    if (type == nullptr) return std::nullopt;
    const json::value rule = rest_value(*type, "disableCancelling");
    const json::value* const disabled =
        rule.is_object() ? rule.get_object().if_contains("disabled") : nullptr;
    if (disabled != nullptr && disabled->is_bool() && disabled->get_bool())
        return bare_failure(400, "This event type does not allow cancellations");
    return std::nullopt;
}

// A series is told of once, by its last occurrence.
std::vector<Outbound> tell(const Context& context, const Wanted& wanted) {
    const Booking& booking = *context.world.bookings.find(wanted.uids.back());
    const EventType* const type =
        booking.event_type_id ? context.world.event_types.find(*booking.event_type_id) : nullptr;
    // Without its event type a booking is cancelled in silence.
    if (type == nullptr) return {};
    const Told told{.world = context.world, .booking = booking, .type = *type};
    return announce(context, kBookingCancelled, booking, cancelled_payload(told, wanted.reason));
}

// Of those who come at the same moment every one cancels, and every one told somebody.
Answer write(const Context& context, const Wanted& wanted) {
    json::array shown;
    std::vector<Effect> effects;
    for (const std::string& uid : wanted.uids) {
        Booking* const booking = context.world.bookings.edit(uid, context.moment());
        if (booking == nullptr) continue;
        booking->updated = context.moment();
        std::erase_if(booking->attendees, [&](const Attendee& attendee) {
            return booking->attendees.size() > 1 && !wanted.seat_uid.empty() &&
                   attendee.seat_uid == wanted.seat_uid;
        });
        const bool seats_left =
            !wanted.seat_uid.empty() && booking->attendees.front().seat_uid != wanted.seat_uid;
        if (!seats_left) {
            booking->status = BookingStatus::Cancelled;
            booking->cancellation_reason = wanted.reason;
            booking->idempotency_key.clear();
        }
        effects.push_back({seats_left ? "booking.seat-left" : "booking.cancelled", uid});
        shown.push_back(booking_view(context.world, *booking, context.now));
    }
    if (shown.empty()) return bare_failure(500, "Internal server error");
    Answer answer = success(wanted.series ? json::value(shown) : shown[0]);
    answer.effects = std::move(effects);
    return answer;
}

std::variant<Wanted, Answer> read(const Context& context) {
    const json::object& body = context.request.fields();
    Objections wrong;
    wrong.refuse_others(body, {"cancellationReason", "cancelSubsequentBookings", "seatUid"});
    const json::value* const reason = body.if_contains("cancellationReason");
    if (reason != nullptr && !reason->is_string() && !reason->is_null())
        wrong.add("cancellationReason", "cancellationReason must be a string");
    if (!wrong.empty()) return wrong.answer(context);
    Wanted wanted{
        .reason = text_of(body, "cancellationReason"), .seat_uid = text_of(body, "seatUid")};
    const std::string& uid = context.values[0];
    const Booking* const booking = context.world.bookings.find(uid);
    if (booking == nullptr) {
        // Those that were cancelled before get the new reason, too.
        wanted.series = true;
        bool live = false;
        for (const Booking* one : series_of(context.world, uid, context.now)) {
            live = live || one->status != BookingStatus::Cancelled;
            wanted.uids.push_back(one->uid);
        }
        if (live) return wanted;
        if (!wanted.uids.empty()) return cancelled_already(context, uid);
        return context.refuse(404, "Booking with uid=" + uid + " not found");
    }
    wanted.uids.push_back(uid);
    const json::value* const following = body.if_contains("cancelSubsequentBookings");
    if (following != nullptr && following->is_bool() && following->get_bool() &&
        !booking->recurring_uid.empty())
        for (const Booking* one : series_of(context.world, booking->recurring_uid, context.now))
            if (one->start > booking->start && one->status != BookingStatus::Cancelled)
                wanted.uids.push_back(one->uid);
    wanted.series = wanted.uids.size() > 1;
    return wanted;
}

Outcome cancel(Context& context) {
    auto read_body = read(context);
    if (Answer* refused = std::get_if<Answer>(&read_body)) return std::move(*refused);
    const Wanted& wanted = std::get<Wanted>(read_body);
    // Of a series any occurrence that is not cancelled yet may be.
    std::optional<Answer> refused;
    for (const std::string& uid : wanted.uids) {
        refused = objection(context, *context.world.bookings.find(uid), wanted);
        if (!refused) break;
    }
    if (refused) return *refused;
    return cancel_bookings(context, wanted.uids, wanted.reason, [&context, wanted] {
        return write(context, wanted);
    });
}

} // namespace

Outcome cancel_bookings(
    const Context& context,
    const std::vector<std::string>& uids,
    const std::string& reason,
    std::function<Answer()> change
) {
    Outcome outcome;
    std::vector<Outbound> deliveries = tell(context, {.uids = uids, .reason = reason});
    if (!context.settings.cancel_webhook_first) {
        outcome.answer = change();
        outcome.deliveries = std::move(deliveries);
        return outcome;
    }
    outcome.deliveries = std::move(deliveries);
    outcome.next = [change = std::move(change)]() -> Outcome { return change(); };
    return outcome;
}

void register_booking_changes(Router& router) {
    router.add({"POST", "/v2/bookings/:uid/cancel", {kAugust13}, Auth::Optional, cancel});
    register_rescheduling(router);
}

} // namespace calfleet::calcom_sim
