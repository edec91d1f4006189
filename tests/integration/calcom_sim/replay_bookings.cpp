#include "tests/integration/calcom_sim/replay_bookings.h"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "tests/calcom-sim/bookings_ids.h"
#include "tests/calcom-sim/bookings_pipe.h"
#include "tests/calcom-sim/webhooks_send.h"
#include "tests/support/wait.h"

namespace calfleet::calcom_sim {
namespace {

Instant instant_of(const json::object& shown, const char* name) {
    return iso_instant(shown.if_contains(name)).value_or(Instant{});
}

const json::object&
booking_in(const Recordings& recordings, const std::string& scenario, std::int64_t id) {
    for (const json::value& element : recorded_data(recordings, scenario).as_array())
        if (element.at("id").as_int64() == id) return element.get_object();
    throw std::runtime_error(scenario + " shows no booking " + std::to_string(id));
}

Booking booking_from(const json::object& shown, BookingStatus status) {
    Booking booking{
        .id = shown.at("id").as_int64(),
        .uid = text_of(shown, "uid"),
        .title = text_of(shown, "title"),
        .status = status,
        .start = instant_of(shown, "start"),
        .end = instant_of(shown, "end"),
        .event_type_id = whole_of(shown, "eventTypeId"),
        .host_user_id = shown.at("hosts").at(0).at("id").as_int64(),
        .location = text_of(shown, "location"),
        .metadata = shown.at("metadata").as_object(),
        .rescheduled_from_uid = text_of(shown, "rescheduledFromUid"),
        .created = instant_of(shown, "createdAt"),
        .updated = instant_of(shown, "updatedAt")};
    for (const json::value& element : shown.at("attendees").as_array()) {
        const json::object& one = element.as_object();
        booking.attendees.push_back(
            {.name = text_of(one, "name"),
             .email = text_of(one, "email"),
             .time_zone = text_of(one, "timeZone"),
             .language = text_of(one, "language")}
        );
    }
    booking.responses = shown.at("bookingFieldsResponses").as_object();
    booking.responses.erase("displayEmail");
    booking.rest = {
        {"icsUid", text_of(shown, "icsUid")},
        {"iCalSequence", booking.rescheduled_from_uid.empty() ? 0 : 1}};
    if (status == BookingStatus::Accepted)
        booking.idempotency_key = idempotency_key(booking.start, booking.end, booking.host_user_id);
    return booking;
}

bool has_booking(const World& world, Id id) {
    return std::any_of(
        world.bookings.rows().begin(),
        world.bookings.rows().end(),
        [&](const auto& row) { return row.second.id == id; }
    );
}

// Nothing where a recorded request has made it.
void adopt(Simulator& simulator, const json::object& shown, BookingStatus status) {
    World& world = simulator.world();
    if (has_booking(world, shown.at("id").as_int64())) return;
    Booking booking = booking_from(shown, status);
    const std::string uid = booking.uid;
    world.bookings.put(uid, std::move(booking), simulator.clock().now());
    world.count_ids();
}

void adopt_webhook(Simulator& simulator, const json::object& shown, Id owner) {
    Webhook webhook{
        .id = text_of(shown, "id"),
        .subscriber_url = text_of(shown, "subscriberUrl"),
        .user_id = owner,
        .created = simulator.clock().now()};
    for (const auto& [id, known] : simulator.world().webhooks.rows())
        if (known.user_id == owner && known.subscriber_url == webhook.subscriber_url) return;
    for (const json::value& trigger : shown.at("triggers").as_array())
        webhook.triggers.emplace_back(trigger.as_string());
    if (shown.at("secret").is_string()) webhook.secret = text_of(shown, "secret");
    const std::string id = webhook.id;
    simulator.world().webhooks.put(id, std::move(webhook), simulator.clock().now());
}

// The kept answer of a series in which a booking is shown.
const json::object& shown_in(const Recordings& recordings, const std::string& scenario) {
    for (const RecordedSeries& series : recordings.series)
        if (series.scenario == scenario)
            for (const RecordedSeries::Part& part : series.parts)
                if (part.recorded.answer.status < 300)
                    return part.recorded.answer.body.at("data").as_object();
    throw std::runtime_error("no answer of " + scenario + " shows a booking");
}

std::string path_of(const std::string& url) {
    const auto scheme = url.find("://");
    const auto slash = scheme == std::string::npos ? scheme : url.find('/', scheme + 3);
    return slash == std::string::npos ? "/" : url.substr(slash);
}

json::object kurz_type(const Recordings& recordings) {
    json::object type = recorded_data(recordings, "event-type-delete-with-bookings").as_object();
    type["ownerId"] = 103;
    type["minimumBookingNotice"] = 0;
    type["locations"] = recorded_data(recordings, "event-type-create-confirmation").at("locations");
    return type;
}

void then(Between& between, const std::string& scenario, std::function<void(Simulator&)> change) {
    auto& known = between[scenario];
    known = [before = std::move(known), change = std::move(change)](Simulator& simulator) {
        if (before) before(simulator);
        change(simulator);
    };
}

} // namespace

void add_unrecorded_bookings(const Recordings& recordings, Between& between) {
    const auto later = [&](const std::string& before, const std::string& shown_by, Id id) {
        then(between, before, [shown = booking_in(recordings, shown_by, id)](Simulator& simulator) {
            adopt(simulator, shown, BookingStatus::Accepted);
        });
    };
    later("booking-create-idempotency-header-repeat", "bookings-list", 90002);
    later("booking-create-tenant2", "bookings-list", 90013);
    later("booking-create-no-version", "bookings-list", 90015);
    then(
        between,
        "booking-decline",
        [shown = recorded_data(recordings, "booking-decline").as_object()](Simulator& simulator) {
            adopt(simulator, shown, BookingStatus::Pending);
        }
    );
    then(between, "webhook-patch-url-slow", [shown = kurz_type(recordings)](Simulator& simulator) {
        adopt_event_type(simulator, shown);
    });
    // Moved before it was cancelled; two who wanted to move it lost, and used up numbers.
    then(
        between,
        "booking-cancel-concurrent",
        [shown = shown_in(recordings, "booking-cancel-concurrent")](Simulator& simulator) {
            World& world = simulator.world();
            if (has_booking(world, shown.at("id").as_int64())) return;
            adopt(simulator, shown, BookingStatus::Accepted);
            for (int number = 0; number < 2; ++number)
                world.next_booking_id();
            for (const auto& [uid, booking] : world.bookings.rows()) {
                if (booking.id != 90036) continue;
                Booking& old = *world.bookings.edit(uid, simulator.clock().now());
                old.status = BookingStatus::Cancelled;
                old.rescheduled_to_uid = text_of(shown, "uid");
                old.idempotency_key.clear();
                world.bookings.edit(old.rescheduled_to_uid, simulator.clock().now())
                    ->rescheduled_from_uid = uid;
                break;
            }
        }
    );
    const json::object& nowhere =
        recorded_data(recordings, "webhooks-list").as_array()[1].as_object();
    then(between, "webhooks-list", [nowhere](Simulator& simulator) {
        adopt_webhook(simulator, nowhere, 101);
    });
    then(between, "webhook-delete-again", [id = text_of(nowhere, "id")](Simulator& simulator) {
        simulator.world().webhooks.erase(id, simulator.clock().now());
    });
    then(
        between,
        "webhook-create-team-event-type",
        [shown =
             recorded_data(recordings, "webhook-patch-reactivate").as_object()](Simulator& simulator
        ) { adopt_webhook(simulator, shown, 103); }
    );
}

void add_unanswered_requests(Recordings& recordings) {
    const auto add = [&](const std::string& scenario,
                         const std::string& after,
                         const std::string& method,
                         const std::string& target,
                         const std::string& key,
                         const std::string& body) {
        for (const Recorded& known : recordings.single)
            if (known.scenario == scenario) return;
        for (const Recorded& known : recordings.single) {
            if (known.scenario != after) continue;
            Recorded request{
                .scenario = scenario,
                .at = known.at + std::chrono::milliseconds(1),
                .request = {.method = method, .target = target, .headers = {}, .body = body}};
            request.request.headers = {
                {"authorization", "Bearer cal_<api-key:" + key + ">"},
                {"cal-api-version", "2024-08-13"},
                {"content-type", "application/json"}};
            return recordings.single.push_back(std::move(request));
        }
        throw std::runtime_error("there is no recording " + after);
    };
    add("booking-create-template-webhook",
        "webhook-patch-url-template",
        "POST",
        "/v2/bookings",
        "alice",
        R"({"start":"2026-12-01T13:00:00Z","eventTypeId":7014,"attendee":{"name":"Greta Gast",)"
        R"("email":"greta@gast.example.com","timeZone":"Europe/Berlin","language":"de"}})");
    add("webhook-patch-url-redirecting",
        "booking-create-unreachable-webhook",
        "PATCH",
        "/v2/webhooks/" +
            text_of(recorded_data(recordings, "webhook-patch-reactivate").as_object(), "id"),
        "carol",
        R"({"subscriberUrl":"http://127.0.0.1:5600/redir/carol"})");
    const json::value& series = recorded_data(recordings, "booking-create-recurring");
    add("booking-cancel-recurring-series",
        "booking-cancel-recurring-one",
        "POST",
        "/v2/bookings/" + text_of(series.at(0).as_object(), "recurringBookingUid") + "/cancel",
        "alice",
        R"({"cancellationReason":"alle"})");
    const json::value& pending =
        recorded_data(recordings, "booking-create-requires-confirmation-metadata-2");
    add("booking-reschedule-pending",
        "booking-create-requires-confirmation-metadata-2",
        "POST",
        "/v2/bookings/" + text_of(pending.as_object(), "uid") + "/reschedule",
        "carol",
        R"({"start":"2026-11-30T14:00:00Z"})");
    std::stable_sort(
        recordings.single.begin(),
        recordings.single.end(),
        [](const Recorded& left, const Recorded& right) { return left.at < right.at; }
    );
}

// Those whose answers say no time themselves: when the row that one of them shows was written.
void place_booking_series(Recordings& recordings) {
    std::vector<std::string> timeless;
    for (const RecordedSeries& series : recordings.series)
        if (series.scenario.starts_with("booking-") && series.at == Instant{})
            timeless.push_back(series.scenario);
    for (const std::string& scenario : timeless)
        place_at(recordings, scenario, instant_of(shown_in(recordings, scenario), "updatedAt"));
}

std::vector<RecordedDelivery> read_deliveries(const std::string& folder) {
    std::vector<RecordedDelivery> deliveries;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".json") continue;
        const json::value parsed = json::parse(test_support::read_file(entry.path()));
        const json::object& file = parsed.as_object();
        if (!file.contains("received_at")) continue;
        const json::object& request = file.at("request").as_object();
        RecordedDelivery delivery{
            .scenario = entry.path().stem().string(),
            .caused_by = text_of(file, "caused_by"),
            .path = text_of(request, "path"),
            .secret = text_of(file, "webhook_secret"),
            .body = text_of(request, "body_raw")};
        for (const json::value& header : request.at("headers").as_array()) {
            std::string name(header.at(0).as_string());
            std::transform(name.begin(), name.end(), name.begin(), ::tolower);
            delivery.headers[name] = header.at(1).as_string().c_str();
        }
        deliveries.push_back(std::move(delivery));
    }
    std::sort(deliveries.begin(), deliveries.end(), [](const auto& left, const auto& right) {
        return left.scenario < right.scenario;
    });
    return deliveries;
}

