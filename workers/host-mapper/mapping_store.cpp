#include "workers/host-mapper/mapping_store.h"

#include "common/core/text.h"
#include "common/postgres/columns.h"

#include <array>
#include <string>
#include <unordered_map>

namespace calfleet::host_mapper {
namespace {

using postgres::add_text_or_null;
using postgres::Array;
using postgres::ordinal;
using postgres::params;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;

// Whose account it is, is looked up only where it is not the linked one's own: with team-syncer at
// work, hardly ever. LATERAL ... LIMIT 1 keeps every look-up an index probe, also in a plan that
// was made when the table was empty and is kept by the prepared statement.
constexpr Statement kFindHosts{"host_mapper.find_hosts", R"sql(
    select w.position, c.staff_version, c.auto_threshold, m.id as mapping, m.state, m.staff_id, m.source, m.score,
           m.staff_version as decided_with, m.decided_at, s.id is not null as staff_in_company,
           coalesce(s.is_active, false) as staff_active,
           m.host_name, m.host_email, m.host_username, m.branch_id, m.host_time_zone, m.last_seen_at, m.decided_by,
           m.account_name, m.account_email, a.id as account_of
    from unnest($1::bigint[], $2::text[], $3::bigint[]) with ordinality as w (company_id, host, account, position)
    cross join lateral (
        select c.staff_version, c.auto_threshold from platform.companies c where c.id = w.company_id limit 1
    ) c
    left join lateral (
        select * from platform.calcom_host_mappings m
        where m.company_id = w.company_id and m.calcom_host_id = w.host and m.state <> 'inactive'
        limit 1
    ) m on true
    left join lateral (
        select s.id, s.is_active, s.calcom_user_id from platform.staff s
        where s.company_id = m.company_id and s.id = m.staff_id limit 1
    ) s on true
    left join lateral (
        select min(o.id) as id from platform.staff o
        where m.source not in ('manual', 'admin') and s.calcom_user_id is distinct from w.account
          and o.company_id = m.company_id and o.calcom_user_id = w.account and o.is_active
    ) a on true
)sql"};

constexpr Statement kHoldHosts{"host_mapper.hold_hosts", R"sql(
    select m.id
    from unnest($1::bigint[], $2::text[]) as w (company_id, host)
    join platform.calcom_host_mappings m
      on m.company_id = w.company_id and m.calcom_host_id = w.host and m.state <> 'inactive'
    order by m.company_id, m.calcom_host_id
    for share of m
)sql"};

constexpr Statement kFindPersonDecided{"host_mapper.find_person_decided", R"sql(
    select w.position
    from unnest($1::bigint[], $2::text[]) with ordinality as w (company_id, host, position)
    where exists (select 1 from platform.calcom_host_mapping_audits a
                  where a.company_id = w.company_id and a.calcom_host_id = w.host
                    and (a.source in ('manual', 'admin') and a.action <> 'appointment_reassigned' or a.action = 'doubted'))
)sql"};

constexpr Statement kLoadStaff{"host_mapper.load_staff", R"sql(
    select c.id, c.staff_version, c.auto_threshold, s.id, s.name, s.email, s.branch_id, s.is_active
    from platform.companies c left join platform.staff s on s.company_id = c.id
    where c.id = any($1::bigint[])
    order by c.id, s.id
)sql"};

constexpr Statement kInvalidate{"host_mapper.invalidate_mappings", R"sql(
    update platform.calcom_host_mappings m
    set state = 'inactive', decided_by = 'host-mapper', decided_at = now()
    from unnest($1::bigint[]) with ordinality as w (id, position)
    where m.id = w.id and m.state = 'active'
    returning w.position
)sql"};

constexpr Statement kInsert{"host_mapper.insert_mappings", R"sql(
    insert into platform.calcom_host_mappings
        (company_id, calcom_host_id, state, staff_id, source, score, host_name, host_email, host_username, branch_id,
         staff_version, host_time_zone, last_seen_at, decided_by, decided_at)
    select w.company_id, w.host, w.state, w.staff_id, w.source, w.score::smallint, w.host_name, w.host_email,
           w.host_username, w.branch_id, w.staff_version, w.zone, w.seen_at, 'host-mapper', now()
    from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::text[], $8::text[],
                $9::text[], $10::bigint[], $11::bigint[], $12::text[], $13::timestamptz[])
         as w (company_id, host, state, staff_id, source, score, host_name, host_email, host_username, branch_id,
               staff_version, zone, seen_at)
    on conflict (company_id, calcom_host_id) where state <> 'inactive' do nothing
    returning id, company_id, calcom_host_id
)sql"};

constexpr Statement kUpdate{"host_mapper.update_mappings", R"sql(
    update platform.calcom_host_mappings m
    set state = w.state, staff_id = w.staff_id, source = w.source, score = w.score::smallint,
        host_name = coalesce(w.host_name, m.host_name), host_email = coalesce(w.host_email, m.host_email),
        host_username = coalesce(w.host_username, m.host_username), branch_id = coalesce(w.branch_id, m.branch_id),
        host_time_zone = coalesce(w.zone, m.host_time_zone), last_seen_at = greatest(m.last_seen_at, w.seen_at),
        staff_version = w.staff_version, decided_by = 'host-mapper', decided_at = now()
    from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::text[],
                $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::text[], $13::timestamptz[]) with ordinality
         as w (id, decided_at, state, staff_id, source, score, host_name, host_email, host_username, branch_id,
               staff_version, zone, seen_at, position)
    where m.id = w.id and m.state <> 'inactive' and m.decided_at = w.decided_at
    returning w.position
)sql"};

