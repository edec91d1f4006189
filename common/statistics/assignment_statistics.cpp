#include "common/statistics/assignment_statistics.h"

#include <array>

namespace calfleet::statistics {
namespace {

using postgres::params;
using postgres::Statement;

// The window is found through the BRIN index on updated_at. A booking whose host was known when it
// came counts for what had found the host.
constexpr Statement kBySource{"statistics.by_source", R"sql(
    select found.source, count(*), count(a.staff_id), avg(m.score)::double precision
    from platform.appointments a
    left join platform.calcom_host_mappings m
      on m.company_id = a.company_id and m.calcom_host_id = a.calcom_host_id and m.state <> 'inactive'
    cross join lateral (
        select case when a.assignment = 'mapping' and m.state = 'active' and m.source in ('email', 'name', 'fuzzy')
                    then m.source else a.assignment end as source) found
    where a.updated_at >= now() - make_interval(secs => $1::double precision)
      and a.status in ('pending', 'accepted') and ($2::bigint is null or a.company_id = $2)
    group by found.source order by count(*) desc, found.source
)sql"};

constexpr Statement kWorst{"statistics.worst_companies", R"sql(
    with rates as materialized (
        select a.company_id, count(*) as bookings, count(a.staff_id) as assigned
        from platform.appointments a
        where a.updated_at >= now() - make_interval(secs => $1::double precision) and a.status in ('pending', 'accepted')
        group by a.company_id having count(*) >= $2::bigint
    )
    select company_id, bookings, assigned, (select count(*) from rates where assigned < $3::float8 * bookings)
    from rates order by assigned::float8 / bookings, bookings desc, company_id limit $4::bigint
)sql"};

// From those who are not active, few, to their appointments by an index; those that they hold
// beside a first host count as well.
constexpr Statement kOfInactive{"statistics.appointments_of_inactive_staff", R"sql(
    select coalesce(sum(to_come.appointments), 0)::bigint
    from platform.staff s
    cross join lateral (
        select count(*) as appointments from platform.appointments a
        where a.company_id = s.company_id and a.staff_id = s.id and a.status in ('pending', 'accepted')
          and (a.starts_at is null or a.starts_at > now())
        union all
        select count(*) from platform.appointment_hosts h
        join platform.appointments a on a.company_id = h.company_id and a.calcom_booking_uid = h.calcom_booking_uid
        where h.company_id = s.company_id and h.staff_id = s.id and h.calcom_host_id is distinct from a.calcom_host_id
          and a.status in ('pending', 'accepted') and (a.starts_at is null or a.starts_at > now())
    ) to_come
    where not s.is_active and ($1::bigint is null or s.company_id = $1)
)sql"};

// From the waiting hosts to their appointments: both sides are indexed and few.
constexpr Statement kWaiting{"statistics.waiting", R"sql(
    select count(*) filter (where m.state = 'review'), count(*) filter (where m.state = 'unmatched'),
           min(m.decided_at) filter (where m.state = 'review'),
           coalesce(sum(bookings.live) filter (where m.state = 'unmatched'), 0)::bigint
    from platform.calcom_host_mappings m
    left join lateral (
        select (select count(*) from platform.appointments a
                where a.company_id = m.company_id and a.calcom_host_id = m.calcom_host_id
                  and a.status in ('pending', 'accepted') and a.staff_id is null)
             + (select count(*) from platform.appointment_hosts h
                join platform.appointments a on a.company_id = h.company_id and a.calcom_booking_uid = h.calcom_booking_uid
                where h.company_id = m.company_id and h.calcom_host_id = m.calcom_host_id
                  and h.assignment in ('review', 'unmatched') and h.calcom_host_id is distinct from a.calcom_host_id
                  and a.status in ('pending', 'accepted')) as live
        where m.state = 'unmatched'
    ) bookings on true
    where m.state in ('review', 'unmatched') and ($1::bigint is null or m.company_id = $1)
)sql"};

constexpr std::array kCatalogue{kBySource, kWorst, kOfInactive, kWaiting};

} // namespace

postgres::Catalogue statistics_catalogue() {
    return kCatalogue;
}

AssignmentStatistics read_assignment_statistics(
    postgres::Transaction& transaction,
    std::chrono::seconds window,
    std::optional<std::int64_t> company
) {
    AssignmentStatistics statistics;
    for (const postgres::Row row :
         transaction.exec(kBySource, params(static_cast<double>(window.count()), company))) {
        SourceShare& share = statistics.by_source.emplace_back();
        share.source = row.text(0);
        share.bookings = row.int64(1);
        if (!row.is_null(3)) share.mean_confidence = row.number(3);
        statistics.bookings += share.bookings;
        statistics.assigned += row.int64(2);
    }
    const auto waiting = transaction.exec(kWaiting, params(company));
    statistics.review_queue = waiting[0].int64(0);
    statistics.unmatched_hosts = waiting[0].int64(1);
    statistics.oldest_review = waiting[0].optional_instant(2);
    statistics.unmatched_bookings = waiting[0].int64(3);
    statistics.of_inactive_staff = transaction.exec(kOfInactive, params(company))[0].int64(0);
    return statistics;
}

WorstCompanies read_worst_companies(
    postgres::Transaction& transaction, std::chrono::seconds window, std::int64_t limit
) {
    WorstCompanies worst;
    const auto rows = transaction.exec(
        kWorst,
        params(static_cast<double>(window.count()), kLeastBookings, kAssignmentTarget, limit)
    );
    for (const postgres::Row row : rows) {
        worst.below_target = row.int64(3);
        worst.companies.push_back(
            {.company = CompanyId{row.int64(0)}, .bookings = row.int64(1), .assigned = row.int64(2)}
        );
    }
    return worst;
}

} // namespace calfleet::statistics
