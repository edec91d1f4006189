#include "workers/team-syncer/request_store.h"

#include <array>

namespace calfleet::team_syncer {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;

constexpr Statement kAdd{"team_syncer.add_requests", R"sql(
    insert into platform.team_syncs (company_id, mode, calcom_team_id, reason, requested_by, event_id)
    select company_id, mode, team_id, reason, requested_by, event_id
    from unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[]) with ordinality
         as asked (company_id, mode, team_id, reason, requested_by, event_id, position)
    order by position
)sql"};

constexpr Statement kOpen{"team_syncer.open_requests", R"sql(
    with oldest as materialized (
        select mode, calcom_team_id, reason from platform.team_syncs
        where company_id = $1 and ended_at is null order by id limit 1
    )
    select o.mode, o.calcom_team_id, o.reason, max(t.id) filter (where same), count(*) filter (where same),
           count(*) filter (where not same)
    from oldest o
    cross join lateral (
        select id, mode = o.mode and calcom_team_id is not distinct from o.calcom_team_id as same
        from platform.team_syncs where company_id = $1 and ended_at is null) t
    group by 1, 2, 3
)sql"};

constexpr Statement kEnd{"team_syncer.end_requests", R"sql(
    update platform.team_syncs set ended_at = now(), outcome = $5, report = $6
    where company_id = $1 and mode = $2 and calcom_team_id is not distinct from $3::bigint and id <= $4
      and ended_at is null
)sql"};

constexpr Statement kForget{"team_syncer.forget_requests", R"sql(
    delete from platform.team_syncs where company_id = $1 and ended_at < now() - interval '90 days'
)sql"};

// A schedule that says later than tomorrow was moved by a clock that was wrong. Whoever comes
// second waits for the first one's commit, looks at the row again and finds it moved.
constexpr Statement kMoveSchedule{"team_syncer.move_schedule", R"sql(
    update sync_schedule
    set fired_at = now(), fired_by = $1,
        next_at = (date_trunc('day', (now() - interval '30 minutes') at time zone 'UTC') + interval '1 day 30 minutes')
                  at time zone 'UTC'
    where task = 'team-sync' and (next_at <= now() or next_at > now() + interval '25 hours')
    returning fired_at, next_at
)sql"};

// Housekeeping reads which companies it is; their events are written by the login, within them.
constexpr Statement kWriteForThem{"team_syncer.write_for_them", R"sql(
    select set_config('role', 'none', true), set_config('app.company_ids', array_to_string($1::bigint[], ','), true)
)sql"};

constexpr Statement kScheduled{"team_syncer.scheduled_companies", R"sql(
    select c.id from platform.companies c
    where c.is_active
      and (c.calcom_team_id is not null
           or exists (select from calcom_credentials k
                      where k.company_id = c.id and k.purpose = 'api-key' and k.state = 'active' and k.valid_until > now()))
    order by c.id
)sql"};

constexpr std::array kCatalogue{
    kAdd, kOpen, kEnd, kForget, kMoveSchedule, kWriteForThem, kScheduled};

events::SyncMode mode_of(std::string_view word) {
    for (const auto mode : {events::SyncMode::Check, events::SyncMode::Force})
        if (word == events::name(mode)) return mode;
    return events::SyncMode::Sync;
}

} // namespace

postgres::Catalogue request_catalogue() {
    return kCatalogue;
}

void add_requests(postgres::Transaction& transaction, std::span<const SyncRequest> requests) {
    if (requests.empty()) return;
    Array companies, modes, teams, reasons, people, events;
    for (const SyncRequest& request : requests) {
        companies.add(request.company.value);
        modes.add(events::name(request.asked.mode));
        teams.add(request.asked.team_id);
        reasons.add(request.asked.reason);
        people.add(request.asked.requested_by);
        events.add(request.event_id);
    }
    transaction.exec(kAdd, params(companies, modes, teams, reasons, people, events));
}

std::optional<OpenRequests> open_requests(postgres::Transaction& transaction, CompanyId company) {
    const Rows rows = transaction.exec(kOpen, params(company.value));
    if (rows.empty()) return std::nullopt;
    OpenRequests open;
    open.mode = mode_of(rows[0].text(0));
    open.team = rows[0].optional_int64(1);
    open.reason = rows[0].text(2);
    open.newest = rows[0].int64(3);
    open.count = rows[0].int64(4);
    open.more = rows[0].int64(5) > 0;
    return open;
}

void end_requests(
    postgres::Transaction& transaction,
    CompanyId company,
    const OpenRequests& answered,
    std::string_view outcome,
    std::string_view report_json
) {
    transaction.exec(
        kEnd,
        params(
            company.value,
            events::name(answered.mode),
            answered.team,
            answered.newest,
            outcome,
            report_json
        )
    );
    transaction.exec(kForget, params(company.value));
}

std::optional<DailySync>
take_daily_sync(postgres::Transaction& transaction, std::string_view owner) {
    const Rows moved = transaction.exec(kMoveSchedule, params(owner));
    if (moved.empty()) return std::nullopt;
    DailySync sync{.now = moved[0].instant(0), .next = moved[0].instant(1), .companies = {}};
    Array ids;
    for (const Row row : transaction.exec(kScheduled)) {
        sync.companies.push_back(CompanyId{row.int64(0)});
        ids.add(row.int64(0));
    }
    transaction.exec(kWriteForThem, params(ids));
    return sync;
}

} // namespace calfleet::team_syncer