// Picked by the index of those who wait, a host at a time; then locked in the order of their keys,
// as everywhere.
constexpr Statement kAssignWaiting{"host_mapper.assign_waiting", R"sql(
    with picked as materialized (
        select p.id, p.company_id, m.staff_id, m.source
        from unnest($1::bigint[], $2::text[]) as w (company_id, host)
        join platform.calcom_host_mappings m
          on m.company_id = w.company_id and m.calcom_host_id = w.host and m.state = 'active'
        cross join lateral (
            select a.id, a.company_id from platform.appointments a
            where a.company_id = w.company_id and a.calcom_host_id = w.host
              and a.assignment in ('review', 'unmatched') and a.status in ('pending', 'accepted')
            order by a.calcom_booking_uid limit $3
        ) p
        limit $3
    ), waiting as (
        select a.id, p.staff_id, p.source
        from picked p join platform.appointments a on a.id = p.id and a.company_id = p.company_id
        where a.assignment in ('review', 'unmatched') and a.status in ('pending', 'accepted')
        order by a.company_id, a.calcom_booking_uid
        for update of a
    ), beside as (
        select h.id, m.staff_id, m.source
        from unnest($1::bigint[], $2::text[]) as w (company_id, host)
        join platform.calcom_host_mappings m
          on m.company_id = w.company_id and m.calcom_host_id = w.host and m.state = 'active'
        cross join lateral (
            select h.id from platform.appointment_hosts h
            where h.company_id = w.company_id and h.calcom_host_id = w.host and h.assignment in ('review', 'unmatched')
            order by h.id limit $3
        ) h
        limit $3
    ), assigned_beside as (
        update platform.appointment_hosts h
        set staff_id = b.staff_id, updated_at = now(),
            assignment = case when b.source in ('email', 'name', 'fuzzy') then b.source else 'mapping' end
        from beside b where h.id = b.id
        returning 1
    ), assigned as (
        update platform.appointments a
        set staff_id = w.staff_id, updated_at = now(),
            assignment = case when w.source in ('email', 'name', 'fuzzy') then w.source else 'mapping' end
        from waiting w where a.id = w.id
        returning 1
    )
    select (select count(*) from assigned),
           greatest((select count(*) from picked), (select count(*) from beside),
                    (select count(*) from assigned_beside)) >= $3
)sql"};

constexpr std::array kCatalogue{
    kFindHosts,
    kHoldHosts,
    kFindPersonDecided,
    kLoadStaff,
    kInvalidate,
    kInsert,
    kUpdate,
    kAssignWaiting};

struct HostArrays {
    Array companies, keys;
    explicit HostArrays(std::span<const HostKey> hosts) {
        for (const HostKey& host : hosts) {
            companies.add(host.company.value);
            keys.add(host.key);
        }
    }
};

