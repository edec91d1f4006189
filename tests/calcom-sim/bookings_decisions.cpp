// What only a host may do: confirm, decline, mark as absent, hand over.
#include <algorithm>

#include "tests/calcom-sim/bookings.h"
#include "tests/calcom-sim/bookings_hosts.h"
#include "tests/calcom-sim/bookings_ids.h"
#include "tests/calcom-sim/bookings_make.h"
#include "tests/calcom-sim/bookings_view.h"
#include "tests/calcom-sim/shapes.h"
#include "tests/calcom-sim/team_access.h"
#include "tests/calcom-sim/webhooks_send.h"

namespace calfleet::calcom_sim {
namespace {

const EventType* type_of(const Context& context, const Booking& booking) {
    return booking.event_type_id ? context.world.event_types.find(*booking.event_type_id) : nullptr;
}

// A host, or an admin or owner of the event type's team.
bool may_decide(const Context& context, const Booking& booking) {
    if (hosts_booking(booking, *context.caller_id)) return true;
    const EventType* const type = type_of(context, booking);
    return type != nullptr && may_see(context.world, *type, *context.caller_id, context.now);
}

// The booking that the path names, or why the caller may not decide on it.
struct Subject {
    std::string uid{};
    std::optional<Answer> refused{};
};
Subject subject(const Context& context) {
    const std::string& uid = context.values[0];
    const Booking* const booking = context.world.bookings.find(uid);
    if (booking == nullptr)
        return {
            .refused =
                context.refuse(404, "Booking with uid=" + uid + " was not found in the database")};
    if (!may_decide(context, *booking))
        return {
            .refused = context.mapped(
                401, "TRPCError", "Unauthorized: You are not authorized to access this resource"
            )};
    return {.uid = uid};
}

Answer shown(const Context& context, const std::string& uid, std::string_view effect) {
    const Booking* const booking = context.world.bookings.find(uid);
    if (booking == nullptr) return bare_failure(500, "Internal server error");
    Answer answer = success(booking_view(context.world, *booking, context.now));
    answer.effects.push_back({std::string(effect), uid});
    return answer;
}

// The booking, and of a series whatever waits with it.
std::vector<std::string> decided_with(const Context& context, const Booking& booking) {
    std::vector<std::string> uids{booking.uid};
    if (booking.recurring_uid.empty()) return uids;
    for (const Booking* one : series_of(context.world, booking.recurring_uid, context.now))
        if (one->uid != booking.uid && one->status == BookingStatus::Pending)
            uids.push_back(one->uid);
    return uids;
}

// The rows change first, then one of them is told of.
Outcome decide(
    Context& context, BookingStatus status, std::string_view trigger, const std::string& reason
) {
    Subject of = subject(context);
    if (of.refused) return std::move(*of.refused);
    const Booking& booking = *context.world.bookings.find(of.uid);
    if (booking.status == BookingStatus::Accepted)
        return context.mapped(
            400, "TRPCError", "Bad request: Please check your request data and try again"
        );
    for (const std::string& uid : decided_with(context, booking)) {
        Booking& row = *context.world.bookings.edit(uid, context.now);
        row.status = status;
        row.updated = context.now;
        if (status == BookingStatus::Rejected) row.rest["rejectionReason"] = reason;
    }
    Outcome outcome;
    if (const EventType* type = type_of(context, booking)) {
        const Told told{
            .world = context.world,
            .booking = booking,
            .type = *type,
            .organizer_ids = context.settings.webhook_organizer_ids};
        outcome.deliveries = announce(context, trigger, booking, decided_payload(told, reason));
    }
    const bool confirmed = status == BookingStatus::Accepted;
    outcome.answer = shown(context, of.uid, confirmed ? "booking.confirmed" : "booking.declined");
    return outcome;
}

Outcome confirm(Context& context) {
    return decide(context, BookingStatus::Accepted, kBookingCreated, "");
}

Outcome decline(Context& context) {
    return decide(
        context,
        BookingStatus::Rejected,
        kBookingRejected,
        text_of(context.request.fields(), "reason")
    );
}

json::array mark(Booking& booking, const json::object& body) {
    json::array marked;
    const json::value* const host = body.if_contains("host");
    if (host != nullptr && host->is_bool()) booking.rest["absentHost"] = host->get_bool();
    const json::value* const attendees = body.if_contains("attendees");
    if (attendees == nullptr || !attendees->is_array()) return marked;
    for (const json::value& element : attendees->get_array()) {
        if (!element.is_object()) continue;
        const json::object& wanted = element.get_object();
        const json::value* const absent = wanted.if_contains("absent");
        for (Attendee& attendee : booking.attendees) {
            if (attendee.email != text_of(wanted, "email")) continue;
            attendee.absent = absent != nullptr && absent->is_bool() && absent->get_bool();
            marked.push_back(json::object{{"email", attendee.email}, {"noShow", attendee.absent}});
        }
    }
    return marked;
}

std::string no_show_message(const json::array& marked) {
    std::string message;
    for (const json::value& one : marked) {
        message += message.empty() ? "" : ", ";
        message += one.at("email").as_string().c_str();
        message += one.at("noShow").as_bool() ? " marked as no-show" : " unmarked as no-show";
    }
    return message;
}

// The row's updatedAt does not move: the webhook is the only sign, and for a host there is none.
Outcome mark_absent(Context& context) {
    Subject of = subject(context);
    if (of.refused) return std::move(*of.refused);
    const Booking& known = *context.world.bookings.find(of.uid);
    if (context.now < known.start)
        return context.refuse(
            400,
            "Bookings can only be marked as absent after their scheduled start time. Current time "
            "in UTC+0: " +
                javascript_time(context.now) +
                ", Booking start time in UTC+0: " + javascript_time(known.start)
        );
    Booking& booking = *context.world.bookings.edit(of.uid, context.now);
    const json::array marked = mark(booking, context.request.fields());
    Outcome outcome;
    if (!marked.empty())
        outcome.deliveries = announce(
            context,
            kNoShowUpdated,
            booking,
            {{"message", no_show_message(marked)},
             {"bookingUid", booking.uid},
             {"bookingId", booking.id},
             {"attendees", marked}}
        );
    outcome.answer = shown(context, of.uid, "booking.marked-absent");
    return outcome;
}

Answer reassigned(Context& context, const std::string& uid, Id to) {
    Booking& booking = *context.world.bookings.edit(uid, context.now);
    booking.host_user_id = to;
    booking.updated = context.now;
    booking.title =
        meeting_title(context.world, *type_of(context, booking), to, booker_name(booking));
    booking.idempotency_key =
        idempotency_key(booking.start, booking.end, to, context.caller_id.value_or(0));
    const User* const host = context.world.users.find(to);
    if (host == nullptr) return bare_failure(500, "Internal server error");
    Answer answer = success(json::object{
        {"bookingUid", uid},
        {"reassignedTo",
         {{"id", host->id},
          {"name", host->name},
          {"email", host->email},
          {"displayEmail", display_email(host->email)}}}});
    answer.effects.push_back({"booking.reassigned", uid});
    return answer;
}

// To whoever is free, or to the one that the path names. No webhook: only reading shows it.
Outcome reassign(Context& context) {
    const std::string& uid = context.values[0];
    const Booking* const booking = context.world.bookings.find(uid);
    if (booking == nullptr)
        return context.refuse(404, "Booking with uid=" + uid + " was not found in the database");
    const EventType* const type = type_of(context, *booking);
    if (type == nullptr || !may_decide(context, *booking))
        return context.refuse(403, "You do not have permission to reassign this booking");
    if (type->scheduling != Scheduling::RoundRobin)
        return bare_failure(500, "Internal server error");
    const HostQuestion question{
        .world = context.world, .type = *type, .reads = context.now, .except_uid = uid};
    const auto wanted = context.values.size() > 1 ? context.id(1) : std::nullopt;
    if (wanted && context.world.users.find(*wanted) == nullptr)
        return context.refuse(
            404, "User with id=" + context.values[1] + " was not found in the database"
        );
    for (const Host& host : hosts_of(context.world, *type, context.now)) {
        const bool meant = context.values.size() > 1 ? wanted == host.user_id
                                                     : host.user_id != booking->host_user_id;
        const Span meeting{.from = booking->start, .to = booking->end};
        if (meant && (wanted || is_free(question, host.user_id, meeting)))
            return reassigned(context, uid, host.user_id);
    }
    if (context.values.size() > 1)
        return context.refuse(
            400,
            "User with id=" + context.values[1] +
                " is not a valid Round Robin host - the user to which you reassign this booking "
                "must be one of the booking hosts. Fetch the booking using following endpoint and "
                "select id of one of the hosts: "
                "https://cal.com/docs/api-reference/v2/bookings/get-a-booking"
        );
    return context.refuse(
        400, "Can't reassign the booking because no other host is available at that time."
    );
}

} // namespace

void register_booking_decisions(Router& router) {
    const std::vector<std::string_view> versions{kAugust13};
    const auto add = [&](std::string_view pattern, auto serve) {
        router.add({"POST", pattern, versions, Auth::Permissions, serve});
    };
    add("/v2/bookings/:uid/confirm", confirm);
    add("/v2/bookings/:uid/decline", decline);
    add("/v2/bookings/:uid/mark-absent", mark_absent);
    add("/v2/bookings/:uid/reassign", reassign);
    add("/v2/bookings/:uid/reassign/:userId", reassign);
}

} // namespace calfleet::calcom_sim
