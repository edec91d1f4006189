// Reading the query of GET /v2/bookings.
#include "common/core/text.h"

#include <algorithm>
#include <array>

#include "tests/calcom-sim/bookings_query.h"
#include "tests/calcom-sim/shapes.h"

namespace calfleet::calcom_sim {
namespace {

constexpr std::array<std::string_view, 5> kStatuses{
    "upcoming", "recurring", "past", "cancelled", "unconfirmed"};
// In the order of their rank: the first that is given decides.
struct SortParameter {
    std::string_view name;
    std::string_view called; ///< in the complaint
};
constexpr std::array<SortParameter, 4> kSorts{{
    {"sortStart", "SortStart"},
    {"sortEnd", "SortEnd"},
    {"sortCreated", "SortCreated"},
    {"sortUpdatedAt", "SortCreated"},
}};
constexpr std::int64_t kMostTaken = 250;

struct DateParameter {
    std::string_view name;
    std::optional<Instant> BookingQuery::*field;
    std::string_view called; ///< in the complaint
};
constexpr std::array<DateParameter, 6> kDates{{
    {"afterStart", &BookingQuery::after_start, "fromDate"},
    {"beforeEnd", &BookingQuery::before_end, "toDate"},
    {"afterCreatedAt", &BookingQuery::after_created, "fromDate"},
    {"beforeCreatedAt", &BookingQuery::before_created, "toDate"},
    {"afterUpdatedAt", &BookingQuery::after_updated, "fromDate"},
    {"beforeUpdatedAt", &BookingQuery::before_updated, "toDate"},
}};

// As parseInt() reads it: the digits at the beginning, whatever follows.
std::optional<std::int64_t> javascript_number(std::string_view text) {
    text = trim(text);
    std::size_t length = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
    while (length < text.size() && text[length] >= '0' && text[length] <= '9')
        ++length;
    if (text.starts_with('+')) return parse_int64(text.substr(1, length - 1));
    return parse_int64(text.substr(0, length));
}

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
    void number(
        std::string_view name,
        std::int64_t least,
        std::optional<std::int64_t> most,
        std::size_t& into
    ) {
        const auto value = context_.request.parameter(name);
        if (!value) return;
        const auto parsed = javascript_number(*value);
        understood_[name] = parsed ? json::value(*parsed) : json::value(nullptr);
        const std::string subject(name);
        json::object constraints;
        if (most && (!parsed || *parsed > *most))
            constraints["max"] = subject + " must not be greater than " + std::to_string(*most);
        if (!parsed || *parsed < least)
            constraints["min"] = subject + " must not be less than " + std::to_string(least);
        if (!parsed)
            constraints["isNumber"] =
                subject + " must be a number conforming to the specified constraints";
        if (constraints.empty())
            into = static_cast<std::size_t>(*parsed);
        else
            complain(name, std::move(constraints));
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
        const std::vector<std::string> listed = words(name);
        if (listed.empty()) return;
        json::array understood;
        for (const std::string& word : listed) {
            const auto id = javascript_number(word);
            understood.push_back(id ? json::value(*id) : json::value(nullptr));
            if (id) into.push_back(*id);
        }
        const bool all = understood.size() == into.size();
        understood_[name] = std::move(understood);
        if (all) return;
        complain(
            name,
            {{"isNumber",
              "each value in " + std::string(name) +
                  " must be a number conforming to the specified constraints"}}
        );
    }
    void id(std::string_view name, std::vector<Id>& into) {
        const auto value = context_.request.parameter(name);
        if (!value) return;
        const auto parsed = parse_int64(trim(*value));
        understood_[name] = parsed ? json::value(*parsed) : json::value(nullptr);
        if (!parsed)
            return complain(name, {{"isInt", std::string(name) + " must be an integer number"}});
        // Many beat one.
        if (into.empty()) into.push_back(*parsed);
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

// A plus that nobody encoded is a blank by now.
std::string with_plus(std::string_view email) {
    std::string text;
    for (const char letter : trim(email)) {
        const bool blank = letter == ' ' || letter == '\t';
        if (!blank)
            text.push_back(letter);
        else if (!text.ends_with('+'))
            text.push_back('+');
    }
    return text;
}

void read_order(Reader& reader, BookingQuery& query) {
    // The past and the cancelled alone come with the latest first.
    query.descending =
        query.status.size() == 1 && (query.status[0] == "past" || query.status[0] == "cancelled");
    bool decided = false;
    for (const SortParameter& sort : kSorts) {
        const auto order = reader.text(sort.name);
        if (!order) continue;
        if (*order != "asc" && *order != "desc") {
            reader.complain(
                sort.name,
                {{"isEnum", std::string(sort.called) + " must be either \"asc\" or \"desc\"."}}
            );
            continue;
        }
        if (decided) continue;
        decided = true;
        query.sort = sort.name;
        query.descending = *order == "desc";
    }
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
    if (query.attendee_email) query.attendee_email = with_plus(*query.attendee_email);
    query.attendee_name = reader.text("attendeeName");
    if (query.attendee_name) query.attendee_name = trim(*query.attendee_name);
    query.uid = reader.text("bookingUid");
    if (query.uid) query.uid = trim(*query.uid);
    reader.ids("eventTypeIds", query.event_types);
    reader.id("eventTypeId", query.event_types);
    reader.ids("teamsIds", query.teams);
    reader.id("teamId", query.teams);
    for (const DateParameter& date : kDates)
        reader.date(date, query);
    read_order(reader, query);
    reader.number("take", 1, kMostTaken, query.take);
    reader.number("skip", 0, std::nullopt, query.skip);
    if (auto wrong = reader.answer()) return std::move(*wrong);
    // One that exists is enough.
    const bool none = std::none_of(query.event_types.begin(), query.event_types.end(), [&](Id id) {
        return context.world.event_types.find(id, context.reads) != nullptr;
    });
    if (!query.event_types.empty() && none)
        return context.mapped(
            400, "TRPCError", "Bad request: Please check your request data and try again"
        );
    return query;
}

} // namespace calfleet::calcom_sim
