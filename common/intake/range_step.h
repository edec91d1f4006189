#pragma once
// What a lane does after a range of its batch was tried: decided apart from threads and databases.

#include "common/intake/intake_transaction.h"

#include <chrono>
#include <cstddef>

namespace calfleet::intake {

enum class RangeStep {
    Finish,       ///< committed
    LookAgain,    ///< find out where the positions stand, then the same again
    Wait,         ///< the same again after a pause
    Halve,        ///< try the two halves one after the other
    PutAside,     ///< the record stands alone and is to blame: a dead letter or a job instead
    PutAsideBare, ///< even that was refused: a letter with nothing of the record but its place
};

/// One range and how its tries went.
struct RangeTries {
    std::size_t records{0};
    int races{0};      ///< how often it ended as Raced
    bool aside{false}; ///< it was tried as PutAside
    bool bare{false};  ///< it was tried as PutAsideBare
};

/// A range whose transaction was open as long as this and then failed was too large for a timeout,
/// whatever the error says: an ended idle transaction often looks like a lost connection.
inline bool
was_too_slow(const Error& error, std::chrono::nanoseconds open, std::chrono::nanoseconds limit) {
    return error.kind == ErrorKind::Timeout ||
           (error.kind == ErrorKind::Unavailable && open >= limit);
}

/// Everything that is the same for every record (an outage, a missing privilege, a statement that
/// does not fit the schema) is waited out, because splitting would blame events for it. A timeout
/// halves the range and blames nobody: a single record waits. What the data may have caused, and a
/// race that does not end, is halved until one record stands alone, which is then put aside.
RangeStep next_step(const RangeResult& result, bool too_slow, const RangeTries& tries);

/// So often a race is repeated before the range is halved, or the single record is put aside.
inline constexpr int kRacesOfRange = 3;
inline constexpr int kRacesOfRecord = 8;

} // namespace calfleet::intake
