#include "workers/calfleet/mapping_decision_store.h"

#include "common/postgres/columns.h"

#include <array>

namespace calfleet::cli {
namespace {

using postgres::Array;
using postgres::array_of;
using postgres::params;
using postgres::Row;
using postgres::Statement;

constexpr Statement kLock{"calfleet.lock_mappings", R"sql(
    select m.id from platform.calcom_host_mappings m where m.id = any($1::bigint[])
    order by m.company_id, m.calcom_host_id
    for update of m
)sql"};

constexpr Statement kLook{"calfleet.look_at_mappings", R"sql(
    select w.position, m.id, m.company_id, m.calcom_host_id, m.state, m.source, m.decided_by, m.staff_id, m.score,
           m.decided_at, s.id is not null as staff_in_company, coalesce(s.is_active, false) as staff_active
    from unnest($1::bigint[], $2::bigint[]) with ordinality as w (id, staff_id, position)
    join platform.calcom_host_mappings m on m.id = w.id
    left join platform.staff s on s.company_id = m.company_id and s.id = w.staff_id
)sql"};

// before and after of the audit are the row itself, as everywhere. Whoever decides does so about
// the account as it is called now.
constexpr Statement kDecide{"calfleet.decide_mappings", R"sql(
    with wanted as (
        select * from unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[]) as w (id, action, staff_id, why)
    ), old as materialized (
        select m.*, w.action, w.staff_id as to_staff_id, w.why
        from wanted w join platform.calcom_host_mappings m on m.id = w.id
    ), new as (
        update platform.calcom_host_mappings m
        set state = case old.action when 'deactivated' then 'inactive' else 'active' end,
            staff_id = coalesce(old.to_staff_id, m.staff_id),
            source = case old.action when 'approved' then 'admin' else 'manual' end,
            score = case old.action when 'deactivated' then m.score else 100 end,
            host_name = coalesce(m.account_name, m.host_name), host_email = coalesce(m.account_email, m.host_email),
            account_name = null, account_email = null, account_changed_at = null,
            decided_by = $5, decided_at = now()
        from old where m.id = old.id
        returning m.*
    ), audited as (
        insert into platform.calcom_host_mapping_audits
            (company_id, mapping_id, calcom_host_id, action, before, after, source, score, reasons, actor, at)
        select new.company_id, new.id, new.calcom_host_id, old.action,
               to_jsonb(old) - '{id,company_id,calcom_host_id,action,to_staff_id,why}'::text[],
               to_jsonb(new) - '{id,company_id,calcom_host_id}'::text[],
               new.source, new.score, jsonb_build_array(old.why), $5, now()
        from new join old on old.id = new.id
    )
    select new.id, new.decided_at from new
)sql"};

// A question without a candidate, beside the mapping that was put away: bookings of the host wait.
constexpr Statement kAsk{"calfleet.ask_about_hosts", R"sql(
    with wanted as (
        select * from unnest($1::bigint[], $2::text[]) as w (id, why)
    ), asked as (
        insert into platform.calcom_host_mappings
            (company_id, calcom_host_id, state, source, score, host_name, host_email, host_username, host_time_zone,
             branch_id, last_seen_at, staff_version, decided_by, decided_at)
        select m.company_id, m.calcom_host_id, 'review', 'none', 0, m.host_name, m.host_email, m.host_username,
               m.host_time_zone, m.branch_id, m.last_seen_at, c.staff_version, $3, now()
        from wanted w
        join platform.calcom_host_mappings m on m.id = w.id
        join platform.companies c on c.id = m.company_id
        returning *
    )
    insert into platform.calcom_host_mapping_audits
        (company_id, mapping_id, calcom_host_id, action, before, after, source, score, reasons, actor, at)
    select a.company_id, a.id, a.calcom_host_id, 'asked', null, to_jsonb(a) - '{id,company_id,calcom_host_id}'::text[],
           a.source, a.score, jsonb_build_array(w.why), $3, now()
    from wanted w
    join platform.calcom_host_mappings m on m.id = w.id
    join asked a on a.company_id = m.company_id and a.calcom_host_id = m.calcom_host_id
)sql"};

constexpr Statement kHeld{"calfleet.held_appointments", R"sql(
    select t.mapping_id, t.staff_id, count(*)
    from (
        select m.id as mapping_id, a.staff_id
        from platform.calcom_host_mappings m
        join platform.appointments a on a.company_id = m.company_id and a.calcom_host_id = m.calcom_host_id
        where m.id = any($1::bigint[]) and a.status in ('pending', 'accepted')
          and (a.starts_at is null or a.starts_at > now()) and a.assignment <> 'manual'
        union all
        select m.id, h.staff_id
        from platform.calcom_host_mappings m
        join platform.appointment_hosts h on h.company_id = m.company_id and h.calcom_host_id = m.calcom_host_id
        join platform.appointments a on a.company_id = h.company_id and a.calcom_booking_uid = h.calcom_booking_uid
        where m.id = any($1::bigint[]) and a.status in ('pending', 'accepted')
          and (a.starts_at is null or a.starts_at > now()) and h.assignment <> 'manual'
          and a.calcom_host_id is distinct from h.calcom_host_id
    ) t
    group by t.mapping_id, t.staff_id
)sql"};

constexpr std::array kCatalogue{kLock, kLook, kDecide, kAsk, kHeld};

std::string_view action_of(MappingVerb verb) {
    switch (verb) {
    case MappingVerb::Approve:
        return "approved";
    case MappingVerb::Assign:
        return "assigned";
    case MappingVerb::PutAway:
        break;
    }
    return "deactivated";
}

/// The decisions of a call that are carried out, column by column.
struct ToDo {
    std::vector<MappingId> linked;  ///< their appointments follow
    std::vector<MappingId> retired; ///< active until now: their appointments are taken off
    std::vector<std::string_view> retired_whys;
    Array ids, actions, staff, whys;

