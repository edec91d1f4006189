// Hosts get their mappings, every decision with its audit.

#include "workers/host-mapper/rematch_job.h"

#include "common/job/kinds.h"

#include "tests/integration/host_mapper/mapper_test.h"

namespace calfleet::host_mapper {
namespace {

using events::BookingEvent;

class HostMappings : public MapperTest {
protected:
    /// A host that nobody of the staff is.
    static BookingEvent stranger(std::string uid, int as_of) {
        BookingEvent event = booking(std::move(uid), as_of);
        event.host = {"301", "Zacharias Quell", "zacharias@example.com", "zquell"};
        return event;
    }
    std::string mapping(const std::string& host) const {
        return ask(
            "select coalesce(string_agg(concat_ws(' ', state, source, staff_id), ', ' order by "
            "id), '') "
            "from platform.calcom_host_mappings where company_id = 1 and calcom_host_id = '" +
            host + "'"
        );
    }
    std::string audits(const std::string& host) const {
        return ask(
            "select coalesce(string_agg(concat_ws(' ', action, before->>'state', '->', "
            "after->>'state'), ', ' "
            "order by id), '') from platform.calcom_host_mapping_audits "
            "where company_id = 1 and calcom_host_id = '" +
            host + "'"
        );
    }
    std::string assigned(const std::string& uid) const {
        return ask(
            "select concat_ws(' ', assignment, staff_id) from platform.appointments "
            "where company_id = 1 and calcom_booking_uid = '" +
            uid + "'"
        );
    }
    job::Outcome rematch(Lane& lane, const std::string& host) {
        Metrics metrics;
        RematchJobs jobs(metrics, system_clock());
        job::Job job;
        job.kind = job::kRematchHost.name;
        job.company = CompanyId{1};
        job.entity = "host:" + host;
        return lane.session()
            .transact(
                postgres::Access::company(job.company),
                [&](postgres::Transaction& transaction) { return jobs.run(transaction, job, {}); }
            )
            .value();
    }
};

TEST_F(HostMappings, AreDecidedOnceAndUsedFromThenOn) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({{1, booking("a", 5), "first"}}), "A");
    EXPECT_EQ(lane.apply({{1, booking("b", 6), "second"}}), "A");
    EXPECT_EQ(mapping("101"), "active email 11");
    EXPECT_EQ(audits("101"), "decided -> active");
    EXPECT_EQ(
        ask("select event_id || ' ' || actor || ' ' || score from "
            "platform.calcom_host_mapping_audits"),
        "first host-mapper 95"
    );
    EXPECT_EQ(
        ask("select jsonb_array_length(reasons) > 0 from platform.calcom_host_mapping_audits"), "t"
    );
    EXPECT_EQ(assigned("a"), "email 11");
    EXPECT_EQ(assigned("b"), "mapping 11");
}

TEST_F(HostMappings, OfStrangersWaitUnmatched) {
    Lane lane(database());
    EXPECT_EQ(lane.apply(1, {stranger("a", 5)}), "A");
    EXPECT_EQ(mapping("301"), "unmatched none");
    EXPECT_EQ(assigned("a"), "unmatched");
    EXPECT_EQ(lane.apply(1, {stranger("b", 6)}), "A");
    EXPECT_EQ(audits("301"), "decided -> unmatched") << "no new decision for every booking";
}

TEST_F(HostMappings, ThatWaitAreDecidedAnewWhenTheStaffChangesAndTheirBookingsFollow) {
    Lane lane(database());
    EXPECT_EQ(lane.apply(1, {stranger("a", 5)}), "A");
    run("insert into platform.staff (id, company_id, reference, name, email) "
        "values (13, 1, 'zacharias', 'Zacharias Quell', 'zacharias@example.com')");
    EXPECT_EQ(lane.apply(1, {stranger("b", 6)}), "A");
    EXPECT_EQ(mapping("301"), "active email 13");
    EXPECT_EQ(audits("301"), "decided -> unmatched, redecided unmatched -> active");
    EXPECT_EQ(assigned("a"), "email 13");
    EXPECT_EQ(assigned("b"), "email 13");
}

TEST_F(HostMappings, ThatWaitAreDecidedAnewByTheRematchJob) {
    Lane lane(database());
    EXPECT_EQ(lane.apply(1, {stranger("a", 5)}), "A");
    run("insert into platform.staff (id, company_id, reference, name, email) "
        "values (13, 1, 'zacharias', 'Zacharias Quell', 'zacharias@example.com')");
    EXPECT_TRUE(std::holds_alternative<job::Completed>(rematch(lane, "301")));
    EXPECT_EQ(mapping("301"), "active email 13");
    EXPECT_EQ(assigned("a"), "email 13");
    EXPECT_TRUE(std::holds_alternative<job::Completed>(rematch(lane, "301")))
        << "twice does no harm";
    EXPECT_EQ(audits("301"), "decided -> unmatched, redecided unmatched -> active");
    EXPECT_TRUE(std::holds_alternative<job::Discard>(rematch(lane, "999")));
}

