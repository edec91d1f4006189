#include "tests/calcom-sim/bookings_query.h"

#include <algorithm>
#include <set>

#include "tests/calcom-sim/bookings_hosts.h"
#include "tests/calcom-sim/bookings_view.h"

namespace calfleet::calcom_sim {
namespace {

bool has_status(const Booking& booking, const std::string& status, Instant now) {
    const bool off =
        booking.status == BookingStatus::Cancelled || booking.status == BookingStatus::Rejected;
    if (status == "cancelled") return off;
    if (status == "past") return !off && booking.end <= now;
    if (status == "unconfirmed")
        return booking.status == BookingStatus::Pending && booking.end >= now;
    if (status == "recurring") return !off && booking.end >= now && !booking.recurring_uid.empty();
    // Of a series only what is confirmed is to come.
    if (!booking.recurring_uid.empty())
        return booking.status == BookingStatus::Accepted && booking.end >= now;
    return !off && booking.end >= now;
}

// What may be seen, found out once for a list.
struct Sight {
    Id caller{};
    std::set<Id> teams{};  ///< where the caller is an admin or owner, be it only by invitation
    std::set<Id> people{}; ///< their members, those who have not accepted included
    std::set<std::string> emails{}; ///< of the caller and of these people
};

Sight sight_of(const Context& context) {
    Sight sight{.caller = *context.caller_id};
    if (const User* user = context.caller()) sight.emails.insert(user->email);
    const auto& memberships = context.world.memberships;
    memberships.each(context.reads, [&](Id, const Membership& one) {
        if (one.user_id == sight.caller && one.role != Role::Member)
            sight.teams.insert(one.team_id);
    });
    memberships.each(context.reads, [&](Id, const Membership& one) {
        if (sight.teams.contains(one.team_id)) sight.people.insert(one.user_id);
    });
    for (const Id id : sight.people)
        if (const User* user = context.world.users.find(id, context.reads))
            sight.emails.insert(user->email);
    return sight;
}

const EventType* type_of(const Context& context, const Booking& booking) {
    return booking.event_type_id
               ? context.world.event_types.find(*booking.event_type_id, context.reads)
               : nullptr;
}

std::optional<Id> team_of(const Context& context, const EventType* type) {
    if (type == nullptr) return std::nullopt;
    if (!type->parent_id) return type->team_id;
    const EventType* const parent = context.world.event_types.find(*type->parent_id, context.reads);
    return parent == nullptr ? std::nullopt : parent->team_id;
}

bool attended_by(
    const World& world,
    const Booking& booking,
    std::string Attendee::*field,
    const std::string& value
) {
    const std::vector<Attendee> people = all_attendees(world, booking);
    return std::any_of(people.begin(), people.end(), [&](const Attendee& attendee) {
        return attendee.*field == value;
    });
}

bool visible(const Context& context, const Sight& sight, const Booking& booking) {
    if (hosts_booking(booking, sight.caller) || sight.people.contains(booking.host_user_id))
        return true;
    const auto team = team_of(context, type_of(context, booking));
    if (team && sight.teams.contains(*team)) return true;
    const std::vector<Attendee> people = all_attendees(context.world, booking);
    return std::any_of(people.begin(), people.end(), [&](const Attendee& attendee) {
        return sight.emails.contains(attendee.email);
    });
}

bool within(const BookingQuery& query, const Booking& booking) {
    const auto after = [](const std::optional<Instant>& bound, Instant value) {
        return !bound || value >= *bound;
    };
    const auto before = [](const std::optional<Instant>& bound, Instant value) {
        return !bound || value <= *bound;
    };
    // The rows' instants have milliseconds, as what is shown of them and comes back in a query.
    const Instant created = std::chrono::floor<std::chrono::milliseconds>(booking.created);
    const Instant updated = std::chrono::floor<std::chrono::milliseconds>(booking.updated);
    return after(query.after_start, booking.start) && before(query.before_end, booking.end) &&
           after(query.after_created, created) && before(query.before_created, created) &&
           after(query.after_updated, updated) && before(query.before_updated, updated);
}

bool contains(const std::vector<Id>& ids, std::optional<Id> id) {
    return id && std::find(ids.begin(), ids.end(), *id) != ids.end();
}

// Teams without any event type are no filter at all.
bool have_types(const Context& context, const std::vector<Id>& teams) {
    bool found = false;
    context.world.event_types.each(context.reads, [&](Id, const EventType& type) {
        found = found || contains(teams, type.team_id);
    });
    return found;
}

bool wanted(const Context& context, const BookingQuery& query, const Booking& booking) {
    const World& world = context.world;
    if (!within(query, booking)) return false;
    if (query.uid && booking.uid != *query.uid) return false;
    const auto is = [&](const std::string& status) {
        return has_status(booking, status, context.now);
    };
    if (!query.status.empty() && std::none_of(query.status.begin(), query.status.end(), is))
        return false;
    const EventType* const type = type_of(context, booking);
    const std::optional<Id> parent = type == nullptr ? std::nullopt : type->parent_id;
    if (!query.event_types.empty() && !contains(query.event_types, booking.event_type_id) &&
        !contains(query.event_types, parent))
        return false;
    if (!query.teams.empty() && !contains(query.teams, team_of(context, type)) &&
        have_types(context, query.teams))
        return false;
    if (query.attendee_email &&
        !attended_by(world, booking, &Attendee::email, *query.attendee_email))
        return false;
    return !query.attendee_name ||
           attended_by(world, booking, &Attendee::name, *query.attendee_name);
}

Instant sort_key(const BookingQuery& query, const Booking& booking) {
    if (query.sort == "sortEnd") return booking.end;
    if (query.sort == "sortCreated") return booking.created;
    return query.sort == "sortUpdatedAt" ? booking.updated : booking.start;
}

} // namespace

std::vector<const Booking*> select(const Context& context, const BookingQuery& query) {
    const Sight sight = sight_of(context);
    std::vector<const Booking*> found;
    context.world.bookings.each(context.reads, [&](const std::string&, const Booking& booking) {
        if (wanted(context, query, booking) && visible(context, sight, booking))
            found.push_back(&booking);
    });
    std::sort(found.begin(), found.end(), [&](const Booking* left, const Booking* right) {
        const Instant one = sort_key(query, *left);
        const Instant other = sort_key(query, *right);
        if (one != other) return query.descending ? other < one : one < other;
        return left->id > right->id; // the real one leaves this to chance
    });
    return found;
}

std::size_t counted(const Context& context, const BookingQuery& query) {
    BookingQuery wider = query;
    for (const auto bound :
         {&BookingQuery::after_created,
          &BookingQuery::before_created,
          &BookingQuery::after_updated,
          &BookingQuery::before_updated})
        (wider.*bound).reset();
    return select(context, wider).size();
}

json::object pagination(const BookingQuery& query, std::size_t returned, std::size_t total) {
    const std::size_t pages = (total + query.take - 1) / query.take;
    const std::size_t page = std::min(query.skip / query.take + 1, pages);
    const std::size_t seen = std::min(query.skip + returned, total);
    return {
        {"returnedItems", returned},
        {"totalItems", total},
        {"itemsPerPage", query.take},
        {"remainingItems", total - std::max(seen, std::min(query.skip, total))},
        {"currentPage", page},
        {"totalPages", pages},
        {"hasNextPage", page < pages},
        {"hasPreviousPage", page > 1}};
}

} // namespace calfleet::calcom_sim
