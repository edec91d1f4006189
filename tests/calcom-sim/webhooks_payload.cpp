#include "tests/calcom-sim/webhooks_payload.h"

#include <algorithm>
#include <array>

#include "tests/calcom-sim/bookings_input.h"
#include "tests/calcom-sim/bookings_view.h"
#include "tests/calcom-sim/event_type_view.h"
#include "tests/calcom-sim/schedules_zone.h"
#include "tests/calcom-sim/shapes.h"
#include "tests/calcom-sim/state.h"
#include "tests/calcom-sim/webhooks_people.h"

namespace calfleet::calcom_sim {
namespace {

std::string to_seconds(Instant instant) {
    return javascript_time(instant).substr(0, 19);
}

std::string with_z(Instant instant) {
    return to_seconds(instant) + "Z";
}

std::string with_offset(Instant instant) {
    return to_seconds(instant) + "+00:00";
}

json::value text_or_null(const std::optional<std::string>& text) {
    return text && !text->empty() ? json::value(json::string(*text)) : json::value(nullptr);
}

std::string_view label_of(std::string_view slug, const json::object& field) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kLabels{
        {{"name", "your_name"},
         {"email", "email_address"},
         {"location", "location"},
         {"title", "what_is_this_meeting_about"},
         {"notes", "additional_notes"},
         {"guests", "additional_guests"},
         {"rescheduleReason", "reason_for_reschedule"}}};
    for (const auto& [known, label] : kLabels)
        if (known == slug) return label;
    const json::value* const own = field.if_contains("label");
    return own != nullptr && own->is_string() ? std::string_view(own->get_string()) : slug;
}

enum class Fields { Booked, Row };

// A row without answers, as those with seats are, answers from what it has.
json::object responses_of_row(const Booking& booking) {
    if (!booking.responses.empty() || booking.attendees.empty()) return booking.responses;
    json::array guests;
    for (std::size_t at = 1; at < booking.attendees.size(); ++at)
        guests.push_back(json::string(booking.attendees[at].email));
    return {
        {"name", booking.attendees.front().name},
        {"email", booking.attendees.front().email},
        {"guests", std::move(guests)},
        {"notes", booking.description},
        {"location", {{"value", booking.location}, {"optionValue", ""}}}};
}

json::object responses_told(const Told& told, Fields kind) {
    if (kind == Fields::Row) return responses_of_row(told.booking);
    return told.seat == nullptr ? told.booking.responses : told.seat->responses;
}

void add_responses(json::object& payload, const Told& told, Fields kind) {
    const json::object answers = responses_told(told, kind);
    json::object responses;
    json::object of_users;
    if (kind == Fields::Booked) {
        json::object phone{{"label", "phone_number"}, {"isHidden", true}};
        if (const json::value* number = answers.if_contains("attendeePhoneNumber"))
            phone["value"] = *number;
        responses["attendeePhoneNumber"] = std::move(phone);
    }
    for (const json::value& element : told.type.booking_fields) {
        const json::object& field = element.get_object();
        const std::string slug = text_of(field, "slug");
        json::object response{{"label", label_of(slug, field)}};
        const json::value* const answer =
            answers.if_contains(slug == "rescheduleReason" ? "rescheduledReason" : slug);
        if (answer != nullptr) response["value"] = *answer;
        if (slug == "email" && kind == Fields::Booked && told.seat != nullptr)
            response["value"] = told.seat->email;
        // Whatever the booker said of the place: where it is.
        if (slug == "location" && kind == Fields::Booked)
            response["value"] = json::object{{"value", told.booking.location}, {"optionValue", ""}};
        const json::value* const hidden = field.if_contains("hidden");
        response["isHidden"] = hidden != nullptr && hidden->is_bool() && hidden->get_bool();
        const json::value* const built_in = field.if_contains("isDefault");
        const bool of_user = built_in == nullptr || !built_in->is_bool() || !built_in->get_bool();
        if (of_user && answer != nullptr) of_users[slug] = response;
        responses[slug] = std::move(response);
    }
    payload["responses"] = std::move(responses);
    payload["userFieldsResponses"] = std::move(of_users);
}

json::value seats_of(const EventType& type) {
    const json::value seats = rest_value(type, "seats");
    if (!is_on(seats)) return nullptr;
    const json::value* const count = seats.get_object().if_contains("seatsPerTimeSlot");
    return count == nullptr ? json::value(nullptr) : *count;
}

bool seats_show_attendees(const EventType& type) {
    const json::value seats = rest_value(type, "seats");
    if (!is_on(seats)) return false;
    const json::value* const shown = seats.get_object().if_contains("showAttendeeInfo");
    return shown != nullptr && shown->is_bool() && shown->get_bool();
}

json::value scheduling_of(const EventType& type) {
    if (type.scheduling == Scheduling::Collective) return "COLLECTIVE";
    if (type.scheduling == Scheduling::RoundRobin) return "ROUND_ROBIN";
    return nullptr;
}

json::value rest_of(const Booking& booking, std::string_view name, json::value otherwise) {
    const json::value* const found = booking.rest.if_contains(name);
    return found == nullptr ? std::move(otherwise) : *found;
}

std::string ics_uid(const Told& told) {
    if (!told.ics_uid.empty()) return told.ics_uid;
    const std::string kept = text_of(told.booking.rest, "icsUid");
    return kept.empty() ? told.booking.uid + "@Cal.com" : kept;
}

std::string title_of(const Told& told) {
    if (told.seat == nullptr) return told.booking.title;
    const User* const host = told.world.users.find(told.booking.host_user_id);
    return told.type.title + " between " + (host == nullptr ? "" : host->name) + " and " +
           told.seat->name;
}

json::object metadata_of(const Told& told) {
    json::object metadata;
    if (is_link(told.booking.location)) metadata["videoCallUrl"] = told.booking.location;
    for (const auto& entry : told.seat == nullptr ? told.booking.metadata : told.seat->metadata)
        metadata[entry.key()] = entry.value();
    return metadata;
}

void add_what_is_booked(json::object& payload, const Told& told) {
    payload["eventTitle"] = told.type.title;
    payload["eventDescription"] = text_or_null(told.type.description);
    payload["price"] = told.type.price;
    payload["currency"] = told.type.currency;
    payload["length"] = told.type.length_minutes;
}

} // namespace

