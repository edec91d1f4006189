// POST /v2/bookings under 2024-08-13.
#include <boost/json/serialize.hpp>

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

using std::chrono::minutes;

// A series has at most so many occurrences, whatever is asked for.
constexpr std::int64_t kMostOccurrences = 100;

// All that was checked, to be written after the race window. The event type is a copy: it may be
// gone by then.
struct Plan {
    EventType type{};
    std::vector<Booking> drafts{};
    bool series{};
    bool legacy{};
};

// A length that the request names.
std::optional<Answer>
refuse_named_length(const Context& context, const EventType& type, const BookingWish& wish) {
    if (!wish.length_minutes) return std::nullopt;
    const json::value options = rest_value(type, "lengthInMinutesOptions");
    if (!options.is_array())
        return context.refuse(
            400,
            "Can't specify 'lengthInMinutes' because event type does not have multiple possible "
            "lengths. Please, remove the 'lengthInMinutes' field from the request."
        );
    std::string offered;
    for (const json::value& option : options.get_array()) {
        if (option == *wish.length_minutes) return std::nullopt;
        offered += (offered.empty() ? "" : ", ") + json::serialize(option);
    }
    return context.refuse(
        400,
        "Provided 'lengthInMinutes' is not one of the possible lengths for the event type. The "
        "possible lengths are: " +
            offered
    );
}

std::optional<Answer>
refuse_responses(const Context& context, const EventType& type, const BookingWish& wish) {
    for (const json::value& element : type.booking_fields) {
        const json::object& field = element.get_object();
        const auto flag = [&](std::string_view name) {
            const json::value* const value = field.if_contains(name);
            return value != nullptr && value->is_bool() && value->get_bool();
        };
        const std::string slug = text_of(field, "slug");
        if (flag("isDefault") || !flag("required") || wish.responses.contains(slug)) continue;
        return context.refuse(
            400, "Missing required booking field response: " + slug + " - it is required."
        );
    }
    return std::nullopt;
}

std::optional<Answer>
refuse_booker(const Context& context, const EventType& type, const BookingWish& wish) {
    const json::value limit = rest_value(type, "bookerActiveBookingsLimit");
    if (!is_on(limit)) return std::nullopt;
    const auto most = whole_of(limit.get_object(), "maximumActiveBookings");
    if (!most) return std::nullopt;
    const auto active = std::count_if(
        context.world.bookings.rows().begin(),
        context.world.bookings.rows().end(),
        [&](const auto& row) {
            const Booking& booking = row.second;
            return booking.event_type_id == type.id && booking.end > context.now &&
                   booking.status == BookingStatus::Accepted &&
                   booking.attendees.front().email == wish.attendee.email;
        }
    );
    if (active < *most) return std::nullopt;
    return context.refuse(
        400,
        "Attendee with this email can't book because the maximum number of active bookings has "
        "been reached."
    );
}

// Round robin types and those that want a confirmation answer an exact repeat with what is there.
const Booking* repeated(const Context& context, const EventType& type, const BookingWish& wish) {
    const bool forgiving =
        type.scheduling == Scheduling::RoundRobin || is_on(rest_value(type, "confirmationPolicy"));
    if (!forgiving) return nullptr;
    for (const auto& [uid, booking] : context.world.bookings.rows())
        if (booking.event_type_id == type.id && booking.start == wish.start &&
            booking.status != BookingStatus::Cancelled &&
            booking.status != BookingStatus::Rejected &&
            booking.attendees.front().email == wish.attendee.email &&
            booking.attendees.front().phone_number == wish.attendee.phone_number)
            return &booking;
    return nullptr;
}

std::vector<Instant> starts_of(const EventType& type, const BookingWish& wish) {
    const json::value recurrence = rest_value(type, "recurrence");
    if (!is_on(recurrence)) return {wish.start};
    const json::object& fields = recurrence.get_object();
    const std::int64_t most = whole_of(fields, "occurrences").value_or(1);
    const std::int64_t count =
        std::clamp<std::int64_t>(wish.occurrences.value_or(most), 1, kMostOccurrences);
    const auto interval = static_cast<int>(whole_of(fields, "interval").value_or(1));
    const std::string frequency = text_of(fields, "frequency");
    std::vector<Instant> starts;
    const Date first = std::chrono::floor<std::chrono::days>(wish.start);
    const auto time = wish.start - first;
    for (int step = 0; step < static_cast<int>(std::min(count, most)); ++step) {
        const std::chrono::year_month_day date(first);
        Date day = first + std::chrono::days(interval * step * (frequency == "daily" ? 1 : 7));
        if (frequency == "monthly") day = Date(date + std::chrono::months(interval * step));
        if (frequency == "yearly") day = Date(date + std::chrono::years(interval * step));
        starts.push_back(day + time);
    }
    return starts;
}

