#include "tests/calcom-sim/bookings_hosts.h"

#include <algorithm>
#include <array>

#include "tests/calcom-sim/bookings_pipe.h"
#include "tests/calcom-sim/event_type_view.h"

namespace calfleet::calcom_sim {
namespace {

using std::chrono::minutes;

// A pending booking blocks its time only where its event type says so.
bool blocks(const World& world, const Booking& booking, Instant reads) {
    if (booking.status == BookingStatus::Accepted) return true;
    if (booking.status != BookingStatus::Pending || !booking.event_type_id) return false;
    const EventType* const type = world.event_types.find(*booking.event_type_id, reads);
    if (type == nullptr) return false;
    const json::value policy = rest_value(*type, "confirmationPolicy");
    if (!is_on(policy)) return false;
    const json::value* const wanted =
        policy.get_object().if_contains("blockUnconfirmedBookingsInBooker");
    return wanted != nullptr && wanted->is_bool() && wanted->get_bool();
}

std::size_t rank(const Host& host) {
    constexpr std::array<std::string_view, 5> kRising{"lowest", "low", "medium", "high", "highest"};
    const auto found = std::find(kRising.begin(), kRising.end(), host.priority);
    return found == kRising.end() ? 2 : static_cast<std::size_t>(found - kRising.begin());
}

Instant last_booked(const HostQuestion& question, Id user) {
    Instant last{};
    for (const auto& [uid, booking] : question.world.bookings.rows())
        if (booking.event_type_id == question.type.id && booking.host_user_id == user)
            last = std::max(last, booking.created);
    return last;
}

// The free one with the highest priority whose last turn is longest ago.
std::optional<Id>
lucky_one(const HostQuestion& question, const std::vector<Host>& free, std::optional<Id> keep) {
    const Host* best = nullptr;
    Instant best_turn{};
    for (const Host& host : free) {
        if (host.mandatory) continue;
        if (keep == host.user_id) return keep;
        const Instant turn = last_booked(question, host.user_id);
        const bool better = best == nullptr || rank(host) > rank(*best) ||
                            (rank(host) == rank(*best) && turn < best_turn);
        if (!better) continue;
        best = &host;
        best_turn = turn;
    }
    return best == nullptr ? std::optional<Id>{} : best->user_id;
}

Cast round_robin(
    const HostQuestion& question,
    const std::vector<Host>& hosts,
    const std::vector<Host>& free,
    std::optional<Id> keep
) {
    Cast cast{.partly_free = !free.empty()};
    const auto is_fixed = [](const Host& host) { return host.mandatory; };
    const auto fixed = std::count_if(hosts.begin(), hosts.end(), is_fixed);
    if (std::count_if(free.begin(), free.end(), is_fixed) < fixed) return cast;
    const auto lucky = lucky_one(question, free, keep);
    if (!lucky && fixed < static_cast<std::ptrdiff_t>(hosts.size())) return cast;
    for (const Host& host : free)
        if (host.mandatory) cast.others.push_back(host.user_id);
    if (lucky) cast.others.push_back(*lucky);
    cast.organizer = cast.others.front();
    cast.others.erase(cast.others.begin());
    return cast;
}

} // namespace

std::vector<Host> hosts_of(const World& world, const EventType& type, Instant reads) {
    if (type.scheduling == Scheduling::Managed) return {};
    if (!type.team_id) {
        if (!type.owner_id) return {};
        return {Host{.user_id = *type.owner_id}};
    }
    if (!type.hosts.empty() || !type.assign_all_members) return type.hosts;
    std::vector<Host> hosts;
    world.memberships.each(reads, [&](Id, const Membership& membership) {
        if (membership.team_id == *type.team_id && membership.accepted)
            hosts.push_back({.user_id = membership.user_id});
    });
    return hosts;
}

Schedule schedule_of(const World& world, const EventType& type, Id user, Instant reads) {
    if (type.schedule_id)
        if (const Schedule* schedule = world.schedules.find(*type.schedule_id, reads))
            return *schedule;
    const User* const person = world.users.find(user, reads);
    if (person != nullptr && person->default_schedule_id)
        if (const Schedule* own = world.schedules.find(*person->default_schedule_id, reads))
            return *own;
    const Schedule* any = nullptr;
    world.schedules.each(reads, [&](Id, const Schedule& schedule) {
        if (schedule.owner_id == user && any == nullptr) any = &schedule;
    });
    if (any != nullptr) return *any;
    Schedule usual{.owner_id = user};
    if (person != nullptr) usual.time_zone = person->time_zone;
    return usual;
}

bool hosts_booking(const Booking& booking, Id user) {
    return booking.host_user_id == user ||
           std::find(booking.other_hosts.begin(), booking.other_hosts.end(), user) !=
               booking.other_hosts.end();
}

std::vector<Span> busy_times(const HostQuestion& question, Id user, Span within) {
    const World& world = question.world;
    const minutes ours_before(question.type.before_buffer);
    const minutes ours_after(question.type.after_buffer);
    std::vector<Span> busy;
    world.bookings.each(question.reads, [&](const std::string& uid, const Booking& booking) {
        // A day is more than any buffer: most bookings are ruled out without looking further.
        const Span around{
            .from = booking.start - std::chrono::days(1), .to = booking.end + std::chrono::days(1)};
        if (!around.overlaps(within) || uid == question.except_uid) return;
        if (!hosts_booking(booking, user) || !blocks(world, booking, question.reads)) return;
        Span span{.from = booking.start - ours_after, .to = booking.end + ours_before};
        const EventType* const theirs =
            booking.event_type_id ? world.event_types.find(*booking.event_type_id, question.reads)
                                  : nullptr;
        if (theirs != nullptr) {
            span.from -= minutes(theirs->before_buffer);
            span.to += minutes(theirs->after_buffer);
        }
        if (span.overlaps(within)) busy.push_back(span);
    });
    return merged(std::move(busy));
}

bool is_free(const HostQuestion& question, Id user, Span meeting) {
    const Schedule schedule = schedule_of(question.world, question.type, user, question.reads);
    // A span that ends at midnight belongs to hours that may go on: ask for a little more.
    const Span around{
        .from = meeting.from - std::chrono::hours(24), .to = meeting.to + std::chrono::hours(24)};
    return covers(open_hours(schedule, around), meeting) &&
           busy_times(question, user, meeting).empty();
}

Cast cast_for(const HostQuestion& question, Span meeting, std::optional<Id> keep) {
    const std::vector<Host> hosts = hosts_of(question.world, question.type, question.reads);
    std::vector<Host> free;
    for (const Host& host : hosts)
        if (is_free(question, host.user_id, meeting)) free.push_back(host);
    if (question.type.scheduling == Scheduling::RoundRobin)
        return round_robin(question, hosts, free, keep);
    Cast cast{.partly_free = !free.empty() && free.size() < hosts.size()};
    if (free.empty() || free.size() < hosts.size()) return cast;
    cast.organizer = free.front().user_id;
    for (std::size_t at = 1; at < free.size(); ++at)
        cast.others.push_back(free[at].user_id);
    return cast;
}

} // namespace calfleet::calcom_sim
