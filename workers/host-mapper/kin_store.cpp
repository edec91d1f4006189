#include "workers/host-mapper/kin_store.h"

#include "common/core/text.h"
#include "common/postgres/columns.h"

#include <array>
#include <string>

namespace calfleet::host_mapper {
namespace {

using postgres::add_text_or_null;
using postgres::Array;
using postgres::ordinal;
using postgres::params;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;

constexpr Statement kFindKin{"host_mapper.find_kin", R"sql(
    select w.position, f.calcom_host_id, a.id as account, f.id as mapping, f.state, f.staff_id, f.source, f.score,
           f.staff_version as decided_with, f.decided_at, s.id is not null as staff_in_company,
           coalesce(s.is_active, false) as staff_active, f.host_name, f.host_email, f.host_username, f.branch_id,
           f.host_time_zone, f.last_seen_at, f.decided_by, f.account_name, f.account_email, null::bigint as account_of
    from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[]) with ordinality
         as w (company_id, account, email, username, position)
    left join lateral (
        select s.id from platform.staff s
        where s.company_id = w.company_id and s.calcom_user_id = w.account and s.is_active
        order by s.id limit 1
    ) a on true
    left join lateral (
        select * from platform.calcom_host_mappings m
        where m.company_id = w.company_id and m.calcom_host_id in ('email:' || w.email, 'username:' || w.username)
          and m.state <> 'inactive'
        order by m.state = 'active' desc, m.decided_at desc limit 1
    ) f on true
    left join lateral (
        select s.id, s.is_active from platform.staff s where s.company_id = f.company_id and s.id = f.staff_id limit 1
    ) s on true
    where a.id is not null or f.id is not null
)sql"};

constexpr Statement kPutAway{"host_mapper.put_away_mappings", R"sql(
    update platform.calcom_host_mappings m
    set state = 'inactive', decided_by = 'host-mapper', decided_at = now()
    from unnest($1::bigint[]) with ordinality as w (id, position)
    where m.id = w.id and m.state <> 'inactive'
    returning w.position
)sql"};

constexpr Statement kRenameWaiting{"host_mapper.rename_waiting", R"sql(
    with picked as (
        select p.id, w.host
        from unnest($1::bigint[], $2::text[], $3::text[]) as w (company_id, host, former)
        cross join lateral (
            select a.id from platform.appointments a
            where a.company_id = w.company_id and a.calcom_host_id = w.former
              and a.assignment in ('review', 'unmatched') and a.status in ('pending', 'accepted')
            order by a.calcom_booking_uid limit 5000
        ) p
    ), waiting as (
        select a.id, p.host from picked p join platform.appointments a on a.id = p.id
        order by a.company_id, a.calcom_booking_uid
        for update of a
    )
    update platform.appointments a set calcom_host_id = w.host, updated_at = now() from waiting w where a.id = w.id
)sql"};

constexpr std::array kCatalogue{kFindKin, kPutAway, kRenameWaiting};

} // namespace

postgres::Catalogue kin_catalogue() {
    return kCatalogue;
}

std::vector<HostKin>
find_kin(postgres::Transaction& transaction, std::span<const HostSighting> hosts) {
    std::vector<HostKin> kin(hosts.size());
    if (hosts.empty()) return kin;
    Array companies, accounts, emails, usernames;
    for (const HostSighting& host : hosts) {
        companies.add(host.company.value);
        accounts.add(parse_int64(host.id));
        add_text_or_null(emails, ascii_lower(trim(host.email)));
        add_text_or_null(usernames, ascii_lower(trim(host.username)));
    }
    const Rows rows = transaction.exec(kFindKin, params(companies, accounts, emails, usernames));
    for (const Row row : rows) {
        HostKin& one = kin.at(ordinal(row, 0));
        if (const auto staff = row.optional_int64("account")) one.account = StaffId{*staff};
        if (row.is_null("mapping")) continue;
        one.former = read_mapping(row);
        one.former_key = std::string(row.text("calcom_host_id"));
    }
    return kin;
}

std::vector<bool>
put_away_mappings(postgres::Transaction& transaction, std::span<const MappingId> mappings) {
    return change_mappings(transaction, kPutAway, mappings);
}

void rename_waiting(postgres::Transaction& transaction, std::span<const RenamedHost> hosts) {
    if (hosts.empty()) return;
    Array companies, keys, former;
    for (const RenamedHost& host : hosts) {
        companies.add(host.host.company.value);
        keys.add(host.host.key);
        former.add(host.former);
    }
    transaction.exec(kRenameWaiting, params(companies, keys, former));
}

} // namespace calfleet::host_mapper
