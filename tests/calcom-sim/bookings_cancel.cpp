// POST /v2/bookings/{uid}/cancel: webhook first, then the row.
#include "common/core/text.h"

#include <algorithm>

#include "tests/calcom-sim/bookings.h"
#include "tests/calcom-sim/bookings_hosts.h"
#include "tests/calcom-sim/bookings_view.h"
#include "tests/calcom-sim/event_type_view.h"
#include "tests/calcom-sim/shapes.h"
#include "tests/calcom-sim/webhooks_send.h"

namespace calfleet::calcom_sim {
namespace {

// What is asked: one booking, one seat of it, or what is left of a series.
struct Wanted {
    std::string uid{}; ///< the booking that is told of
    std::optional<std::string> reason{};
    std::string seat_uid{};
    std::string series{};          ///< its bookings that begin at `from` or later are cancelled
    std::optional<Instant> from{}; ///< none: only the booking itself
    bool as_series{};              ///< named by the series' uid: the webhook says how it recurs
    bool not_in_series{};          ///< asked to cancel what follows a booking that nothing follows

    std::string said() const { return reason.value_or(""); }
};

Answer cancelled_already(const Context& context, const std::string& uid) {
    return context.refuse(
        400,
        "Can't cancel booking with uid=" + uid +
            " because it has been cancelled already. Please provide uid of a booking that is not "
            "cancelled."
    );
}

const EventType* type_of(const Context& context, const Booking& booking) {
    return booking.event_type_id ? context.world.event_types.find(*booking.event_type_id) : nullptr;
}

bool is_seated(const EventType& type) {
    return is_on(rest_value(type, "seats"));
}

// Whoever may end a booking of which others have seats, too: its host, or the type's owner.
bool may_end_for_all(const Context& context, const EventType& type) {
    if (!context.caller_id) return false;
    const std::vector<Host> hosts = hosts_of(context.world, type, context.now);
    return std::any_of(hosts.begin(), hosts.end(), [&](const Host& host) {
        return host.user_id == *context.caller_id;
    });
}

std::optional<Answer>
objection(const Context& context, const Booking& booking, const Wanted& wanted) {
    if (booking.status == BookingStatus::Cancelled)
        return cancelled_already(context, context.values[0]);
    const EventType* const type = type_of(context, booking);
    const json::value rule =
        type == nullptr ? json::value() : rest_value(*type, "disableCancelling");
    const json::value* const disabled =
        rule.is_object() ? rule.get_object().if_contains("disabled") : nullptr;
    if (disabled != nullptr && disabled->is_bool() && disabled->get_bool())
        return bare_failure(400, "This event type does not allow cancellations");
    if (context.caller_id == booking.host_user_id && trim(wanted.said()).empty())
        return bare_failure(400, "Cancellation reason is required when you are the host");
    if (booking.end < context.now)
        return bare_failure(400, "Cannot cancel a booking that has already ended");
    if (type != nullptr && is_seated(*type) && wanted.seat_uid.empty() &&
        !may_end_for_all(context, *type))
        return bare_failure(401, "User not a host of this event or an admin of the booking user");
    return std::nullopt;
}

std::vector<Outbound> tell(const Context& context, const Wanted& wanted, const Attendee* seat) {
    const Booking& booking = *context.world.bookings.find(wanted.uid);
    const EventType* const type = type_of(context, booking);
    // Without its event type a booking is cancelled in silence.
    if (type == nullptr) return {};
    const Told told{
        .world = context.world,
        .booking = booking,
        .type = *type,
        .seat = seat,
        .as_series = wanted.as_series,
        .organizer_ids = context.settings.webhook_organizer_ids};
    return announce(context, kBookingCancelled, booking, cancelled_payload(told, wanted.reason));
}

// What is cancelled: also what was cancelled before gets the new reason.
std::vector<std::string> uids_of(const Context& context, const Wanted& wanted) {
    if (!wanted.from) return {wanted.uid};
    std::vector<std::string> uids;
    for (const Booking* one : series_of(context.world, wanted.series, context.now))
        if (one->start >= *wanted.from) uids.push_back(one->uid);
    return uids;
}

Answer shown(const Context& context, const Wanted& wanted) {
    if (wanted.not_in_series)
        return context.refuse(
            400, "Booking with bookingUid=" + wanted.uid + " is not part of a recurring booking."
        );
    if (!wanted.from) {
        const Booking* const booking = context.world.bookings.find(wanted.uid);
        if (booking == nullptr) return bare_failure(500, "Internal server error");
        return success(booking_for_caller(context, *booking));
    }
    json::array all;
    for (const Booking* one : series_of(context.world, wanted.series, context.now))
        all.push_back(booking_view(context.world, *one, context.now));
    return success(all);
}

// Of those who come at the same moment every one cancels, and every one told somebody.
Answer write(const Context& context, const Wanted& wanted) {
    std::vector<Effect> effects;
    for (const std::string& uid : uids_of(context, wanted)) {
        Booking* const booking = context.world.bookings.edit(uid, context.moment());
        if (booking == nullptr) continue;
        booking->updated = context.moment();
        booking->status = BookingStatus::Cancelled;
        booking->cancellation_reason = wanted.said();
        booking->idempotency_key.clear();
        // Everybody who had a seat loses it with the booking, and is gone from it.
        const EventType* const type = type_of(context, *booking);
        if (!wanted.from && type != nullptr && is_seated(*type)) booking->attendees.clear();
        effects.push_back({"booking.cancelled", uid});
    }
    if (effects.empty()) return bare_failure(500, "Internal server error");
    Answer answer = shown(context, wanted);
    answer.effects = std::move(effects);
    return answer;
}

// One seat of several: it is gone from the row before anybody is told.
Outcome leave_seat(const Context& context, const Wanted& wanted) {
    Booking& booking = *context.world.bookings.edit(wanted.uid, context.moment());
    const auto seat = std::find_if(
        booking.attendees.begin(),
        booking.attendees.end(),
        [&](const Attendee& attendee) { return attendee.seat_uid == wanted.seat_uid; }
    );
    const Attendee gone = *seat;
    Outcome outcome;
    outcome.deliveries = tell(context, wanted, &gone);
    booking.attendees.erase(seat);
    outcome.answer = success(booking_for_caller(context, booking));
    outcome.answer.effects.push_back({"booking.seat-left", wanted.uid});
    return outcome;
}

// The seat that the body names belongs to this booking, or the refusal.
std::optional<Answer>
refuse_seat(const Context& context, const Booking* booking, const std::string& seat_uid) {
    bool exists = false;
    for (const auto& [uid, other] : context.world.bookings.rows())
        for (const Attendee& attendee : other.attendees) {
            if (attendee.seat_uid != seat_uid) continue;
            if (&other == booking) return std::nullopt;
            exists = true;
        }
    return context.refuse(
        400,
        exists ? "Invalid seatUid: this seat does not belong to this booking."
               : "Invalid seatUid: this seat does not exist or has already been cancelled."
    );
}

// A series is told of by one of its bookings, which may be any: here the last that is not
// cancelled.
const Booking* spokesman(const std::vector<const Booking*>& series) {
    for (auto one = series.rbegin(); one != series.rend(); ++one)
        if ((*one)->status != BookingStatus::Cancelled) return *one;
    return series.back();
}

std::variant<Wanted, Answer> find(const Context& context, Wanted wanted, bool with_following) {
    const std::string& uid = context.values[0];
    const Booking* const booking = context.world.bookings.find(uid);
    if (!wanted.seat_uid.empty())
        if (auto refused = refuse_seat(context, booking, wanted.seat_uid)) return *refused;
    if (booking != nullptr) {
        wanted.uid = uid;
        if (!with_following) return wanted;
        wanted.not_in_series = booking->recurring_uid.empty();
        if (wanted.not_in_series) return wanted;
        wanted.series = booking->recurring_uid;
        wanted.from = booking->start;
        return wanted;
    }
    const std::vector<const Booking*> series = series_of(context.world, uid, context.now);
    if (series.empty()) return context.refuse(404, "Booking with uid=" + uid + " not found");
    if (with_following)
        return context.refuse(
            400,
            "Cannot cancel subsequent bookings for recurring event - you have to provide uid of "
            "one of the individual bookings of a recurring booking."
        );
    wanted.uid = spokesman(series)->uid;
    wanted.series = uid;
    wanted.from = context.now;
    wanted.as_series = true;
    return wanted;
}

std::variant<Wanted, Answer> read(const Context& context) {
    const json::object& body = context.request.fields();
    const bool of_seat = body.contains("seatUid");
    Objections wrong;
    if (of_seat)
        wrong.refuse_others(body, {"cancellationReason", "seatUid"});
    else
        wrong.refuse_others(body, {"cancellationReason", "cancelSubsequentBookings"});
    const auto check = [&](std::string_view name, auto fits, const char* rule) {
        const json::value* const value = body.if_contains(name);
        if (value != nullptr && !value->is_null() && !fits(*value))
            wrong.add(name, std::string(name) + rule);
    };
    const auto is_text = [](const json::value& value) { return value.is_string(); };
    check("seatUid", is_text, " must be a string");
    check("cancellationReason", is_text, " must be a string");
    check(
        "cancelSubsequentBookings",
        [](const json::value& value) { return value.is_bool(); },
        " must be a boolean value"
    );
    if (!wrong.empty()) return wrong.answer(context);
    Wanted wanted{.seat_uid = text_of(body, "seatUid")};
    const json::value* const reason = body.if_contains("cancellationReason");
    if (reason != nullptr && reason->is_string()) wanted.reason = reason->get_string().c_str();
    // Who leaves a seat without a reason leaves it with an empty one.
    if (of_seat && !wanted.reason) wanted.reason = "";
    const json::value* const following = body.if_contains("cancelSubsequentBookings");
    return find(
        context,
        std::move(wanted),
        following != nullptr && following->is_bool() && following->get_bool()
    );
}

// Tells, then changes; or the other way round, as the settings say.
Outcome
in_order(const Context& context, std::vector<Outbound> deliveries, std::function<Answer()> change) {
    Outcome outcome;
    if (!context.settings.cancel_webhook_first) {
        outcome.answer = change();
        outcome.deliveries = std::move(deliveries);
        return outcome;
    }
    outcome.deliveries = std::move(deliveries);
    outcome.next = [change = std::move(change)]() -> Outcome { return change(); };
    return outcome;
}

Outcome cancel(Context& context) {
    auto read_body = read(context);
    if (Answer* refused = std::get_if<Answer>(&read_body)) return std::move(*refused);
    const Wanted& wanted = std::get<Wanted>(read_body);
    const Booking& booking = *context.world.bookings.find(wanted.uid);
    if (auto refused = objection(context, booking, wanted)) return *refused;
    if (!wanted.seat_uid.empty() && booking.attendees.size() > 1)
        return leave_seat(context, wanted);
    return in_order(context, tell(context, wanted, nullptr), [&context, wanted] {
        return write(context, wanted);
    });
}

} // namespace

Outcome cancel_booking(
    const Context& context,
    const std::string& uid,
    const std::string& reason,
    std::function<Answer()> change
) {
    Wanted wanted{.uid = uid};
    if (!reason.empty()) wanted.reason = reason;
    return in_order(context, tell(context, wanted, nullptr), std::move(change));
}

std::vector<Outbound>
ask_to_move(const Context& context, const std::string& uid, const std::string& reason) {
    Booking* const booking = context.world.bookings.edit(uid, context.now);
    if (booking == nullptr) return {};
    booking->status = BookingStatus::Cancelled;
    booking->cancellation_reason = reason;
    booking->idempotency_key.clear();
    booking->updated = context.now;
    booking->rest["rescheduled"] = true;
    if (const User* host = context.world.users.find(booking->host_user_id))
        booking->rest["cancelledBy"] = host->email;
    const EventType* const type = type_of(context, *booking);
    if (type == nullptr) return {};
    const Told told{
        .world = context.world,
        .booking = *booking,
        .type = *type,
        .organizer_ids = context.settings.webhook_organizer_ids};
    return announce(context, kBookingCancelled, *booking, asked_to_move_payload(told, reason));
}

void register_booking_changes(Router& router) {
    router.add({"POST", "/v2/bookings/:uid/cancel", {kAugust13}, Auth::Optional, cancel});
    register_rescheduling(router);
}

} // namespace calfleet::calcom_sim
