#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/calfleet/mapped_hosts_fixture.h"

namespace calfleet::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// Of host 103, which mapping 3 links to Bruno (12): one that has begun, two to come, one that a
/// person gave to Anna, one cancelled, one that waits.
class MappingsWithAppointments : public Mappings {
protected:
    void prepare() override {
        Mappings::prepare();
        run(R"sql(
            delete from platform.appointments;
            insert into platform.appointments
                (company_id, calcom_booking_uid, calcom_host_id, status, assignment, staff_id, source_updated_at, starts_at) values
                (1, 'past', '103', 'accepted', 'email', 12, now(), now() - interval '1 minute'),
                (1, 'next', '103', 'accepted', 'mapping', 12, now(), now() + interval '1 minute'),
                (1, 'far', '103', 'pending', 'mapping', 12, now(), '2199-01-01'),
                (1, 'byhand', '103', 'accepted', 'manual', 11, now(), now() + interval '1 day'),
                (1, 'gone', '103', 'cancelled', 'mapping', 12, now(), now() + interval '1 day'),
                (1, 'waits', '103', 'accepted', 'review', null, now(), now() + interval '1 day'),
                (2, 'other', '103', 'accepted', 'mapping', 21, now(), now() + interval '1 day');
        )sql");
    }
    static constexpr const char* kAsTheyWere =
        "past:12:email next:12:mapping far:12:mapping byhand:11:manual gone:12:mapping "
        "waits:0:review other:21:mapping";
};

TEST_F(MappingsWithAppointments, ThatAreTakenBackLeaveThoseToComeToAPerson) {
    EXPECT_THAT(
        output_of({"mapping", "deactivate", "3", "--dry-run", "--json"}),
        HasSubstr(R"("done":"would be deactivated","appointments_reassigned":2)")
    );
    EXPECT_EQ(appointments(), kAsTheyWere);
    EXPECT_EQ(mapping(3), "active:12:email:host-mapper");
    EXPECT_EQ(ask("select count(*) from platform.calcom_host_mapping_audits"), "0");

    EXPECT_THAT(
        output_of({"mapping", "deactivate", "3", "--json"}),
        HasSubstr(R"("done":"deactivated","appointments_reassigned":2)")
    );
    EXPECT_EQ(
        appointments(),
        "past:12:email next:0:review far:0:review byhand:11:manual gone:12:mapping "
        "waits:0:review other:21:mapping"
    );
    EXPECT_THAT(
        output_of({"mapping", "list", "--state", "review", "--company", "1", "--json"}),
        HasSubstr(R"("host":"103","host_name":"Bruno")")
    ) << "the host waits for a person, too";
    output_of({"mapping", "assign", "--company", "1", "--host", "103", "--staff", "11"});
    EXPECT_EQ(
        appointments(),
        "past:12:email next:11:mapping far:11:mapping byhand:11:manual gone:12:mapping "
        "waits:11:mapping other:21:mapping"
    );
}

TEST_F(MappingsWithAppointments, ThatAreTakenBackGiveThemToSomebodyOrNobody) {
    EXPECT_THAT(
        output_of({"mapping", "deactivate", "3", "--reassign", "11", "--json"}),
        HasSubstr(R"("appointments_reassigned":3)")
    );
    EXPECT_EQ(
        appointments(),
        "past:12:email next:11:manual far:11:manual byhand:11:manual gone:12:mapping "
        "waits:11:manual other:21:mapping"
    );
    EXPECT_EQ(
        ask("select string_agg(action || ':' || coalesce(before->>'staff_id', '-') || ':' || "
            "coalesce(after->>'staff_id', '-'), ' ' order by action, before->>'staff_id') from "
            "platform.calcom_host_mapping_audits"),
        "appointment_reassigned:12:11 appointment_reassigned:12:11 appointment_reassigned:-:11 "
        "deactivated:12:12"
    );
    run("update platform.calcom_host_mappings set state = 'active' where id = 3; update "
        "platform.appointments set staff_id = 12, assignment = 'mapping' where calcom_booking_uid "
        "= 'far'");
    output_of({"mapping", "deactivate", "3", "--reassign", "none"});
    EXPECT_THAT(appointments(), HasSubstr("far:0:none"));
    EXPECT_EQ(
        ask("select count(*) from platform.calcom_host_mappings where state = 'review' and "
            "calcom_host_id = '103'"),
        "0"
    );
}

