#include "common/job/error_outcome.h"

#include <chrono>
#include <string>

namespace calfleet::job {

Outcome outcome_of_error(const Error& error) {
    constexpr std::chrono::seconds kPause{5};
    switch (error.kind) {
    case ErrorKind::Unavailable:
    case ErrorKind::InDoubt:
        return Snooze{kPause, {"database_" + std::string(name(error.kind)), error.message}};
    case ErrorKind::Timeout:
        return Snooze{kPause, {"database_timeout", error.message}, Blame::Unknown};
    case ErrorKind::Invalid:
        return DeadLetter{{"database_refused", error.message}};
    case ErrorKind::NotFound:
    case ErrorKind::Conflict:
    case ErrorKind::Forbidden:
    case ErrorKind::Bug:
        break;
    }
    return Retry{{std::string(name(error.kind)), error.message}};
}

} // namespace calfleet::job
