#include "workers/calfleet/mapping_undo_store.h"

#include "common/postgres/columns.h"

#include <array>

namespace calfleet::cli {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Statement;

constexpr Statement kHasNewer{"calfleet.has_newer_mapping", R"sql(
    select 1 from platform.calcom_host_mappings m join platform.calcom_host_mappings o
      on o.company_id = m.company_id and o.calcom_host_id = m.calcom_host_id and o.state <> 'inactive' and o.id <> m.id
    where m.id = $1
)sql"};

// What was touched at the decision or later is the decision's doing: the rest had this staff member
// before. What somebody held before who has left since waits.
constexpr Statement kPutBack{"calfleet.put_appointments_back", R"sql(
    with old as materialized (
        select a.id, a.staff_id, a.assignment, m.id as mapping_id, m.company_id, m.calcom_host_id,
               s.id as to_staff_id,
               case when w.staff_id is not null and s.id is null then 'review' else coalesce(w.assignment, 'review') end
                   as to_assignment
        from platform.calcom_host_mappings m
        join platform.appointments a on a.company_id = m.company_id and a.calcom_host_id = m.calcom_host_id
        left join unnest($2::bigint[], $3::bigint[], $4::text[]) as w (id, staff_id, assignment) on w.id = a.id
        left join platform.staff s on s.company_id = m.company_id and s.id = w.staff_id and s.is_active
        where m.id = $1 and m.state = 'active' and a.staff_id = m.staff_id and a.assignment <> 'manual'
          and a.updated_at >= m.decided_at
          and a.status in ('pending', 'accepted') and (a.starts_at is null or a.starts_at > now())
        order by a.company_id, a.calcom_booking_uid
        for update of a
    ), new as (
        update platform.appointments a set staff_id = old.to_staff_id, assignment = old.to_assignment, updated_at = now()
        from old where a.id = old.id
        returning a.id, a.staff_id, a.assignment
    )
    insert into platform.calcom_host_mapping_audits
        (company_id, mapping_id, calcom_host_id, action, before, after, source, score, reasons, actor, at)
    select old.company_id, old.mapping_id, old.calcom_host_id, 'appointment_reassigned',
           jsonb_build_object('appointment', old.id, 'staff_id', old.staff_id, 'assignment', old.assignment),
           jsonb_build_object('appointment', old.id, 'staff_id', new.staff_id, 'assignment', new.assignment),
           'manual', 100, jsonb_build_array($6::text), $5, now()
    from new join old on old.id = new.id
)sql"};

constexpr Statement kPutBackBeside{"calfleet.put_hosts_beside_back", R"sql(
    with old as materialized (
        select h.id, h.staff_id, h.assignment, a.id as appointment, m.id as mapping_id, m.company_id, m.calcom_host_id,
               s.id as to_staff_id,
               case when w.staff_id is not null and s.id is null then 'review' else coalesce(w.assignment, 'review') end
                   as to_assignment,
               a.calcom_host_id is distinct from h.calcom_host_id as is_beside
        from platform.calcom_host_mappings m
        join platform.appointment_hosts h on h.company_id = m.company_id and h.calcom_host_id = m.calcom_host_id
        join platform.appointments a on a.company_id = h.company_id and a.calcom_booking_uid = h.calcom_booking_uid
        left join unnest($2::bigint[], $3::bigint[], $4::text[]) as w (id, staff_id, assignment) on w.id = h.id
        left join platform.staff s on s.company_id = m.company_id and s.id = w.staff_id and s.is_active
        where m.id = $1 and m.state = 'active' and h.staff_id = m.staff_id and h.assignment <> 'manual'
          and h.updated_at >= m.decided_at
          and a.status in ('pending', 'accepted') and (a.starts_at is null or a.starts_at > now())
        order by h.company_id, h.calcom_booking_uid, h.calcom_host_id
        for update of h
    ), new as (
        update platform.appointment_hosts h set staff_id = old.to_staff_id, assignment = old.to_assignment, updated_at = now()
        from old where h.id = old.id
        returning h.id, h.staff_id, h.assignment
    )
    insert into platform.calcom_host_mapping_audits
        (company_id, mapping_id, calcom_host_id, action, before, after, source, score, reasons, actor, at)
    select old.company_id, old.mapping_id, old.calcom_host_id, 'appointment_reassigned',
           jsonb_build_object('appointment', old.appointment, 'staff_id', old.staff_id, 'assignment', old.assignment),
           jsonb_build_object('appointment', old.appointment, 'staff_id', new.staff_id, 'assignment', new.assignment),
           'manual', 100, jsonb_build_array($6::text), $5, now()
    from new join old on old.id = new.id
    where old.is_beside
)sql"};

constexpr Statement kRestore{"calfleet.restore_mapping", R"sql(
    with old as (select * from platform.calcom_host_mappings where id = $1),
    new as (
        update platform.calcom_host_mappings m
        set state = $2, staff_id = $3::bigint, source = $4, score = ($5::bigint)::smallint, decided_by = $6, decided_at = now()
        where m.id = $1
        returning m.*
    )
    insert into platform.calcom_host_mapping_audits
        (company_id, mapping_id, calcom_host_id, action, before, after, source, score, reasons, actor, at)
    select new.company_id, new.id, new.calcom_host_id, 'undone',
           to_jsonb(old) - '{id,company_id,calcom_host_id}'::text[], to_jsonb(new) - '{id,company_id,calcom_host_id}'::text[],
           'manual', new.score, jsonb_build_array($7::text), $6, now()
    from new join old on old.id = new.id
)sql"};

constexpr std::array kCatalogue{kHasNewer, kPutBack, kPutBackBeside, kRestore};

[[noreturn]] void refused(const std::string& what) {
    throw postgres::Abort({ErrorKind::Conflict, what + "; nothing was undone"});
}

/// Places of one table with what they held before.
struct Before {
    Array ids, staff, assignments;
    void add(const Moved& moved) {
        ids.add(moved.id);
        staff.add(moved.staff_before);
        assignments.add(moved.assignment_before);
    }
};

} // namespace