TEST_F(MappingsWithAppointments, AreTakenBackAndFollowedBesideOtherHostsToo) {
    run(R"sql(
        insert into platform.appointments
            (company_id, calcom_booking_uid, calcom_host_id, status, assignment, staff_id, source_updated_at, starts_at) values
            (1, 'both', '101', 'accepted', 'manual', 11, now(), now() + interval '1 day'),
            (1, 'both-past', '101', 'accepted', 'manual', 11, now(), now() - interval '1 day');
        insert into platform.appointment_hosts (company_id, calcom_booking_uid, calcom_host_id, staff_id, assignment, as_of) values
            (1, 'both', '101', 11, 'email', now()), (1, 'both', '103', 12, 'mapping', now()),
            (1, 'both-past', '103', 12, 'mapping', now()), (1, 'next', '103', 12, 'mapping', now());
    )sql");
    const auto beside = [&] {
        return ask("select string_agg(calcom_booking_uid || calcom_host_id || ':' || "
                   "coalesce(staff_id, 0) || ':' || assignment, ' ' order by id) from "
                   "platform.appointment_hosts");
    };
    EXPECT_THAT(
        output_of({"mapping", "deactivate", "3", "--json"}),
        HasSubstr(R"("appointments_reassigned":3)")
    ) << "next and far, and both beside host 101";
    EXPECT_EQ(
        beside(), "both101:11:email both103:0:review both-past103:12:mapping next103:0:review"
    );
    EXPECT_EQ(
        ask("select string_agg(a.calcom_booking_uid || ':' || (t.before->>'staff_id'), ' ' order "
            "by "
            "a.calcom_booking_uid) from platform.calcom_host_mapping_audits t join "
            "platform.appointments a on a.id = (t.before->>'appointment')::bigint where "
            "t.action = 'appointment_reassigned'"),
        "both:12 far:12 next:12"
    ) << "each appointment once, also the one that is held beside host 101";
    output_of({"mapping", "assign", "--company", "1", "--host", "103", "--staff", "11"});
    EXPECT_EQ(
        beside(), "both101:11:email both103:11:mapping both-past103:12:mapping next103:11:mapping"
    );
}

TEST_F(MappingsWithAppointments, AreNotTakenBackForSomebodyWhoCannotTakeThem) {
    const auto code = [&](const std::string& whom) {
        return calfleet({"mapping", "deactivate", "3", "--reassign", whom}).exit.code;
    };
    EXPECT_EQ(code("21"), 3) << "of another company";
    EXPECT_EQ(code("13"), 4) << "not active";
    for (const char* word : {"somebody", "0", "-3", "12x", "99999999999999999999"})
        EXPECT_EQ(code(word), 2) << word;
    EXPECT_EQ(mapping(3), "active:12:email:host-mapper");
    EXPECT_EQ(appointments(), kAsTheyWere);
}

TEST_F(MappingsWithAppointments, ThatAreDecidedNeverMoveWhatHasBegun) {
    EXPECT_THAT(
        output_of(
            {"mapping",
             "assign",
             "--company",
             "1",
             "--host",
             "103",
             "--staff",
             "11",
             "--dry-run",
             "--json"}
        ),
        HasSubstr(R"("mapping":3,"done":"would be assigned","appointments_assigned":3)")
    );
    EXPECT_EQ(appointments(), kAsTheyWere);
    EXPECT_THAT(
        output_of(
            {"mapping",
             "assign",
             "--company",
             "1",
             "--host",
             "104",
             "--staff",
             "11",
             "--dry-run",
             "--json"}
        ),
        HasSubstr(R"("mapping":null,"done":"would be assigned","appointments_assigned":0)")
    );
    run("update platform.calcom_host_mappings set state = 'review', staff_id = 11 where id = 3");
    EXPECT_THAT(
        output_of({"mapping", "approve", "3", "--dry-run", "--json"}),
        HasSubstr(R"("done":"would be approved","appointments_assigned":3)")
    );
    EXPECT_THAT(
        output_of({"mapping", "approve", "3", "--json"}),
        HasSubstr(R"("done":"approved","appointments_assigned":3)")
    );
    EXPECT_EQ(
        appointments(),
        "past:12:email next:11:mapping far:11:mapping byhand:11:manual gone:12:mapping "
        "waits:11:mapping other:21:mapping"
    );
}

TEST_F(MappingsWithAppointments, KeepEveryFieldBeforeAndAfterADecision) {
    run("update platform.calcom_host_mappings set host_email = 'bruno@x.example', host_time_zone = "
        "'Europe/Berlin', last_seen_at = '2026-11-20T07:00:00Z' where id = 3");
    output_of({"mapping", "assign", "--company", "1", "--host", "103", "--staff", "11"});
    EXPECT_EQ(
        ask("select string_agg(key, ',' order by key collate \"C\") from "
            "platform.calcom_host_mapping_audits, jsonb_object_keys(before) key"),
        ask("select string_agg(column_name, ',' order by column_name collate \"C\") from "
            "information_schema.columns where table_schema = 'platform' and table_name = "
            "'calcom_host_mappings' and column_name not in ('id', 'company_id', 'calcom_host_id')")
    );
    EXPECT_EQ(
        ask("select concat_ws(' ', before->>'staff_id', before->>'score', before->>'source', "
            "before->>'decided_by', before->>'host_time_zone', after->>'staff_id', "
            "after->>'score', after->>'source', after->>'decided_by') from "
            "platform.calcom_host_mapping_audits"),
        "12 95 email host-mapper Europe/Berlin 11 100 manual anna"
    );
    EXPECT_THAT(
        output_of({"mapping", "list", "--company", "1", "--host", "103", "--json"}),
        HasSubstr(R"("zone":"Europe/Berlin","last_seen":"2026-11-20T07:00:00.000000Z")")
    );
}

