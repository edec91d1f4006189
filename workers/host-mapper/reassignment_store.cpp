#include "workers/host-mapper/reassignment_store.h"

#include <array>

namespace calfleet::host_mapper {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Statement;

// From the bookings of the batch forwards to what replaced them (an older reschedule may come
// last), then from every live one of these backwards to the nearest that a person gave away. Ten
// steps either way: a booking that is rescheduled more often between two events is none.
constexpr Statement kKeep{"host_mapper.keep_reassignments", R"sql(
    with recursive forwards as (
        select w.company_id, w.uid, 0 as step
        from unnest($1::bigint[], $2::text[]) as w (company_id, uid)
        union
        select a.company_id, a.rescheduled_to_uid, f.step + 1
        from forwards f
        join platform.appointments a on a.company_id = f.company_id and a.calcom_booking_uid = f.uid
        where a.rescheduled_to_uid is not null and f.step < 10
    ), live as materialized (
        select distinct a.id, a.company_id, a.calcom_booking_uid, a.calcom_host_id, a.rescheduled_from_uid
        from forwards f
        join platform.appointments a on a.company_id = f.company_id and a.calcom_booking_uid = f.uid
        where a.status in ('pending', 'accepted') and a.assignment <> 'manual' and a.rescheduled_from_uid is not null
    ), backwards as (
        select l.id, l.company_id, l.rescheduled_from_uid as uid, l.calcom_host_id as host, null::bigint as staff_id, 0 as step
        from live l
        union all
        select b.id, b.company_id, p.rescheduled_from_uid, b.host,
               case when p.assignment = 'manual' and (b.host = p.calcom_host_id) is not false then p.staff_id end, b.step + 1
        from backwards b
        join platform.appointments p on p.company_id = b.company_id and p.calcom_booking_uid = b.uid
        where b.staff_id is null and b.step < 10
    ), held as materialized (
        select a.id, b.staff_id
        from backwards b
        join platform.appointments a on a.company_id = b.company_id and a.id = b.id
        join platform.staff s on s.company_id = b.company_id and s.id = b.staff_id and s.is_active
        where a.assignment <> 'manual'
        order by a.company_id, a.calcom_booking_uid
        for update of a
    )
    update platform.appointments a set staff_id = h.staff_id, assignment = 'manual', updated_at = now()
    from held h where a.id = h.id
)sql"};

constexpr std::array kCatalogue{kKeep};

} // namespace

postgres::Catalogue reassignment_catalogue() {
    return kCatalogue;
}

void keep_reassignments(
    postgres::Transaction& transaction, std::span<const AppointmentWrite> written
) {
    Array companies, uids;
    for (const AppointmentWrite& each : written) {
        if (each.booking->replaces.empty() && each.booking->replaced_by.empty()) continue;
        companies.add(each.booking->company.value);
        uids.add(each.booking->uid);
    }
    if (uids.size() != 0) transaction.exec(kKeep, params(companies, uids));
}

} // namespace calfleet::host_mapper
