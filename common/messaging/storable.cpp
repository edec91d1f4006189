#include "common/messaging/storable.h"

#include "common/core/text.h"

#include <utility>

namespace calfleet::messaging {
namespace {

constexpr Instant kFirstStorable{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}};
constexpr Instant kFirstTooLate{std::chrono::sys_days{std::chrono::year{10000} / 1 / 1}};

std::size_t size_of(const HeaderView& header) {
    return header.name.size() + (header.value ? header.value->size() : 0);
}

bool is_of_the_event(const HeaderView& header) {
    return header.name.starts_with("ce_") || header.name == "content-type" ||
           header.name == "traceparent";
}

/// Which headers fit, those of the event first.
std::vector<bool> choose(std::span<const HeaderView> headers) {
    std::vector<bool> chosen(headers.size());
    std::size_t count = 0;
    std::size_t bytes = 0;
    for (const bool of_event : {true, false}) {
        for (std::size_t i = 0; i < headers.size(); ++i) {
            const std::size_t size = size_of(headers[i]);
            if (is_of_the_event(headers[i]) != of_event || count == kStoredHeaders ||
                bytes + size > kStoredHeaderBytes)
                continue;
            chosen[i] = true;
            ++count;
            bytes += size;
        }
    }
    return chosen;
}

} // namespace

Storable storable(const RecordView& record, std::span<const HeaderView> headers) {
    Storable result{.record = record, .headers = {}, .left_out = {}};
    if (record.timestamp &&
        (*record.timestamp < kFirstStorable || *record.timestamp >= kFirstTooLate)) {
        result.record.timestamp.reset();
        result.left_out = "its timestamp, which is outside the years 1 to 9999";
    }
    const std::vector<bool> chosen = choose(headers);
    std::size_t left = 0;
    std::size_t left_bytes = 0;
    for (std::size_t i = 0; i < headers.size(); ++i) {
        if (chosen[i]) {
            result.headers.push_back(headers[i]);
        } else {
            ++left;
            left_bytes += size_of(headers[i]);
        }
    }
    result.record.headers = result.headers;
    if (left != 0) {
        if (!result.left_out.empty()) result.left_out += ", and ";
        result.left_out +=
            std::to_string(left) + " headers of " + std::to_string(left_bytes) + " bytes";
    }
    return result;
}

void add_storable_text(postgres::Array& column, std::string_view text) {
    if (text.empty())
        column.add_null();
    else if (text.find('\0') == std::string_view::npos && is_valid_utf8(text))
        column.add(text);
    else
        column.add(printable(text, 255));
}

} // namespace calfleet::messaging
