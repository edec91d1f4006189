#include "tests/integration/team_syncer/sync_fixture.h"

#include "workers/team-syncer/handler.h"

#include "common/http/url.h"
#include "common/job/kinds.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <array>

#include "tests/support/wait.h"

namespace calfleet::team_syncer {

using namespace std::chrono_literals;
using postgres::Access;

boost::json::value sync_world() {
    return boost::json::parse(R"json({
        "users": [
            {"id": 101, "username": "anna", "name": "Anna Albrecht", "email": "anna@example.com"},
            {"id": 102, "username": "bruno", "name": "B. Brandt", "email": "Bruno@example.com"},
            {"id": 103, "username": "carl", "name": "Carl Nobody", "email": "carl@elsewhere.example"},
            {"id": 104, "username": "dora", "name": "Dora Dietz", "email": "dora.dietz@gmail.com"}],
        "keys": [{"name": "anna", "value": "cal_anna", "userId": 101}],
        "teams": [
            {"id": 42, "name": "Nordlicht", "slug": "nordlicht"},
            {"id": 43, "name": "Nordlicht Hafen", "slug": "hafen", "rest": {"parentId": 42}},
            {"id": 77, "name": "Somebody else", "slug": "else"}],
        "memberships": [
            {"id": 1, "userId": 101, "teamId": 42, "accepted": true, "role": "OWNER"},
            {"id": 2, "userId": 102, "teamId": 42, "accepted": true, "role": "ADMIN"},
            {"id": 3, "userId": 103, "teamId": 42, "accepted": true, "role": "MEMBER"},
            {"id": 4, "userId": 104, "teamId": 42, "accepted": false, "role": "MEMBER"},
            {"id": 5, "userId": 101, "teamId": 43, "accepted": true, "role": "OWNER"},
            {"id": 6, "userId": 101, "teamId": 77, "accepted": true, "role": "OWNER"}],
        "eventTypes": [
            {"id": 4201, "teamId": 42, "schedulingType": "collective", "title": "Together", "slug": "together",
             "lengthInMinutes": 30, "hosts": [{"userId": 102}, {"userId": 101}]},
            {"id": 4202, "teamId": 42, "schedulingType": "managed", "title": "Visit", "slug": "visit",
             "lengthInMinutes": 30, "hosts": [{"userId": 102}, {"userId": 103}]},
            {"id": 4203, "ownerId": 102, "parentId": 4202, "title": "Visit", "slug": "visit", "lengthInMinutes": 30,
             "metadata": {"managedEventConfig": {}}},
            {"id": 4204, "ownerId": 103, "parentId": 4202, "title": "Visit", "slug": "visit", "lengthInMinutes": 30,
             "metadata": {"managedEventConfig": {}}},
            {"id": 4301, "teamId": 43, "schedulingType": "roundRobin", "title": "Anybody", "slug": "anybody",
             "lengthInMinutes": 20, "hosts": [{"userId": 101}]},
            {"id": 7701, "teamId": 77, "schedulingType": "collective", "title": "Theirs", "slug": "theirs",
             "lengthInMinutes": 30, "hosts": [{"userId": 101}]},
            {"id": 9001, "ownerId": 102, "title": "Mine", "slug": "mine", "lengthInMinutes": 15}]
    })json");
}

