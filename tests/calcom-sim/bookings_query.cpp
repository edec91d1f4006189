#include "tests/calcom-sim/bookings_query.h"

#include "common/core/text.h"

#include <algorithm>
#include <array>
#include <set>

#include "tests/calcom-sim/bookings_hosts.h"
#include "tests/calcom-sim/bookings_view.h"
#include "tests/calcom-sim/shapes.h"

namespace calfleet::calcom_sim {
namespace {

constexpr std::array<std::string_view, 5> kStatuses{
    "upcoming", "recurring", "past", "cancelled", "unconfirmed"};
constexpr std::array<std::string_view, 4> kSorts{
    "sortStart", "sortEnd", "sortCreated", "sortUpdatedAt"};
constexpr std::int64_t kMostTaken = 250;

struct DateParameter {
    std::string_view name;
    std::optional<Instant> BookingQuery::*field;
    std::string_view called; ///< in the complaint
};
constexpr std::array<DateParameter, 6> kDates{{
    {"afterStart", &BookingQuery::after_start, "fromDate"},
    {"beforeEnd", &BookingQuery::before_end, "toDate"},
    {"afterCreatedAt", &BookingQuery::after_created, "afterCreatedAt"},
    {"beforeCreatedAt", &BookingQuery::before_created, "beforeCreatedAt"},
    {"afterUpdatedAt", &BookingQuery::after_updated, "afterUpdatedAt"},
    {"beforeUpdatedAt", &BookingQuery::before_updated, "beforeUpdatedAt"},
}};

// Reads parameters and collects what is wrong with them; complaints show the query as it was
// understood.
class Reader {
public:
    explicit Reader(const Context& context)
        : context_(context) {}

