#pragma once
// Hosts of two companies in every state of a mapping, with appointments.

#include <string>

#include "tests/integration/calfleet/command_test.h"

namespace calfleet::cli {

/// Mapping 1: host 101 in review for Anna; 2: host 102 unmatched; 3: host 103 active for Bruno;
/// 4: host 201 of company 2 unmatched. Appointments 1 (host 101), 2 (101, by hand for Bruno), 3
/// (101, cancelled), 4 (host 102), 5 (host 201 of company 2).
class Mappings : public CommandTest {
protected:
    void prepare() override {
        CommandTest::prepare();
        run(R"sql(
            insert into platform.calcom_host_mappings
                (company_id, calcom_host_id, state, source, score, staff_version, decided_by, decided_at, staff_id,
                 host_name) values
                (1, '101', 'review', 'fuzzy', 60, 1, 'host-mapper', '2026-11-20T08:00:00Z', 11, 'A. Albrecht'),
                (1, '102', 'unmatched', 'none', 0, 1, 'host-mapper', '2026-11-20T08:00:00Z', null, 'Zoë'),
                (1, '103', 'active', 'email', 95, 1, 'host-mapper', '2026-11-20T08:00:00Z', 12, 'Bruno'),
                (2, '201', 'unmatched', 'none', 0, 1, 'host-mapper', '2026-11-20T08:00:00Z', null, 'Dora');
            insert into platform.appointments
                (company_id, calcom_booking_uid, calcom_host_id, status, assignment, staff_id, source_updated_at) values
                (1, 'u1', '101', 'accepted', 'review', null, now()),
                (1, 'u2', '101', 'accepted', 'manual', 12, now()),
                (1, 'u3', '101', 'cancelled', 'review', null, now()),
                (1, 'u4', '102', 'pending', 'unmatched', null, now()),
                (2, 'u5', '201', 'accepted', 'unmatched', null, now());
        )sql");
    }

    /// "uid:staff:assignment" of all appointments.
    std::string appointments() const {
        return ask("select string_agg(calcom_booking_uid || ':' || coalesce(staff_id, 0) || ':' || "
                   "assignment, ' ' "
                   "order by id) from platform.appointments");
    }
    std::string mapping(int id) const {
        return ask(
            "select state || ':' || coalesce(staff_id, 0) || ':' || source || ':' || decided_by "
            "from platform.calcom_host_mappings where id = " +
            std::to_string(id)
        );
    }
};

} // namespace calfleet::cli
