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

TEST_F(HostMappings, OfAnAccountThatIsSomebodyElsesNowGoToReview) {
    Lane lane(database());
    ASSERT_EQ(lane.apply(1, {booking("a", 1)}), "A");
    ASSERT_EQ(mapping("101"), "active email 11");
    BookingEvent other = booking("b", 2);
    other.host = {"101", "Zoe Quell", "zoe@example.com", "zoe"};
    EXPECT_EQ(lane.apply(1, {other}), "A");
    EXPECT_EQ(assigned("b"), "review") << "not with whom the account had been";
    EXPECT_EQ(mapping("101"), "review none");
    EXPECT_EQ(audits("101"), "decided -> active, doubted active -> review");
    EXPECT_EQ(
        ask("select concat_ws(' ', before->>'host_email', before->>'staff_id', "
            "after->>'host_email', "
            "after->>'staff_id') from platform.calcom_host_mapping_audits where action = 'doubted'"
        ),
        "anna@example.com 11 zoe@example.com"
    );
    EXPECT_EQ(assigned("a"), "email 11") << "what it has is a person's to move";
}

TEST_F(HostMappings, OfAnAccountThatIsNowAnotherStaffMembersWaitForAPersonToo) {
    Lane lane(database());
    ASSERT_EQ(lane.apply(1, {booking("a", 1)}), "A");
    BookingEvent other = booking("b", 2);
    other.host = {"101", "Bruno Brandt", "bruno@example.com", "bruno"};
    EXPECT_EQ(lane.apply(1, {other}), "A");
    EXPECT_EQ(mapping("101"), "review email 12") << "a candidate";
    EXPECT_EQ(assigned("b"), "review");
    EXPECT_EQ(lane.apply(1, {booking("c", 1)}), "A");
    EXPECT_EQ(mapping("101"), "review email 12") << "an event from before changes nothing";
    run("update platform.staff set name = name || ' '");
    EXPECT_EQ(lane.apply(1, {booking("d", 3)}), "A");
    EXPECT_EQ(mapping("101"), "review email 11") << "nor does another look, but the candidate";
}

TEST_F(HostMappings, OfAnAccountWithAnotherNameThatIsStillTheSamePersonsStay) {
    Lane lane(database());
    ASSERT_EQ(lane.apply(1, {booking("a", 1)}), "A");
    BookingEvent married = booking("b", 2);
    married.host.name = "Anna Albrecht-Brandt";
    EXPECT_EQ(lane.apply(1, {married}), "A");
    EXPECT_EQ(mapping("101"), "active email 11");
    EXPECT_EQ(ask("select host_name from platform.calcom_host_mappings"), "Anna Albrecht-Brandt");
    // By a person they stay whoever the account is.
    run("update platform.calcom_host_mappings set source = 'manual'");
    BookingEvent other = booking("c", 3);
    other.host = {"101", "Zoe Quell", "zoe@example.com", "zoe"};
    EXPECT_EQ(lane.apply(1, {other}), "A");
    EXPECT_EQ(assigned("c"), "mapping 11");
}

TEST_F(HostMappings, SayWhenTheirHostWasSeenLastAtMostOnceAnHour) {
    Lane lane(database());
    const auto seen = [&] {
        return ask("select extract(epoch from last_seen_at)::bigint / 60 - 20000 * 1440 from "
                   "platform.calcom_host_mappings where calcom_host_id = '101'");
    };
    ASSERT_EQ(lane.apply(1, {booking("a", 5)}), "A");
    EXPECT_EQ(seen(), "5");
    ASSERT_EQ(lane.apply(1, {booking("b", 64)}), "A");
    EXPECT_EQ(seen(), "5");
    ASSERT_EQ(lane.apply(1, {booking("c", 66)}), "A");
    EXPECT_EQ(seen(), "66");
    ASSERT_EQ(lane.apply(1, {booking("d", 1)}), "A");
    EXPECT_EQ(seen(), "66");
    EXPECT_EQ(ask("select count(*) from platform.calcom_host_mapping_audits"), "1");
}

TEST_F(HostMappings, KeepTheZoneThatTheirHostsAccountHas) {
    Lane lane(database());
    const auto zone = [&] {
        return ask("select coalesce(host_time_zone, '-') from platform.calcom_host_mappings");
    };
    ASSERT_EQ(lane.apply(1, {booking("a", 5)}), "A");
    EXPECT_EQ(zone(), "-");
    BookingEvent told = booking("b", 6);
    told.host.time_zone = "Europe/Berlin";
    ASSERT_EQ(lane.apply(1, {told}), "A");
    EXPECT_EQ(zone(), "Europe/Berlin");
    ASSERT_EQ(lane.apply(1, {booking("c", 7)}), "A");
    EXPECT_EQ(zone(), "Europe/Berlin") << "left out is no change";
    told = booking("d", 8);
    told.host.time_zone = "America/Lima";
    ASSERT_EQ(lane.apply(1, {told}), "A");
    EXPECT_EQ(zone(), "America/Lima");
}

