#pragma once
// What is wrong with a connection string, found before libpq takes a part of the password for a
// host.

#include "common/core/result.h"

#include <string_view>

namespace calfleet::postgres {

/// Error Invalid for a URI whose user name or password has characters that must be written as %NN:
/// libpq would look for the rest of the password as a host, send it to a name server and quote it.
/// The message quotes nothing.
Result<> check_connection_string(std::string_view dsn);

} // namespace calfleet::postgres