std::variant<Plan, Answer>
plan(const Context& context, const EventType& type, const BookingWish& wish) {
    Plan plan{.type = type, .legacy = wish.legacy};
    const std::vector<Instant> starts = starts_of(type, wish);
    plan.series = is_on(rest_value(type, "recurrence"));
    const std::string series = plan.series ? random_uuid(context.world.random) : std::string{};
    const minutes length(wish.length_minutes.value_or(type.length_minutes));
    for (const Instant start : starts) {
        const HostQuestion question{.world = context.world, .type = type, .reads = context.now};
        auto cast = cast_or_refusal(
            context, question, {.from = start, .to = start + length}, Wording::Create
        );
        if (Answer* refused = std::get_if<Answer>(&cast)) return std::move(*refused);
        Booking booking = draft(context, type, wish, std::get<Cast>(cast), start);
        booking.recurring_uid = series;
        plan.drafts.push_back(std::move(booking));
    }
    return plan;
}

std::vector<Outbound>
tell(const Context& context, const Plan& plan, const std::vector<std::string>& uids) {
    std::vector<Outbound> deliveries;
    for (const std::string& uid : uids) {
        const Booking& booking = *context.world.bookings.find(uid);
        const bool pending = booking.status == BookingStatus::Pending;
        Told told{.world = context.world, .booking = booking, .type = plan.type};
        if (pending) told.password = random_uuid(context.world.random);
        told.legacy = plan.legacy;
        for (Outbound& delivery : announce(
                 context,
                 pending ? kBookingRequested : kBookingCreated,
                 booking,
                 booked_payload(told)
             ))
            deliveries.push_back(std::move(delivery));
    }
    return deliveries;
}

Outcome write(const Context& context, const Plan& plan) {
    std::vector<std::string> uids;
    for (const Booking& booking : plan.drafts) {
        if (insert(context, booking) == nullptr) return lost_race();
        uids.push_back(booking.uid);
    }
    Outcome outcome;
    outcome.deliveries = tell(context, plan, uids);
    // The old version shows the row as it was before the last touch.
    json::object legacy;
    if (plan.legacy)
        legacy = legacy_booking_view(context.world, *context.world.bookings.find(uids.front()));
    outcome.next = [&context, uids, series = plan.series, legacy]() -> Outcome {
        json::array shown;
        std::vector<Effect> effects;
        for (const std::string& uid : uids) {
            const Booking* const booking = touch(context, uid);
            if (booking == nullptr) continue;
            shown.push_back(booking_view(context.world, *booking, context.now));
            effects.push_back({"booking.created", uid});
        }
        if (shown.empty()) return bare_failure(500, "Internal server error");
        if (!legacy.empty()) shown[0] = legacy;
        Answer answer = success(series ? json::value(std::move(shown)) : shown[0], 201);
        answer.effects = std::move(effects);
        return answer;
    };
    return outcome;
}

Outcome create(Context& context) {
    auto read = read_wish(context);
    if (Answer* refused = std::get_if<Answer>(&read)) return std::move(*refused);
    const BookingWish& wish = std::get<BookingWish>(read);
    auto meant = event_type_meant(context, wish.type);
    if (Answer* refused = std::get_if<Answer>(&meant)) return std::move(*refused);
    return book(context, *std::get<const EventType*>(meant), wish);
}

} // namespace

const Booking* touch(const Context& context, const std::string& uid) {
    Booking* const booking = context.world.bookings.edit(uid, context.moment());
    if (booking != nullptr) booking->updated = context.moment();
    return booking;
}

Outcome book(Context& context, const EventType& type, const BookingWish& wish) {
    if (auto refused = refuse_type(context, type)) return *refused;
    if (auto refused = refuse_responses(context, type, wish)) return *refused;
    if (auto refused = refuse_named_length(context, type, wish)) return *refused;
    if (auto refused = refuse_length(type, wish.length_minutes.value_or(type.length_minutes)))
        return *refused;
    if (const Booking* known = repeated(context, type, wish))
        return success(booking_view(context.world, *known, context.now), 201);
    if (auto refused = refuse_start(context, type, wish.start)) return *refused;
    if (auto refused = refuse_booker(context, type, wish)) return *refused;
    if (is_on(rest_value(type, "seats"))) return take_seat(context, type, wish);
    auto planned = plan(context, type, wish);
    if (Answer* refused = std::get_if<Answer>(&planned)) return std::move(*refused);
    Outcome outcome;
    outcome.pause = context.settings.race_window;
    outcome.next = [&context, planned = std::get<Plan>(std::move(planned))] {
        return write(context, planned);
    };
    return outcome;
}

void register_booking_creation(Router& router) {
    router.add({"POST", "/v2/bookings", {kAugust13}, Auth::Optional, create});
}

} // namespace calfleet::calcom_sim
