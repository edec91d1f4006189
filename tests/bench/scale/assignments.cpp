#include "tests/bench/scale/assignments.h"

#include "workers/host-mapper/mapping_store.h"

#include <algorithm>
#include <span>

namespace calfleet::bench {
namespace {

using postgres::Access;
using postgres::Transaction;

constexpr int kPortions = 15;

void wait(const Masses& masses, int wave, const std::string& bookings) {
    masses.sql(
        "insert into platform.appointments (company_id, calcom_booking_uid, calcom_host_id, "
        "status, assignment, source_updated_at) select 1, '" +
        std::to_string(wave) +
        "-' || n, '7', 'accepted', 'review', now() from generate_series(1, " + bookings + ") n"
    );
}

double assign(const Masses& masses) {
    const host_mapper::HostKey host{CompanyId{1}, "7"};
    return ms_of([&] {
        masses.desk()
            .transact(
                Access::company(CompanyId{1}),
                [&](Transaction& transaction) {
                    host_mapper::assign_waiting(transaction, std::span(&host, 1));
                }
            )
            .value();
    });
}

} // namespace

Figure assignments(const Masses& masses) {
    masses.sql("insert into platform.companies (id, name) overriding system value values (1, "
               "'Bench'); "
               "insert into platform.staff (id, company_id, reference, name) overriding system "
               "value values (1, 1, 'a', 'Anna Albrecht'); "
               "insert into platform.calcom_host_mappings (company_id, calcom_host_id, state, "
               "staff_id, source, score, staff_version, decided_by, decided_at) values (1, '7', "
               "'active', 1, 'manual', 100, 1, 'bench', now())");
    Figure figure{.what = "portion of a host's waiting bookings, of " + masses.count(10)};
    std::vector<double> few, many;
    for (int i = 0; i < kPortions; ++i) {
        wait(masses, i, "500");
        few.push_back(assign(masses));
    }
    wait(masses, kPortions, masses.count(10));
    masses.sql("vacuum analyze platform.appointments");
    figure.first_ms = assign(masses);
    for (int i = 0; i < kPortions; ++i)
        many.push_back(assign(masses));
    std::sort(few.begin(), few.end());
    std::sort(many.begin(), many.end());
    figure.empty_ms = few[few.size() / 4];
    figure.full_ms = many[many.size() / 4];
    return figure;
}

} // namespace calfleet::bench
