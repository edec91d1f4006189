#include "workers/host-mapper/decision_log.h"

#include "common/core/digest.h"
#include "common/core/text.h"
#include "common/log/log.h"

#include <chrono>
#include <span>
#include <utility>

namespace calfleet::host_mapper {
namespace {

constexpr std::array<std::string_view, 4> kNames{
    "host.matched", "host.unresolved", "booking.assigned", "booking.without_host"};

/// Cal.com's number of the host as it is; an address or a user name only as a digest.
std::string host_in_log(std::string_view key) {
    return parse_int64(key) ? std::string(key) : name_in_log(key);
}

} // namespace

std::string name_in_log(std::string_view value) {
    const Sha256 digest = sha256(value);
    return to_hex(std::span(digest).first(6));
}

LineBudget::Answer LineBudget::ask(Monotonic now) {
    if (!began_ || now - *began_ >= std::chrono::seconds{1}) {
        began_ = now;
        written_ = 0;
    }
    if (written_ >= most_) {
        ++left_out_;
        return {};
    }
    ++written_;
    return {.write = true, .left_out = std::exchange(left_out_, 0)};
}

bool DecisionLog::may_write(Kind kind) {
    if (!log::enabled(log::Level::Info)) return false;
    const LineBudget::Answer answer = budgets_[kind].ask(clock_.monotonic());
    if (answer.write && answer.left_out > 0)
        log::info("decisions.left_out", {{"decision", kNames[kind]}, {"lines", answer.left_out}});
    return answer.write;
}

void DecisionLog::host(const HostSighting& host, MappingId mapping, const Conclusion& conclusion) {
    const Kind kind = conclusion.state == MappingState::Active ? Matched : Unresolved;
    if (!may_write(kind)) return;
    log::info(
        kNames[kind],
        {{"company", host.company},
         {"host", host_in_log(host.key)},
         {"mapping", mapping},
         {"state", text(conclusion.state)},
         {"staff", conclusion.staff.value_or(StaffId{})},
         {"source", conclusion.source},
         {"score", conclusion.score}}
    );
}

void DecisionLog::booking(const Sighting& booking, const Assignment& assignment) {
    if (!assignment.staff && !booking.wants_staff) return;
    const Kind kind = assignment.staff ? Assigned : Without;
    if (!may_write(kind)) return;
    const std::string uid = name_in_log(booking.uid);
    if (assignment.staff)
        log::info(
            kNames[kind],
            {{"company", booking.company},
             {"booking", uid},
             {"host", host_in_log(booking.host)},
             {"staff", *assignment.staff},
             {"how", assignment.how}}
        );
    else
        log::info(
            kNames[kind],
            {{"company", booking.company},
             {"booking", uid},
             {"why", booking.host.empty() ? std::string_view("none") : assignment.how}}
        );
}

} // namespace calfleet::host_mapper