void SyncTest::prepare() {
    database().migrate();
    simulator_ = std::make_unique<test_support::CalcomSimulator>();
    simulator_->seed(sync_world());
    sql(R"sql(
        insert into platform.companies (id, name, calcom_team_id) overriding system value
            values (1, 'Nordlicht', 42), (2, 'Other', null);
        insert into platform.staff (id, company_id, reference, name, email) overriding system value values
            (11, 1, 'a', 'Anna Albrecht', 'anna@example.com'), (12, 1, 'b', 'Bruno Brandt', 'bruno@example.com'),
            (13, 1, 'd', 'Dora Dietz', null);
        delete from calfleet.outbox;
    )sql");
    sql(keys_.set_key(CompanyId{1}, "cal_anna"));
    calcom::GateSettings settings{.http = {}, .key_files = {keys_.file()}};
    settings.http.peer = "calcom";
    settings.http.origin = http::parse_origin(simulator_->url()).value();
    settings.http.total_timeout = 5s;
    auto gate = calcom::Gate::create(std::move(settings), "sync-test", system_clock(), registry_);
    ASSERT_TRUE(gate) << gate.error().message;
    gate_ = std::move(*gate);
    const Patience patience{.token = 10s, .again = {10ms, 10ms, 10ms}};
    syncs_ = std::make_unique<SyncJobs>(*gate_, metrics_, patience);
    children_ = std::make_unique<ChildrenJobs>(*gate_, metrics_, patience);
    auto running = executor::quick_settings(
        {.dsn = database().dsn("calfleet_team_syncer"), .application_name = "sync test"},
        "sync-test"
    );
    running.worker = kWorker;
    running.sessions = 3;
    running.lease = 12s;
    running.safe_for = 10s;
    executor_ = std::make_unique<executor::RunningExecutor>(running);
    (*executor_)->add(std::string(job::kSyncTeams.name), *syncs_);
    (*executor_)->add(std::string(job::kResolveChildren.name), *children_);
}

void SyncTest::TearDown() {
    executor_.reset();
}

void SyncTest::request(events::SyncMode mode, std::optional<std::int64_t> team) {
    RequestBatch batch;
    const std::string data = events::encode(
        {.mode = mode, .team_id = team, .reason = "requested", .requested_by = "petra"}
    );
    intake::Event event;
    event.envelope.company = CompanyId{1};
    event.envelope.id = "request-1";
    event.envelope.data = data;
    const auto entity = batch.add(event);
    ASSERT_TRUE(entity) << entity.error().message;
    std::array<intake::Verdict, 1> verdicts;
    const std::array<std::uint32_t, 1> chosen{0};
    postgres::Session worker({.dsn = database().dsn("calfleet_team_syncer")});
    const auto done =
        worker.transact(Access::company(CompanyId{1}), [&](postgres::Transaction& transaction) {
            batch.apply(transaction, chosen, verdicts, postgres::time_of(transaction));
        });
    ASSERT_TRUE(done) << done.error().message;
}

void SyncTest::start() {
    if (!started_) executor_->start();
    started_ = true;
}

bool SyncTest::settled(std::chrono::milliseconds within) {
    return test_support::eventually(within, [&] {
        return ask("select count(*) from calfleet.jobs") == "0";
    });
}

void SyncTest::sync(events::SyncMode mode) {
    let_pass();
    request(mode);
    start();
    ASSERT_TRUE(settled()) << ask(
        "select string_agg(entity || ' ' || state || ' ' || coalesce(last_class, '') || ' ' || "
        "coalesce(last_reason, ''), ', ') from calfleet.jobs"
    );
}

void SyncTest::let_pass() const {
    sql("update calfleet.jobs set run_at = now() where state <> 'running';"
        "update calfleet.rate_buckets set tat = '-infinity', frozen_until = '-infinity';"
        "delete from calfleet.breakers");
}

std::string SyncTest::told() {
    const std::string events = ask(
        "select coalesce(string_agg(data->>'change' || ' ' || (data->'event_type'->>'id'), ', ' "
        "order by data->'event_type'->'id'), '') from (select convert_from(record_value, "
        "'UTF8')::jsonb as data from calfleet.outbox where topic = 'event-type-updated') as told"
    );
    sql("delete from calfleet.outbox");
    return events;
}

std::string SyncTest::report() const {
    return ask("select coalesce(outcome || ': ' || (report->>'text'), 'open') from "
               "platform.team_syncs order by ended_at desc nulls first, id desc limit 1");
}

std::string SyncTest::links() const {
    return ask(
        "select string_agg(concat_ws(' ', calcom_user_id, link_state, staff_id, link_source, "
        "case when not accepted then 'invited' end, case when removed_at is not null then "
        "'removed' end), ', ' order by calcom_user_id) from platform.calcom_team_members "
        "where calcom_team_id = 42"
    );
}

} // namespace calfleet::team_syncer