    std::optional<std::string> text(std::string_view name) {
        const auto value = context_.request.parameter(name);
        if (!value) return std::nullopt;
        understood_[name] = *value;
        return std::string(*value);
    }
    void number(std::string_view name, std::int64_t least, std::int64_t most, std::size_t& into) {
        const auto value = context_.request.parameter(name);
        if (!value) return;
        const auto parsed = parse_int64(*value);
        understood_[name] = parsed ? json::value(*parsed) : json::value(nullptr);
        const std::string subject(name);
        if (!parsed)
            complain(
                name,
                {{"isNumber",
                  subject + " must be a number conforming to the specified constraints"}}
            );
        else if (*parsed > most)
            complain(
                name, {{"max", subject + " must not be greater than " + std::to_string(most)}}
            );
        else if (*parsed < least)
            complain(name, {{"min", subject + " must not be less than " + std::to_string(least)}});
        else
            into = static_cast<std::size_t>(*parsed);
    }
    void date(const DateParameter& date, BookingQuery& query) {
        const auto value = text(date.name);
        if (!value) return;
        query.*date.field = iso_instant(*value);
        if (!(query.*date.field))
            complain(
                date.name,
                {{"isIso8601", std::string(date.called) + " must be a valid ISO 8601 date."}}
            );
    }
    std::vector<std::string> words(std::string_view name) {
        std::vector<std::string> result;
        const auto value = context_.request.parameter(name);
        if (!value) return result;
        for (const std::string_view part : split(*value, ','))
            result.emplace_back(trim(part));
        understood_[name] = json::array(result.begin(), result.end());
        return result;
    }
    void ids(std::string_view name, std::vector<Id>& into) {
        for (const std::string& word : words(name)) {
            const auto id = parse_int64(word);
            if (!id)
                return complain(
                    name, {{"isNumber", "each value in " + std::string(name) + " must be a number"}}
                );
            into.push_back(*id);
        }
    }
    void complain(std::string_view name, json::object constraints) {
        wrong_.emplace_back(std::string(name), std::move(constraints));
    }
    std::optional<Answer> answer() const {
        if (wrong_.empty()) return std::nullopt;
        json::array errors;
        for (const auto& [name, constraints] : wrong_)
            errors.push_back(
                validation_error(understood_, name, understood_.if_contains(name), constraints)
            );
        return context_.invalid(std::move(errors));
    }

private:
    const Context& context_;
    json::object understood_{};
    std::vector<std::pair<std::string, json::object>> wrong_{};
};

void read_order(Reader& reader, BookingQuery& query) {
    // The past and the cancelled alone come with the latest first.
    query.descending =
        query.status.size() == 1 && (query.status[0] == "past" || query.status[0] == "cancelled");
    for (const std::string_view name : kSorts) {
        const auto order = reader.text(name);
        if (!order) continue;
        if (*order != "asc" && *order != "desc") {
            reader.complain(
                name, {{"isEnum", std::string(name) + " must be either \"asc\" or \"desc\"."}}
            );
            continue;
        }
        query.sort = name;
        query.descending = *order == "desc";
    }
}

bool has_status(const Booking& booking, const std::string& status, Instant now) {
    const bool off =
        booking.status == BookingStatus::Cancelled || booking.status == BookingStatus::Rejected;
    if (status == "cancelled") return off;
    if (status == "past") return !off && booking.end <= now;
    if (status == "unconfirmed")
        return booking.status == BookingStatus::Pending && booking.end >= now;
    if (status == "recurring") return !off && booking.end >= now && !booking.recurring_uid.empty();
    return !off && booking.end >= now;
}

// What may be seen, found out once for a list.
struct Sight {
    Id caller{};
    std::string email{};
    std::set<Id> teams{};  ///< where the caller is an accepted admin or owner
    std::set<Id> people{}; ///< their members, those who have not accepted included
};

Sight sight_of(const Context& context) {
    Sight sight{.caller = *context.caller_id};
    if (const User* user = context.caller()) sight.email = user->email;
    const auto& memberships = context.world.memberships;
    memberships.each(context.reads, [&](Id, const Membership& one) {
        if (one.user_id == sight.caller && one.accepted && one.role != Role::Member)
            sight.teams.insert(one.team_id);
    });
    memberships.each(context.reads, [&](Id, const Membership& one) {
        if (sight.teams.contains(one.team_id)) sight.people.insert(one.user_id);
    });
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
    return (team && sight.teams.contains(*team)) ||
           attended_by(context.world, booking, &Attendee::email, sight.email);
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
    if (!query.teams.empty() && !contains(query.teams, team_of(context, type))) return false;
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

std::variant<BookingQuery, Answer> read_query(const Context& context) {
    Reader reader(context);
    BookingQuery query;
    query.status = reader.words("status");
    const bool known = std::all_of(query.status.begin(), query.status.end(), [](const auto& one) {
        return std::find(kStatuses.begin(), kStatuses.end(), one) != kStatuses.end();
    });
    if (!known)
        reader.complain(
            "status",
            {{"isEnum",
              "Invalid status. Allowed are upcoming, recurring, past, cancelled, unconfirmed"}}
        );
    query.attendee_email = reader.text("attendeeEmail");
    query.attendee_name = reader.text("attendeeName");
    query.uid = reader.text("bookingUid");
    for (const char* name : {"eventTypeIds", "eventTypeId"})
        reader.ids(name, query.event_types);
    for (const char* name : {"teamsIds", "teamId"})
        reader.ids(name, query.teams);
    for (const DateParameter& date : kDates)
        reader.date(date, query);
    read_order(reader, query);
    reader.number("take", 1, kMostTaken, query.take);
    reader.number("skip", 0, std::int64_t{1} << 40U, query.skip);
    if (auto wrong = reader.answer()) return std::move(*wrong);
    for (const Id id : query.event_types)
        if (context.world.event_types.find(id, context.reads) == nullptr)
            return context.mapped(
                400, "TRPCError", "Bad request: Please check your request data and try again"
            );
    return query;
}

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
