#pragma once
// A value or an Error, and the compiler complains when nobody looks.

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace calfleet {

/// Named by what the caller should do next.
enum class ErrorKind {
    Invalid,     ///< The input is wrong; the same input fails again. Correct it.
    NotFound,    ///< What was named does not exist.
    Conflict,    ///< Somebody else was first; read again and decide anew.
    Unavailable, ///< A dependency is away; the same call may work later.
    Timeout,     ///< Gave up waiting; nothing is known to have happened.
    InDoubt,     ///< May have happened (lost COMMIT answer): find out, do not simply repeat.
    Forbidden,   ///< Not allowed with these credentials.
    Bug,         ///< Ours: an invariant does not hold.
};

std::string_view name(ErrorKind kind);

/// message: what happened, with which value, what to do. Never a payload, a secret or personal
/// data.
struct Error {
    ErrorKind kind{ErrorKind::Bug};
    std::string message;
};

/// Called by Result::value() without a value: throws std::logic_error with the message.
[[noreturn]] void
throw_exception_from_error(const Error& error, const boost::source_location& where);

template <class T = void>
struct [[nodiscard]] Result : boost::system::result<T, Error> {
    using boost::system::result<T, Error>::result;
};

inline Error invalid(std::string message) {
    return {ErrorKind::Invalid, std::move(message)};
}
inline Error unavailable(std::string message) {
    return {ErrorKind::Unavailable, std::move(message)};
}
inline Error bug(std::string message) {
    return {ErrorKind::Bug, std::move(message)};
}

} // namespace calfleet
