// GET of one booking, public, and of the caller's list.
#include <boost/json/serialize.hpp>

#include "tests/calcom-sim/bookings.h"
#include "tests/calcom-sim/bookings_query.h"
#include "tests/calcom-sim/bookings_view.h"
#include "tests/calcom-sim/modules.h"
#include "tests/calcom-sim/shapes.h"

namespace calfleet::calcom_sim {
namespace {

Outcome get(Context& context) {
    const std::string& uid = context.values[0];
    if (const Booking* booking = context.world.bookings.find(uid, context.reads))
        return success(booking_for_caller(context, *booking));
    json::array series;
    for (const Booking* booking : series_of(context.world, uid, context.reads))
        series.push_back(booking_view(context.world, *booking, context.reads));
    if (!series.empty()) return success(series);
    return context.refuse(404, "Booking with uid=" + uid + " was not found in the database");
}

Outcome list(Context& context) {
    auto read = read_query(context);
    if (Answer* refused = std::get_if<Answer>(&read)) return std::move(*refused);
    const BookingQuery& query = std::get<BookingQuery>(read);
    const std::vector<const Booking*> found = select(context, query);
    json::array data;
    for (std::size_t at = query.skip; at < found.size() && data.size() < query.take; ++at)
        data.push_back(booking_view(context.world, *found[at], context.reads));
    const json::object page = pagination(query, data.size(), counted(context, query));
    return Answer{
        .body = json::serialize(json::object{
            {"status", "success"}, {"data", std::move(data)}, {"pagination", page}})};
}

} // namespace

void register_bookings(Router& router) {
    register_booking_creation(router);
    register_booking_changes(router);
    register_booking_decisions(router);
    register_booking_reading(router);
    register_legacy_bookings(router);
}

void register_booking_reading(Router& router) {
    router.add({"GET", "/v2/bookings", {kAugust13}, Auth::Permissions, list});
    router.add({"GET", "/v2/bookings/:uid", {kAugust13}, Auth::Optional, get});
}

} // namespace calfleet::calcom_sim
