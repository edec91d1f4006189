#pragma once
// The settings as JSON, for /sim/settings.

#include "common/core/result.h"

#include <boost/json/object.hpp>

#include "tests/calcom-sim/settings.h"

namespace calfleet::calcom_sim {

json::object to_json(const Settings& settings);

/// What is missing stays as it was. Error Invalid names the field, its value and what to give.
Result<Settings> settings_from(const json::value& text, Settings otherwise);

} // namespace calfleet::calcom_sim
