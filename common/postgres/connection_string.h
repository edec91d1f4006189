#pragma once
// What libpq is told: the operator's words, and what they leave open. Private to this folder.

#include "common/postgres/session.h"

#include <string>

namespace calfleet::postgres {

/// The settings' dsn as "key='value' ..." with everything added that belongs to the connection
/// rather than to the session. What the dsn says stays.
///
/// Unless every host is a socket or this machine, a dsn without sslmode means verify-full: the
/// server must show a certificate that a trusted CA signed for its name, before it learns the user
/// or the password. PGSSLMODE does not count. Trusted are the CAs of the dsn's sslrootcert, else of
/// PGSSLROOTCERT, else of the settings' ca_file, else the system's.
///
/// A dsn that libpq cannot read is returned as it is: connecting with it says so.
std::string connection_string(const Settings& settings);

} // namespace calfleet::postgres
