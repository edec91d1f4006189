#include "common/runtime/clock_check.h"

#include "common/log/log.h"

#include <array>

namespace calfleet::runtime {
namespace {

constexpr postgres::Statement kNow{"clock.now", R"sql(
    select clock_timestamp()
)sql"};

constexpr std::array kCatalogue{kNow};

} // namespace

postgres::Catalogue clock_check_catalogue() {
    return kCatalogue;
}

ClockCheck::ClockCheck(const Clock& clock, metrics::Registry& registry)
    : clock_(clock)
    , gauge_(registry.gauge(kClockAhead)) {}

Result<> ClockCheck::compare(postgres::Session& session) {
    const Result<> connected = session.connect();
    if (!connected) return connected;
    const Instant before = clock_.now();
    const auto rows = session.query(kNow);
    const Instant after = clock_.now();
    if (!rows) return rows.error();
    const Microseconds ahead = before + (after - before) / 2 - (*rows)[0].instant(0);
    ahead_us_.store(ahead.count());
    gauge_.set(std::chrono::duration<double>(ahead).count());
    if (std::chrono::abs(ahead) >= kClockWorthALine)
        log::warn("clock.differs", {{"error", describe_difference(ahead)}});
    return {};
}

std::string ClockCheck::not_ready() const {
    const Microseconds ahead{ahead_us_.load()};
    return std::chrono::abs(ahead) >= kClockIsWrong ? describe_difference(ahead) : std::string();
}

std::string describe_difference(Microseconds ahead) {
    return "the clock of this machine is " + humanize(std::chrono::abs(ahead)) +
           (ahead.count() < 0 ? " behind" : " ahead of") + " the database's";
}

} // namespace calfleet::runtime
