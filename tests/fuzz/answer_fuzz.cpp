// Whatever a server sends, in whatever pieces: the reader ends in a state that keeps its promises,
// and what it read can be classified and read as every kind of answer.

#include "common/calcom/answer_class.h"
#include "common/calcom/event_type_patch.h"
#include "common/calcom/team.h"
#include "common/core/text.h"
#include "common/events/booking_fields.h"
#include "common/events/locations.h"
#include "common/http/client_answer.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace calfleet;

namespace {

constexpr http::AnswerLimits kLimits{.max_header_bytes = 4096, .max_body_bytes = 65536};

void require(bool promise) {
    if (!promise) std::abort();
}

void check_setback(const calcom::AnswerClass& outcome) {
    std::visit(
        [](const auto& one) {
            if constexpr (std::is_constructible_v<calcom::Setback, decltype(one)>)
                require(is_valid_utf8(calcom::describe(calcom::Setback(one))));
        },
        outcome
    );
}

// What is compared has one form, however often it is read.
void check_lists(const calcom::EventType& type) {
    const auto locations = events::locations_of(type.locations);
    require(events::locations_of(locations.json) == locations);
    require(is_valid_utf8(locations.objection));
    const auto fields = events::booking_fields_of(type.booking_fields);
    require(events::booking_fields_of(fields.json) == fields);
    require(is_valid_utf8(fields.objection));
    if (fields.objection.empty())
        require(
            events::booking_fields_of(events::booking_fields_json(fields, true)).guests_hidden ==
            true
        );
}

void check_data(json::Value data) {
    const auto type = calcom::read_event_type(data);
    require(type || is_valid_utf8(type.error().message));
    if (type) require(type->id && calcom::compare({}, *type).empty());
    if (type) check_lists(*type);
    (void)calcom::read_event_types(data);
    (void)calcom::read_memberships(data);
    (void)calcom::read_teams(data);
    (void)calcom::read_me(data);
}

void classify(const http::CallResult& result) {
    static json::Parser parser;
    for (const auto effect : {calcom::Effect::Read, calcom::Effect::Once}) {
        const calcom::RequestKind kind{
            .effect = effect, .sent_before = true, .all_hosts_needed = true};
        const auto outcome = calcom::classify(kind, result, parser, Instant{});
        check_setback(outcome);
        if (const auto* confirmed = std::get_if<calcom::Confirmed>(&outcome))
            check_data(confirmed->data);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t piece = data[0] + std::size_t{1};
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    http::AnswerReader reader(kLimits);
    auto state = http::AnswerReader::State::Reading;
    for (std::size_t at = 0; at < bytes.size() && state == http::AnswerReader::State::Reading;
         at += piece)
        state = reader.feed(bytes.substr(at, piece));
    if (state == http::AnswerReader::State::Reading) state = reader.end();
    require(state != http::AnswerReader::State::Reading);

    if (state == http::AnswerReader::State::Done) {
        http::Answer answer{.status = reader.status(), .headers = reader.take_headers()};
        answer.body = reader.take_body();
        require(answer.status >= 200 && answer.status <= 599);
        require(answer.body.size() <= kLimits.max_body_bytes);
        classify(answer);
        // The body alone, as if a well-behaved server had sent it: most inputs never get that far.
        answer.status = 200;
        answer.body = "{\"status\":\"success\",\"data\":" + answer.body + "}";
        classify(answer);
    } else {
        require(!reader.text().empty());
        classify(http::Failure{.status = reader.status(), .headers = reader.take_headers()});
    }
    return 0;
}
