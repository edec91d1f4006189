#include "workers/calfleet/mapping_store.h"

#include "workers/calfleet/mapping_decision_store.h"

#include <array>

namespace calfleet::cli {
namespace {

using postgres::params;
using postgres::Statement;

constexpr Statement kList{"calfleet.list_mappings", R"sql(
    select m.id, m.company_id, m.calcom_host_id, m.state, m.source, m.decided_by, m.host_name, m.host_email, s.name,
           m.staff_id, m.score, m.decided_at, m.host_time_zone, m.last_seen_at, m.account_name, m.account_email,
           (select count(*) from platform.appointments a
            where a.company_id = m.company_id and a.calcom_host_id = m.calcom_host_id and a.staff_id is null
              and a.status in ('pending', 'accepted')) as waiting
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

constexpr Statement kInsert{"calfleet.insert_mapping", R"sql(
    insert into platform.calcom_host_mappings
        (company_id, calcom_host_id, state, staff_id, source, score, staff_version, decided_by, decided_at)
    select $1::bigint, $2, 'active', $3::bigint, $4, 100, c.staff_version, $5, now() from platform.companies c where c.id = $1
    returning id
)sql"};

constexpr Statement kAuditNew{"calfleet.audit_new_mapping", R"sql(
    insert into platform.calcom_host_mapping_audits
        (company_id, mapping_id, calcom_host_id, action, before, after, source, score, reasons, actor, at)
    select m.company_id, m.id, m.calcom_host_id, $2, null, to_jsonb(m) - '{id,company_id,calcom_host_id}'::text[],
           m.source, m.score, jsonb_build_array($3::text), m.decided_by, now()
    from platform.calcom_host_mappings m where m.id = $1
)sql"};

constexpr Statement kHistory{"calfleet.mapping_history", R"sql(
    select at, action, actor, source, score, reasons::text as reasons, before::text as before, after::text as after,
           event_id, login
    from platform.calcom_host_mapping_audits where company_id = $1 and calcom_host_id = $2 order by id
)sql"};

constexpr std::array kCatalogue{
    kList, kHostOf, kLockById, kLockCurrent, kInsert, kAuditNew, kHistory};

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
        mapping.id = MappingId{row.int64("id")};
        mapping.company = CompanyId{row.int64("company_id")};
        mapping.host = row.text("calcom_host_id");
        mapping.state = row.text("state");
        mapping.source = row.text("source");
        mapping.decided_by = row.text("decided_by");
        mapping.host_name = row.optional_text("host_name");
        mapping.host_email = row.optional_text("host_email");
        mapping.staff_name = row.optional_text("name");
        mapping.staff = row.optional_int64("staff_id");
        mapping.score = row.int64("score");
        mapping.decided_at = row.instant("decided_at");
        mapping.host_time_zone = row.optional_text("host_time_zone");
        mapping.last_seen_at = row.optional_instant("last_seen_at");
        mapping.account_name = row.optional_text("account_name");
        mapping.account_email = row.optional_text("account_email");
        mapping.waiting = row.int64("waiting");
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
    write_decision(
        transaction,
        {.mapping = id,
         .verb = MappingVerb::Approve,
         .staff = StaffId{*held.staff},
         .why = std::string(decision.why)},
        decision.actor
    );
    return {.mapping = id, .appointments = follow_mapping(transaction, id)};
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
        write_decision(
            transaction,
            {.mapping = id,
             .verb = MappingVerb::Assign,
             .staff = staff,
             .why = std::string(decision.why)},
            decision.actor
        );
    }
    return {
        .mapping = id, .is_new = current.empty(), .appointments = follow_mapping(transaction, id)};
}

DecisionResult deactivate_mapping(
    postgres::Transaction& transaction,
    MappingId id,
    const Reassignment& reassignment,
    const Decision& decision
) {
    const Held held = lock_mapping(transaction, id);
    if (held.state == "inactive")
        refused("mapping " + std::to_string(id.value) + " is inactive already");
    if (reassignment.staff) require_active_staff(transaction, held.company, *reassignment.staff);
    const bool asks = !reassignment.staff && reassignment.to == Reassignment::To::Review;
    const std::int64_t moved = take_off_appointments(
        transaction,
        std::span(&id, 1),
        std::span(&decision.why, 1),
        {.staff = reassignment.staff, .assignment = asks ? "review" : "none"},
        decision.actor
    );
    write_decision(
        transaction,
        {.mapping = id, .verb = MappingVerb::PutAway, .why = std::string(decision.why)},
        decision.actor
    );
    if (asks)
        ask_about_hosts(
            transaction, std::span(&id, 1), std::span(&decision.why, 1), decision.actor
        );
    return {.mapping = id, .appointments = moved};
}

std::vector<AuditRow>
mapping_history(postgres::Transaction& transaction, CompanyId company, std::string_view host) {
    std::vector<AuditRow> history;
    for (const postgres::Row row : transaction.exec(kHistory, params(company.value, host))) {
        AuditRow& audit = history.emplace_back();
        audit.at = row.instant("at");
        audit.action = row.text("action");
        audit.actor = row.text("actor");
        audit.source = row.text("source");
        audit.score = row.int64("score");
        audit.reasons = row.text("reasons");
        audit.before = row.optional_text("before");
        audit.after = row.optional_text("after");
        audit.event_id = row.optional_text("event_id");
        audit.login = row.optional_text("login");
    }
    return history;
}

std::optional<std::pair<CompanyId, std::string>>
host_of_mapping(postgres::Transaction& transaction, MappingId id) {
    const auto rows = transaction.exec(kHostOf, params(id.value));
    if (rows.empty()) return std::nullopt;
    return std::pair{CompanyId{rows[0].int64(0)}, std::string(rows[0].text(1))};
}

} // namespace calfleet::cli
