#include "workers/calfleet/mapping_store.h"

#include <array>

namespace calfleet::cli {
namespace {

using postgres::params;
using postgres::Statement;

constexpr Statement kList{"calfleet.list_mappings", R"sql(
    select m.id, m.company_id, m.calcom_host_id, m.state, m.source, m.decided_by, m.host_name, m.host_email, s.name,
           m.staff_id, m.score, m.decided_at,
           (select count(*) from platform.appointments a
            where a.company_id = m.company_id and a.calcom_host_id = m.calcom_host_id and a.staff_id is null
              and a.status in ('pending', 'accepted'))
    from platform.calcom_host_mappings m
    left join platform.staff s on s.company_id = m.company_id and s.id = m.staff_id
    where ($1::bigint is null or m.company_id = $1)
      and (m.state = $2 or ($2 is null and m.state <> 'inactive'))
      and ($3::text is null or m.calcom_host_id = $3)
    order by m.company_id, m.state, m.id
    limit $4::bigint
)sql"};

constexpr Statement kLockById{"calfleet.lock_mapping", R"sql(
    select m.id, m.company_id, m.calcom_host_id, m.state, m.staff_id, s.is_active, m.score
    from platform.calcom_host_mappings m
    left join platform.staff s on s.company_id = m.company_id and s.id = m.staff_id
    where m.id = $1
    for update of m
)sql"};

constexpr Statement kHostOf{"calfleet.host_of_mapping", R"sql(
    select company_id, calcom_host_id from platform.calcom_host_mappings where id = $1
)sql"};

constexpr Statement kLockCurrent{"calfleet.lock_current_mapping", R"sql(
    select id from platform.calcom_host_mappings where company_id = $1 and calcom_host_id = $2 and state <> 'inactive' for update
)sql"};

constexpr Statement kFindStaff{"calfleet.find_staff", R"sql(
    select is_active from platform.staff where company_id = $1 and id = $2
)sql"};

constexpr Statement kInsert{"calfleet.insert_mapping", R"sql(
    insert into platform.calcom_host_mappings
        (company_id, calcom_host_id, state, staff_id, source, score, staff_version, decided_by, decided_at)
    select $1::bigint, $2, 'active', $3::bigint, $4, 100, c.staff_version, $5, now() from platform.companies c where c.id = $1
    returning id
)sql"};

// before and after of the audit come from the row itself, so that they cannot differ from what was
// written.
constexpr Statement kDecide{"calfleet.decide_mapping", R"sql(
    with old as (select * from platform.calcom_host_mappings where id = $1),
    new as (
        update platform.calcom_host_mappings m
        set state = $2, staff_id = coalesce($3::bigint, m.staff_id), source = $4, decided_by = $5, decided_at = now(),
            score = case when $2 = 'active' then 100 else m.score end
        where m.id = $1
        returning m.*
    )
    insert into platform.calcom_host_mapping_audits
        (company_id, mapping_id, calcom_host_id, action, before, after, source, score, reasons, actor, at)
    select new.company_id, new.id, new.calcom_host_id, $6,
           jsonb_build_object('state', old.state, 'staff_id', old.staff_id, 'source', old.source),
           jsonb_build_object('state', new.state, 'staff_id', new.staff_id, 'source', new.source),
           new.source, new.score, jsonb_build_array($7::text), $5, now()
    from new join old on old.id = new.id
)sql"};

constexpr Statement kAuditNew{"calfleet.audit_new_mapping", R"sql(
    insert into platform.calcom_host_mapping_audits
        (company_id, mapping_id, calcom_host_id, action, before, after, source, score, reasons, actor, at)
    select company_id, id, calcom_host_id, $2, null,
           jsonb_build_object('state', state, 'staff_id', staff_id, 'source', source),
           source, score, jsonb_build_array($3::text), decided_by, now()
    from platform.calcom_host_mappings where id = $1
)sql"};

constexpr Statement kBackfill{"calfleet.backfill_appointments", R"sql(
    update platform.appointments a
    set staff_id = m.staff_id, assignment = 'mapping', updated_at = now()
    from platform.calcom_host_mappings m
    where m.id = $1 and m.state = 'active' and a.company_id = m.company_id and a.calcom_host_id = m.calcom_host_id
      and a.status in ('pending', 'accepted') and a.assignment <> 'manual' and a.staff_id is distinct from m.staff_id
)sql"};

constexpr Statement kHistory{"calfleet.mapping_history", R"sql(
    select at, action, actor, source, score, reasons::text, before::text, after::text, event_id, login
    from platform.calcom_host_mapping_audits where company_id = $1 and calcom_host_id = $2 order by id
)sql"};

constexpr Statement kLockAppointment{"calfleet.lock_appointment", R"sql(
    select a.company_id, a.status, a.staff_id, a.calcom_host_id from platform.appointments a where a.id = $1 for update
)sql"};

constexpr Statement kReassign{"calfleet.reassign_appointment", R"sql(
    update platform.appointments set staff_id = $2::bigint, assignment = 'manual', updated_at = now() where id = $1
)sql"};

// Tied to the host's current or last mapping: the history of a host then shows the exceptions as
// well.
constexpr Statement kAuditReassign{"calfleet.audit_reassignment", R"sql(
    insert into platform.calcom_host_mapping_audits
        (company_id, mapping_id, calcom_host_id, action, before, after, source, score, reasons, actor, at)
    select m.company_id, m.id, m.calcom_host_id, 'appointment_reassigned',
           jsonb_build_object('appointment', $1::bigint, 'staff_id', $3::bigint),
           jsonb_build_object('appointment', $1::bigint, 'staff_id', $4::bigint),
           'manual', 100, jsonb_build_array($6::text), $5, now()
    from platform.calcom_host_mappings m
    where m.company_id = $2 and m.calcom_host_id = $7
    order by (m.state = 'inactive'), m.id desc limit 1
)sql"};

constexpr std::array kCatalogue{
    kList,
    kHostOf,
    kLockById,
    kLockCurrent,
    kFindStaff,
    kInsert,
    kDecide,
    kAuditNew,
    kBackfill,
    kHistory,
    kLockAppointment,
    kReassign,
    kAuditReassign};

[[noreturn]] void not_found(const std::string& what) {
    throw postgres::Abort({ErrorKind::NotFound, what});
}
[[noreturn]] void refused(const std::string& what) {
    throw postgres::Abort({ErrorKind::Conflict, what});
}

struct Held {
    MappingId id;
    CompanyId company;
    std::string host, state;
    std::optional<std::int64_t> staff;
    bool staff_active{false};
};

Held lock_mapping(postgres::Transaction& transaction, MappingId id) {
    const auto rows = transaction.exec(kLockById, params(id.value));
    if (rows.empty())
        not_found(
            "there is no mapping " + std::to_string(id.value) + "; see calfleet mapping list"
        );
    const postgres::Row row = rows[0];
    return {
        MappingId{row.int64(0)},
        CompanyId{row.int64(1)},
        std::string(row.text(2)),
        std::string(row.text(3)),
        row.optional_int64(4),
        !row.is_null(5) && row.boolean(5)};
}

void require_active_staff(postgres::Transaction& transaction, CompanyId company, StaffId staff) {
    const auto rows = transaction.exec(kFindStaff, params(company.value, staff.value));
    const std::string who = "staff member " + std::to_string(staff.value) + " of company " +
                            std::to_string(company.value);
    if (rows.empty()) not_found("there is no " + who);
    if (!rows[0].boolean(0))
        refused(who + " is not active; activate them first (calfleet staff import)");
}

} // namespace

postgres::Catalogue mapping_catalogue() {
    return kCatalogue;
}

std::vector<MappingRow>
list_mappings(postgres::Transaction& transaction, const MappingFilter& filter) {
    std::vector<MappingRow> mappings;
    const auto rows =
        transaction.exec(kList, params(filter.company, filter.state, filter.host, filter.limit));
    for (const postgres::Row row : rows) {
        MappingRow& mapping = mappings.emplace_back();
        mapping.id = MappingId{row.int64(0)};
        mapping.company = CompanyId{row.int64(1)};
        mapping.host = row.text(2);
        mapping.state = row.text(3);
        mapping.source = row.text(4);
        mapping.decided_by = row.text(5);
        mapping.host_name = row.optional_text(6);
        mapping.host_email = row.optional_text(7);
        mapping.staff_name = row.optional_text(8);
        mapping.staff = row.optional_int64(9);
        mapping.score = row.int64(10);
        mapping.decided_at = row.instant(11);
        mapping.waiting = row.int64(12);
    }
    return mappings;
}

DecisionResult
approve_mapping(postgres::Transaction& transaction, MappingId id, const Decision& decision) {
    const Held held = lock_mapping(transaction, id);
    const std::string which = "mapping " + std::to_string(id.value);
    if (held.state != "review")
        refused(which + " is " + held.state + ", not in review; nothing to approve");
    if (!held.staff) refused(which + " has no candidate; use calfleet mapping assign");
    if (!held.staff_active)
        refused("the candidate of " + which + " is no longer active; use calfleet mapping assign");
    transaction.exec(
        kDecide,
        params(id.value, "active", held.staff, "admin", decision.actor, "approved", decision.why)
    );
    return {id, transaction.exec(kBackfill, params(id.value)).affected()};
}

DecisionResult assign_mapping(
    postgres::Transaction& transaction,
    CompanyId company,
    std::string_view host,
    StaffId staff,
    const Decision& decision
) {
    require_active_staff(transaction, company, staff);
    const auto current = transaction.exec(kLockCurrent, params(company.value, host));
    MappingId id;
    if (current.empty()) {
        id = MappingId{
            transaction
                .exec(
                    kInsert, params(company.value, host, staff.value, "manual", decision.actor)
                )[0]
                .int64(0)};
        transaction.exec(kAuditNew, params(id.value, "assigned", decision.why));
    } else {
        id = MappingId{current[0].int64(0)};
        transaction.exec(
            kDecide,
            params(
                id.value, "active", staff.value, "manual", decision.actor, "assigned", decision.why
            )
        );
    }
    return {id, transaction.exec(kBackfill, params(id.value)).affected()};
}

DecisionResult
deactivate_mapping(postgres::Transaction& transaction, MappingId id, const Decision& decision) {
    const Held held = lock_mapping(transaction, id);
    if (held.state == "inactive")
        refused("mapping " + std::to_string(id.value) + " is inactive already");
    transaction.exec(
        kDecide,
        params(
            id.value,
            "inactive",
            std::optional<std::int64_t>{},
            "manual",
            decision.actor,
            "deactivated",
            decision.why
        )
    );
    return {id, 0};
}

std::vector<AuditRow>
mapping_history(postgres::Transaction& transaction, CompanyId company, std::string_view host) {
    std::vector<AuditRow> history;
    for (const postgres::Row row : transaction.exec(kHistory, params(company.value, host))) {
        AuditRow& audit = history.emplace_back();
        audit.at = row.instant(0);
        audit.action = row.text(1);
        audit.actor = row.text(2);
        audit.source = row.text(3);
        audit.score = row.int64(4);
        audit.reasons = row.text(5);
        audit.before = row.optional_text(6);
        audit.after = row.optional_text(7);
        audit.event_id = row.optional_text(8);
        audit.login = row.optional_text(9);
    }
    return history;
}

std::optional<std::pair<CompanyId, std::string>>
host_of_mapping(postgres::Transaction& transaction, MappingId id) {
    const auto rows = transaction.exec(kHostOf, params(id.value));
    if (rows.empty()) return std::nullopt;
    return std::pair{CompanyId{rows[0].int64(0)}, std::string(rows[0].text(1))};
}

void reassign_appointment(
    postgres::Transaction& transaction,
    AppointmentId appointment,
    StaffId staff,
    const Decision& decision
) {
    const auto rows = transaction.exec(kLockAppointment, params(appointment.value));
    const std::string which = "appointment " + std::to_string(appointment.value);
    if (rows.empty()) not_found("there is no " + which);
    const CompanyId company{rows[0].int64(0)};
    const std::string status(rows[0].text(1));
    if (status != "accepted" && status != "pending")
        refused(which + " is " + status + "; only a live one can be reassigned");
    require_active_staff(transaction, company, staff);
    const auto before = rows[0].optional_int64(2);
    const auto host = rows[0].optional_text(3);
    transaction.exec(kReassign, params(appointment.value, staff.value));
    if (host)
        transaction.exec(
            kAuditReassign,
            params(
                appointment.value,
                company.value,
                before,
                staff.value,
                decision.actor,
                decision.why,
                *host
            )
        );
}

} // namespace calfleet::cli
