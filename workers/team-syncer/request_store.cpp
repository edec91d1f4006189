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
    select id, mode, calcom_team_id, reason
    from platform.team_syncs where company_id = $1 and ended_at is null
    order by id limit 1000
)sql"};

constexpr Statement kEnd{"team_syncer.end_requests", R"sql(
    update platform.team_syncs set ended_at = now(), outcome = $3, report = $4
    where company_id = $1 and id = any($2::bigint[]) and ended_at is null
)sql"};

constexpr Statement kForget{"team_syncer.forget_requests", R"sql(
    delete from platform.team_syncs where company_id = $1 and ended_at < now() - interval '90 days'
)sql"};

// Whoever comes second waits for the first one's commit, looks at the row again and finds it moved.
constexpr Statement kMoveSchedule{"team_syncer.move_schedule", R"sql(
    update sync_schedule set next_at = $2, fired_at = $1, fired_by = $3
    where task = 'team-sync' and next_at <= $1
)sql"};

constexpr Statement kScheduled{"team_syncer.scheduled_companies", R"sql(
    select id from platform.companies where is_active and calcom_team_id is not null order by id
)sql"};

constexpr std::array kCatalogue{kAdd, kOpen, kEnd, kForget, kMoveSchedule, kScheduled};

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
    open.mode = mode_of(rows[0].text(1));
    open.team = rows[0].optional_int64(2);
    open.reason = rows[0].text(3);
    for (const Row row : rows) {
        if (mode_of(row.text(1)) == open.mode && row.optional_int64(2) == open.team)
            open.ids.push_back(row.int64(0));
        else
            open.more = true;
    }
    return open;
}

void end_requests(
    postgres::Transaction& transaction,
    CompanyId company,
    std::span<const std::int64_t> ids,
    std::string_view outcome,
    std::string_view report_json
) {
    Array list;
    for (const std::int64_t id : ids)
        list.add(id);
    transaction.exec(kEnd, params(company.value, list, outcome, report_json));
    transaction.exec(kForget, params(company.value));
}

std::vector<CompanyId> take_daily_sync(
    postgres::Transaction& transaction, Instant now, Instant next, std::string_view owner
) {
    std::vector<CompanyId> companies;
    if (transaction.exec(kMoveSchedule, params(now, next, owner)).affected() == 0) return companies;
    for (const Row row : transaction.exec(kScheduled))
        companies.push_back(CompanyId{row.int64(0)});
    return companies;
}

} // namespace calfleet::team_syncer
