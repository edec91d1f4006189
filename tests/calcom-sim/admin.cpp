#include "tests/calcom-sim/admin.h"

#include "common/core/text.h"

#include <boost/json/serialize.hpp>

#include "tests/calcom-sim/bookings.h"
#include "tests/calcom-sim/intake.h"
#include "tests/calcom-sim/json_fields.h"
#include "tests/calcom-sim/outbound.h"
#include "tests/calcom-sim/settings_json.h"
#include "tests/calcom-sim/simulator.h"
#include "tests/calcom-sim/state.h"
#include "tests/calcom-sim/state_compare.h"
#include "tests/calcom-sim/webhooks_meetings.h"

namespace calfleet::calcom_sim {
namespace {

AdminAnswer shown(const json::value& value) {
    return {.body = json::serialize(value)};
}

AdminAnswer failed(int status, std::string_view why) {
    return {.status = status, .body = json::serialize(json::object{{"error", why}})};
}

AdminAnswer done() {
    return shown(json::object{{"done", true}});
}

// Values of the pattern's ":" segments, or nothing when the path does not fit.
std::optional<std::vector<std::string>> fit(std::string_view pattern, std::string_view path) {
    const auto wanted = split(pattern, '/');
    const auto given = split(path, '/');
    if (wanted.size() != given.size()) return std::nullopt;
    std::vector<std::string> values;
    for (std::size_t at = 0; at < wanted.size(); ++at) {
        if (wanted[at] == ":")
            values.emplace_back(given[at]);
        else if (wanted[at] != given[at])
            return std::nullopt;
    }
    return values;
}

Id id_from(const std::string& text) {
    return parse_int64(text).value_or(0);
}

} // namespace

Admin::Admin(Simulator& simulator, Deliveries& deliveries)
    : simulator_(simulator)
    , deliveries_(deliveries) {}

const std::vector<Admin::Endpoint>& Admin::endpoints() {
    static const std::vector<Endpoint> kEndpoints{
        {"GET", "/sim/health", &Admin::get_health},
        {"GET", "/sim/state", &Admin::get_state},
        {"PUT", "/sim/state", &Admin::put_state},
        {"POST", "/sim/state/changes", &Admin::post_changes},
        {"GET", "/sim/settings", &Admin::get_settings},
        {"PATCH", "/sim/settings", &Admin::patch_settings},
        {"GET", "/sim/clock", &Admin::get_clock},
        {"PUT", "/sim/clock", &Admin::put_clock},
        {"GET", "/sim/faults", &Admin::get_faults},
        {"POST", "/sim/faults", &Admin::post_fault},
        {"DELETE", "/sim/faults", &Admin::delete_faults},
        {"DELETE", "/sim/faults/:", &Admin::delete_fault},
        {"GET", "/sim/ledger", &Admin::get_ledger},
        {"GET", "/sim/ledger/summary", &Admin::get_summary},
        {"DELETE", "/sim/ledger", &Admin::delete_ledger},
        {"GET", "/sim/deliveries", &Admin::get_deliveries},
        {"POST", "/sim/meetings", &Admin::post_meetings},
        {"POST", "/sim/bookings/:/request-reschedule", &Admin::post_request_reschedule},
        {"DELETE", "/sim/limits", &Admin::delete_limits},
        {"PATCH", "/sim/keys/:", &Admin::patch_key},
        {"PATCH", "/sim/users/:", &Admin::patch_user},
        {"PATCH", "/sim/event-types/:", &Admin::patch_event_type},
        {"DELETE", "/sim/event-types/:", &Admin::delete_event_type}};
    return kEndpoints;
}

AdminAnswer Admin::answer(std::string_view method, std::string target, const std::string& body) {
    RawRequest raw{
        .method = std::string(method),
        .target = std::move(target),
        .content_type = "application/json",
        .body = body};
    Request request = read_request(raw);
    if (const auto wrong = parse_body(request)) return failed(400, "body: " + *wrong);
    for (const Endpoint& endpoint : endpoints()) {
        if (endpoint.method != request.method) continue;
        if (const auto values = fit(endpoint.pattern, request.path))
            return (this->*endpoint.serve)(request, *values);
    }
    return failed(404, "no endpoint " + request.method + " " + request.path + "; see README.md");
}

AdminAnswer Admin::get_health(const Request&, const std::vector<std::string>&) {
    return shown(json::object{{"requests", simulator_.ledger().last_number()}});
}

AdminAnswer Admin::get_state(const Request&, const std::vector<std::string>&) {
    return shown(dump_state(simulator_.world()));
}

AdminAnswer Admin::put_state(const Request& request, const std::vector<std::string>&) {
    const auto loaded = load_state(simulator_.world(), request.body, simulator_.clock().now());
    if (!loaded) return failed(400, loaded.error().message);
    simulator_.gate().forget();
    return done();
}

AdminAnswer Admin::post_changes(const Request& request, const std::vector<std::string>&) {
    if (!request.body.is_object())
        return failed(400, "body: give a document that GET /sim/state gave before");
    json::array changes;
    for (const std::string& change :
         state_changes(request.fields(), dump_state(simulator_.world())))
        changes.push_back(json::string(change));
    return shown(changes);
}

AdminAnswer Admin::get_settings(const Request&, const std::vector<std::string>&) {
    return shown(to_json(simulator_.settings()));
}

AdminAnswer Admin::patch_settings(const Request& request, const std::vector<std::string>&) {
    auto settings = settings_from(request.body, simulator_.settings());
    if (!settings) return failed(400, settings.error().message);
    simulator_.settings() = std::move(*settings);
    simulator_.settings_changed();
    return shown(to_json(simulator_.settings()));
}

AdminAnswer Admin::get_clock(const Request&, const std::vector<std::string>&) {
    const SimClock& clock = simulator_.clock();
    return shown(json::object{{"now", format_instant(clock.now())}, {"rate", clock.rate()}});
}

AdminAnswer Admin::put_clock(const Request& request, const std::vector<std::string>& values) {
    SimClock& clock = simulator_.clock();
    Fields fields(request.body, "clock");
    std::string now;
    double rate = clock.rate();
    std::chrono::milliseconds advance{0};
    fields.get("now", now);
    fields.get("rate", rate);
    fields.get_milliseconds("advanceMs", advance);
    if (rate < 0) fields.complain("rate", "0 or more");
    Instant instant = clock.now();
    if (!now.empty()) {
        const auto parsed = parse_instant(now);
        if (parsed)
            instant = *parsed;
        else
            fields.complain("now", "an instant such as 2026-11-20T08:10:00Z");
    }
    if (const auto wrong = fields.finish()) return failed(400, wrong->message);
    clock.set(instant + advance, rate);
    return get_clock(request, values);
}

AdminAnswer Admin::get_faults(const Request&, const std::vector<std::string>&) {
    return shown(simulator_.faults().list());
}

AdminAnswer Admin::post_fault(const Request& request, const std::vector<std::string>&) {
    auto fault = parse_fault(request.body);
    if (!fault) return failed(400, fault.error().message);
    return shown(json::object{{"id", simulator_.faults().add(std::move(*fault))}});
}

AdminAnswer Admin::delete_faults(const Request&, const std::vector<std::string>&) {
    simulator_.faults().clear();
    return done();
}

AdminAnswer Admin::delete_fault(const Request&, const std::vector<std::string>& values) {
    if (simulator_.faults().remove(values[0])) return done();
    return failed(404, "no fault " + values[0] + "; GET /sim/faults lists them");
}

AdminAnswer Admin::get_ledger(const Request& request, const std::vector<std::string>&) {
    LedgerQuery query;
    const auto number = [&](std::string_view name) -> std::optional<std::int64_t> {
        const auto text = request.parameter(name);
        return text ? parse_int64(*text) : std::nullopt;
    };
    query.after = static_cast<std::uint64_t>(number("after").value_or(0));
    query.limit = static_cast<std::size_t>(number("limit").value_or(10'000));
    if (const auto status = number("status")) query.status = static_cast<int>(*status);
    if (const auto text = request.parameter("key")) query.key = std::string(*text);
    if (const auto text = request.parameter("method")) query.method = std::string(*text);
    if (const auto text = request.parameter("path")) query.path_prefix = std::string(*text);
    if (const auto text = request.parameter("executed")) query.executed = *text == "true";
    json::array entries;
    for (const Entry* entry : simulator_.ledger().select(query))
        entries.push_back(to_json(*entry));
    return shown(entries);
}

AdminAnswer Admin::get_summary(const Request& request, const std::vector<std::string>&) {
    const auto text = request.parameter("window_ms");
    const auto window = text ? parse_int64(*text) : std::optional<std::int64_t>(60'000);
    if (!window || *window < 1) return failed(400, "window_ms: give milliseconds from 1");
    return shown(simulator_.ledger().summary(std::chrono::milliseconds(*window)));
}

AdminAnswer Admin::delete_ledger(const Request&, const std::vector<std::string>&) {
    simulator_.ledger().clear();
    deliveries_.forget();
    return done();
}

AdminAnswer Admin::get_deliveries(const Request&, const std::vector<std::string>&) {
    json::array made;
    for (const Delivery& delivery : deliveries_.made())
        made.push_back(json::object{
            {"name", delivery.name},
            {"url", delivery.url},
            {"status", delivery.status},
            {"error", delivery.error}});
    return shown(made);
}

AdminAnswer Admin::post_meetings(const Request&, const std::vector<std::string>&) {
    std::vector<Outbound> due =
        meetings_due(simulator_.world(), simulator_.settings(), simulator_.clock().now());
    AdminAnswer answer = shown(json::object{{"deliveries", due.size()}});
    answer.deliveries = std::move(due);
    return answer;
}

AdminAnswer
Admin::post_request_reschedule(const Request& request, const std::vector<std::string>& values) {
    if (simulator_.world().bookings.find(values[0]) == nullptr)
        return failed(404, "no booking " + values[0]);
    Fields fields(request.body, "request");
    std::string reason;
    fields.get("reason", reason);
    if (const auto wrong = fields.finish()) return failed(400, wrong->message);
    const Instant now = simulator_.clock().now();
    const Context context{
        .request = request,
        .world = simulator_.world(),
        .settings = simulator_.settings(),
        .now = now,
        .reads = now};
    std::vector<Outbound> told = ask_to_move(context, values[0], reason);
    AdminAnswer answer = shown(json::object{{"deliveries", told.size()}});
    answer.deliveries = std::move(told);
    return answer;
}

AdminAnswer Admin::delete_limits(const Request&, const std::vector<std::string>&) {
    simulator_.gate().forget();
    return done();
}

AdminAnswer Admin::patch_key(const Request& request, const std::vector<std::string>& values) {
    const ApiKey* known = simulator_.world().key_named(values[0]);
    if (known == nullptr) return failed(404, "no key " + values[0]);
    auto key = key_from(request.body, "key", *known);
    if (!key) return failed(400, key.error().message);
    simulator_.world().put_key(*key);
    return shown(to_json(*key));
}

AdminAnswer Admin::patch_user(const Request& request, const std::vector<std::string>& values) {
    World& world = simulator_.world();
    User* user = world.users.edit(id_from(values[0]), simulator_.clock().now());
    if (user == nullptr) return failed(404, "no user " + values[0]);
    Fields fields(request.body, "user");
    User changed = *user;
    fields.get("name", changed.name);
    fields.get("email", changed.email);
    fields.get("username", changed.username);
    fields.get("locked", changed.locked);
    if (const auto wrong = fields.finish()) return failed(400, wrong->message);
    *user = std::move(changed);
    return done();
}

AdminAnswer
Admin::patch_event_type(const Request& request, const std::vector<std::string>& values) {
    const Instant now = simulator_.clock().now();
    World& world = simulator_.world();
    const EventType* known = world.event_types.find(id_from(values[0]));
    if (known == nullptr) return failed(404, "no event type " + values[0]);
    json::object text = request.fields();
    text["id"] = known->id;
    auto changed = event_type_from(text, "eventType", *known);
    if (!changed) return failed(400, changed.error().message);
    const Id id = changed->id;
    return shown(to_json(world.event_types.put(id, std::move(*changed), now)));
}

AdminAnswer Admin::delete_event_type(const Request&, const std::vector<std::string>& values) {
    World& world = simulator_.world();
    if (!world.event_types.erase(id_from(values[0]), simulator_.clock().now()))
        return failed(404, "no event type " + values[0]);
    return done();
}

} // namespace calfleet::calcom_sim
