#include "workers/calfleet/company_store.h"

#include "common/core/text.h"
#include "common/job/kinds.h"
#include "common/jobs/job_store.h"

#include <array>

namespace calfleet::cli {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Statement;

constexpr Statement kAdd{"calfleet.add_company", R"sql(
    insert into platform.companies (name, time_zone, auto_threshold) values ($1, $2, $3::smallint) returning id
)sql"};

constexpr Statement kKnowsTimeZone{"calfleet.knows_time_zone", R"sql(
    select exists (select from pg_timezone_names where name = $1)
)sql"};

constexpr Statement kList{"calfleet.list_companies", R"sql(
    select c.id, c.name, c.is_active, c.time_zone, c.auto_threshold,
           (select count(*) from platform.staff s where s.company_id = c.id),
           (select count(*) from platform.staff s where s.company_id = c.id and s.is_active),
           (select count(*) from platform.appointments a where a.company_id = c.id)
    from platform.companies c order by c.id
)sql"};

constexpr Statement kLockCompany{"calfleet.lock_company", R"sql(
    select id from platform.companies where id = $1 for update
)sql"};

constexpr Statement kAddBranches{"calfleet.add_branches", R"sql(
    insert into platform.branches (company_id, name)
    select distinct $1::bigint, name from unnest($2::text[]) as wanted (name) where name is not null
    on conflict do nothing
)sql"};

constexpr Statement kCountSame{"calfleet.count_same_staff", R"sql(
    select count(*) from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[])
                         as wanted (reference, name, email, branch, is_active)
    join platform.staff s on s.company_id = $1 and s.reference = wanted.reference
    left join platform.branches b on b.company_id = s.company_id and b.id = s.branch_id
    where (s.name, s.email, b.name, s.is_active) is not distinct from
          (wanted.name, wanted.email, wanted.branch, wanted.is_active)
)sql"};

constexpr Statement kUpsertStaff{"calfleet.upsert_staff", R"sql(
    insert into platform.staff as held (company_id, branch_id, reference, name, email, is_active)
    select $1::bigint, b.id, wanted.reference, wanted.name, wanted.email, wanted.is_active
    from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[])
         as wanted (reference, name, email, branch, is_active)
    left join platform.branches b on b.company_id = $1 and b.name = wanted.branch
    on conflict (company_id, reference) do update
        set branch_id = excluded.branch_id, name = excluded.name, email = excluded.email,
            is_active = excluded.is_active, updated_at = now()
        where (held.branch_id, held.name, held.email, held.is_active) is distinct from
              (excluded.branch_id, excluded.name, excluded.email, excluded.is_active)
    returning (xmax = 0) as inserted
)sql"};

constexpr Statement kDeactivateMissing{"calfleet.deactivate_missing_staff", R"sql(
    update platform.staff set is_active = false, updated_at = now()
    where company_id = $1 and is_active and reference <> all($2::text[])
)sql"};

constexpr Statement kWaitingHosts{"calfleet.waiting_hosts", R"sql(
    select $2::text || calcom_host_id from platform.calcom_host_mappings
    where company_id = $1 and state in ('review', 'unmatched')
)sql"};

constexpr std::array kCatalogue{
    kAdd,
    kKnowsTimeZone,
    kList,
    kLockCompany,
    kAddBranches,
    kCountSame,
    kUpsertStaff,
    kDeactivateMissing,
    kWaitingHosts};

/// Hosts that nobody was found for, or not surely: the changed staff may settle them.
std::int64_t queue_rematches(postgres::Transaction& transaction, CompanyId company) {
    const auto hosts =
        transaction.exec(kWaitingHosts, params(company.value, job::kRematchHost.entity));
    std::vector<jobs::NewJob> jobs;
    for (const postgres::Row row : hosts)
        jobs.push_back(
            {.kind = job::kRematchHost.name,
             .company = company,
             .entity = row.text(0),
             .lane = jobs::Lane::Bulk,
             .replay_of = std::nullopt}
        );
    jobs::enqueue_jobs(transaction, job::kRematchHost.worker, jobs);
    return hosts.size();
}

} // namespace

postgres::Catalogue company_catalogue() {
    return kCatalogue;
}

CompanyId add_company(
    postgres::Transaction& transaction,
    std::string_view name,
    std::string_view time_zone,
    int auto_threshold
) {
    if (!transaction.exec(kKnowsTimeZone, params(time_zone))[0].boolean(0))
        throw postgres::Abort(invalid(
            "'" + printable(time_zone, 60) +
            "' is no time zone; expected an IANA name like Europe/Berlin"
        ));
    return CompanyId{transaction.exec(kAdd, params(name, time_zone, auto_threshold))[0].int64(0)};
}

std::vector<CompanyRow> list_companies(postgres::Transaction& transaction) {
    std::vector<CompanyRow> companies;
    for (const postgres::Row row : transaction.exec(kList))
        companies.push_back(
            {CompanyId{row.int64(0)},
             std::string(row.text(1)),
             row.boolean(2),
             std::string(row.text(3)),
             row.int64(4),
             row.int64(5),
             row.int64(6),
             row.int64(7)}
        );
    return companies;
}

ImportResult import_staff(
    postgres::Transaction& transaction,
    CompanyId company,
    const std::vector<StaffLine>& lines,
    bool deactivate_missing
) {
    if (transaction.exec(kLockCompany, params(company.value)).empty())
        throw postgres::Abort(
            {ErrorKind::NotFound,
             "there is no company " + std::to_string(company.value) + "; see calfleet company list"}
        );
    Array references, names, emails, branches, active;
    for (const StaffLine& line : lines) {
        references.add(line.reference);
        names.add(line.name);
        emails.add(line.email);
        branches.add(line.branch);
        active.add(line.is_active);
    }
    const auto columns = [&] {
        return params(company.value, references, names, emails, branches, active);
    };
    ImportResult result;
    result.branches_added =
        transaction.exec(kAddBranches, params(company.value, branches)).affected();
    result.unchanged = transaction.exec(kCountSame, columns())[0].int64(0);
    for (const postgres::Row row : transaction.exec(kUpsertStaff, columns()))
        ++(row.boolean(0) ? result.inserted : result.updated);
    if (deactivate_missing)
        result.deactivated =
            transaction.exec(kDeactivateMissing, params(company.value, references)).affected();
    if (result.inserted + result.updated + result.deactivated > 0)
        result.rematches_queued = queue_rematches(transaction, company);
    return result;
}

} // namespace calfleet::cli
