#pragma once
// Where Cal.com is and whom we trust to be it; read once, the same in every program that calls it.

#include "common/config/reader.h"
#include "common/http/client.h"

namespace calfleet::calcom {

/// Reads CALCOM_BASE_URL, CALCOM_ALLOWED_HOSTS, CALCOM_CA_FILE, CALCOM_TIMEOUT and
/// CALCOM_CONNECTIONS. The base URL's host must be api.cal.com, this machine, or in the list of
/// allowed hosts: a mistyped address must not get the keys of all companies. http:// is for this
/// machine only.
http::ClientSettings read_client_settings(config::Reader& reader);

} // namespace calfleet::calcom