std::string upper_status(BookingStatus status) {
    std::string text(name(status));
    std::transform(text.begin(), text.end(), text.begin(), [](char letter) {
        return letter == '_' ? letter : static_cast<char>(letter - 'a' + 'A');
    });
    return text;
}

json::object recurring_event(const EventType& type, bool with_count) {
    const json::value recurrence = rest_value(type, "recurrence");
    if (!is_on(recurrence)) return {};
    constexpr std::array<std::string_view, 4> kFrequencies{"yearly", "monthly", "weekly", "daily"};
    const json::object& fields = recurrence.get_object();
    const auto found =
        std::find(kFrequencies.begin(), kFrequencies.end(), text_of(fields, "frequency"));
    json::object shown{{"freq", found - kFrequencies.begin()}};
    if (with_count) shown["count"] = whole_of(fields, "occurrences").value_or(1);
    shown["interval"] = whole_of(fields, "interval").value_or(1);
    return shown;
}

json::object booked_payload(const Told& told) {
    const Booking& booking = told.booking;
    json::object payload{
        {"bookerUrl", told.world.web_url},
        {"title", title_of(told)},
        {"startTime", with_z(booking.start)},
        {"endTime", with_z(booking.end)},
        {"additionalNotes", ""},
        {"type", told.type.slug},
        {"description", told.type.description.value_or("")},
        {"eventTypeId", told.type.id},
        {"hideCalendarNotes", rest_value(told.type, "hideCalendarNotes")},
        {"hideCalendarEventDetails", rest_value(told.type, "hideCalendarEventDetails")},
        {"hideOrganizerEmail", rest_value(told.type, "hideOrganizerEmail")},
        {"schedulingType", scheduling_of(told.type)},
        {"seatsPerTimeSlot", seats_of(told.type)},
        {"seatsShowAttendees", true},
        {"seatsShowAvailabilityCount", true},
        {"customReplyToEmail", nullptr},
        {"disableRescheduling", false},
        {"disableCancelling", false},
        {"organizer", organizer(told, false)},
        {"attendees", booked_attendees(told)},
        {"customInputs", json::object()}};
    add_responses(payload, told, Fields::Booked);
    payload["location"] = booking.location;
    payload["destinationCalendar"] =
        told.type.team_id ? json::value(json::array()) : json::value(nullptr);
    const bool moved = told.moved_from != nullptr && told.seat == nullptr;
    if (!moved) payload["iCalUID"] = ics_uid(told);
    payload["iCalSequence"] = rest_of(booking, "iCalSequence", 0);
    payload["requiresConfirmation"] = booking.status == BookingStatus::Pending;
    payload["oneTimePassword"] =
        told.password.empty() ? json::value(nullptr) : json::value(json::string(told.password));
    if (told.legacy)
        for (const char* name :
             {"platformClientId",
              "platformRescheduleUrl",
              "platformCancelUrl",
              "platformBookingUrl"})
            payload[name] = "";
    payload["hashedLink"] = nullptr;
    add_team(payload, told, TeamShape::Booked);
    if (!booking.recurring_uid.empty())
        payload["recurringEvent"] = recurring_event(told.type, false);
    payload["uid"] = booking.uid;
    if (told.seat != nullptr) payload["attendeeSeatId"] = told.seat->seat_uid.value_or("");
    if (moved) payload["appsStatus"] = json::array();
    add_what_is_booked(payload, told);
    payload["bookingId"] = told.booking_id == 0 ? booking.id : told.booking_id;
    if (told.seat_left != nullptr) {
        payload["rescheduleUid"] = told.seat_left->uid;
        if (!booking.rescheduled_by.empty()) payload["rescheduledBy"] = booking.rescheduled_by;
    }
    if (told.moved_from != nullptr) {
        if (moved) payload["rescheduleId"] = told.moved_from->id;
        payload["rescheduleUid"] = told.moved_from->uid;
        payload["rescheduleStartTime"] = with_z(told.moved_from->start);
        payload["rescheduleEndTime"] = with_z(told.moved_from->end);
        if (!booking.rescheduled_by.empty()) payload["rescheduledBy"] = booking.rescheduled_by;
    }
    payload["metadata"] = metadata_of(told);
    payload["status"] = upper_status(booking.status);
    return payload;
}

