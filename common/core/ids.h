#pragma once
// Distinct types for the identifiers that travel together, so that they cannot be swapped by
// mistake.

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace calfleet {

/// A number of the platform's database, wrapped per meaning. 0 is never a valid identifier.
template <class Tag>
struct NumericId {
    std::int64_t value{0};
    friend auto operator<=>(NumericId, NumericId) = default;
    explicit operator bool() const { return value != 0; }
};

using CompanyId = NumericId<struct CompanyTag>;
using BranchId = NumericId<struct BranchTag>;
using StaffId = NumericId<struct StaffTag>;
using CustomerId = NumericId<struct CustomerTag>;
using ServiceId = NumericId<struct ServiceTag>;
using AppointmentId = NumericId<struct AppointmentTag>;
using MappingId = NumericId<struct MappingTag>;
using JobId = NumericId<struct JobTag>;
using DeadLetterId = NumericId<struct DeadLetterTag>;

} // namespace calfleet

template <class Tag>
struct std::hash<calfleet::NumericId<Tag>> {
    std::size_t operator()(calfleet::NumericId<Tag> id) const noexcept {
        return std::hash<std::int64_t>{}(id.value);
    }
};
