#pragma once
// The one place where a database's complaint becomes an Error. Private to this folder.

#include "common/postgres/error.h"

#include <exception>
#include <string>
#include <string_view>

namespace calfleet::postgres {

/// What the caller should do about a SQLSTATE. Empty (the server said nothing) is a lost
/// connection.
ErrorKind kind_of(std::string_view sqlstate);

/// Worth running the same transaction again at once: a serialisation failure or a deadlock.
bool is_conflict_of_transactions(std::string_view sqlstate);

/// The session behind the connection is of no further use although the socket may still be open:
/// the server is going away or became a standby, or the prepared statements no longer fit the
/// tables.
bool spoils_connection(std::string_view sqlstate, std::string_view server_text);

/// `server_text` is libpq's message. Kept: the primary line, and the hint of a class 42 error. Left
/// out: DETAIL, which quotes rows, CONTEXT, and whatever a class 22 error quotes, which is the
/// value.
DatabaseError
describe(std::string_view statement, std::string_view sqlstate, std::string_view server_text);

/// The same for an exception of libpqxx.
DatabaseError translate(std::string_view statement, const std::exception& problem);

/// Why a connection could not be opened. Never quotes the connection string.
Error describe_connect_failure(std::string_view libpq_text);

} // namespace calfleet::postgres
