#include "workers/calfleet/appointment_store.h"

#include "common/postgres/columns.h"

#include <algorithm>
#include <array>

namespace calfleet::cli {
namespace {

using postgres::params;
using postgres::Row;
using postgres::Statement;

// An appointment whose times nobody has told yet is still to come. Whoever holds it beside the
// first host has a row of their own.
constexpr Statement kList{"calfleet.list_appointments", R"sql(
    select held.*, s.name, coalesce(s.is_active, false) as is_active
    from (
        select a.id, a.company_id, a.starts_at, a.status, a.assignment, a.staff_id, a.calcom_host_id
        from platform.appointments a
        where a.status in ('pending', 'accepted') and (a.starts_at is null or a.starts_at > now())
          and ($1::bigint is null or a.company_id = $1) and ($2::bigint is null or a.staff_id = $2)
        union all
        select a.id, a.company_id, a.starts_at, a.status, h.assignment, h.staff_id, h.calcom_host_id
        from platform.appointment_hosts h
        join platform.appointments a on a.company_id = h.company_id and a.calcom_booking_uid = h.calcom_booking_uid
        where a.status in ('pending', 'accepted') and (a.starts_at is null or a.starts_at > now())
          and ($1::bigint is null or h.company_id = $1) and ($2::bigint is null or h.staff_id = $2)
          and h.calcom_host_id is distinct from a.calcom_host_id
    ) held
    left join platform.staff s on s.company_id = held.company_id and s.id = held.staff_id
    where not $3::boolean or held.staff_id is not null and not coalesce(s.is_active, false)
    order by held.company_id, held.starts_at nulls last, held.id, held.calcom_host_id
    limit $4::bigint
)sql"};

constexpr Statement kFindStaff{"calfleet.find_staff", R"sql(
    select is_active from platform.staff where company_id = $1 and id = $2
)sql"};

constexpr Statement kLock{"calfleet.lock_appointment", R"sql(
    select a.company_id, a.status, a.staff_id, a.starts_at, coalesce(a.starts_at <= now(), false)
    from platform.appointments a where a.id = $1 for update
)sql"};

// Answers with what each held before, so that it can be put back.
constexpr Statement kFollow{"calfleet.backfill_appointments", R"sql(
    with old as materialized (
        select a.id, a.staff_id, a.assignment, m.id as mapping_id, m.staff_id as to_staff_id
        from platform.calcom_host_mappings m
        join platform.appointments a on a.company_id = m.company_id and a.calcom_host_id = m.calcom_host_id
        where m.id = any($1::bigint[]) and m.state = 'active'
          and a.status in ('pending', 'accepted') and (a.starts_at is null or a.starts_at > now())
          and a.assignment <> 'manual' and a.staff_id is distinct from m.staff_id
        order by a.company_id, a.calcom_booking_uid
        for update of a
    ), new as (
        update platform.appointments a set staff_id = old.to_staff_id, assignment = 'mapping', updated_at = now()
        from old where a.id = old.id
        returning a.id
    )
    select old.mapping_id, old.id, old.staff_id, old.assignment from new join old on old.id = new.id
)sql"};

// Tied to the host's current or last mapping: the history of a host then shows the exceptions as
// well. before and after hold what the row held.
constexpr Statement kReassign{"calfleet.reassign_appointment", R"sql(
    with old as (select * from platform.appointments where id = $1),
    new as (
        update platform.appointments a set staff_id = $2::bigint, assignment = 'manual', updated_at = now()
        from old where a.id = old.id
        returning a.id, a.company_id, a.calcom_host_id, a.staff_id, a.assignment
    )
    insert into platform.calcom_host_mapping_audits
        (company_id, mapping_id, calcom_host_id, action, before, after, source, score, reasons, actor, at)
    select m.company_id, m.id, m.calcom_host_id, 'appointment_reassigned',
           jsonb_build_object('appointment', old.id, 'staff_id', old.staff_id, 'assignment', old.assignment),
           jsonb_build_object('appointment', new.id, 'staff_id', new.staff_id, 'assignment', new.assignment),
           'manual', 100, jsonb_build_array($4::text), $3, now()
    from new join old on old.id = new.id
    cross join lateral (
        select m.id, m.company_id, m.calcom_host_id from platform.calcom_host_mappings m
        where m.company_id = new.company_id and m.calcom_host_id = new.calcom_host_id
        order by (m.state = 'inactive'), m.id desc limit 1) m
)sql"};

constexpr Statement kTakeOff{"calfleet.take_off_appointments", R"sql(
    with old as materialized (
        select a.id, a.staff_id, a.assignment, m.id as mapping_id, m.company_id, m.calcom_host_id, w.why
        from unnest($1::bigint[], $5::text[]) as w (id, why)
        join platform.calcom_host_mappings m on m.id = w.id
        join platform.appointments a on a.company_id = m.company_id and a.calcom_host_id = m.calcom_host_id
        where a.status in ('pending', 'accepted') and (a.starts_at is null or a.starts_at > now())
          and a.assignment <> 'manual' and a.staff_id is distinct from $2::bigint
          and (m.state = 'active' and a.staff_id = m.staff_id or a.staff_id is null and $2::bigint is not null)
        order by a.company_id, a.calcom_booking_uid
        for update of a
    ), new as (
        update platform.appointments a set staff_id = $2::bigint, assignment = $3, updated_at = now()
        from old where a.id = old.id
        returning a.id
    )
    insert into platform.calcom_host_mapping_audits
        (company_id, mapping_id, calcom_host_id, action, before, after, source, score, reasons, actor, at)
    select old.company_id, old.mapping_id, old.calcom_host_id, 'appointment_reassigned',
           jsonb_build_object('appointment', old.id, 'staff_id', old.staff_id, 'assignment', old.assignment),
           jsonb_build_object('appointment', old.id, 'staff_id', $2::bigint, 'assignment', $3),
           'manual', 100, jsonb_build_array(old.why), $4, now()
    from new join old on old.id = new.id
)sql"};

// The same for bookings that several hosts hold. Counted are those whose first host is another: the
// others are counted as appointments.
constexpr Statement kFollowBeside{"calfleet.backfill_hosts_beside", R"sql(
    with old as materialized (
        select h.id, h.staff_id, h.assignment, m.id as mapping_id, m.staff_id as to_staff_id,
               a.calcom_host_id is distinct from h.calcom_host_id as is_beside
        from platform.calcom_host_mappings m
        join platform.appointment_hosts h on h.company_id = m.company_id and h.calcom_host_id = m.calcom_host_id
        join platform.appointments a on a.company_id = h.company_id and a.calcom_booking_uid = h.calcom_booking_uid
        where m.id = any($1::bigint[]) and m.state = 'active'
          and a.status in ('pending', 'accepted') and (a.starts_at is null or a.starts_at > now())
          and h.assignment <> 'manual' and h.staff_id is distinct from m.staff_id
        order by h.company_id, h.calcom_booking_uid, h.calcom_host_id
        for update of h
    ), new as (
        update platform.appointment_hosts h set staff_id = old.to_staff_id, assignment = 'mapping', updated_at = now()
        from old where h.id = old.id
        returning h.id
    )
    select old.mapping_id, old.id, old.staff_id, old.assignment, old.is_beside from new join old on old.id = new.id
)sql"};

constexpr Statement kTakeOffBeside{"calfleet.take_off_hosts_beside", R"sql(
    with old as materialized (
        select h.id, h.staff_id, h.assignment, a.id as appointment, m.id as mapping_id, h.company_id, h.calcom_host_id,
               w.why,
               a.calcom_host_id is distinct from h.calcom_host_id as beside
        from unnest($1::bigint[], $5::text[]) as w (id, why)
        join platform.calcom_host_mappings m on m.id = w.id
        join platform.appointment_hosts h on h.company_id = m.company_id and h.calcom_host_id = m.calcom_host_id
        join platform.appointments a on a.company_id = h.company_id and a.calcom_booking_uid = h.calcom_booking_uid
        where a.status in ('pending', 'accepted') and (a.starts_at is null or a.starts_at > now())
          and h.assignment <> 'manual' and h.staff_id is distinct from $2::bigint
          and (m.state = 'active' and h.staff_id = m.staff_id or h.staff_id is null and $2::bigint is not null)
        order by h.company_id, h.calcom_booking_uid
        for update of h
    ), new as (
        update platform.appointment_hosts h set staff_id = $2::bigint, assignment = $3, updated_at = now()
        from old where h.id = old.id
        returning h.id
    ), audited as (
        insert into platform.calcom_host_mapping_audits
            (company_id, mapping_id, calcom_host_id, action, before, after, source, score, reasons, actor, at)
        select old.company_id, old.mapping_id, old.calcom_host_id, 'appointment_reassigned',
               jsonb_build_object('appointment', old.appointment, 'staff_id', old.staff_id, 'assignment', old.assignment),
               jsonb_build_object('appointment', old.appointment, 'staff_id', $2::bigint, 'assignment', $3),
               'manual', 100, jsonb_build_array(old.why), $4, now()
        from new join old on old.id = new.id
        where old.beside
        returning 1
    )
    select count(*) from audited
)sql"};

constexpr std::array kCatalogue{
    kList, kFindStaff, kLock, kFollow, kReassign, kTakeOff, kFollowBeside, kTakeOffBeside};

[[noreturn]] void not_found(const std::string& what) {
    throw postgres::Abort({ErrorKind::NotFound, what});
}
[[noreturn]] void refused(const std::string& what) {
    throw postgres::Abort({ErrorKind::Conflict, what});
}

} // namespace

postgres::Catalogue appointment_catalogue() {
    return kCatalogue;
}

std::vector<AppointmentRow>
list_appointments(postgres::Transaction& transaction, const AppointmentFilter& filter) {
    std::vector<AppointmentRow> appointments;
    const auto rows = transaction.exec(
        kList, params(filter.company, filter.staff, filter.staff_inactive, filter.limit)
    );
    for (const Row row : rows)
        appointments.push_back(
            {.id = AppointmentId{row.int64("id")},
             .company = CompanyId{row.int64("company_id")},
             .starts_at = row.optional_instant("starts_at"),
             .status = std::string(row.text("status")),
             .assignment = std::string(row.text("assignment")),
             .staff = row.optional_int64("staff_id"),
             .staff_name = row.optional_text("name"),
             .host = row.optional_text("calcom_host_id"),
             .staff_active = row.boolean("is_active")}
        );
    return appointments;
}

void require_active_staff(postgres::Transaction& transaction, CompanyId company, StaffId staff) {
    const auto rows = transaction.exec(kFindStaff, params(company.value, staff.value));
    const std::string who = "staff member " + std::to_string(staff.value) + " of company " +
                            std::to_string(company.value);
    if (rows.empty()) not_found("there is no " + who);
    if (!rows[0].boolean(0))
        refused(who + " is not active; activate them first (calfleet staff import)");
}

Reassigned reassign_appointment(
    postgres::Transaction& transaction,
    AppointmentId appointment,
    StaffId staff,
    const Decision& decision
) {
    const auto rows = transaction.exec(kLock, params(appointment.value));
    const std::string which = "appointment " + std::to_string(appointment.value);
    if (rows.empty()) not_found("there is no " + which);
    const std::string status(rows[0].text(1));
    if (status != "accepted" && status != "pending")
        refused(which + " is " + status + "; only a live one can be reassigned");
    if (rows[0].boolean(4))
        refused(
            which + " began at " + format_instant(rows[0].instant(3)) +
            "; only one that is still to come can be reassigned"
        );
    require_active_staff(transaction, CompanyId{rows[0].int64(0)}, staff);
    transaction.exec(
        kReassign, params(appointment.value, staff.value, decision.actor, decision.why)
    );
    return {.staff_before = rows[0].optional_int64(2)};
}

std::vector<Moved>
follow_mappings(postgres::Transaction& transaction, std::span<const MappingId> mappings) {
    std::vector<Moved> moved;
    if (mappings.empty()) return moved;
    const postgres::Array ids = postgres::array_of(mappings);
    const auto keep = [&](const Row& row, Moved::Place place) {
        moved.push_back(
            {.mapping = MappingId{row.int64(0)},
             .place = place,
             .id = row.int64(1),
             .staff_before = row.optional_int64(2),
             .assignment_before = std::string(row.text(3))}
        );
    };
    for (const Row row : transaction.exec(kFollow, params(ids)))
        keep(row, Moved::Place::Appointment);
    for (const Row row : transaction.exec(kFollowBeside, params(ids)))
        keep(row, row.boolean(4) ? Moved::Place::Beside : Moved::Place::First);
    return moved;
}

std::int64_t count_appointments(std::span<const Moved> moved) {
    return std::count_if(moved.begin(), moved.end(), [](const Moved& each) {
        return each.place != Moved::Place::First;
    });
}

std::int64_t follow_mapping(postgres::Transaction& transaction, MappingId mapping) {
    return count_appointments(follow_mappings(transaction, std::span(&mapping, 1)));
}

std::int64_t take_off_appointments(
    postgres::Transaction& transaction,
    std::span<const MappingId> mappings,
    std::span<const std::string_view> whys,
    const TakeOff& take_off,
    std::string_view actor
) {
    if (mappings.empty()) return 0;
    const auto staff =
        take_off.staff ? std::optional(take_off.staff->value) : std::optional<std::int64_t>{};
    const std::string_view assignment = staff ? std::string_view("manual") : take_off.assignment;
    const postgres::Array ids = postgres::array_of(mappings);
    const postgres::Array reasons = postgres::array_of(whys);
    const auto moved = transaction.exec(kTakeOff, params(ids, staff, assignment, actor, reasons));
    const auto beside =
        transaction.exec(kTakeOffBeside, params(ids, staff, assignment, actor, reasons));
    return moved.affected() + beside[0].int64(0);
}

} // namespace calfleet::cli