std::map<std::string, std::vector<std::string>> compare_deliveries(
    const std::vector<RecordedDelivery>& recorded, const SentWebhooks& sent, Aliases& aliases
) {
    std::map<std::string, std::vector<std::string>> found;
    std::map<std::pair<std::string, std::string>, std::size_t> passed;
    for (RecordedDelivery delivery : recorded) {
        auto& differing = found[delivery.scenario];
        const auto of_cause = sent.find(delivery.caused_by);
        std::vector<const Outbound*> same_place;
        if (of_cause != sent.end())
            for (const Outbound& outbound : of_cause->second)
                if (path_of(outbound.url) == delivery.path) same_place.push_back(&outbound);
        const std::size_t number = passed[{delivery.caused_by, delivery.path}]++;
        if (number >= same_place.size()) {
            differing.push_back("was not sent to " + delivery.path);
            continue;
        }
        const Outbound& outbound = *same_place[number];
        differing = differences(
            {.body = json::parse(delivery.body)}, {.body = json::parse(outbound.body)}, aliases
        );
        std::map<std::string, std::string> headers(
            outbound.headers.begin(), outbound.headers.end()
        );
        const std::string& theirs = delivery.headers.at("x-cal-signature-256");
        const bool secret = theirs != "no-secret-provided";
        const auto signed_as = [&](const std::string& body) {
            return secret ? signature(delivery.secret, body) : theirs;
        };
        if (headers["X-Cal-Signature-256"] != signed_as(outbound.body))
            differing.push_back("the signature is not that of the body");
        if (theirs != signed_as(delivery.body))
            differing.push_back("the recorded signature is not computed as ours");
        for (const auto& [name, value] : headers)
            if (name != "X-Cal-Signature-256") {
                std::string lower = name;
                std::transform(lower.begin(), lower.end(), lower.begin(), ::tolower);
                if (delivery.headers[lower] != value)
                    differing.push_back("header " + name + " is " + value);
            }
    }
    return found;
}

} // namespace calfleet::calcom_sim
