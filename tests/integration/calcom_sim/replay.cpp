#include "tests/integration/calcom_sim/replay.h"

#include "common/core/text.h"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "tests/calcom-sim/state.h"

namespace calfleet::calcom_sim {
namespace {

std::string lower(std::string_view text) {
    std::string changed(text);
    for (char& letter : changed)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return changed;
}

SimulatedAnswer answer_from(const Reply& reply) {
    SimulatedAnswer answer;
    for (const std::string_view line : split(reply.head, '\n')) {
        const std::string_view text = trim(line);
        if (text.starts_with("HTTP/1.1 ")) {
            answer.status = static_cast<int>(parse_int64(text.substr(9, 3)).value_or(0));
            continue;
        }
        const auto colon = text.find(": ");
        if (colon != std::string_view::npos)
            answer.headers[lower(text.substr(0, colon))] = text.substr(colon + 2);
    }
    if (!reply.body.empty())
        answer.body = boost::json::parse(reply.body);
    else
        answer.body = "";
    return answer;
}

// In a row of requests with known times the limiter's numbers must be the recorded ones too.
void compare_limits(
    const RecordedAnswer& recorded,
    const SimulatedAnswer& simulated,
    std::vector<std::string>& found
) {
    for (const auto& [name, value] : recorded.headers) {
        const auto other = simulated.headers.find(name);
        if (!name.starts_with("x-ratelimit-") || other == simulated.headers.end()) continue;
        const auto wanted = parse_int64(value).value_or(-1);
        const auto given = parse_int64(other->second).value_or(-1);
        // The recorded times have two digits after the point: a second may be rounded otherwise.
        const std::int64_t slack = name.starts_with("x-ratelimit-reset-") ? 1 : 0;
        if (std::abs(wanted - given) > slack)
            found.push_back(
                name + " of an answer " + std::to_string(recorded.status) + ": recorded " + value +
                ", simulated " + other->second
            );
    }
}

std::string header(const RecordedRequest& request, const std::string& name) {
    const auto found = request.headers.find(name);
    return found == request.headers.end() ? std::string{} : found->second;
}

} // namespace

Replay::Replay(Recordings recordings, Between between)
    : recordings_(std::move(recordings))
    , between_(std::move(between))
    , simulator_(system_clock()) {
    const auto loaded = load_state(simulator_.world(), recorded_world(recordings_), Instant{});
    if (!loaded) throw std::runtime_error(loaded.error().message);
}

RawRequest Replay::raw_request(const RecordedRequest& request) const {
    RawRequest raw{
        .method = request.method,
        .target = aliases_.translated(request.target),
        .version = header(request, "cal-api-version"),
        .authorization = header(request, "authorization"),
        .content_type = header(request, "content-type"),
        .if_none_match = aliases_.translated(header(request, "if-none-match")),
        .body = aliases_.translated(request.body),
        .client_address = "127.0.0.1"};
    const std::size_t limit = 102'400;
    if (raw.body.size() > limit) {
        raw.body.clear();
        raw.too_large = true;
    }
    return raw;
}

void Replay::keep_deliveries(Exchange& exchange) {
    auto& kept = sent_[scenario_];
    for (Outbound& delivery : exchange.outcome.deliveries)
        kept.push_back(std::move(delivery));
    exchange.outcome.deliveries.clear();
}

SimulatedAnswer Replay::send(const RecordedRequest& request, Instant at) {
    simulator_.clock().set(at, 0);
    const auto exchange = simulator_.receive(raw_request(request));
    simulator_.execute(*exchange);
    keep_deliveries(*exchange);
    while (exchange->outcome.next) {
        const auto next = std::move(exchange->outcome.next);
        exchange->outcome = next();
        keep_deliveries(*exchange);
    }
    return answer_from(simulator_.finish(*exchange));
}

// All are checked before the first of them writes; then those go on first that won.
void Replay::run_at_once(const RecordedSeries& series) {
    simulator_.clock().set(series.at, 0);
    std::vector<std::unique_ptr<Exchange>> exchanges;
    for (const RecordedSeries::Part& part : series.parts) {
        exchanges.push_back(simulator_.receive(raw_request(part.recorded.request)));
        simulator_.execute(*exchanges.back());
        keep_deliveries(*exchanges.back());
    }
    const auto advance = [&](bool winners) {
        bool advanced = false;
        for (std::size_t at = 0; at < exchanges.size(); ++at) {
            Exchange& exchange = *exchanges[at];
            const bool won = series.parts[at].recorded.answer.status < 300;
            if (won != winners || !exchange.outcome.next) continue;
            const auto next = std::move(exchange.outcome.next);
            exchange.outcome = next();
            keep_deliveries(exchange);
            advanced = true;
        }
        return advanced;
    };
    while (advance(true) || advance(false)) {
    }
    auto& found = found_[series.scenario];
    for (std::size_t at = 0; at < exchanges.size(); ++at)
        for (const std::string& difference : differences(
                 series.parts[at].recorded.answer,
                 answer_from(simulator_.finish(*exchanges[at])),
                 aliases_
             ))
            found.push_back(difference);
}

void Replay::run_one(const Recorded& recorded) {
    scenario_ = recorded.scenario;
    // Between these the limiter's counters were emptied, which no answer shows.
    if (recorded.scenario.starts_with("booking")) simulator_.gate().forget();
    const SimulatedAnswer answer = send(recorded.request, recorded.at);
    if (recorded.answer.status != 0)
        found_[recorded.scenario] = differences(recorded.answer, answer, aliases_);
}

void place_at(Recordings& recordings, const std::string& series, Instant at) {
    for (RecordedSeries& known : recordings.series)
        if (known.scenario == series) known.at = at;
    std::stable_sort(
        recordings.series.begin(),
        recordings.series.end(),
        [](const RecordedSeries& left, const RecordedSeries& right) { return left.at < right.at; }
    );
}

void place_before(Recordings& recordings, const std::string& series, const std::string& scenario) {
    for (const Recorded& recorded : recordings.single)
        if (recorded.scenario == scenario)
            return place_at(recordings, series, recorded.at - Microseconds(1));
    throw std::runtime_error("there is no recording " + scenario);
}

// They were sent in a tight loop as long as their answers were not interesting.
constexpr Microseconds kLoop{20'000};

// Requests whose answers were not kept are sent too.
void Replay::run_series(const RecordedSeries& series) {
    scenario_ = series.scenario;
    if (series.scenario.starts_with("booking-") &&
        series.scenario.find("-concurrent") != std::string::npos)
        return run_at_once(series);
    auto& found = found_[series.scenario];
    int sent = 0;
    Instant at = series.at;
    for (const RecordedSeries::Part& part : series.parts) {
        const Instant next = series.at + part.after;
        const Microseconds step = std::min(kLoop, (next - at) / std::max(1, part.number - sent));
        while (++sent < part.number)
            send(part.recorded.request, at += step);
        at = next;
        RecordedAnswer expected = part.recorded.answer;
        SimulatedAnswer answer = send(part.recorded.request, at);
        if (expected.body.is_null()) answer.body = nullptr; // only errors were kept
        if (!expected.headers.contains("etag")) {
            answer.headers.erase("etag");
            answer.headers.erase("x-request-id");
            compare_limits(expected, answer, found);
        }
        const std::string where = "request " + std::to_string(part.number) + ": ";
        for (const std::string& difference : differences(expected, answer, aliases_))
            found.push_back(where + difference);
    }
}

std::map<std::string, std::vector<std::string>> Replay::run() {
    auto series = recordings_.series.begin();
    const auto prepare = [&](const std::string& scenario) {
        const auto found = between_.find(scenario);
        if (found != between_.end()) found->second(simulator_);
    };
    for (const Recorded& recorded : recordings_.single) {
        for (; series != recordings_.series.end() && series->at <= recorded.at; ++series) {
            simulator_.clock().set(series->at, 0);
            prepare(series->scenario);
            run_series(*series);
        }
        simulator_.clock().set(recorded.at, 0);
        prepare(recorded.scenario);
        run_one(recorded);
    }
    return std::move(found_);
}

} // namespace calfleet::calcom_sim
