// Services reach Cal.com, and the rows say what became of them: real PostgreSQL, real executor,
// simulated Cal.com that keeps a ledger.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/service_pusher/pusher_fixture.h"
#include "tests/support/wait.h"

namespace calfleet::service_pusher {
namespace {

using namespace std::chrono_literals;
using postgres::Access;
using postgres::Transaction;
using test_support::eventually;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ServicePush : public PusherTest {
protected:
    std::string history(int service) const {
        return ask(
            "select coalesce(string_agg(direction || ' ' || outcome || ' v' || version, ', ' order "
            "by id), '') from platform.service_sync_history where service_id = " +
            std::to_string(service)
        );
    }
    std::string divergences(int service) const {
        return ask(
            "select coalesce(string_agg(field || ' ' || platform_value || ' ' || calcom_value || ' "
            "' || coalesce(resolution, 'open'), ', ' order by id), '') from "
            "platform.service_divergences where service_id = " +
            std::to_string(service)
        );
    }
    std::string reason() const {
        return ask("select coalesce(string_agg(state || ' ' || coalesce(last_class, '') || ' ' || "
                   "attempts, ', '), '') from calfleet.jobs");
    }
    bool waits_for(const std::string& wanted) {
        return eventually(20s, [&] { return reason() == wanted; });
    }
};

TEST_F(ServicePush, SendsTheFieldsThatAnSqlClientChangedAndNothingElse) {
    sql("update platform.services set name = 'Haircut', duration_minutes = 45 where id = 1001");
    EXPECT_EQ(status(1001), "pending");
    push();
    EXPECT_THAT(patches(), ElementsAre(R"({"title":"Haircut","lengthInMinutes":45})"));
    EXPECT_EQ(calls("GET"), 1U);
    EXPECT_EQ(status(1001), "synced");
    EXPECT_EQ(column(1001, "pushed_version = version"), "true");
    EXPECT_EQ(column(1001, "last_calcom_sync > now() - interval '1 minute'"), "true");
    EXPECT_EQ(column(1001, "last_sync_direction"), "push");
    EXPECT_EQ(column(1001, "pushed->>'name'"), "Haircut");
    EXPECT_EQ(column(1001, "pushed->'unconfirmed'"), "null");
    EXPECT_EQ(history(1001), "push changed v2");
    EXPECT_EQ(
        ask("select before::text || ' ' || after::text from platform.service_sync_history"),
        R"({"name": "Service 1001", "duration_minutes": 30} {"name": "Haircut", "duration_minutes": 45})"
    );
    EXPECT_EQ(seen().faults, 0U);
}

TEST_F(ServicePush, SendsTextsAsTheyWouldBeImported) {
    sql("update platform.services set name = E'Hair\\tcut\\r\\nand colour ' where id = 1001");
    push();
    EXPECT_THAT(patches(), ElementsAre(R"({"title":"Hair cut and colour"})"));
    EXPECT_EQ(status(1001), "synced");
    queue(1, 1001);
    push();
    EXPECT_EQ(patches().size(), 1U) << "how it is spaced in the row is no difference";
}

TEST_F(ServicePush, OfItsOwnDoesNotEchoAsAnEvent) {
    sql("update platform.services set name = 'Haircut' where id = 1001");
    push();
    EXPECT_EQ(ask("select count(*) from calfleet.outbox where topic = 'service-changed'"), "0");
    EXPECT_EQ(column(1001, "written_by"), "calfleet:service-pusher");
}

TEST_F(ServicePush, SendsNothingWhenCalcomHasItAlready) {
    queue(1, 1001);
    push();
    EXPECT_EQ(calls("GET"), 1U);
    EXPECT_THAT(patches(), IsEmpty());
    EXPECT_EQ(status(1001), "synced");
    EXPECT_EQ(history(1001), "push unchanged v1");
}

TEST_F(ServicePush, OfAThousandEditsIsOneCallWithTheLatestState) {
    // The quota is used up while people go on editing.
    start();
    queue(1, 1001);
    ASSERT_TRUE(settled());
    sql("update calfleet.rate_buckets set frozen_until = now() + interval '10 minutes'");
    sql("do $$ begin for i in 1..1000 loop update platform.services set name = 'Name ' || i where "
        "id = 1001; end loop; end $$");
    EXPECT_EQ(deliver(), 1000U);
    EXPECT_EQ(ask("select count(*) from calfleet.jobs"), "1");
    const std::size_t before = simulator().requests();
    ASSERT_TRUE(waits_for("parked rate_frozen 0")) << reason();
    let_pass(660s);
    ASSERT_TRUE(settled()) << reason();
    EXPECT_EQ(simulator().requests() - before, 2U) << "one look, one change";
    EXPECT_THAT(patches(), ElementsAre(R"({"title":"Name 1000"})"));
    EXPECT_EQ(status(1001), "synced");
}

TEST_F(ServicePush, DuringWhichSomebodyEditsIsFollowedByTheNewerVersion) {
    simulator().add_fault(
        {{"do", "delay"}, {"ms", 1500}, {"match", {{"method", "PATCH"}}}, {"count", 1}}
    );
    sql("update platform.services set name = 'First' where id = 1001");
    deliver();
    start();
    ASSERT_TRUE(eventually(20s, [&] { return calls("PATCH") == 1; }));
    sql("update platform.services set name = 'Second' where id = 1001");
    deliver();
    ASSERT_TRUE(eventually(20s, [&] {
        return ask("select count(*) from platform.service_sync_history") != "0";
    }));
    ASSERT_TRUE(settled()) << reason();
    EXPECT_THAT(patches(), ElementsAre(R"({"title":"First"})", R"({"title":"Second"})"));
    EXPECT_EQ(status(1001), "synced");
    EXPECT_EQ(column(1001, "pushed_version"), "3");
    EXPECT_EQ(history(1001), "push changed v2, push changed v3");
    EXPECT_EQ(divergences(1001), "") << "what we sent ourselves is no foreign edit";
}

TEST_F(ServicePush, OfAVersionThatWasOvertakenLeavesTheServicePending) {
    simulator().add_fault(
        {{"do", "delay"}, {"ms", 1000}, {"match", {{"method", "PATCH"}}}, {"count", 1}}
    );
    sql("update platform.services set name = 'First' where id = 1001");
    deliver();
    start();
    ASSERT_TRUE(eventually(20s, [&] { return calls("PATCH") == 1; }));
    // Its event is still on the way.
    sql("update platform.services set name = 'Second' where id = 1001");
    ASSERT_TRUE(settled()) << reason();
    EXPECT_EQ(status(1001), "pending");
    EXPECT_EQ(column(1001, "pushed_version || ' of ' || version"), "2 of 3");
}

TEST_F(ServicePush, OfAServiceThatGotAnotherEventTypeMeanwhileWritesNothingAboutTheNewOne) {
    simulator().add_fault(
        {{"do", "delay"}, {"ms", 1000}, {"match", {{"method", "PATCH"}}}, {"count", 1}}
    );
    sql("update platform.services set name = 'First' where id = 1001");
    deliver();
    start();
    ASSERT_TRUE(eventually(20s, [&] { return calls("PATCH") == 1; }));
    sql("update platform.services set calcom_event_type_id = 1999 where id = 1001");
    ASSERT_TRUE(settled()) << reason();
    EXPECT_EQ(status(1001), "pending");
    EXPECT_EQ(column(1001, "pushed"), "null");
    EXPECT_EQ(history(1001), "");
}

// ------------------------------------------------------------------------------ foreign edits

TEST_F(ServicePush, RecordsAForeignEditAndThenOverwritesIt) {
    simulator().edit_event_type(1001, {{"title", "Hair by Bob"}});
    sql("update platform.services set duration_minutes = 45 where id = 1001");
    push();
    EXPECT_EQ(divergences(1001), R"(name "Service 1001" "Hair by Bob" overwritten)");
    EXPECT_THAT(patches(), ElementsAre(R"({"title":"Service 1001","lengthInMinutes":45})"));
    EXPECT_EQ(status(1001), "synced");
}

TEST_F(ServicePush, LeavesAForeignEditWhereTheCompanySaysSoAndCountsItOnce) {
    sql("update platform.companies set divergence_policy = 'keep' where id = 1");
    simulator().edit_event_type(1001, {{"title", "Hair by Bob"}});
    for (const int minutes : {45, 50}) {
        sql("update platform.services set duration_minutes = " + std::to_string(minutes) +
            " where id = 1001");
        push();
    }
    EXPECT_EQ(divergences(1001), R"(name "Service 1001" "Hair by Bob" kept)");
    EXPECT_THAT(patches(), ElementsAre(R"({"lengthInMinutes":45})", R"({"lengthInMinutes":50})"));
    EXPECT_EQ(status(1001), "synced");
    simulator().edit_event_type(1001, {{"title", "Hair by Eve"}});
    queue(1, 1001);
    push();
    EXPECT_THAT(divergences(1001), HasSubstr(R"("Hair by Eve" kept)"));
}

TEST_F(ServicePush, ReportsAPriceThatDiffersAndNeverSendsIt) {
    sql("update platform.services set price_cents = 4900, currency = 'USD' where id = 1001");
    push();
    EXPECT_THAT(patches(), IsEmpty());
    EXPECT_EQ(divergences(1001), "price_cents 4900 0 open");
    EXPECT_EQ(column(1001, "calcom_price_cents || calcom_currency"), "0USD");
    EXPECT_EQ(status(1001), "synced") << "everything that can be pushed is";
    simulator().edit_event_type(1001, {{"price", 4900}});
    queue(1, 1001);
    push();
    EXPECT_EQ(divergences(1001), "price_cents 4900 0 agreed");
}

// --------------------------------------------------------------------------------- refusals

TEST_F(ServicePush, OfAVanishedEventTypeIsAnErrorInClearWordsAndNoRetry) {
    simulator().delete_event_type(1001);
    sql("update platform.services set name = 'Haircut' where id = 1001");
    push();
    EXPECT_EQ(status(1001), "error");
    EXPECT_THAT(column(1001, "sync_error"), HasSubstr("Cal.com has no event type 1001"));
    EXPECT_EQ(column(1001, "last_calcom_sync = '2026-01-01T00:00:00Z'"), "true")
        << "moves only on success";
    EXPECT_EQ(history(1001), "push failed v2");
    EXPECT_EQ(ask("select count(*) from calfleet.dead_letters"), "0");
    EXPECT_EQ(calls("GET"), 1U);
}

TEST_F(ServicePush, NamesTheFieldsThatCalcomDroppedWithA200) {
    simulator().add_fault(
        {{"do", "mutate"}, {"set", {{"lengthInMinutes", 30}}}, {"match", {{"method", "PATCH"}}}}
    );
    sql("update platform.services set name = 'Haircut', duration_minutes = 45 where id = 1001");
    push();
    EXPECT_EQ(status(1001), "error");
    EXPECT_THAT(
        column(1001, "sync_error"), HasSubstr("duration_minutes (sent 45, Cal.com has 30)")
    );
    EXPECT_EQ(calls("PATCH"), 1U) << "trying again would drop it again";
}

TEST_F(ServicePush, ThatCalcomRefusesIsADeadLetterWhichSaysWhy) {
    simulator().add_fault(
        {{"do", "status"},
         {"status", 400},
         {"shape", "refusal"},
         {"message", "title is wrong"},
         {"match", {{"method", "PATCH"}}}}
    );
    sql("update platform.services set name = 'Haircut' where id = 1001");
    push();
    EXPECT_EQ(status(1001), "error");
    EXPECT_EQ(
        ask("select reason_class || ' ' || entity from calfleet.dead_letters"),
        "refused_invalid service:1001"
    );
}

// ----------------------------------------------------------------------------- team's and managed

TEST_F(ServicePush, ReachesATeamsEventTypeThroughTheTeam) {
    sql("insert into platform.services (id, company_id, name, duration_minutes, "
        "calcom_event_type_id, calcom_team_id) overriding system value values (7, 1, 'Both of us', "
        "30, 4201, 42)");
    push();
    EXPECT_EQ(calls("PATCH", "/v2/teams/42/event-types/4201"), 1U);
    EXPECT_EQ(status(7), "synced");
}

TEST_F(ServicePush, NeverSendsAnEmptyChangeToAManagedParent) {
    sql("insert into platform.services (id, company_id, name, duration_minutes, "
        "calcom_event_type_id, calcom_team_id, calcom_scheduling_type) overriding system value "
        "values (7, 1, 'Managed', 30, 4202, 42, 'managed')");
    simulator().edit_event_type(4203, {{"title", "The member's own words"}});
    push();
    EXPECT_EQ(calls("PATCH"), 0U);
    EXPECT_EQ(status(7), "synced");
    sql("update platform.services set duration_minutes = 60 where id = 7");
    push();
    EXPECT_EQ(calls("PATCH", "/v2/teams/42/event-types/4202"), 1U);
    EXPECT_EQ(status(7), "synced");
}

TEST_F(ServicePush, OfAManagedChildThatOnlyItsOwnerReachesSaysSo) {
    sql("insert into platform.services (id, company_id, name, duration_minutes, "
        "calcom_event_type_id) overriding system value values (7, 1, 'Renamed', 30, 4203)");
    push();
    EXPECT_EQ(status(7), "error");
    EXPECT_THAT(column(7, "sync_error"), HasSubstr("only that member's own key"));
    EXPECT_EQ(ask("select count(*) from calfleet.dead_letters"), "0");
}

// ------------------------------------------------------------------------- whose fault it is not

TEST_F(ServicePush, OfACompanyWithoutAKeyParksWithThatReasonAndHoldsNobodyUp) {
    sql("update calfleet.calcom_credentials set state = 'retired', retired_at = now(), sealed = '' "
        "where company_id = 2");
    sql("update platform.services set name = 'Haircut' where id in (1001, 2001)");
    deliver();
    start();
    ASSERT_TRUE(waits_for("parked no_api_key 0")) << reason();
    EXPECT_TRUE(eventually(20s, [&] { return status(1001) == "synced"; }));
    EXPECT_EQ(status(2001), "pending");
    sql(keys().set_key(CompanyId{2}, "cal_2"));
    let_pass(3600s);
    ASSERT_TRUE(settled()) << reason();
    EXPECT_EQ(status(2001), "synced");
}

TEST_F(ServicePush, OfACompanyWhoseKeyIsRevokedParksAloneAndResumesWhenItIsRestored) {
    simulator().revoke_key("user2");
    sql("update platform.services set name = 'Haircut' where id in (1001, 2001, 2002)");
    deliver();
    start();
    ASSERT_TRUE(eventually(20s, [&] {
        return ask("select count(*) from calfleet.jobs where state = 'parked' and attempts = 0") ==
               "2";
    })) << reason();
    EXPECT_TRUE(eventually(20s, [&] { return status(1001) == "synced"; }));
    EXPECT_EQ(ask("select count(*) from calfleet.dead_letters"), "0");
    // Each job was refused, and asked once more whether the key is meant. Two are enough to know.
    ASSERT_TRUE(eventually(
        20s,
        [&] {
            return ask("select count(*) from calfleet.breakers where scope = 'credential' and "
                       "state = 'open' and reason = 'the key was refused'") == "1";
        }
    )) << reason()
       << ask("select jsonb_agg(b) from calfleet.breakers b");
    const std::size_t refused = refusals();
    EXPECT_LE(refused, 4U);
    sql("update calfleet.jobs set state = 'ready', run_at = now()");
    ASSERT_TRUE(eventually(20s, [&] {
        return ask("select count(*) from calfleet.jobs where last_class = 'credential_breaker'") ==
               "2";
    })) << reason();
    EXPECT_EQ(refusals(), refused) << "nobody calls with a key that is known to be refused";
    let_pass(301s);
    ASSERT_TRUE(eventually(20s, [&] {
        return ask("select count(*) from calfleet.breakers where scope = 'credential' and "
                   "probe_epoch = 1 and retry_at > now()") == "1";
    })) << reason();
    EXPECT_EQ(refusals(), refused + 1) << "one call finds out";
    simulator().restore_key("user2");
    ASSERT_TRUE(eventually(20s, [&] {
        let_pass(300s);
        return ask("select count(*) from calfleet.jobs") == "0";
    })) << reason();
    EXPECT_EQ(status(2001), "synced");
    EXPECT_EQ(status(2002), "synced");
    EXPECT_EQ(ask("select count(*) from calfleet.breakers where state = 'open'"), "0");
}

TEST_F(ServicePush, OfATeamThatTheKeyMayNotChangeBlamesThePermissionAndNotTheKey) {
    // The guest is a plain member; his key is good.
    sql(keys().set_key(CompanyId{2}, "cal_guest"));
    sql("insert into platform.services (id, company_id, name, duration_minutes, "
        "calcom_event_type_id, calcom_team_id) overriding system value values (7, 2, 'Renamed', "
        "30, 4201, 42)");
    push();
    EXPECT_EQ(status(7), "error");
    EXPECT_THAT(column(7, "sync_error"), HasSubstr("the key is good"));
    EXPECT_EQ(ask("select reason_class from calfleet.dead_letters"), "forbidden");
    EXPECT_EQ(ask("select count(*) from calfleet.breakers where state = 'open'"), "0");
}

TEST_F(ServicePush, WaitsThroughAnOutageOfTenMinutesWithoutAnAttempt) {
    simulator().add_fault({{"do", "status"}, {"status", 503}, {"shape", "bare"}});
    sql("update platform.services set name = 'Haircut' where id in (1001, 1002, 2001, 2002)");
    deliver();
    start();
    ASSERT_TRUE(eventually(20s, [&] { return simulator().requests() >= 4; }));
    for (int minute = 0; minute < 10; ++minute) {
        ASSERT_TRUE(eventually(20s, [&] {
            return ask("select count(*) from calfleet.jobs where state = 'parked'") == "4";
        })) << reason();
        EXPECT_EQ(ask("select count(*) from calfleet.jobs where attempts > 0"), "0");
        let_pass(60s);
    }
    simulator().remove_faults();
    ASSERT_TRUE(eventually(30s, [&] {
        let_pass(30s);
        return ask("select count(*) from calfleet.jobs") == "0";
    })) << reason();
    EXPECT_EQ(ask("select count(*) from platform.services where sync_status <> 'synced'"), "0");
    EXPECT_EQ(ask("select count(*) from calfleet.dead_letters"), "0");
}

TEST_F(ServicePush, OfAnAnswerThatWasLostFindsItsOwnWorkAndCallsItNobodyElses) {
    sql("update platform.companies set divergence_policy = 'keep' where id = 1");
    simulator().add_fault(
        {{"do", "reset"}, {"execute", true}, {"match", {{"method", "PATCH"}}}, {"count", 1}}
    );
    sql("update platform.services set name = 'First' where id = 1001");
    deliver();
    start();
    ASSERT_TRUE(waits_for("parked server_trouble 0")) << reason();
    sql("update platform.services set name = 'Second' where id = 1001");
    deliver();
    let_pass(60s);
    ASSERT_TRUE(settled()) << reason();
    EXPECT_THAT(patches(), ElementsAre(R"({"title":"First"})", R"({"title":"Second"})"));
    EXPECT_EQ(divergences(1001), "");
    EXPECT_EQ(status(1001), "synced");
}

// ------------------------------------------------------------------------------------ intake

TEST_F(ServicePush, OfAnEventAboutAVersionThatWasPushedIsNone) {
    const std::string copy = "(shard, company_id, topic, record_key, record_headers, record_value) "
                             "select shard, company_id, topic, record_key, record_headers, "
                             "record_value from ";
    sql("create table public.late (like calfleet.outbox including defaults including identity)");
    sql("update platform.services set name = 'Haircut' where id = 1001");
    sql("insert into public.late " + copy + "calfleet.outbox where topic = 'service-changed'");
    sql("insert into calfleet.outbox " + copy + "public.late");
    EXPECT_EQ(deliver(), 2U);
    EXPECT_EQ(ask("select count(*) from calfleet.jobs"), "1") << "the same event twice";
    push();
    sql("insert into calfleet.outbox " + copy + "public.late");
    EXPECT_EQ(deliver(), 1U);
    EXPECT_EQ(ask("select count(*) from calfleet.jobs"), "0") << "a late event";
    EXPECT_EQ(calls("GET"), 1U);
}

TEST_F(ServicePush, OfAServiceWhoseRowSomebodyHoldsDelaysNobodyElse) {
    sql("update platform.services set name = 'Haircut' where id in (1001, 1002, 2001, 2002)");
    deliver();
    postgres::Session holder(
        {.dsn = database().dsn(), .idle_in_transaction_timeout = std::chrono::minutes{1}}
    );
    const auto held = holder.transact(Access::login(), [&](Transaction& transaction) {
        transaction.exec_text("select from platform.services where id = 1001 for update");
        start();
        EXPECT_TRUE(eventually(20s, [&] {
            return ask("select count(*) from platform.services where sync_status = 'synced' and id "
                       "in (1002, 2001, 2002)") == "3";
        })) << reason();
        EXPECT_TRUE(waits_for("parked row_locked 0")) << reason();
    });
    ASSERT_TRUE(held) << held.error().message;
    let_pass(60s);
    ASSERT_TRUE(settled()) << reason();
    EXPECT_EQ(status(1001), "synced");
    EXPECT_EQ(title_at(simulator(), 1001), "Haircut");
    EXPECT_EQ(ask("select count(*) from platform.service_divergences"), "0");
}

TEST_F(ServicePush, IsAskedForByWhoeverRaisesTheVersion) {
    sql("update platform.services set version = version + 1 where id = 1001");
    push();
    EXPECT_EQ(history(1001), "push unchanged v2");
    EXPECT_EQ(status(1001), "synced");
}

} // namespace
} // namespace calfleet::service_pusher
