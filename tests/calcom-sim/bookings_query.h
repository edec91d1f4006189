#pragma once
// The query of GET /v2/bookings: filters, order and page.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tests/calcom-sim/bookings_pipe.h"

namespace calfleet::calcom_sim {

struct BookingQuery {
    std::vector<std::string> status{}; ///< upcoming, recurring, past, cancelled, unconfirmed
    std::optional<std::string> attendee_email{}; ///< letter by letter
    std::optional<std::string> attendee_name{};
    std::optional<std::string> uid{};
    std::vector<Id> event_types{};
    std::vector<Id> teams{};
    std::optional<Instant> after_start{};
    std::optional<Instant> before_end{};
    std::optional<Instant> after_created{};
    std::optional<Instant> before_created{};
    std::optional<Instant> after_updated{};
    std::optional<Instant> before_updated{};
    std::string sort{"sortStart"}; ///< or sortEnd, sortCreated, sortUpdatedAt
    bool descending{};
    std::size_t take{100};
    std::size_t skip{};
};

/// Unknown parameters are ignored; wrong values are shape 2.
std::variant<BookingQuery, Answer> read_query(const Context& context);

/// Those that the caller may see and the query wants, in its order, all pages.
std::vector<const Booking*> select(const Context& context, const BookingQuery& query);
/// What the pages count: the filters by creation and change are not looked at.
std::size_t counted(const Context& context, const BookingQuery& query);

/// {"returnedItems","totalItems",...}
json::object pagination(const BookingQuery& query, std::size_t returned, std::size_t total);

} // namespace calfleet::calcom_sim
