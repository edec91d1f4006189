#include "common/statistics/assignment_statistics.h"

#include <array>

namespace calfleet::statistics {
namespace {

using postgres::params;
using postgres::Statement;

// The window is found through the BRIN index on updated_at.
constexpr Statement kBySource{"statistics.by_source", R"sql(
    select a.assignment, count(*), count(a.staff_id), avg(m.score)::double precision
    from platform.appointments a
    left join platform.calcom_host_mappings m
      on m.company_id = a.company_id and m.calcom_host_id = a.calcom_host_id and m.state <> 'inactive'
    where a.updated_at >= now() - make_interval(secs => $1::double precision)
      and a.status in ('pending', 'accepted') and ($2::bigint is null or a.company_id = $2)
    group by a.assignment order by count(*) desc, a.assignment
)sql"};

// From the waiting hosts to their appointments: both sides are indexed and few.
constexpr Statement kWaiting{"statistics.waiting", R"sql(
    select count(*) filter (where m.state = 'review'), count(*) filter (where m.state = 'unmatched'),
           min(m.decided_at) filter (where m.state = 'review'),
           coalesce(sum(bookings.live) filter (where m.state = 'unmatched'), 0)::bigint
    from platform.calcom_host_mappings m
    left join lateral (
        select count(*) as live from platform.appointments a
        where m.state = 'unmatched' and a.company_id = m.company_id and a.calcom_host_id = m.calcom_host_id
          and a.status in ('pending', 'accepted') and a.staff_id is null
    ) bookings on true
    where m.state in ('review', 'unmatched') and ($1::bigint is null or m.company_id = $1)
)sql"};

constexpr std::array kCatalogue{kBySource, kWaiting};

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
    return statistics;
}

} // namespace calfleet::statistics