postgres::Catalogue mapping_undo_catalogue() {
    return kCatalogue;
}

std::int64_t undo_decision(
    postgres::Transaction& transaction, const DecidedMapping& decided, const Decision& decision
) {
    const MappingFacts& before = decided.before;
    const SeenDecision question{.mapping = before.mapping, .seen = decided.decided_at};
    lock_mappings(transaction, std::span(&before.mapping, 1));
    const auto now = look_at_mappings(transaction, std::span(&question, 1)).front();
    const std::string which = "mapping " + std::to_string(before.mapping.value);
    if (!now) refused(which + " is gone");
    if (now->decided_at != decided.decided_at)
        refused(which + " was decided again meanwhile, by " + now->decided_by + ": " + now->state);
    if (!transaction.exec(kHasNewer, params(before.mapping.value)).empty())
        refused("the host of " + which + " has a newer mapping meanwhile");
    Before appointments, beside;
    for (const Moved& each : decided.moved)
        (each.place == Moved::Place::Appointment ? appointments : beside).add(each);
    const auto put_back = transaction.exec(
        kPutBack,
        params(
            before.mapping.value,
            appointments.ids,
            appointments.staff,
            appointments.assignments,
            decision.actor,
            decision.why
        )
    );
    const auto beside_back = transaction.exec(
        kPutBackBeside,
        params(
            before.mapping.value,
            beside.ids,
            beside.staff,
            beside.assignments,
            decision.actor,
            decision.why
        )
    );
    transaction.exec(
        kRestore,
        params(
            before.mapping.value,
            before.state,
            before.staff,
            before.source,
            before.score,
            decision.actor,
            decision.why
        )
    );
    return put_back.affected() + beside_back.affected();
}

} // namespace calfleet::cli
