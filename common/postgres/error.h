#pragma once
// What goes wrong with a database, by what the caller should do.

#include "common/core/result.h"

#include <stdexcept>
#include <string>

namespace calfleet::postgres {

/// Thrown by Transaction::exec and row getters; transact() turns it into its Error. Kinds:
/// Unavailable (connection lost, server starting or shutting down, too many connections, read-only
/// standby), Timeout (statement, lock or idle timeout, serialisation failure, deadlock after the
/// in-process retries: less work in one transaction may pass), Invalid (the data was refused:
/// CHECK, NOT NULL, foreign key, unusable text), Conflict (unique violation), Forbidden (privilege,
/// row-level security), InDoubt (the answer to COMMIT was lost and could not be found out), Bug
/// (anything else: syntax, unknown column).
class DatabaseError : public std::runtime_error {
public:
    DatabaseError(Error error, std::string sqlstate)
        : std::runtime_error(error.message)
        , error_(std::move(error))
        , sqlstate_(std::move(sqlstate)) {}
    const Error& error() const { return error_; }
    /// Five characters, empty when the server said nothing.
    const std::string& sqlstate() const { return sqlstate_; }

private:
    Error error_;
    std::string sqlstate_;
};

/// Throw inside transact() to roll back and have transact() return this error.
class Abort : public std::exception {
public:
    explicit Abort(Error error)
        : error_(std::move(error)) {}
    const Error& error() const { return error_; }
    const char* what() const noexcept override { return error_.message.c_str(); }

private:
    Error error_;
};

} // namespace calfleet::postgres
