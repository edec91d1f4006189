#pragma once
// Hosts of two companies in every state, with appointments to come.

#include <string>

#include "tests/integration/calfleet/command_test.h"

namespace calfleet::cli {

/// Mapping 1: host 101 in review for Anna (11), two bookings wait; 2: host 102 unmatched, one
/// waits; 3: host 103 active for Bruno (12), who has one; 4: host 201 of company 2 in review
/// without a candidate, three wait. Of host 101 one more is Bruno's from before, one Anna's, and
/// one Bruno's by hand.
class WaitingHosts : public CommandTest {
protected:
    void prepare() override {
        CommandTest::prepare();
        run(R"sql(
            insert into platform.calcom_host_mappings
                (company_id, calcom_host_id, state, source, score, staff_version, decided_by, decided_at, staff_id,
                 host_name, host_email) values
                (1, '101', 'review', 'fuzzy', 60, 1, 'host-mapper', '2026-11-20T08:00:00Z', 11, 'A. Albrecht', null),
                (1, '102', 'unmatched', 'none', 0, 1, 'host-mapper', '2026-11-20T08:00:00Z', null, E'Zoe\x1b[2J', '=1+1@x.example'),
                (1, '103', 'active', 'email', 95, 1, 'host-mapper', '2026-11-20T08:00:00Z', 12, 'Bruno', null),
                (2, '201', 'review', 'none', 0, 1, 'host-mapper', '2026-11-20T08:00:00Z', null, 'Dora', null);
            insert into platform.calcom_host_mapping_audits
                (company_id, mapping_id, calcom_host_id, action, after, source, score, reasons, actor, at) values
                (1, 1, '101', 'decided', '{"state":"review"}', 'fuzzy', 60,
                 '[{"in_favour":true,"code":"name.initial","text":"the initial fits"},
                   {"in_favour":false,"code":"name.short","text":"an initial is little"}]', 'host-mapper',
                 '2026-11-19T08:00:00Z');
            insert into platform.appointments
                (company_id, calcom_booking_uid, calcom_host_id, status, assignment, staff_id, source_updated_at, starts_at,
                 calcom_event_type_id, updated_at) values
                (1, 'a1', '101', 'accepted', 'review', null, now(), now() + interval '1 day', 7001, '2026-01-01'),
                (1, 'a2', '101', 'pending', 'review', null, now(), now() + interval '1 day', 7001, '2026-01-01'),
                (1, 'a3', '101', 'accepted', 'mapping', 12, now(), now() + interval '1 day', 7001, '2026-01-01'),
                (1, 'a4', '101', 'accepted', 'name', 11, now(), now() + interval '1 day', 7001, '2026-01-01'),
                (1, 'a5', '101', 'accepted', 'manual', 12, now(), now() + interval '1 day', 7001, '2026-01-01'),
                (1, 'a6', '101', 'accepted', 'review', null, now(), now() - interval '1 day', 7001, '2026-01-01'),
                (1, 'b1', '102', 'accepted', 'unmatched', null, now(), now() + interval '1 day', 7001, '2026-01-01'),
                (1, 'c1', '103', 'accepted', 'mapping', 12, now(), now() + interval '1 day', 7001, '2026-01-01'),
                (2, 'd1', '201', 'accepted', 'review', null, now(), now() + interval '1 day', 7001, '2026-01-01'),
                (2, 'd2', '201', 'accepted', 'review', null, now(), now() + interval '1 day', 7001, '2026-01-01'),
                (2, 'd3', '201', 'accepted', 'review', null, now(), now() + interval '1 day', 7001, '2026-01-01');
        )sql");
    }

    /// "uid:staff:assignment" of a company's.
    std::string appointments(int company = 1) const {
        return ask(
            "select string_agg(calcom_booking_uid || ':' || coalesce(staff_id, 0) || ':' || "
            "assignment, ' ' order by id) from platform.appointments where company_id = " +
            std::to_string(company)
        );
    }
    std::string mapping(int id) const {
        return ask(
            "select concat_ws(':', state, coalesce(staff_id, 0), source, score, decided_by) "
            "from platform.calcom_host_mappings where id = " +
            std::to_string(id)
        );
    }
    /// Of people, without those of appointments.
    std::string audits() const {
        return ask("select coalesce(string_agg(concat_ws(' ', calcom_host_id, action, actor, "
                   "reasons->>0), ', ' order by id), '') from platform.calcom_host_mapping_audits "
                   "where actor <> 'host-mapper' and action <> 'appointment_reassigned'");
    }
    static constexpr const char* kAsTheyWere =
        "a1:0:review a2:0:review a3:12:mapping a4:11:name a5:12:manual a6:0:review b1:0:unmatched "
        "c1:12:mapping";
};

} // namespace calfleet::cli