TEST_F(HostMappings, ThatSomebodyHoldsAreNotWaitedForToSayWhenTheirHostWasSeen) {
    Lane lane(database());
    Lane other(database());
    ASSERT_EQ(lane.apply(1, {booking("a", 5)}), "A");
    static constexpr postgres::Statement kHold{
        "test.hold_mapping", "select 1 from platform.calcom_host_mappings for share"};
    const auto held = lane.session().transact(
        postgres::Access::company(CompanyId{1}),
        [&](postgres::Transaction& transaction) {
            transaction.exec(kHold);
            EXPECT_EQ(other.apply(1, {booking("b", 500)}), "A");
        }
    );
    EXPECT_TRUE(held) << held.error().message;
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

TEST_F(HostMappings, WithVeryManyWaitingBookingsAreAssignedInPortions) {
    Lane lane(database());
    EXPECT_EQ(lane.apply(1, {stranger("a", 5)}), "A");
    run("insert into platform.appointments (company_id, calcom_booking_uid, calcom_host_id, "
        "status, assignment, "
        "source_updated_at) select 1, 'w-' || i, '301', 'accepted', 'unmatched', now() - interval "
        "'1 day' "
        "from generate_series(1, 1200) i");
    run("insert into platform.staff (id, company_id, reference, name, email) "
        "values (13, 1, 'zacharias', 'Zacharias Quell', 'zacharias@example.com')");
    const auto waiting = [&] {
        return ask("select count(*) from platform.appointments where staff_id is null");
    };
    EXPECT_EQ(lane.apply(1, {stranger("b", 6)}), "A");
    EXPECT_EQ(waiting(), "701") << "1 201 less a portion";
    EXPECT_EQ(
        ask("select worker || ' ' || kind || ' ' || entity || ' ' || state from calfleet.jobs"),
        "host-mapper rematch-host host:301 ready"
    );
    EXPECT_TRUE(std::holds_alternative<job::Snooze>(rematch(lane, "301")));
    EXPECT_EQ(waiting(), "201");
    EXPECT_TRUE(std::holds_alternative<job::Completed>(rematch(lane, "301")));
    EXPECT_EQ(waiting(), "0");
}

TEST_F(HostMappings, WaitingBookingsAreFoundByTheirOwnIndex) {
    run("insert into platform.appointments (company_id, calcom_booking_uid, calcom_host_id, "
        "status, assignment, "
        "source_updated_at) select 1, 'd-' || i, '301', 'accepted', 'manual', now() "
        "from generate_series(1, 20000) i");
    run("analyze platform.appointments");
    run("create function calfleet.plan_of(query text) returns text language plpgsql as $$ "
        "declare line text; plan text := ''; begin "
        "for line in execute 'explain ' || query loop plan := plan || line; end loop; "
        "return plan; end $$");
    const std::string plan = ask(
        "select calfleet.plan_of($$select a.id from platform.appointments a where a.company_id = 1 "
        "and a.calcom_host_id = '301' and a.assignment in ('review', 'unmatched') "
        "and a.status in ('pending', 'accepted') order by a.calcom_booking_uid limit 500$$)"
    );
    EXPECT_NE(plan.find("appointments_waiting"), std::string::npos) << plan;
}

/// 60 names that cost the matcher much, against 3 000 people.
TEST_F(HostMappings, OfManyCostlyNamesTakeSeveralTransactionsNoneOfThemLong) {
    run("insert into platform.staff (id, company_id, reference, name, email) "
        "select 100000 + i, 1, 's' || i, 'Maximiliane Theodora Konstanze von Hohenberg-Lindenau ' "
        "|| "
        "md5(i::text), "
        "'s' || i || '@example.com' from generate_series(1, 3000) i");
    Metrics metrics;
    MappingDesk desk(metrics, system_clock(), std::chrono::milliseconds{50});
    std::vector<std::string> names;
    for (int i = 0; i < 60; ++i)
        names.push_back(
            "Konstanze Maximiliane Theodora zu Lindenau-Hohenberg " + std::to_string(1000 + i)
        );
    std::vector<std::string> keys;
    for (int i = 0; i < 60; ++i)
        keys.push_back(std::to_string(5000 + i));
    std::vector<HostSighting> hosts;
    for (std::size_t i = 0; i < names.size(); ++i)
        hosts.push_back(
            {.company = CompanyId{1},
             .key = keys[i],
             .id = keys[i],
             .name = names[i],
             .wants_staff = true}
        );
    Lane lane(database());
    int timeouts = 0;
    for (bool done = false; !done;) {
        const auto settled = lane.session().transact(
            postgres::Access::company(CompanyId{1}),
            [&](postgres::Transaction& transaction) {
                return desk.resolve(transaction, hosts).size();
            }
        );
        done = static_cast<bool>(settled);
        if (done) break;
        ASSERT_EQ(settled.error().kind, ErrorKind::Timeout) << settled.error().message;
        ASSERT_LT(++timeouts, 60) << "gets no further";
    }
    EXPECT_GT(timeouts, 0);
    EXPECT_EQ(
        ask("select count(*) from platform.calcom_host_mappings where calcom_host_id like '50%'"),
        "60"
    );
}

} // namespace
} // namespace calfleet::host_mapper