template <class Id>
void add_or_null(Array& array, const std::optional<Id>& id) {
    if (id)
        array.add(id->value);
    else
        array.add_null();
}

/// A host that is looked at again without an event shows nothing new.
bool was_seen(const HostSighting& host) {
    return host.as_of > Instant{};
}

/// The columns that an insert and an update of a mapping share, in the order of both statements.
struct DecisionArrays {
    Array states, staff, sources, scores, names, emails, usernames, branches, versions, zones, seen;
    void add(const MappingWrite& write) {
        states.add(text(write.conclusion->state));
        add_or_null(staff, write.conclusion->staff);
        sources.add(write.conclusion->source);
        scores.add(std::int64_t{write.conclusion->score});
        add_text_or_null(names, write.host->name);
        add_text_or_null(emails, write.host->email);
        add_text_or_null(usernames, write.host->username);
        add_or_null(branches, write.host->branch);
        versions.add(write.staff_version);
        add_text_or_null(zones, write.host->time_zone);
        seen.add(was_seen(*write.host) ? std::optional(write.host->as_of) : std::nullopt);
    }
    postgres::Params after(postgres::Params first) const {
        for (const Array* column :
             {&states,
              &staff,
              &sources,
              &scores,
              &names,
              &emails,
              &usernames,
              &branches,
              &versions,
              &zones,
              &seen})
            first.add(*column);
        return first;
    }
};

} // namespace

MappingRow read_mapping(const postgres::Row& row) {
    MappingRow mapping;
    mapping.id = MappingId{row.int64("mapping")};
    const auto state = mapping_state(row.text("state"));
    if (!state)
        throw postgres::DatabaseError(
            bug("calcom_host_mappings.state holds a word that this program does not know"), {}
        );
    mapping.state = *state;
    if (const auto staff = row.optional_int64("staff_id")) mapping.staff = StaffId{*staff};
    mapping.source = row.text("source");
    mapping.score = static_cast<int>(row.int64("score"));
    mapping.staff_version = row.int64("decided_with");
    mapping.decided_at = row.instant("decided_at");
    mapping.staff_in_company = row.boolean("staff_in_company");
    mapping.staff_active = row.boolean("staff_active");
    mapping.host_name = row.optional_text("host_name").value_or("");
    mapping.host_email = row.optional_text("host_email").value_or("");
    mapping.host_username = row.optional_text("host_username").value_or("");
    if (const auto branch = row.optional_int64("branch_id")) mapping.branch = BranchId{*branch};
    mapping.host_time_zone = row.optional_text("host_time_zone").value_or("");
    mapping.last_seen_at = row.optional_instant("last_seen_at");
    mapping.decided_by = row.text("decided_by");
    mapping.account_name = row.optional_text("account_name").value_or("");
    mapping.account_email = row.optional_text("account_email").value_or("");
    if (const auto staff = row.optional_int64("account_of")) mapping.account = StaffId{*staff};
    return mapping;
}

postgres::Catalogue mapping_catalogue() {
    return kCatalogue;
}

std::vector<HostFacts>
find_hosts(postgres::Transaction& transaction, std::span<const HostKey> hosts) {
    std::vector<HostFacts> facts(hosts.size());
    if (hosts.empty()) return facts;
    const HostArrays arrays(hosts);
    Array accounts;
    for (const HostKey& host : hosts)
        accounts.add(parse_int64(host.key));
    const Rows rows = transaction.exec(kFindHosts, params(arrays.companies, arrays.keys, accounts));
    for (const Row row : rows) {
        HostFacts& fact = facts.at(ordinal(row, 0));
        fact.staff_version = row.int64("staff_version");
        fact.auto_threshold = static_cast<int>(row.int64("auto_threshold"));
        if (!row.is_null("mapping")) fact.row = read_mapping(row);
    }
    return facts;
}

std::vector<HostFacts>
hold_hosts(postgres::Transaction& transaction, std::span<const HostKey> hosts) {
    if (hosts.empty()) return {};
    const HostArrays arrays(hosts);
    transaction.exec(kHoldHosts, params(arrays.companies, arrays.keys));
    // Read by a statement of its own: its snapshot is younger than the locks.
    return find_hosts(transaction, hosts);
}

