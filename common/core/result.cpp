#include "common/core/result.h"

#include <stdexcept>

namespace calfleet {

std::string_view name(ErrorKind kind) {
    switch (kind) {
    case ErrorKind::Invalid:
        return "invalid";
    case ErrorKind::NotFound:
        return "not_found";
    case ErrorKind::Conflict:
        return "conflict";
    case ErrorKind::Unavailable:
        return "unavailable";
    case ErrorKind::Timeout:
        return "timeout";
    case ErrorKind::InDoubt:
        return "in_doubt";
    case ErrorKind::Forbidden:
        return "forbidden";
    case ErrorKind::Bug:
        return "bug";
    }
    return "bug";
}

void throw_exception_from_error(const Error& error, const boost::source_location&) {
    throw std::logic_error(std::string(name(error.kind)) + ": " + error.message);
}

} // namespace calfleet
