// Bookings under every version but 2024-08-13: another body, the database's row as answer, no
// rescheduling. What a client meets that loses its version header.
#include <algorithm>

#include "tests/calcom-sim/bookings.h"
#include "tests/calcom-sim/bookings_hosts.h"
#include "tests/calcom-sim/bookings_ids.h"
#include "tests/calcom-sim/bookings_query.h"
#include "tests/calcom-sim/bookings_view.h"
#include "tests/calcom-sim/event_type_view.h"
#include "tests/calcom-sim/legacy_event_type_view.h"
#include "tests/calcom-sim/schedules_zone.h"
#include "tests/calcom-sim/shapes.h"
#include "tests/calcom-sim/webhooks_payload.h"

namespace calfleet::calcom_sim {
namespace {

constexpr std::size_t kUsualPage = 10;

json::value or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(json::string(text));
}

json::object metadata_of(const Booking& booking) {
    json::object metadata = booking.metadata;
    if (is_link(booking.location)) metadata["videoCallUrl"] = booking.location;
    return metadata;
}

json::object responses_of(const Booking& booking) {
    json::object responses{{"name", booker_name(booking)}, {"email", booker_email(booking)}};
    for (const auto& response : booking.responses)
        responses[response.key()] = response.value();
    return responses;
}

const EventType* type_of(const World& world, const Booking& booking, Instant reads) {
    return booking.event_type_id ? world.event_types.find(*booking.event_type_id, reads) : nullptr;
}

std::string email_of(const World& world, Id id) {
    const User* const user = world.users.find(id);
    return user == nullptr ? std::string{} : user->email;
}

json::object host_of(const World& world, const Booking& booking) {
    const User* const user = world.users.find(booking.host_user_id);
    if (user == nullptr) return {};
    return {
        {"id", user->id},
        {"name", user->name},
        {"email", user->email},
        {"username", user->username},
        {"timeZone", user->time_zone},
        {"avatarUrl", nullptr}};
}

// What all of the three shapes begin with.
json::object row(const World& world, const Booking& booking) {
    return {
        {"id", booking.id},
        {"uid", booking.uid},
        {"title", booking.title},
        {"userPrimaryEmail", email_of(world, booking.host_user_id)},
        {"description", booking.description},
        {"customInputs", json::object()},
        {"startTime", javascript_time(booking.start)},
        {"endTime", javascript_time(booking.end)},
        {"responses", responses_of(booking)},
        {"recurringEventId", or_null(booking.recurring_uid)},
        {"location", booking.location},
        {"status", upper_status(booking.status)},
        {"fromReschedule", or_null(booking.rescheduled_from_uid)},
        {"rescheduled",
         booking.rescheduled_to_uid.empty() ? json::value(nullptr) : json::value(true)},
        {"rescheduledBy", or_null(booking.rescheduled_by)},
        {"cancelledBy", nullptr},
        {"cancellationReason", or_null(booking.cancellation_reason)},
        {"rejectionReason", nullptr}};
}

// Rows of attendees have numbers of their own; these are made from the booking's.
json::object attendee_row(const Booking& booking, std::size_t at) {
    const Attendee& attendee = booking.attendees[at];
    return {
        {"id", booking.id * 100 + static_cast<Id>(at)},
        {"email", attendee.email},
        {"name", attendee.name},
        {"timeZone", attendee.time_zone},
        {"phoneNumber",
         attendee.phone_number ? json::value(json::string(*attendee.phone_number)) : nullptr},
        {"locale", attendee.language},
        {"bookingId", booking.id},
        {"noShow", attendee.absent}};
}

json::object made_view(const World& world, const Booking& booking) {
    json::object shown = row(world, booking);
    const User* const host = world.users.find(booking.host_user_id);
    // A user's UUID is not part of the world: one that stays the same will do.
    const std::string uuid = idempotency_key(Instant{}, Instant{}, booking.host_user_id);
    shown["idempotencyKey"] = or_null(booking.idempotency_key);
    shown["userId"] = booking.host_user_id;
    shown["eventTypeId"] = booking.event_type_id.value_or(0);
    shown["createdAt"] = javascript_time(booking.created);
    shown["updatedAt"] = javascript_time(booking.updated);
    shown["metadata"] = booking.metadata;
    for (const char* name : {"paid", "isRecorded", "noShowHost", "paymentRequired", "isDryRun"})
        shown[name] = false;
    for (const char* name :
         {"destinationCalendarId",
          "reassignReason",
          "reassignById",
          "dynamicEventSlugRef",
          "dynamicGroupSlugRef",
          "smsReminderNumber",
          "rating",
          "ratingFeedback",
          "oneTimePassword",
          "organizationId",
          "previousBooking"})
        shown[name] = nullptr;
    for (const char* name : {"scheduledJobs", "payment", "references", "luckyUsers"})
        shown[name] = json::array();
    shown["iCalUID"] = booking.uid + "@Cal.com";
    shown["iCalSequence"] = 0;
    shown["creationSource"] = "API_V2";
    shown["user"] = json::object{
        {"uuid", uuid},
        {"email", nullptr},
        {"name", host == nullptr ? "" : host->name},
        {"timeZone", host == nullptr ? "" : host->time_zone},
        {"username", host == nullptr ? "" : host->username}};
    shown["userUuid"] = uuid;
    json::array attendees;
    for (std::size_t at = 0; at < booking.attendees.size(); ++at)
        attendees.push_back(attendee_row(booking, at));
    shown["attendees"] = std::move(attendees);
    if (is_link(booking.location)) shown["videoCallUrl"] = booking.location;
    return shown;
}

json::object read_view(const World& world, const Booking& booking, Instant reads) {
    json::object shown = row(world, booking);
    shown["smsReminderNumber"] = nullptr;
    shown["metadata"] = metadata_of(booking);
    shown["user"] = host_of(world, booking);
    json::array attendees;
    for (const Attendee& attendee : booking.attendees)
        attendees.push_back(json::object{
            {"name", attendee.name},
            {"email", attendee.email},
            {"timeZone", attendee.time_zone},
            {"phoneNumber",
             attendee.phone_number ? json::value(json::string(*attendee.phone_number)) : nullptr}});
    shown["attendees"] = std::move(attendees);
    const EventType* const type = type_of(world, booking, reads);
    shown["eventTypeId"] = type == nullptr ? json::value(nullptr) : json::value(type->id);
    shown["eventType"] = nullptr;
    if (type != nullptr)
        shown["eventType"] = json::object{
            {"eventName", nullptr},
            {"slug", type->slug},
            {"timeZone", nullptr},
            {"schedulingType", nullptr},
            {"hideOrganizerEmail", rest_value(*type, "hideOrganizerEmail")}};
    shown["seatsReferences"] = json::array();
    shown["tracking"] = nullptr;
    return shown;
}

json::object type_in_list(const World& world, const EventType& type) {
    json::array fields;
    const json::object whole = legacy_event_type(world, type);
    for (const json::value& field : whole.at("bookingFields").as_array())
        if (field.at("name") != "attendeePhoneNumber") fields.push_back(field);
    json::object shown{
        {"slug", type.slug},
        {"id", type.id},
        {"title", type.title},
        {"price", type.price},
        {"currency", type.currency},
        {"metadata", type.metadata},
        {"disableGuests", rest_value(type, "disableGuests")},
        {"bookingFields", std::move(fields)},
        {"seatsShowAttendees", false},
        {"seatsShowAvailabilityCount", true},
        {"allowReschedulingPastBookings", false},
        {"hideOrganizerEmail", rest_value(type, "hideOrganizerEmail")},
        {"disableCancelling", false},
        {"disableRescheduling", false},
        {"length", type.length_minutes}};
    for (const char* name :
         {"eventName",
          "recurringEvent",
          "seatsPerTimeSlot",
          "eventTypeColor",
          "customReplyToEmail",
          "minimumRescheduleNotice",
          "teamId",
          "parentId",
          "schedulingType",
          "team"})
        shown[name] = nullptr;
    if (type.parent_id) shown["parentId"] = *type.parent_id;
    if (type.team_id) shown["teamId"] = *type.team_id;
    for (const char* name : {"hosts", "hostGroups"})
        shown[name] = json::array();
    return shown;
}

json::object listed_view(const World& world, const Booking& booking, Instant reads) {
    json::object shown = row(world, booking);
    shown["createdAt"] = javascript_time(booking.created);
    shown["updatedAt"] = javascript_time(booking.updated);
    shown["metadata"] = metadata_of(booking);
    shown["paid"] = false;
    shown["isRecorded"] = false;
    shown["routedFromRoutingFormReponse"] = nullptr;
    const EventType* const type = type_of(world, booking, reads);
    shown["eventType"] = type == nullptr ? json::object() : type_in_list(world, *type);
    for (const char* name : {"references", "payment", "seatsReferences", "assignmentReason"})
        shown[name] = json::array();
    shown["user"] = host_of(world, booking);
    json::array attendees;
    for (std::size_t at = 0; at < booking.attendees.size(); ++at) {
        json::object one = attendee_row(booking, at);
        one["user"] = json::object{
            {"name", nullptr},
            {"email", booking.attendees[at].email},
            {"avatarUrl", nullptr},
            {"username", nullptr}};
        attendees.push_back(std::move(one));
    }
    shown["attendees"] = std::move(attendees);
    shown["report"] = nullptr;
    shown["rescheduler"] = nullptr;
    return shown;
}

// The properties that the old body knows; what it does not know is dropped before the check.
json::object known_part(const json::object& body) {
    json::object known;
    for (const char* name :
         {"start", "end", "eventTypeId", "timeZone", "language", "metadata", "responses"})
        if (const json::value* value = body.if_contains(name)) known[name] = *value;
    return known;
}

std::optional<Answer> objection(const Context& context) {
    const json::object& body = context.request.fields();
    const json::object target = known_part(body);
    json::array errors;
    const auto check = [&](const char* name, bool fits, json::object constraints) {
        if (!fits)
            errors.push_back(validation_error(target, name, target.if_contains(name), constraints));
    };
    check("start", !text_of(body, "start").empty(), {{"isString", "start must be a string"}});
    check(
        "eventTypeId",
        whole_of(body, "eventTypeId").has_value(),
        {{"isNumber", "eventTypeId must be a number conforming to the specified constraints"}}
    );
    check(
        "timeZone",
        is_time_zone(text_of(body, "timeZone")),
        {{"isTimeZone", "timeZone must be a valid IANA time-zone"}}
    );
    const json::value* const language = body.if_contains("language");
    check(
        "language",
        language != nullptr && language->is_string(),
        {{"isString", "language must be a string"}}
    );
    const json::value* const metadata = body.if_contains("metadata");
    check(
        "metadata",
        metadata != nullptr && metadata->is_object(),
        {{"isObject", "metadata must be an object"}}
    );
    if (errors.empty()) return std::nullopt;
    return context.invalid(std::move(errors));
}

Outcome create(Context& context) {
    if (auto wrong = objection(context)) return *wrong;
    const json::object& body = context.request.fields();
    const json::value* const found = body.if_contains("responses");
    const json::object responses =
        found != nullptr && found->is_object() ? found->get_object() : json::object();
    const auto start = iso_instant(body.if_contains("start"));
    if (!start || text_of(responses, "email").empty()) return bare_failure(400, "invalid_input");
    BookingWish wish{
        .type = {.id = whole_of(body, "eventTypeId")},
        .start = *start,
        .attendee =
            {.name = text_of(responses, "name"),
             .email = text_of(responses, "email"),
             .time_zone = text_of(body, "timeZone"),
             .language = text_of(body, "language")},
        .metadata = body.at("metadata").as_object(),
        .legacy = true};
    for (const auto& response : responses)
        if (response.key() != "name" && response.key() != "email")
            wish.extra[response.key()] = response.value();
    const EventType* const type = context.world.event_types.find(*wish.type.id);
    if (type == nullptr)
        return context.refuse(
            404, "Event type with id " + std::to_string(*wish.type.id) + " not found."
        );
    return book(context, *type, wish);
}

Outcome get(Context& context) {
    const Booking* const booking = context.world.bookings.find(context.values[0], context.reads);
    if (booking == nullptr)
        return context.refuse(404, "Booking with UID=" + context.values[0] + " does not exist.");
    return success(read_view(context.world, *booking, context.reads));
}

Outcome list(Context& context) {
    BookingQuery query;
    query.status = {"upcoming"};
    if (const auto status = context.request.parameter("filters[status]"))
        query.status = {std::string(*status)};
    query.take = kUsualPage;
    const std::vector<const Booking*> found = select(context, query);
    json::array bookings;
    for (std::size_t at = 0; at < found.size() && at < query.take; ++at)
        bookings.push_back(listed_view(context.world, *found[at], context.reads));
    return success(json::object{
        {"bookings", std::move(bookings)},
        {"recurringInfo", json::array()},
        {"totalCount", found.size()},
        {"nextCursor", found.size() > query.take ? json::value(query.take) : json::value(nullptr)}}
    );
}

Outcome cancel(Context& context) {
    const std::string& uid = context.values[0];
    const Booking* const booking = context.world.bookings.find(uid);
    if (booking == nullptr) return bare_failure(404, "Booking not found");
    if (booking->status == BookingStatus::Cancelled)
        return bare_failure(400, "This booking has already been cancelled.");
    const std::string reason = text_of(context.request.fields(), "cancellationReason");
    return cancel_booking(context, uid, reason, [&context, uid, reason]() -> Answer {
        Booking* const row = context.world.bookings.edit(uid, context.moment());
        if (row == nullptr) return bare_failure(500, "Internal server error");
        row->status = BookingStatus::Cancelled;
        row->cancellation_reason = reason;
        row->idempotency_key.clear();
        row->updated = context.moment();
        Answer answer = success(
            json::object{
                {"bookingId", row->id}, {"bookingUid", uid}, {"onlyRemovedAttendee", false}},
            201
        );
        answer.effects.push_back({"booking.cancelled", uid});
        return answer;
    });
}

} // namespace

json::object legacy_booking_view(const World& world, const Booking& booking) {
    return made_view(world, booking);
}

void register_legacy_bookings(Router& router) {
    const std::vector<std::string_view> versions{kApril15, kJune11, kJune14};
    router.add({"GET", "/v2/bookings", versions, Auth::Permissions, list});
    router.add({"POST", "/v2/bookings", versions, Auth::Optional, create});
    router.add({"GET", "/v2/bookings/:uid", versions, Auth::Optional, get});
    router.add({"POST", "/v2/bookings/:uid/cancel", versions, Auth::Optional, cancel});
}

} // namespace calfleet::calcom_sim