json::object cancelled_payload(const Told& told, const std::optional<std::string>& reason) {
    const Booking& booking = told.booking;
    json::object payload{
        {"bookerUrl", told.world.web_url},
        {"title", booking.title},
        {"length", told.type.length_minutes},
        {"type", told.type.slug},
        {"additionalNotes", ""},
        {"description", told.type.description.value_or("")},
        {"customInputs", json::object()},
        {"eventTypeId", told.type.id}};
    add_responses(payload, told, Fields::Row);
    payload["startTime"] = with_offset(booking.start);
    payload["endTime"] = with_offset(booking.end);
    payload["organizer"] = organizer(told, true);
    payload["attendees"] =
        told.seat == nullptr ? row_attendees(told) : json::array{left_attendee(told)};
    payload["uid"] = booking.uid;
    payload["bookingId"] = booking.id;
    if (told.as_series) payload["recurringEvent"] = recurring_event(told.type, true);
    payload["location"] = booking.location;
    payload["destinationCalendar"] = json::array();
    if (reason) payload["cancellationReason"] = *reason;
    add_team(payload, told, TeamShape::Row);
    add_parents_team(payload, told);
    payload["seatsPerTimeSlot"] = seats_of(told.type);
    payload["seatsShowAttendees"] = seats_show_attendees(told.type);
    payload["iCalUID"] = ics_uid(told);
    payload["iCalSequence"] = rest_of(booking, "iCalSequence", 0).to_number<std::int64_t>() + 1;
    payload["hideOrganizerEmail"] = false;
    payload["customReplyToEmail"] = nullptr;
    payload["organizationId"] = nullptr;
    payload["eventTitle"] = told.type.title;
    payload["eventDescription"] = text_or_null(told.type.description);
    payload["requiresConfirmation"] = is_on(rest_value(told.type, "confirmationPolicy"))
                                          ? json::value(true)
                                          : json::value(nullptr);
    payload["price"] = nullptr;
    payload["currency"] = told.type.currency;
    payload["status"] = "CANCELLED";
    payload["requestReschedule"] = false;
    return payload;
}