TEST_F(MappingsWithAppointments, OfPeopleWhoAreNotActiveAnyMoreAreListed) {
    EXPECT_THAT(
        output_of({"appointment", "list", "--staff-inactive"}),
        HasSubstr("no appointments that are still to come match")
    );
    run("update platform.staff set is_active = false where id in (12, 21)");
    const std::string said = output_of({"appointment", "list", "--staff-inactive", "--json"});
    EXPECT_EQ(
        ask("select count(*) from platform.appointments where calcom_booking_uid in ('next', "
            "'far', 'other')"),
        "3"
    );
    EXPECT_EQ(std::count(said.begin(), said.end(), '{'), 3) << said;
    EXPECT_THAT(said, HasSubstr(R"("staff":12,"staff_name":"Bruno Brandt","staff_active":false)"));
    const std::string of_one =
        output_of({"appointment", "list", "--staff-inactive", "--company", "2", "--json"});
    EXPECT_EQ(std::count(of_one.begin(), of_one.end(), '{'), 1) << of_one;
    EXPECT_THAT(output_of({"stats", "--json"}), HasSubstr(R"("appointments_of_inactive_staff":3)"));
    EXPECT_THAT(
        output_of({"stats", "--company", "2", "--json"}),
        HasSubstr(R"("appointments_of_inactive_staff":1)")
    );
}

TEST_F(MappingsWithAppointments, HeldBesideAFirstHostCountAsWell) {
    run(R"sql(
        delete from platform.appointments where company_id = 1;
        insert into platform.appointments
            (company_id, calcom_booking_uid, calcom_host_id, status, assignment, staff_id, source_updated_at, starts_at) values
            (1, 'both', '101', 'accepted', 'email', 11, now(), now() + interval '1 day'),
            (1, 'both-past', '101', 'accepted', 'email', 11, now(), now() - interval '1 day'),
            (1, 'both-gone', '101', 'cancelled', 'email', 11, now(), now() + interval '1 day');
        insert into platform.appointment_hosts (company_id, calcom_booking_uid, calcom_host_id, staff_id, assignment, as_of)
            select 1, uid, host, staff, 'mapping', now()
            from unnest(array['both', 'both-past', 'both-gone']) uid, (values ('101', 11), ('103', 12)) as h (host, staff);
        update platform.staff set is_active = false where id = 12;
    )sql");
    const std::string said =
        output_of({"appointment", "list", "--staff-inactive", "--company", "1", "--json"});
    EXPECT_EQ(std::count(said.begin(), said.end(), '{'), 1) << said;
    EXPECT_THAT(said, AllOf(HasSubstr(R"("staff":12)"), HasSubstr(R"("host":"103")")));
    EXPECT_THAT(
        output_of({"stats", "--company", "1", "--json"}),
        HasSubstr(R"("appointments_of_inactive_staff":1)")
    );
    // The first host's own place is the appointment's, and counts once.
    run("update platform.staff set is_active = false where id = 11");
    EXPECT_THAT(
        output_of({"stats", "--company", "1", "--json"}),
        HasSubstr(R"("appointments_of_inactive_staff":2)")
    );
    run(R"sql(
        update platform.calcom_host_mappings set state = 'unmatched', staff_id = null where company_id = 1 and calcom_host_id = '103';
        update platform.appointment_hosts set staff_id = null, assignment = 'unmatched' where calcom_host_id = '103';
    )sql");
    const std::string waiting = output_of({"stats", "--company", "1", "--json"});
    EXPECT_THAT(waiting, HasSubstr(R"("unmatched_bookings":2)"))
        << "both, and both-past, which is live";
}

TEST_F(MappingsWithAppointments, AreNotReassignedOnceTheyHaveBegun) {
    const std::string past =
        ask("select id from platform.appointments where calcom_booking_uid = 'past'");
    const auto refused = calfleet({"appointment", "reassign", past, "--staff", "11"});
    EXPECT_EQ(refused.exit.code, 4);
    EXPECT_THAT(refused.err, HasSubstr("only one that is still to come can be reassigned"));
    const std::string next =
        ask("select id from platform.appointments where calcom_booking_uid = 'next'");
    EXPECT_THAT(
        output_of({"appointment", "reassign", next, "--staff", "11", "--dry-run", "--json"}),
        HasSubstr(R"("staff_before":12,"staff":11,"appointments_reassigned":1)")
    );
    EXPECT_EQ(appointments(), kAsTheyWere);
}

} // namespace
} // namespace calfleet::cli
