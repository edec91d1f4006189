#include "common/jobs/job_leases.h"

#include "common/postgres/columns.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace calfleet::jobs {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Statement;

// FOR SHARE: whoever takes the lease away waits until what is written here is committed. One index
// probe each, in the order given, which is that of the ids: renewals lock in it, too. The planner
// knows neither how many they are nor how few rows run, and joined all with all.
constexpr Statement kHold{"jobs.hold_leases", R"sql(
    select h.position
    from unnest($1::bigint[], $2::bigint[], $3::bigint[]) with ordinality as h (id, company_id, epoch, position)
    cross join lateral (
        select company_id, lease_epoch, state from jobs where id = h.id limit 1 for share
    ) held
    where held.company_id = h.company_id and held.lease_epoch = h.epoch and held.state = 'running'
)sql"};

constexpr std::array kCatalogue{kHold};

} // namespace

postgres::Catalogue job_leases_catalogue() {
    return kCatalogue;
}

std::vector<bool>
hold_leases(postgres::Transaction& transaction, std::span<const job::Job* const> jobs) {
    std::vector<bool> held(jobs.size(), false);
    if (jobs.empty()) return held;
    std::vector<std::size_t> by_id(jobs.size());
    std::iota(by_id.begin(), by_id.end(), std::size_t{0});
    std::ranges::sort(by_id, {}, [&](std::size_t place) { return jobs[place]->id; });
    Array ids, companies, epochs;
    for (const std::size_t place : by_id) {
        ids.add(jobs[place]->id.value);
        companies.add(jobs[place]->company.value);
        epochs.add(jobs[place]->lease_epoch);
    }
    for (const postgres::Row row : transaction.exec(kHold, params(ids, companies, epochs)))
        held[by_id[postgres::ordinal(row, 0)]] = true;
    return held;
}

bool hold_lease(postgres::Transaction& transaction, const job::Job& job) {
    const std::array<const job::Job*, 1> one{&job};
    return hold_leases(transaction, one).front();
}

} // namespace calfleet::jobs