json::object decided_payload(const Told& told, std::string_view rejection_reason) {
    const Booking& booking = told.booking;
    json::object payload{
        {"type", told.type.slug},
        {"title", booking.title},
        {"description", told.type.description.value_or("")},
        {"bookerUrl", told.world.web_url}};
    add_responses(payload, told, Fields::Row);
    payload["customInputs"] = json::object();
    payload["startTime"] = javascript_time(booking.start);
    payload["endTime"] = javascript_time(booking.end);
    payload["organizer"] = organizer(told, false);
    payload["attendees"] = row_attendees(told);
    payload["location"] = booking.location;
    payload["uid"] = booking.uid;
    payload["destinationCalendar"] = json::array();
    payload["requiresConfirmation"] = true;
    for (const char* name : {"hideOrganizerEmail", "hideCalendarNotes", "hideCalendarEventDetails"})
        payload[name] = rest_value(told.type, name);
    payload["eventTypeId"] = told.type.id;
    payload["customReplyToEmail"] = nullptr;
    payload["organizationId"] = nullptr;
    payload["additionalNotes"] = "";
    add_team(payload, told, TeamShape::Row);
    if (!booking.recurring_uid.empty()) {
        json::object recurs = recurring_event(told.type, true);
        recurs["count"] = series_of(told.world, booking.recurring_uid, Instant::max()).size();
        payload["recurringEvent"] = std::move(recurs);
    }
    if (booking.status == BookingStatus::Rejected) payload["rejectionReason"] = rejection_reason;
    add_what_is_booked(payload, told);
    payload["bookingId"] = booking.id;
    payload["status"] = upper_status(booking.status);
    return payload;
}

json::object asked_to_move_payload(const Told& told, std::string_view reason) {
    const Booking& booking = told.booking;
    const User* const host = told.world.users.find(booking.host_user_id);
    json::object asker = organizer(told, false);
    asker.erase("timeFormat");
    json::array attendees = row_attendees(told);
    for (json::value& attendee : attendees)
        attendee.as_object()["username"] = "";
    json::object payload{
        {"bookingId", booking.id},
        {"type", told.type.slug},
        {"title", booking.title},
        {"description", booking.description},
        {"customInputs", json::object()},
        {"startTime", with_offset(booking.start)},
        {"endTime", with_offset(booking.end)},
        {"organizer", std::move(asker)},
        {"attendees", std::move(attendees)},
        {"uid", booking.uid},
        {"location", booking.location},
        {"destinationCalendar", json::array()},
        {"iCalUID", ics_uid(told)},
        {"cancelledBy", host == nullptr ? "" : host->email},
        {"cancellationReason", "Please reschedule. " + std::string(reason)},
        {"status", "CANCELLED"},
        {"eventTypeId", told.type.id},
        {"length", told.type.length_minutes},
        {"iCalSequence", rest_of(booking, "iCalSequence", 0).to_number<std::int64_t>() + 1},
        {"eventTitle", told.type.title},
        {"requestReschedule", true}};
    add_responses(payload, told, Fields::Row);
    return payload;
}

} // namespace calfleet::calcom_sim