TEST_F(HostMappings, ToADeactivatedStaffMemberAreInvalidatedAndAudited) {
    Lane lane(database());
    EXPECT_EQ(lane.apply(1, {booking("a", 5)}), "A");
    run("update platform.staff set is_active = false where id = 11");
    EXPECT_EQ(lane.apply(1, {booking("b", 6)}), "A");
    const std::string after = mapping("101");
    EXPECT_TRUE(after.starts_with("inactive email 11, ")) << after;
    EXPECT_EQ(after.find("active email 11", 5), std::string::npos) << after;
    EXPECT_TRUE(
        audits("101").starts_with("decided -> active, invalidated active -> inactive, decided -> ")
    );
    EXPECT_EQ(assigned("b").find("11"), std::string::npos);
    EXPECT_EQ(
        ask("select reasons->0->>'code' from platform.calcom_host_mapping_audits where action = "
            "'invalidated'"),
        "mapping.staff_inactive"
    );
}

TEST_F(HostMappings, ByAPersonAreNeverOverriddenEvenAfterTheyBecameUnusable) {
    Lane lane(database());
    // Host 101 is plainly Anna, but a person said Bruno.
    run("insert into platform.calcom_host_mappings (company_id, calcom_host_id, state, staff_id, "
        "source, score, "
        "staff_version, decided_by, decided_at) values (1, '101', 'active', 12, 'manual', 100, 1, "
        "'ops', now())");
    EXPECT_EQ(lane.apply(1, {booking("a", 5)}), "A");
    EXPECT_EQ(assigned("a"), "mapping 12");
    run("update platform.staff set is_active = false where id = 12");
    EXPECT_EQ(lane.apply(1, {booking("b", 6)}), "A");
    EXPECT_EQ(mapping("101"), "inactive manual 12, review email 11");
    EXPECT_EQ(assigned("b"), "review");
    // A later change of the staff must not turn the question into an answer.
    run("update platform.staff set name = 'Anna Maria Albrecht' where id = 11");
    EXPECT_EQ(lane.apply(1, {booking("c", 7)}), "A");
    EXPECT_EQ(mapping("101"), "inactive manual 12, review email 11");
}

TEST_F(HostMappings, PutAwayByAPersonComeBackOnlyAsAQuestion) {
    Lane lane(database());
    EXPECT_EQ(lane.apply(1, {booking("a", 5)}), "A");
    run("update platform.calcom_host_mappings set state = 'inactive', source = 'manual'; "
        "insert into platform.calcom_host_mapping_audits (company_id, mapping_id, calcom_host_id, "
        "action, source, score, "
        "reasons, actor, at) select company_id, id, calcom_host_id, 'deactivated', 'manual', 0, "
        "'[]', 'ops', now() "
        "from platform.calcom_host_mappings");
    EXPECT_EQ(lane.apply(1, {booking("b", 6)}), "A");
    EXPECT_EQ(mapping("101"), "inactive manual 11, review email 11");
}

TEST_F(HostMappings, AreOneActivePerHostAndCompany) {
    Lane lane(database());
    EXPECT_EQ(lane.apply(1, {booking("a", 5)}), "A");
    postgres::Session session({.dsn = database().dsn()});
    const auto done = session.transact(postgres::Access::login(), [](postgres::Transaction& t) {
        t.exec_text("insert into platform.calcom_host_mappings (company_id, calcom_host_id, state, "
                    "staff_id, source, "
                    "staff_version, decided_by, decided_at) values (1, '101', 'active', 12, "
                    "'manual', 1, 'ops', now())");
    });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::Conflict);
}

TEST_F(HostMappings, OfHostsWithoutIdAreKeyedByAddress) {
    Lane lane(database());
    BookingEvent event = booking("a", 5);
    event.host.id = {};
    EXPECT_EQ(lane.apply(1, {event}), "A");
    EXPECT_EQ(mapping("email:anna@example.com"), "active email 11");
}

TEST_F(HostMappings, EveryStatementOfTheWorkerFitsTheSchema) {
    for (const postgres::Statement& statement : host_mapper_catalogue())
        run("prepare statement_under_test as " + std::string(statement.sql));
}

} // namespace
} // namespace calfleet::host_mapper
