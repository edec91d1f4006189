#include "workers/host-mapper/sighting_store.h"

#include "common/postgres/columns.h"

#include <array>

namespace calfleet::host_mapper {
namespace {

using postgres::add_text_or_null;
using postgres::Array;
using postgres::params;
using postgres::Statement;

// Whoever holds a row has it in hand anyway: nobody waits for a date. In the order of all locks.
constexpr Statement kTouch{"host_mapper.note_hosts_seen", R"sql(
    update platform.calcom_host_mappings m
    set last_seen_at = greatest(m.last_seen_at, free.seen_at), host_time_zone = coalesce(free.zone, m.host_time_zone)
    from (select m.id, w.seen_at, w.zone
          from unnest($1::bigint[], $2::timestamptz[], $3::text[]) as w (id, seen_at, zone)
          join platform.calcom_host_mappings m on m.id = w.id
          order by m.company_id, m.calcom_host_id
          for no key update of m skip locked) free
    where m.id = free.id
)sql"};

// Only what was told first, or differs from what the account was called at the decision; called as
// then once more, it differs no longer. Passes over rows that somebody holds.
constexpr Statement kRename{"host_mapper.note_accounts", R"sql(
    with told as (
        select * from unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::boolean[], $6::text[])
            as w (id, name, email, told_at, is_change, event_id)
    ), old as materialized (
        select m.* from told w join platform.calcom_host_mappings m on m.id = w.id
        where m.source in ('manual', 'admin') and m.state <> 'inactive'
        order by m.company_id, m.calcom_host_id
        for no key update of m skip locked
    ), new as (
        update platform.calcom_host_mappings m
        set host_name = coalesce(m.host_name, w.name), host_email = coalesce(m.host_email, w.email),
            account_name = case when w.name is null then m.account_name
                                when lower(w.name) <> lower(m.host_name) then w.name end,
            account_email = case when w.email is null then m.account_email
                                 when lower(w.email) <> lower(m.host_email) then w.email end,
            account_changed_at = case when w.is_change then w.told_at else m.account_changed_at end
        from told w join old on old.id = w.id
        where m.id = w.id
        returning m.*
    )
    insert into platform.calcom_host_mapping_audits
        (company_id, mapping_id, calcom_host_id, action, before, after, source, score, reasons, actor, event_id, at)
    select new.company_id, new.id, new.calcom_host_id, 'account_changed',
           to_jsonb(old) - '{id,company_id,calcom_host_id}'::text[], to_jsonb(new) - '{id,company_id,calcom_host_id}'::text[],
           'none', 0,
           '[{"in_favour":false,"code":"mapping.account_changed","text":"the account has another name or mailbox than when a person decided; their decision stands"}]',
           'host-mapper', w.event_id, now()
    from new join old on old.id = new.id join told w on w.id = new.id
    where w.is_change
)sql"};

constexpr std::array kCatalogue{kTouch, kRename};

} // namespace

postgres::Catalogue sighting_catalogue() {
    return kCatalogue;
}

void note_hosts_seen(postgres::Transaction& transaction, std::span<const HostSeen> hosts) {
    if (hosts.empty()) return;
    Array ids, seen, zones;
    for (const HostSeen& host : hosts) {
        ids.add(host.mapping.value);
        seen.add(host.host->as_of);
        add_text_or_null(zones, host.host->time_zone);
    }
    transaction.exec(kTouch, params(ids, seen, zones));
}

void note_accounts(postgres::Transaction& transaction, std::span<const AccountSeen> accounts) {
    if (accounts.empty()) return;
    Array ids, names, emails, told_at, changes, events;
    for (const AccountSeen& account : accounts) {
        ids.add(account.mapping.value);
        add_text_or_null(names, account.news.name);
        add_text_or_null(emails, account.news.email);
        told_at.add(account.host->as_of);
        changes.add(account.news.is_change);
        add_text_or_null(events, account.host->event_id);
    }
    transaction.exec(kRename, params(ids, names, emails, told_at, changes, events));
}

} // namespace calfleet::host_mapper