    void add(const SeenDecision& decision, const MappingFacts& facts) {
        ids.add(decision.mapping.value);
        actions.add(action_of(decision.verb));
        staff.add(decision.staff ? std::optional(decision.staff->value) : std::nullopt);
        whys.add(decision.why);
        if (decision.verb != MappingVerb::PutAway) {
            linked.push_back(decision.mapping);
        } else if (facts.state == "active") {
            retired.push_back(decision.mapping);
            retired_whys.push_back(decision.why);
        }
    }
};

/// An absent staff member keeps the row's.
Instant
write_decisions(postgres::Transaction& transaction, const ToDo& work, std::string_view actor) {
    return transaction
        .exec(kDecide, params(work.ids, work.actions, work.staff, work.whys, actor))[0]
        .instant(1);
}

} // namespace

postgres::Catalogue mapping_decision_catalogue() {
    return kCatalogue;
}

std::vector<std::optional<MappingFacts>>
look_at_mappings(postgres::Transaction& transaction, std::span<const SeenDecision> decisions) {
    Array ids, staff;
    for (const SeenDecision& decision : decisions) {
        ids.add(decision.mapping.value);
        staff.add(decision.staff ? std::optional(decision.staff->value) : std::nullopt);
    }
    std::vector<std::optional<MappingFacts>> facts(decisions.size());
    for (const Row row : transaction.exec(kLook, params(ids, staff)))
        facts.at(postgres::ordinal(row, 0)) = MappingFacts{
            .mapping = MappingId{row.int64("id")},
            .company = CompanyId{row.int64("company_id")},
            .host = std::string(row.text("calcom_host_id")),
            .state = std::string(row.text("state")),
            .source = std::string(row.text("source")),
            .decided_by = std::string(row.text("decided_by")),
            .staff = row.optional_int64("staff_id"),
            .score = row.int64("score"),
            .decided_at = row.instant("decided_at"),
            .staff_in_company = row.boolean("staff_in_company"),
            .staff_active = row.boolean("staff_active")};
    return facts;
}

void lock_mappings(postgres::Transaction& transaction, std::span<const MappingId> mappings) {
    transaction.exec(kLock, params(array_of(mappings)));
}

void write_decision(
    postgres::Transaction& transaction, const SeenDecision& decision, std::string_view actor
) {
    ToDo work;
    work.add(decision, {});
    write_decisions(transaction, work, actor);
}

void ask_about_hosts(
    postgres::Transaction& transaction,
    std::span<const MappingId> mappings,
    std::span<const std::string_view> whys,
    std::string_view actor
) {
    if (mappings.empty()) return;
    transaction.exec(kAsk, params(array_of(mappings), array_of(whys), actor));
}

std::vector<Verdict>
judge_decisions(postgres::Transaction& transaction, std::span<const SeenDecision> decisions) {
    std::vector<Verdict> verdicts;
    const auto facts = look_at_mappings(transaction, decisions);
    for (std::size_t i = 0; i < decisions.size(); ++i)
        verdicts.push_back(judge(decisions[i], facts[i]));
    return verdicts;
}

DecisionOutcome decide_as_seen(
    postgres::Transaction& transaction,
    std::span<const SeenDecision> decisions,
    std::string_view actor
) {
    DecisionOutcome outcome;
    std::vector<MappingId> wanted;
    for (const SeenDecision& decision : decisions)
        wanted.push_back(decision.mapping);
    lock_mappings(transaction, wanted);
    // By a statement of its own, whose snapshot is younger than the locks.
    auto facts = look_at_mappings(transaction, decisions);
    ToDo work;
    for (std::size_t i = 0; i < decisions.size(); ++i) {
        const Verdict& verdict = outcome.verdicts.emplace_back(judge(decisions[i], facts[i]));
        if (verdict.kind != Verdict::Kind::Do) continue;
        work.add(decisions[i], *facts[i]);
        outcome.decided.push_back({.before = std::move(*facts[i]), .decided_at = {}, .moved = {}});
    }
    if (outcome.decided.empty()) return outcome;
    outcome.appointments =
        take_off_appointments(transaction, work.retired, work.retired_whys, {}, actor);
    const Instant now = write_decisions(transaction, work, actor);
    ask_about_hosts(transaction, work.retired, work.retired_whys, actor);
    std::vector<Moved> moved = follow_mappings(transaction, work.linked);
    outcome.appointments += count_appointments(moved);
    for (DecidedMapping& mapping : outcome.decided)
        mapping.decided_at = now;
    // A screen decides about one mapping at a time and remembers it; a sheet undoes nothing.
    if (outcome.decided.size() == 1) outcome.decided.front().moved = std::move(moved);
    return outcome;
}

std::vector<HeldAppointments>
held_appointments(postgres::Transaction& transaction, std::span<const MappingId> mappings) {
    std::vector<HeldAppointments> held;
    if (mappings.empty()) return held;
    for (const Row row : transaction.exec(kHeld, params(array_of(mappings)))) {
        HeldAppointments& one = held.emplace_back();
        one.mapping = MappingId{row.int64(0)};
        if (const auto staff = row.optional_int64(1)) one.staff = StaffId{*staff};
        one.appointments = row.int64(2);
    }
    return held;
}

std::int64_t touched_by(std::span<const HeldAppointments> held, MappingId mapping, StaffId staff) {
    std::int64_t touched = 0;
    for (const HeldAppointments& one : held)
        if (one.mapping == mapping && one.staff != staff) touched += one.appointments;
    return touched;
}

} // namespace calfleet::cli
