#include "tests/calcom-sim/simulator.h"

#include <array>
#include <cstdio>

#include "tests/calcom-sim/intake.h"
#include "tests/calcom-sim/modules.h"
#include "tests/calcom-sim/shapes.h"

namespace calfleet::calcom_sim {
namespace {

Answer preflight() {
    return {
        .status = 204,
        .headers = {
            {"Access-Control-Allow-Methods", "GET,PATCH,DELETE,HEAD,POST,PUT,OPTIONS"},
            {"Access-Control-Allow-Headers",
             "x-cal-client-id,x-cal-secret-key,cal-api-version,Authorization,Content-Type,"
             "Origin"}}};
}

} // namespace

Simulator::Simulator(const Clock& clock, std::uint64_t seed)
    : clock_(clock)
    , random_(seed)
    , world_(memory_, seed)
    , ledger_(settings_.ledger_entries) {
    register_modules(router_);
}

void Simulator::settings_changed() {
    memory_.keep = settings_.replica_lag * 2;
    ledger_.keep(settings_.ledger_entries);
}

std::string Simulator::fresh_request_id() {
    const std::uint64_t high = random_.next();
    const std::uint64_t low = random_.next();
    std::array<char, 40> text{};
    const int length = std::snprintf(
        text.data(),
        text.size(),
        "%08x-%04x-4%03x-a%03x-%012llx",
        static_cast<unsigned>(high >> 32U),
        static_cast<unsigned>((high >> 16U) & 0xffffU),
        static_cast<unsigned>(high & 0xfffU),
        static_cast<unsigned>(low >> 52U),
        static_cast<unsigned long long>(low & 0xffffffffffffULL)
    );
    return {text.data(), static_cast<std::size_t>(length)};
}

std::unique_ptr<Exchange> Simulator::receive(RawRequest raw) {
    auto exchange = std::make_unique<Exchange>();
    const Clock& real = clock_.real();
    Entry entry{
        .arrived = real.monotonic(),
        .arrived_wall = real.now(),
        .connection = raw.connection,
        .on_connection = raw.on_connection};
    exchange->keep_alive = raw.keep_alive && !raw.too_large;
    const bool too_large = raw.too_large;
    exchange->request = read_request(raw);
    Request& request = exchange->request;
    const Instant now = clock_.now();
    if (request.method == "OPTIONS") {
        exchange->early = preflight();
        exchange->known_id = false;
    } else if (too_large) {
        exchange->early = bare_failure(413, "request entity too large");
        exchange->known_id = false;
    } else if (const auto wrong = parse_body(request)) {
        exchange->early = refusal(request, now, 400, *wrong);
        exchange->known_id = false;
    }
    const std::string key = key_name(world_, request.authorization);
    if (auto struck = faults_.strike(key, request)) exchange->misfortune = std::move(*struck);
    Misfortune& misfortune = exchange->misfortune;
    if (misfortune.jitter.count() > 0)
        misfortune.after += std::chrono::milliseconds(
            random_.below(static_cast<std::uint64_t>(misfortune.jitter.count()) + 1)
        );
    if (settings_.ledger_entries == 0) {
        ledger_.count();
        return exchange;
    }
    entry.key = key;
    entry.method = request.head ? "HEAD" : request.method;
    entry.target = request.target;
    entry.version = request.version;
    entry.fault = misfortune.ids;
    entry.body = request.body_text.substr(0, settings_.ledger_body_bytes);
    exchange->entry = ledger_.add(std::move(entry));
    return exchange;
}

void Simulator::execute(Exchange& exchange) {
    const Request& request = exchange.request;
    const Instant now = clock_.now();
    if (!exchange.misfortune.execute) return;
    if (exchange.early) {
        exchange.outcome = std::move(*exchange.early);
        return;
    }
    exchange.match = router_.find(request.method, request.path, request.version);
    if (exchange.match.route == nullptr) {
        exchange.outcome = no_such_route(request, now);
        return;
    }
    Admission admission = gate_.admit(request, exchange.match.route->auth, world_, settings_, now);
    exchange.limit_headers = std::move(admission.headers);
    Entry* entry = ledger_.find(exchange.entry);
    if (entry != nullptr) {
        entry->user_id = admission.user_id;
        entry->limited = admission.limited;
        entry->executed = !admission.refused;
    }
    if (admission.refused) {
        exchange.outcome = std::move(*admission.refused);
        return;
    }
    exchange.context.emplace(Context{
        .request = request,
        .world = world_,
        .settings = settings_,
        .now = now,
        .reads = request.method == "GET" ? now - settings_.replica_lag : now,
        .caller_id = admission.user_id,
        .values = std::move(exchange.match.values),
        .clock = &clock_});
    exchange.outcome = exchange.match.route->serve(*exchange.context);
}

Reply Simulator::finish(Exchange& exchange) {
    const Instant now = clock_.now();
    const Misfortune& misfortune = exchange.misfortune;
    Answer& answer = exchange.outcome.answer;
    Entry* entry = ledger_.find(exchange.entry);
    if (entry != nullptr) entry->effects = answer.effects;
    if (misfortune.canned) {
        answer = canned_answer(*misfortune.canned, exchange.request, now, exchange.limit_headers);
        exchange.edge = misfortune.canned->shape == Canned::Shape::Html;
        if (exchange.edge) exchange.limit_headers.clear();
    }
    if (misfortune.mutation) mutate(answer, *misfortune.mutation);
    answer.headers.insert(
        answer.headers.end(), misfortune.headers.begin(), misfortune.headers.end()
    );
    if (misfortune.content_type) answer.content_type = *misfortune.content_type;
    Reply reply = make_reply(
        {.request = exchange.request,
         .answer = answer,
         .limit_headers = exchange.limit_headers,
         .request_id = exchange.edge || !exchange.known_id ? std::string{} : fresh_request_id(),
         .now = now,
         .keep_alive = exchange.keep_alive,
         .edge = exchange.edge},
        misfortune.transport
    );
    reply.delay = settings_.latency + misfortune.after;
    if (settings_.latency_jitter.count() > 0)
        reply.delay += std::chrono::milliseconds(
            random_.below(static_cast<std::uint64_t>(settings_.latency_jitter.count()) + 1)
        );
    const bool silent = misfortune.transport.silent || misfortune.transport.hang_up;
    if (entry != nullptr && !silent) entry->status = answer.status;
    return reply;
}

void Simulator::answered(const Exchange& exchange, bool sent_whole) {
    Entry* entry = ledger_.find(exchange.entry);
    if (entry != nullptr && sent_whole) entry->answered = clock_.real().monotonic();
}

Reply Simulator::handle(RawRequest raw) {
    const auto exchange = receive(std::move(raw));
    execute(*exchange);
    while (exchange->outcome.next)
        exchange->outcome = std::move(exchange->outcome.next)();
    Reply reply = finish(*exchange);
    answered(*exchange, true);
    return reply;
}

} // namespace calfleet::calcom_sim
