#include "common/intake/log_mark.h"

#include "common/core/digest.h"

#include <array>
#include <chrono>
#include <string_view>

namespace calfleet::intake {
namespace {

using std::chrono::milliseconds;
using std::chrono::sys_days;
using std::chrono::year;

constexpr sys_days kFirst{year{1} / 1 / 1};
constexpr sys_days kLast{year{9999} / 12 / 31};

std::optional<std::int64_t> milliseconds_of(const std::optional<Instant>& time) {
    if (!time || *time < kFirst || *time >= kLast) return std::nullopt;
    return std::chrono::floor<milliseconds>(time->time_since_epoch()).count();
}

} // namespace

LogMark mark_of(const RecordView& record) {
    // A null differs from an empty text.
    const std::array<std::string_view, 4> parts{
        record.key ? "key" : "",
        record.key.value_or(std::string_view{}),
        record.value ? "value" : "",
        record.value.value_or(std::string_view{})};
    return {record.offset, milliseconds_of(record.timestamp), to_hex(sha256_of_parts(parts))};
}

} // namespace calfleet::intake
