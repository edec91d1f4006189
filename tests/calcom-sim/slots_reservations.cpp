// /v2/slots/reservations under 2024-09-04. A reservation hides a slot from others' lists; creating
// a booking does not ask for it.
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <variant>

#include "tests/calcom-sim/bookings_hosts.h"
#include "tests/calcom-sim/bookings_ids.h"
#include "tests/calcom-sim/bookings_pipe.h"
#include "tests/calcom-sim/modules.h"
#include "tests/calcom-sim/shapes.h"

namespace calfleet::calcom_sim {
namespace {

using std::chrono::minutes;

constexpr std::int64_t kUsualMinutes = 5;

json::object shown(const Reservation& reservation) {
    return {
        {"reservationUid", reservation.uid},
        {"eventTypeId", reservation.event_type_id},
        {"slotStart", javascript_time(reservation.start)},
        {"slotEnd", javascript_time(reservation.end)},
        {"slotDuration",
         std::chrono::duration_cast<minutes>(reservation.end - reservation.start).count()},
        {"reservationUntil", javascript_time(reservation.until)}};
}

json::object shown_with_duration(const Reservation& reservation) {
    json::object view = shown(reservation);
    view["reservationDuration"] = reservation.duration_minutes;
    return view;
}

std::variant<Reservation, Answer> read(const Context& context) {
    const json::object& body = context.request.fields();
    Objections wrong;
    wrong.refuse_others(body, {"eventTypeId", "slotStart", "slotDuration", "reservationDuration"});
    const auto type_id = whole_of(body, "eventTypeId");
    const auto start = iso_instant(body.if_contains("slotStart"));
    if (!type_id) wrong.add("eventTypeId", "eventTypeId must be an integer number");
    if (!start) wrong.add("slotStart", "slotStart" + std::string(kNoDate));
    if (!wrong.empty()) return wrong.answer(context);
    const EventType* const type = context.world.event_types.find(*type_id);
    if (type == nullptr)
        return context.refuse(404, "Event Type with ID=" + std::to_string(*type_id) + " not found");
    const auto duration = whole_of(body, "reservationDuration");
    if (duration && !context.caller_id)
        return context.refuse(
            401, "reservationDuration can only be used for authenticated requests."
        );
    const minutes length(whole_of(body, "slotDuration").value_or(type->length_minutes));
    const std::int64_t kept = std::clamp<std::int64_t>(duration.value_or(kUsualMinutes), 1, 1440);
    return Reservation{
        .event_type_id = type->id,
        .start = *start,
        .end = *start + length,
        .until = context.now + minutes(kept),
        .duration_minutes = static_cast<int>(kept)};
}

// Booked, or reserved by another.
std::optional<Answer>
refuse_slot(const Context& context, const Reservation& wanted, std::string_view own_uid) {
    for (const auto& [uid, booking] : context.world.bookings.rows())
        if (booking.event_type_id == wanted.event_type_id && booking.start == wanted.start &&
            booking.status == BookingStatus::Accepted && booking.recurring_uid.empty())
            return context.refuse(422, "Can't reserve a slot if the event is already booked.");
    for (const auto& [uid, other] : context.world.reservations.rows())
        if (uid != own_uid && other.event_type_id == wanted.event_type_id &&
            other.start == wanted.start && other.until > context.now)
            return context.refuse(
                422,
                "This time slot is already reserved by another user. Please choose a different "
                "time."
            );
    return std::nullopt;
}

Outcome put(Context& context, const std::string& uid, int status) {
    auto wish = read(context);
    if (Answer* refused = std::get_if<Answer>(&wish)) return std::move(*refused);
    Reservation& reservation = std::get<Reservation>(wish);
    if (auto refused = refuse_slot(context, reservation, uid)) return *refused;
    reservation.uid = uid.empty() ? random_uuid(context.world.random) : uid;
    const std::string key = reservation.uid;
    Answer answer = success(
        shown_with_duration(context.world.reservations.put(key, reservation, context.now)), status
    );
    answer.effects.push_back({"slot.reserved", key});
    return answer;
}

Outcome create(Context& context) {
    return put(context, "", 201);
}

// The reservation that the path names and that has not run out.
const Reservation* named(const Context& context) {
    const Reservation* const found =
        context.world.reservations.find(context.values[0], context.reads);
    return found == nullptr || found->until <= context.now ? nullptr : found;
}

Answer not_found(const Context& context) {
    return context.refuse(404, "Slot reservation with uid=" + context.values[0] + " not found");
}

Outcome get(Context& context) {
    const Reservation* const found = named(context);
    return found == nullptr ? not_found(context) : success(shown(*found));
}

Outcome change(Context& context) {
    return named(context) == nullptr ? Outcome(not_found(context))
                                     : put(context, context.values[0], 200);
}

Outcome remove(Context& context) {
    if (!context.world.reservations.erase(context.values[0], context.now))
        return not_found(context);
    Answer answer{.body = json::serialize(json::object{{"status", "success"}})};
    answer.effects.push_back({"slot.released", context.values[0]});
    return answer;
}

} // namespace

void register_reservations(Router& router) {
    const std::vector<std::string_view> versions{kSeptember04};
    const std::string_view one = "/v2/slots/reservations/:uid";
    router.add({"POST", "/v2/slots/reservations", versions, Auth::Optional, create});
    router.add({"GET", one, versions, Auth::Optional, get});
    router.add({"PATCH", one, versions, Auth::Optional, change});
    router.add({"DELETE", one, versions, Auth::Optional, remove});
}

} // namespace calfleet::calcom_sim
