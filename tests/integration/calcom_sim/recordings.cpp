#include "tests/integration/calcom_sim/recordings.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <stdexcept>

#include "tests/support/wait.h"

namespace calfleet::calcom_sim {
namespace {

namespace json = boost::json;

std::map<std::string, std::string> headers_from(const json::object& headers) {
    std::map<std::string, std::string> lower;
    for (const auto& header : headers) {
        std::string name(header.key());
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char letter) {
            return static_cast<char>(std::tolower(letter));
        });
        lower[name] = header.value().as_string().c_str();
    }
    return lower;
}

const json::value& member(const json::object& object, std::string_view name) {
    static const json::value kNone;
    const json::value* found = object.if_contains(name);
    return found == nullptr ? kNone : *found;
}

RecordedRequest request_from(const json::object& request) {
    RecordedRequest read{
        .method = request.at("method").as_string().c_str(),
        .target = request.at("path").as_string().c_str(),
        .headers = headers_from(request.at("headers").as_object())};
    const json::value& raw = member(request, "body_raw");
    const json::value& body = member(request, "body");
    const json::value& bytes = member(request, "body_bytes");
    if (raw.is_string())
        read.body = raw.get_string().c_str();
    else if (!body.is_null())
        read.body = json::serialize(body);
    else if (bytes.is_int64()) // a body that was too large to be kept
        read.body = R"({"description":")" +
                    std::string(static_cast<std::size_t>(bytes.get_int64()) - 19, 'x') + R"("})";
    return read;
}

RecordedAnswer answer_from(const json::object& answer) {
    return {
        .status = answer.at("status").to_number<int>(),
        .headers = headers_from(answer.at("headers").as_object()),
        .body = member(answer, "body")};
}

std::optional<Instant> instant_from(const json::value& text) {
    if (!text.is_string()) return std::nullopt;
    const auto instant = parse_instant(text.get_string());
    return instant ? std::optional<Instant>(*instant) : std::nullopt;
}

// When a part was answered, as far as its own error body says so.
std::optional<Instant> answered_at(const RecordedAnswer& answer) {
    if (!answer.body.is_object()) return std::nullopt;
    return instant_from(member(answer.body.get_object(), "timestamp"));
}

RecordedSeries series_from(const std::string& scenario, const json::object& file) {
    RecordedSeries series{.scenario = scenario};
    int number = 0;
    for (const json::value& element : file.at("exchanges").as_array()) {
        const json::object& exchange = element.as_object();
        RecordedSeries::Part part{.number = ++number};
        part.recorded.scenario = scenario;
        if (const json::value* own = exchange.if_contains("request")) {
            part.recorded.request = request_from(own->as_object());
            part.recorded.answer = answer_from(exchange.at("response").as_object());
        } else {
            part.recorded.request = request_from(file.at("request").as_object());
            part.recorded.answer = answer_from(exchange);
            part.number = exchange.at("n").to_number<int>();
            part.after = Microseconds(
                static_cast<std::int64_t>(exchange.at("t_seconds").to_number<double>() * 1e6)
            );
        }
        if (const auto at = answered_at(part.recorded.answer); at && series.at == Instant{})
            series.at = *at - part.after;
        series.parts.push_back(std::move(part));
    }
    return series;
}

} // namespace

Recordings read_recordings(const std::string& folder) {
    Recordings recordings;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string scenario = entry.path().stem().string();
        if (entry.path().extension() != ".json") continue;
        const json::value parsed = json::parse(test_support::read_file(entry.path()));
        const json::object& file = parsed.as_object();
        if (file.contains("received_at")) continue;
        if (file.contains("exchanges")) {
            recordings.series.push_back(series_from(scenario, file));
            continue;
        }
        const auto at = instant_from(member(file, "recorded_at"));
        if (!at) throw std::runtime_error(scenario + " has no recorded_at");
        recordings.single.push_back(
            {.scenario = scenario,
             .at = *at,
             .request = request_from(file.at("request").as_object()),
             .answer = answer_from(file.at("response").as_object())}
        );
    }
    const auto earlier = [](const auto& left, const auto& right) { return left.at < right.at; };
    std::sort(recordings.single.begin(), recordings.single.end(), earlier);
    std::sort(recordings.series.begin(), recordings.series.end(), earlier);
    return recordings;
}

} // namespace calfleet::calcom_sim
