#include "tests/calcom-sim/legacy_event_type_view.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "tests/calcom-sim/event_type_view.h"
#include "tests/calcom-sim/json_values.h"

namespace calfleet::calcom_sim {
namespace {

// Properties that the old version shows of every type and that nothing here changes. The single
// object and the list's elements have these in common ...
constexpr std::array<std::string_view, 17> kNull{
    "interfaceLanguage",
    "aiPhoneCallConfig",
    "eventName",
    "timeZone",
    "periodDays",
    "periodStartDate",
    "periodEndDate",
    "periodCountCalendarDays",
    "lockedTimeZone",
    "minimumRescheduleNotice",
    "eventTypeColor",
    "bookingLimits",
    "durationLimits",
    "rrSegmentQueryValue",
    "customReplyToEmail",
    "restrictionScheduleId",
    "secondaryEmailId"};
constexpr std::array<std::string_view, 2> kAlsoNull{"maxLeadThreshold", "instantMeetingSchedule"};
constexpr std::array<std::string_view, 12> kFalse{
    "isInstantEvent",
    "requiresConfirmationForFreeEmail",
    "requiresConfirmationWillBlockSlot",
    "autoTranslateDescriptionEnabled",
    "disableCancelling",
    "disableRescheduling",
    "assignRRMembersUsingSegment",
    "isRRWeightsEnabled",
    "useEventTypeDestinationCalendarEmail",
    "useBookerTimezone",
    "seatsShowAttendees",
    "useEventLevelSelectedCalendars"};
constexpr std::array<std::string_view, 11> kOfRest{
    "lockTimeZoneToggleOnBookingPage",
    "requiresBookerEmailVerification",
    "hideCalendarNotes",
    "hideCalendarEventDetails",
    "disableGuests",
    "allowReschedulingCancelledBookings",
    "onlyShowFirstAvailableSlot",
    "showOptimizedSlots",
    "allowReschedulingPastBookings",
    "hideOrganizerEmail",
    "rescheduleWithSameRoundRobinHost"};
constexpr std::array<std::string_view, 2> kTrue{
    "canSendCalVideoTranscriptionEmails", "seatsShowAvailabilityCount"};
constexpr std::array<std::string_view, 3> kNone{"instantMeetingParameters", "hashedLink", "hosts"};
// ... and these are of the single object only.
constexpr std::array<std::string_view, 7> kOneNull{
    "maxActiveBookingsPerBooker",
    "restrictionSchedule",
    "destinationCalendar",
    "calVideoSettings",
    "restrictionScheduleName",
    "team",
    "schedulingType"};
constexpr std::array<std::string_view, 2> kOneFalse{
    "maxActiveBookingPerBookerOfferReschedule", "includeNoShowInRRCalculation"};
constexpr std::array<std::string_view, 6> kOneNone{
    "customInputs", "fieldTranslations", "hostGroups", "children", "webhooks", "workflows"};

template <class Names>
void put_all(json::object& shown, const Names& names, const json::value& value) {
    for (const std::string_view name : names)
        shown[name] = value;
}

json::object system_field(std::string_view name, std::string_view type, std::string_view label) {
    const bool fixed = name == "name" || name == "location";
    return {
        {"name", name},
        {"type", type},
        {"defaultLabel", label},
        {"required", name == "name" || name == "email" || name == "title"},
        {"editable", fixed ? "system" : "system-but-optional"},
        {"sources",
         json::array{json::object{{"id", "default"}, {"type", "default"}, {"label", "Default"}}}}};
}

json::object text_input(std::string_view name, std::string_view label, bool required) {
    json::object input{{"name", name}, {"type", "text"}, {"label", label}, {"required", required}};
    if (name != "fullName") input["placeholder"] = "";
    return input;
}

json::object name_field(bool intact) {
    json::object field = system_field("name", "name", "your_name");
    if (!intact) return field;
    field["variant"] = "fullName";
    field["variantsConfig"] = json::object{
        {"variants",
         {{"fullName", {{"fields", json::array{text_input("fullName", "your_name", true)}}}},
          {"firstAndLastName",
           {{"fields",
             json::array{
                 text_input("firstName", "", true), text_input("lastName", "", false)}}}}}}};
    return field;
}

json::object location_field() {
    const auto input = [](std::string_view type) {
        return json::object{{"type", type}, {"required", true}, {"placeholder", ""}};
    };
    json::object field = system_field("location", "radioInput", "location");
    field["getOptionsAt"] = "locations";
    field["optionsInputs"] = json::object{
        {"phone", input("phone")},
        {"somewhereElse", input("text")},
        {"attendeeInPerson", input("address")}};
    field["hideWhenJustOneOption"] = true;
    return field;
}

// In the internal form. `intact` is false once the old PATCH has been at work: the name lost its
// variants, and the order is another. Only the single object has the field for the phone number.
json::array internal_fields(bool intact, bool phone) {
    json::object number = system_field("attendeePhoneNumber", "phone", "phone_number");
    number["hidden"] = true;
    const json::object email = system_field("email", "email", "email_address");
    json::object title = system_field("title", "text", "what_is_this_meeting_about");
    title["defaultPlaceholder"] = "";
    title["hidden"] = true;
    json::object notes = system_field("notes", "textarea", "additional_notes");
    notes["defaultPlaceholder"] = "share_additional_notes";
    json::object guests = system_field("guests", "multiemail", "additional_guests");
    guests["defaultPlaceholder"] = "email";
    guests["hidden"] = false;
    json::object reason = system_field("rescheduleReason", "textarea", "reason_for_reschedule");
    reason["defaultPlaceholder"] = "reschedule_placeholder";
    reason["views"] = json::array{json::object{{"label", "Reschedule View"}, {"id", "reschedule"}}};
    json::array fields;
    if (intact) {
        if (phone) fields.push_back(number);
        fields.insert(fields.end(), {name_field(true), email, location_field()});
    } else {
        fields.push_back(name_field(false));
        if (phone) fields.push_back(number);
        fields.insert(fields.end(), {location_field(), email});
    }
    fields.insert(fields.end(), {title, notes, guests, reason});
    return fields;
}

// Questions of somebody's own, and what only the web app knows of any.
void add_own_questions(json::array& shown, const json::array& fields) {
    for (const json::value& element : fields) {
        const json::object& field = element.as_object();
        const json::value* slug = field.if_contains("slug");
        if (slug == nullptr) continue;
        const auto known = std::find_if(shown.begin(), shown.end(), [&](const json::value& one) {
            return one.at("name") == *slug;
        });
        json::object question;
        if (known != shown.end()) {
            question = known->as_object();
        } else {
            question["name"] = *slug;
            for (const char* name : {"type", "label", "required", "hidden", "placeholder"})
                if (const json::value* value = field.if_contains(name)) question[name] = *value;
            if (const json::value* options = field.if_contains("options"); options != nullptr) {
                json::array pairs;
                for (const json::value& option : options->as_array())
                    pairs.push_back(json::object{{"label", option}, {"value", option}});
                question["options"] = std::move(pairs);
            }
        }
        if (const json::value* internal = field.if_contains("internal"))
            for (const auto& part : internal->as_object())
                question[part.key()] = part.value();
        if (known != shown.end())
            *known = std::move(question);
        else
            shown.push_back(std::move(question));
    }
}

json::array internal_locations(const json::array& locations) {
    json::array shown;
    for (const json::value& element : locations) {
        json::object location = element.as_object();
        if (const json::value* open = location.if_contains("public")) {
            const json::value displayed = *open;
            location.erase("public");
            location["displayLocationPublicly"] = displayed;
        }
        json::value& type = location["type"];
        if (type == "address") type = "inPerson";
        if (type == "phone") {
            type = "userPhone";
            const json::value number = location["phone"];
            location.erase("phone");
            location["hostPhoneNumber"] = number;
        }
        if (const json::value* app = location.if_contains("integration"))
            location = {
                {"type",
                 *app == "cal-video" ? json::value("integrations:daily") : json::value(*app)}};
        shown.push_back(std::move(location));
    }
    return shown;
}

// What both shapes show of what can change.
void add_common(json::object& shown, const EventType& type) {
    put_all(shown, kNull, nullptr);
    put_all(shown, kAlsoNull, nullptr);
    put_all(shown, kFalse, false);
    put_all(shown, kTrue, true);
    put_all(shown, kNone, json::array());
    for (const std::string_view name : kOfRest)
        shown[name] = rest_value(type, name);
    shown["id"] = type.id;
    shown["title"] = type.title;
    shown["slug"] = type.slug;
    shown["description"] = or_null(type.description);
    shown["length"] = type.length_minutes;
    shown["hidden"] = type.hidden;
    shown["instantMeetingExpiryTimeOffsetInSeconds"] = 90;
    shown["offsetStart"] = rest_value(type, "offsetStart");
    shown["periodType"] = "UNLIMITED";
    const json::value policy = rest_value(type, "confirmationPolicy");
    shown["requiresConfirmation"] = policy.is_object() && policy.get_object().contains("type");
    shown["recurringEvent"] = nullptr;
    shown["minimumBookingNotice"] = type.minimum_notice;
    shown["beforeEventBuffer"] = type.before_buffer;
    shown["afterEventBuffer"] = type.after_buffer;
    shown["slotInterval"] = or_null(type.slot_interval);
    shown["assignAllTeamMembers"] = type.assign_all_members;
    shown["successRedirectUrl"] = rest_value(type, "successRedirectUrl");
    shown["currency"] = type.currency;
    shown["price"] = type.price;
    shown["teamId"] = or_null(type.team_id);
    shown["userId"] = or_null(type.owner_id);
    const json::value seats = rest_value(type, "seats");
    const json::value* places =
        seats.is_object() ? seats.get_object().if_contains("seatsPerTimeSlot") : nullptr;
    shown["seatsPerTimeSlot"] = places == nullptr ? json::value(nullptr) : *places;
    shown["locations"] = internal_locations(type.locations);
}

bool is_intact(const EventType& type) {
    return type.booking_fields.size() > 1;
}

json::object owner_of(const World& world, const User& user) {
    return {
        {"name", user.name},
        {"avatarUrl", nullptr},
        {"username", user.username},
        {"id", user.id},
        {"email", user.email},
        {"locale", "en"},
        {"defaultScheduleId", or_null(user.default_schedule_id)},
        {"isPlatformManaged", false},
        {"timeZone", user.time_zone},
        {"nonProfileUsername", user.username},
        {"profile",
         {{"id", nullptr},
          {"upId", "usr-" + std::to_string(user.id)},
          {"username", user.username},
          {"organizationId", nullptr},
          {"organization", nullptr}}},
        {"avatar", world.web_url + "/avatar.svg"}};
}

json::object option(std::string_view label, std::string_view value, std::string_view icon) {
    return {{"label", label}, {"value", value}, {"icon", icon}};
}

json::object with_label(json::object from) {
    from["supportsCustomLabel"] = true;
    return from;
}

} // namespace

json::object legacy_event_type(const World& world, const EventType& type) {
    json::object shown;
    add_common(shown, type);
    put_all(shown, kOneNull, nullptr);
    put_all(shown, kOneFalse, false);
    put_all(shown, kOneNone, json::array());
    shown["autoTranslateInstantMeetingTitleEnabled"] = true;
    shown["forwardParamsSuccessRedirect"] = rest_value(type, "forwardParamsSuccessRedirect");
    json::array questions = internal_fields(is_intact(type), true);
    add_own_questions(questions, type.booking_fields);
    shown["bookingFields"] = std::move(questions);
    const User* owner = type.owner_id ? world.users.find(*type.owner_id) : nullptr;
    if (owner != nullptr) {
        shown["owner"] = json::object{{"id", owner->id}, {"timeZone", owner->time_zone}};
        shown["users"] = json::array{owner_of(world, *owner)};
        shown["schedule"] =
            type.schedule_id ? json::value(*type.schedule_id) : or_null(owner->default_schedule_id);
    }
    const EventType* parent = type.parent_id ? world.event_types.find(*type.parent_id) : nullptr;
    shown["parent"] = nullptr;
    if (parent != nullptr)
        shown["parent"] = json::object{{"id", parent->id}, {"teamId", or_null(parent->team_id)}};
    const Schedule* schedule = type.schedule_id ? world.schedules.find(*type.schedule_id) : nullptr;
    shown["scheduleName"] =
        schedule == nullptr ? json::value(nullptr) : json::value(json::string(schedule->name));
    json::object metadata = type.metadata;
    metadata["apps"] = json::object{{"giphy", {{"enabled", false}, {"thankYouPage", ""}}}};
    shown["metadata"] = std::move(metadata);
    shown["bookerUrl"] = world.web_url;
    return shown;
}

json::object legacy_list_item(const World& world, const EventType& type, Instant reads) {
    json::object shown;
    add_common(shown, type);
    const User* owner = type.owner_id ? world.users.find(*type.owner_id) : nullptr;
    shown["schedulingType"] = nullptr;
    shown["metadata"] = type.metadata;
    shown["position"] = 0;
    shown["owner"] = nullptr;
    if (owner != nullptr) shown["owner"] = json::object{{"timeZone", owner->time_zone}};
    shown["profileId"] = nullptr;
    shown["parentId"] = or_null(type.parent_id);
    shown["scheduleId"] = or_null(type.schedule_id);
    shown["instantMeetingScheduleId"] = nullptr;
    shown["bookingFields"] = internal_fields(is_intact(type), false);
    json::array children;
    for (const Id child : children_of(world, type.id, reads))
        children.push_back(json::object{
            {"id", child},
            {"users",
             json::array{
                 json::object{{"id", or_null(world.event_types.find(child, reads)->owner_id)}}}}});
    shown["children"] = std::move(children);
    shown["team"] = nullptr;
    if (type.description && !type.description->empty())
        shown["safeDescription"] = "<p>" + *type.description + "</p>\n";
    json::array user_ids;
    if (type.owner_id) user_ids.push_back(*type.owner_id);
    shown["userIds"] = std::move(user_ids);
    return shown;
}

json::array legacy_location_options() {
    json::object video =
        option("Cal Video (Default)", "integrations:daily", "/app-store/dailyvideo/icon.svg");
    video["disabled"] = false;
    video["slug"] = "daily-video";
    video["credentialId"] = 0;
    video["teamName"] = "Default";
    const auto group = [](std::string_view label, json::array options) {
        return json::object{{"label", label}, {"options", std::move(options)}};
    };
    return {
        group(
            "Conferencing",
            {video, with_label(option("Organizer's default app", "conferencing", "/link.svg"))}
        ),
        group(
            "In person",
            {with_label(
                 option("In Person (Attendee Address)", "attendeeInPerson", "/map-pin-dark.svg")
             ),
             option("In Person (Organizer Address)", "inPerson", "/map-pin-dark.svg")}
        ),
        group(
            "Other",
            {with_label(option("Custom attendee location", "somewhereElse", "/message-pin.svg")),
             with_label(option("Link meeting", "link", "/link.svg"))}
        ),
        group(
            "Phone",
            {option("Attendee phone number", "phone", "/phone.svg"),
             option("Organizer phone number", "userPhone", "/phone.svg")}
        )};
}

} // namespace calfleet::calcom_sim
