#pragma once
// Values as JSON has them.

#include <boost/json/value.hpp>

#include <optional>

namespace calfleet::calcom_sim {

/// null for nothing.
template <class T>
boost::json::value or_null(const std::optional<T>& value) {
    return value ? boost::json::value(*value) : boost::json::value(nullptr);
}

} // namespace calfleet::calcom_sim
