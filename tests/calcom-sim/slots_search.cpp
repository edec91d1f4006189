#include "tests/calcom-sim/slots_search.h"

#include <algorithm>
#include <array>
#include <set>

#include "tests/calcom-sim/bookings_pipe.h"
#include "tests/calcom-sim/event_type_view.h"

namespace calfleet::calcom_sim {
namespace {

using std::chrono::minutes;

bool is_seated(const EventType& type) {
    return is_on(rest_value(type, "seats"));
}

std::vector<Span> reserved(const SlotSearch& search) {
    std::vector<Span> spans;
    search.question.world.reservations.each(
        search.question.reads,
        [&](const std::string&, const Reservation& reservation) {
            if (reservation.event_type_id == search.question.type.id &&
                reservation.until > search.now)
                spans.push_back({.from = reservation.start, .to = reservation.end});
        }
    );
    return merged(std::move(spans));
}

// The bookings of a seated type itself leave its host free for more of the same.
std::vector<Span> taken(const SlotSearch& search, Id user) {
    if (!is_seated(search.question.type)) return busy_times(search.question, user, search.within);
    std::vector<Span> spans;
    search.question.world.bookings.each(
        search.question.reads,
        [&](const std::string&, const Booking& booking) {
            if (booking.event_type_id != search.question.type.id &&
                booking.status == BookingStatus::Accepted && hosts_booking(booking, user))
                spans.push_back({.from = booking.start, .to = booking.end});
        }
    );
    return merged(std::move(spans));
}

std::vector<Span> free_spans(const SlotSearch& search, Id user) {
    const HostQuestion& question = search.question;
    const Schedule schedule = schedule_of(question.world, question.type, user, question.reads);
    const auto open = open_hours(schedule, search.within);
    return without(without(open, taken(search, user)), reserved(search));
}

// The largest round part of an hour that the interval is a multiple of.
minutes grid_of(minutes interval) {
    for (const int part : {60, 30, 20, 15, 10, 5})
        if (interval.count() % part == 0) return minutes(part);
    return minutes(1);
}

void add_starts(
    const SlotSearch& search, const std::vector<Span>& free, std::set<Instant>& starts
) {
    const EventType& type = search.question.type;
    const minutes interval(
        std::max(1, type.slot_interval.value_or(static_cast<int>(search.length.count())))
    );
    const auto grid = std::chrono::duration_cast<Microseconds>(grid_of(interval));
    const Instant earliest = search.now + minutes(type.minimum_notice);
    for (const Span& span : free) {
        const Instant from = std::max(span.from, earliest);
        const auto past_grid = from.time_since_epoch() % grid;
        Instant start = past_grid.count() == 0 ? from : from - past_grid + grid;
        for (; start + search.length <= span.to; start += interval)
            starts.insert(start);
    }
}

} // namespace

std::vector<Instant> find_slots(const SlotSearch& search) {
    const HostQuestion& question = search.question;
    const std::vector<Host> hosts = hosts_of(question.world, question.type, question.reads);
    std::set<Instant> starts;
    std::vector<Span> all_free{search.within};
    for (const Host& host : hosts) {
        const std::vector<Span> free = free_spans(search, host.user_id);
        if (question.type.scheduling == Scheduling::RoundRobin)
            add_starts(search, free, starts);
        else
            all_free = common_to(all_free, free);
    }
    if (!hosts.empty() && question.type.scheduling != Scheduling::RoundRobin)
        add_starts(search, all_free, starts);
    return {starts.begin(), starts.end()};
}

json::object seats_at(const SlotSearch& search, Instant start) {
    const EventType& type = search.question.type;
    const json::value seats = rest_value(type, "seats");
    if (!is_on(seats)) return {};
    const std::int64_t total = whole_of(seats.get_object(), "seatsPerTimeSlot").value_or(1);
    std::int64_t booked = 0;
    std::string uid;
    search.question.world.bookings.each(
        search.question.reads,
        [&](const std::string& key, const Booking& booking) {
            const bool live = booking.status == BookingStatus::Accepted ||
                              booking.status == BookingStatus::Pending;
            if (!live || booking.event_type_id != type.id || booking.start != start) return;
            booked = static_cast<std::int64_t>(booking.attendees.size());
            uid = key;
        }
    );
    json::object shown{
        {"seatsBooked", booked}, {"seatsRemaining", total - booked}, {"seatsTotal", total}};
    if (!uid.empty()) shown["bookingUid"] = uid;
    return shown;
}

} // namespace calfleet::calcom_sim