std::vector<bool>
find_person_decided(postgres::Transaction& transaction, std::span<const HostKey> hosts) {
    std::vector<bool> decided(hosts.size());
    if (hosts.empty()) return decided;
    const HostArrays arrays(hosts);
    const Rows rows = transaction.exec(kFindPersonDecided, params(arrays.companies, arrays.keys));
    for (const Row row : rows)
        decided.at(ordinal(row, 0)) = true;
    return decided;
}

std::vector<StaffList>
load_staff(postgres::Transaction& transaction, std::span<const CompanyId> companies) {
    std::vector<StaffList> lists;
    if (companies.empty()) return lists;
    Array ids;
    for (const CompanyId company : companies)
        ids.add(company.value);
    const Rows rows = transaction.exec(kLoadStaff, params(ids));
    for (const Row row : rows) {
        const CompanyId company{row.int64(0)};
        if (lists.empty() || lists.back().company != company) {
            StaffList& list = lists.emplace_back();
            list.company = company;
            list.staff_version = row.int64(1);
            list.staff.auto_threshold = static_cast<int>(row.int64(2));
        }
        if (row.is_null(3)) continue;
        matching::StaffMember& member = lists.back().staff.staff.emplace_back();
        member.id = row.text(3);
        member.name = row.text(4);
        member.email = row.optional_text(5).value_or("");
        member.branch = row.optional_text(6).value_or("");
        member.is_active = row.boolean(7);
    }
    return lists;
}

std::vector<bool> change_mappings(
    postgres::Transaction& transaction,
    const Statement& statement,
    std::span<const MappingId> mappings
) {
    std::vector<bool> done(mappings.size());
    if (mappings.empty()) return done;
    const Rows rows = transaction.exec(statement, params(postgres::array_of(mappings)));
    for (const Row row : rows)
        done.at(ordinal(row, 0)) = true;
    return done;
}

std::vector<bool>
invalidate_mappings(postgres::Transaction& transaction, std::span<const MappingId> mappings) {
    return change_mappings(transaction, kInvalidate, mappings);
}

std::vector<std::optional<MappingId>>
insert_mappings(postgres::Transaction& transaction, std::span<const MappingWrite> writes) {
    std::vector<std::optional<MappingId>> ids(writes.size());
    if (writes.empty()) return ids;
    Array companies, keys;
    DecisionArrays decisions;
    for (const MappingWrite& write : writes) {
        companies.add(write.host->company.value);
        keys.add(write.host->key);
        decisions.add(write);
    }
    const Rows rows = transaction.exec(kInsert, decisions.after(params(companies, keys)));
    // In the order of the writes, with gaps.
    std::size_t next = 0;
    for (const Row row : rows) {
        while (next < writes.size() && (writes[next].host->company.value != row.int64(1) ||
                                        writes[next].host->key != row.text(2)))
            ++next;
        ids.at(next++) = MappingId{row.int64(0)};
    }
    return ids;
}

std::vector<bool>
update_mappings(postgres::Transaction& transaction, std::span<const MappingWrite> writes) {
    std::vector<bool> done(writes.size());
    if (writes.empty()) return done;
    Array ids, decided;
    DecisionArrays decisions;
    for (const MappingWrite& write : writes) {
        ids.add(write.id.value);
        decided.add(write.replaces_decision_of);
        decisions.add(write);
    }
    const Rows rows = transaction.exec(kUpdate, decisions.after(params(ids, decided)));
    for (const Row row : rows)
        done.at(ordinal(row, 0)) = true;
    return done;
}

AssignedWaiting assign_waiting(
    postgres::Transaction& transaction, std::span<const HostKey> hosts, std::int64_t limit
) {
    if (hosts.empty()) return {};
    const HostArrays arrays(hosts);
    const Rows rows =
        transaction.exec(kAssignWaiting, params(arrays.companies, arrays.keys, limit));
    return {rows[0].int64(0), rows[0].boolean(1)};
}

} // namespace calfleet::host_mapper
