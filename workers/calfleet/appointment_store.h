#pragma once
// Appointments as people move them: never those that have begun.

#include "common/core/ids.h"
#include "common/core/time.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

postgres::Catalogue appointment_catalogue();

/// Who decides and why, for the audit.
struct Decision {
    std::string_view actor;
    std::string_view why;
};

struct AppointmentFilter {
    std::optional<std::int64_t> company, staff;
    bool staff_inactive{false}; ///< only those whose staff member is not active any more, or gone
    std::int64_t limit{100};
};

struct AppointmentRow {
    AppointmentId id;
    CompanyId company;
    std::optional<Instant> starts_at;
    std::string status, assignment;
    std::optional<std::int64_t> staff;
    std::optional<std::string> staff_name, host;
    bool staff_active{false};
};
/// Live ones that have not begun, by company and time.
std::vector<AppointmentRow>
list_appointments(postgres::Transaction& transaction, const AppointmentFilter& filter);

struct Reassigned {
    std::optional<std::int64_t> staff_before;
};
/// One appointment to one staff member, by hand (assignment 'manual'). Aborts with NotFound, or
/// Conflict when it has ended or begun.
Reassigned reassign_appointment(
    postgres::Transaction& transaction,
    AppointmentId appointment,
    StaffId staff,
    const Decision& decision
);

/// A place that a mapping gave to its staff member, and what it held before.
struct Moved {
    enum class Place {
        Appointment, ///< id is the appointment's
        Beside,      ///< id is of appointment_hosts: beside the first host of the booking
        First,       ///< the same for the first host, whose appointment is there as well
    };
    MappingId mapping{};
    Place place{Place::Appointment};
    std::int64_t id{0};
    std::optional<std::int64_t> staff_before{};
    std::string assignment_before{};
};
/// Live appointments of the mappings' hosts that have not begun go to their staff members, but for
/// those that a person has decided about; so do places beside other hosts.
std::vector<Moved>
follow_mappings(postgres::Transaction& transaction, std::span<const MappingId> mappings);
std::int64_t count_appointments(std::span<const Moved> moved);
/// The same for one; how many.
std::int64_t follow_mapping(postgres::Transaction& transaction, MappingId mapping);

/// What becomes of the appointments that an active mapping has assigned and that have not begun.
struct TakeOff {
    /// Whom they go to, by hand, together with those of the host that wait; nothing: nobody.
    std::optional<StaffId> staff{};
    std::string_view assignment{"review"}; ///< review or none, when they go to nobody
};
/// Before the mappings are changed; whys: the reason of each. How many were touched.
std::int64_t take_off_appointments(
    postgres::Transaction& transaction,
    std::span<const MappingId> mappings,
    std::span<const std::string_view> whys,
    const TakeOff& take_off,
    std::string_view actor
);

/// Aborts with NotFound (no such staff member of that company) or Conflict (not active).
void require_active_staff(postgres::Transaction& transaction, CompanyId company, StaffId staff);

} // namespace calfleet::cli
