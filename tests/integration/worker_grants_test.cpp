// Each worker has a login of its own, which may do what the worker's statements need and nothing
// else: read from the catalogue of grants, and tried.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "tests/integration/catalogues.h"
#include "tests/integration/postgres/database.h"
#include "tests/integration/statement_trial.h"

namespace calfleet::postgres {
namespace {

std::string login_of(std::string_view worker) {
    return "calfleet_" + std::string(worker);
}

std::vector<Statement> statements_of(std::string_view worker) {
    std::vector<Statement> all;
    for (const FleetCatalogue& catalogue : fleet_catalogues())
        if (std::find(catalogue.workers.begin(), catalogue.workers.end(), worker) !=
            catalogue.workers.end())
            all.insert(all.end(), catalogue.statements.begin(), catalogue.statements.end());
    // Of the figures of syncs only those of teams are its gauges; an operator asks for the others.
    if (worker == "team_syncer")
        for (const Statement& statement : statistics::sync_statistics_catalogue())
            if (statement.name == "statistics.team_syncs") all.push_back(statement);
    return all;
}

// Runs as the login's housekeeping, whatever the login itself may do.
bool is_housekeeping(std::string_view statement) {
    static constexpr std::array kBegins{
        "statistics.",
        "quota.",
        "outbox_relay.",
        "inbox.maintain",
        "jobs.claim",
        "jobs.renew",
        "jobs.release",
        "jobs.wake_parked",
        "jobs.reap",
        "jobs.find_crash_loops",
        "jobs.waiting_entities",
        "jobs.promote_next",
        "jobs.finish",
        "jobs.postpone",
        "team_syncer.move_schedule",
        "team_syncer.scheduled_companies"};
    return std::any_of(kBegins.begin(), kBegins.end(), [&](std::string_view begin) {
        return statement.starts_with(begin);
    });
}

class WorkerGrants : public PostgresTest {
protected:
    void prepare() override {
        database().migrate();
        database().run("select calfleet.maintain_inbox(current_date, 1, 1)");
    }
};

TEST_F(WorkerGrants, FitTheStatementsOfEachWorker) {
    for (const std::string_view worker : kEveryWorker) {
        Session login({.dsn = database().dsn(login_of(worker))});
        const auto statements = statements_of(worker);
        ASSERT_GE(statements.size(), 10U) << worker;
        for (const Statement& statement : statements) {
            const Access access =
                is_housekeeping(statement.name) ? Access::runtime() : Access::company(CompanyId{1});
            const std::string problem = complaint(login, access, statement);
            if (problem.find("[42501]") != std::string::npos &&
                complaint(login, Access::runtime(), statement).empty())
                continue;
            EXPECT_EQ(problem, "") << worker << ": " << statement.name << "\n" << statement.sql;
        }
    }
}

// Every right on a table is taken away for a moment, from the login and from its housekeeping: some
// statement must miss it.
constexpr const char* kSpareGrants = R"sql(
create function pg_temp.may(statement text, login text, keeper text) returns boolean language plpgsql as $$
declare ok boolean := false;
begin
    begin
        perform set_config('session_authorization', login, true);
        execute 'explain execute ' || statement;
        ok := true;
        raise exception using errcode = 'UE001';
    exception when insufficient_privilege or sqlstate 'UE001' then null;
    end;
    if ok then return true; end if;
    begin
        perform set_config('session_authorization', login, true);
        perform set_config('role', keeper, true);
        execute 'explain execute ' || statement;
        ok := true;
        raise exception using errcode = 'UE001';
    exception when insufficient_privilege or sqlstate 'UE001' then null;
    end;
    return ok;
end $$;
create function pg_temp.spare_grants(login text) returns setof text language plpgsql as $$
declare
    held record;
    statements text[];
    statement text;
    needed boolean;
begin
    select array_agg(name || calls order by name) into statements from pg_temp.tried
    where pg_temp.may(name || calls, login, login || '_runtime');
    for held in
        select c.oid::regclass::text as on_table, a.privilege_type as privilege
        from pg_class c, aclexplode(c.relacl) a
        where c.relkind <> 'S' -- looked at only when a statement really reads it
          and c.relnamespace in ('calfleet'::regnamespace, 'platform'::regnamespace)
          and a.grantee in (login::regrole, (login || '_runtime')::regrole)
        union
        select t.attrelid::regclass::text, a.privilege_type
        from pg_attribute t, pg_class c, aclexplode(t.attacl) a
        where c.oid = t.attrelid and c.relnamespace in ('calfleet'::regnamespace, 'platform'::regnamespace)
          and a.grantee in (login::regrole, (login || '_runtime')::regrole)
    loop
        needed := false;
        begin
            -- Of the table, and with it of each column.
            execute format('revoke %s on %s from %I, %I', held.privilege, held.on_table, login, login || '_runtime');
            foreach statement in array statements loop
                if not pg_temp.may(statement, login, login || '_runtime') then
                    needed := true;
                    exit;
                end if;
            end loop;
            raise exception using errcode = 'UE001';
        exception when sqlstate 'UE001' then null;
        end;
        if not needed then
            return next concat_ws(' ', login, held.privilege, held.on_table);
        end if;
    end loop;
end $$)sql";

TEST_F(WorkerGrants, HoldNothingThatNoStatementNeeds) {
    Session admin({.dsn = database().dsn(), .statement_timeout = std::chrono::minutes{5}});
    for (const std::string_view worker : kEveryWorker) {
        std::string spare;
        const auto done = admin.transact(Access::login(), [&](Transaction& t) {
            t.exec_text(
                "deallocate all; discard temp; create temp table tried (name text, calls text)"
            );
            t.exec_text("set local search_path = pg_catalog, calfleet, pg_temp");
            t.exec_text(kSpareGrants);
            int count = 0;
            for (const Statement& statement : statements_of(worker)) {
                const std::string name = "s" + std::to_string(count++);
                t.exec_text("prepare " + name + " as " + std::string(statement.sql));
                t.exec_text(
                    "insert into pg_temp.tried select name, coalesce('(' || (select "
                    "string_agg('null', ', ') "
                    "from unnest(parameter_types)) || ')', '') from pg_prepared_statements where "
                    "name = '" +
                    name + "'"
                );
            }
            for (const Row row :
                 t.exec_text("select * from pg_temp.spare_grants('" + login_of(worker) + "')"))
                spare += std::string(row.text(0)) + "\n";
        });
        ASSERT_TRUE(done) << done.error().message;
        EXPECT_EQ(spare, "") << worker;
    }
}

// One line for each role and table: what anybody may read without a database at hand.
TEST_F(WorkerGrants, AreWhatTheListInDeploySays) {
    const auto file =
        std::filesystem::path(CALFLEET_SOURCE_DIR) / "deploy/security/postgres/grants.csv";
    const std::string actual = database().ask(R"sql(
        select string_agg(line, '' order by line collate "C") from (
            select concat_ws(',', grantee::regrole, on_table, string_agg(what, ' ' order by what)) || E'\n' as line
            from (select concat(c.relnamespace::regnamespace, '.', c.relname) as on_table, a.grantee, lower(a.privilege_type) as what
                  from pg_class c, aclexplode(c.relacl) a
                  where c.relnamespace in ('calfleet'::regnamespace, 'platform'::regnamespace)
                  union all
                  select concat(c.relnamespace::regnamespace, '.', c.relname), a.grantee,
                         lower(a.privilege_type) || '(' || string_agg(t.attname, ' ' order by t.attname) || ')'
                  from pg_attribute t, pg_class c, aclexplode(t.attacl) a
                  where c.oid = t.attrelid and c.relnamespace in ('calfleet'::regnamespace, 'platform'::regnamespace)
                  group by c.oid, c.relnamespace, c.relname, a.grantee, a.privilege_type
                  union all
                  select concat(p.pronamespace::regnamespace, '.', p.proname, '()'), a.grantee, 'execute' from pg_proc p, aclexplode(p.proacl) a
                  where p.pronamespace in ('calfleet'::regnamespace, 'platform'::regnamespace)) held
            where grantee <> 0 and grantee::regrole::text ~ '^calfleet_.*(importer|mapper|relay|pusher|syncer)'
            group by grantee, on_table) lines)sql");
    EXPECT_EQ("role,object,may\n" + actual, test_support::read_file(file))
        << "put this into " << file << ":\nrole,object,may\n"
        << actual;
}

class WorkerRights : public WorkerGrants {
protected:
    void prepare() override {
        WorkerGrants::prepare();
        database().run(
            "insert into platform.companies (id, name) values (1, 'c');"
            "insert into calfleet.jobs (worker, kind, company_id, entity, deadline_at) "
            "select w, 'k', 1, 'e', now() from unnest(array['host-mapper', 'team-syncer']) w;"
            "insert into calfleet.dead_letters (letter_key, worker, company_id, reason_class, "
            "reason, "
            "first_failed_at, last_failed_at) select gen_random_uuid(), w, c, 'c', 'r', now(), "
            "now() "
            "from unnest(array['host-mapper', 'team-syncer']) w, unnest(array[1, null]) c;"
            "insert into calfleet.consumer_positions (worker, topic, partition) "
            "select w, 't', 0 from unnest(array['host-mapper', 'team-syncer']) w"
        );
    }

    // The error's code, or how many rows the statement returned or changed.
    std::string outcome(const std::string& worker, const Access& access, const std::string& sql) {
        Session session({.dsn = database().dsn(login_of(worker))});
        std::string rows;
        const auto done = session.transact(access, [&](Transaction& t) {
            const Rows result = t.exec_text(sql);
            rows = std::to_string(result.columns() > 0 ? result[0].int64(0) : result.affected());
            throw Abort({ErrorKind::NotFound, "rolled back on purpose"});
        });
        if (done.error().kind == ErrorKind::NotFound) return rows;
        EXPECT_EQ(done.error().kind, ErrorKind::Forbidden) << sql << ": " << done.error().message;
        return "refused";
    }
};

TEST_F(WorkerRights, EndAtTheWorkersOwnWork) {
    for (const std::string_view worker : kEveryWorker)
        for (const Access& access : {Access::company(CompanyId{1}), Access::runtime()})
            for (const char* sql :
                 {"delete from calfleet.dead_letters",
                  "delete from calfleet.inbox",
                  "truncate calfleet.inbox",
                  "update calfleet.outbox set topic = topic",
                  "insert into calfleet.outbox (shard, topic, record_headers) values (0, "
                  "'booking-created', '[]')",
                  "insert into calfleet.outbox (shard, company_id, topic, record_headers) values "
                  "(0, 1, 'service-changed', '[]')",
                  "insert into calfleet.outbox (id, shard, topic, record_headers) overriding "
                  "system value "
                  "values (7, 0, 'x', '[]')",
                  "update platform.companies set is_active = false",
                  "insert into platform.staff (company_id, reference, name) values (1, 'r', 'n')",
                  "update platform.services set calcom_event_type_id = 1",
                  "update calfleet.sealing_keys set is_current = false",
                  "delete from calfleet.calcom_credentials",
                  "update calfleet.schema_migrations set dirty = true",
                  "set local role calfleet_runtime",
                  "set local role calfleet_worker",
                  "set local role calfleet_operator",
                  "set local role calfleet_owner"})
                EXPECT_EQ(outcome(std::string(worker), access, sql), "refused")
                    << worker << ": " << sql;
    for (const std::string_view worker : kEveryWorker)
        for (const std::string_view other : kEveryWorker) {
            if (worker == other) continue;
            const std::string sql = "set local role calfleet_" + std::string(other) + "_runtime";
            EXPECT_EQ(outcome(std::string(worker), Access::login(), sql), "refused") << worker;
        }
}

TEST_F(WorkerRights, ReachNoOtherWorkersJobsLettersAndPositions) {
    const Access company = Access::company(CompanyId{1});
    for (const Access& access : {company, Access::runtime()}) {
        EXPECT_EQ(outcome("host_mapper", access, "select count(*) from calfleet.jobs"), "1");
        EXPECT_EQ(
            outcome(
                "host_mapper",
                access,
                "update calfleet.jobs set dirty = true where worker = 'team-syncer'"
            ),
            "0"
        );
        EXPECT_EQ(
            outcome("host_mapper", access, "update calfleet.jobs set worker = 'team-syncer'"),
            "refused"
        );
    }
    EXPECT_EQ(
        outcome("service_pusher", company, "select count(id) from calfleet.dead_letters"), "0"
    );
    EXPECT_EQ(outcome("host_mapper", company, "select count(id) from calfleet.dead_letters"), "2");
    EXPECT_EQ(outcome("host_mapper", company, "delete from calfleet.jobs"), "1");
    EXPECT_EQ(
        outcome("host_mapper", company, "update calfleet.consumer_positions set next_offset = 5"),
        "1"
    );
    EXPECT_EQ(
        outcome(
            "host_mapper",
            company,
            "insert into calfleet.consumer_positions (worker, topic, partition) values "
            "('team-syncer', 't', 1)"
        ),
        "refused"
    );
    EXPECT_EQ(outcome("outbox_relay", company, "select count(*) from calfleet.jobs"), "refused");
}

TEST_F(WorkerRights, OpenNoLetterAndNoSecretThatIsNotTheirs) {
    for (const std::string_view worker : kEveryWorker)
        for (const Access& access : {Access::company(CompanyId{1}), Access::runtime()})
            for (const char* column : {"record_value", "record_key", "record_headers", "reason"})
                EXPECT_EQ(
                    outcome(
                        std::string(worker),
                        access,
                        "select count(" + std::string(column) + ") from calfleet.dead_letters"
                    ),
                    "refused"
                ) << worker
                  << ' ' << column;
    for (const char* worker : {"event_type_importer", "host_mapper", "outbox_relay"})
        for (const char* table :
             {"calfleet.sealing_keys", "calfleet.calcom_credentials", "calfleet.rate_buckets"})
            for (const Access& access : {Access::company(CompanyId{1}), Access::runtime()})
                EXPECT_EQ(
                    outcome(worker, access, "select count(*) from " + std::string(table)), "refused"
                ) << worker
                  << ' ' << table;
    for (const char* worker :
         {"event_type_importer", "outbox_relay", "service_pusher", "team_syncer"})
        for (const char* table : {"platform.customers", "platform.appointments"})
            EXPECT_EQ(
                outcome(
                    worker,
                    Access::company(CompanyId{1}),
                    "select count(*) from " + std::string(table)
                ),
                "refused"
            ) << worker
              << ' ' << table;
    EXPECT_EQ(
        outcome("team_syncer", Access::runtime(), "select count(*) from calfleet.outbox"), "refused"
    );
    EXPECT_EQ(
        outcome("outbox_relay", Access::runtime(), "select count(*) from calfleet.outbox"), "0"
    );
}

/// The functions that compare run as the owner: they must not answer for what the caller cannot
/// see.
TEST_F(WorkerRights, CompareARecordOnlyWithLettersThatTheySee) {
    database().run("insert into platform.companies (id, name) values (2, 'd');"
                   "insert into calfleet.dead_letters (letter_key, worker, company_id, "
                   "reason_class, reason, first_failed_at, last_failed_at) select "
                   "gen_random_uuid(), w, 2, 'c', 'r', now(), now() from "
                   "unnest(array['host-mapper', 'Odd \"name']) w;"
                   "update calfleet.dead_letters set record_topic = 't', record_partition = 0, "
                   "record_offset = 0, record_headers = '[]', record_value = 'x'");
    const auto answered = [&](const std::string& worker, const Access& access) {
        const std::string digests = outcome(
            worker, access, "select count(calfleet.letter_digest(n)) from generate_series(1, 99) n"
        );
        const std::string held = outcome(
            worker,
            access,
            "select count(*) from generate_series(1, 99) n where calfleet.letter_holds(n, null, "
            "'[]', sha256('x'))"
        );
        EXPECT_EQ(digests, held);
        return digests;
    };
    const Access ours = Access::company(CompanyId{1});
    EXPECT_EQ(answered("host_mapper", ours), "2");
    EXPECT_EQ(answered("host_mapper", Access::companies({CompanyId{1}, CompanyId{2}})), "3");
    EXPECT_EQ(answered("host_mapper", Access::companies({})), "1");
    EXPECT_EQ(answered("team_syncer", ours), "2");
    EXPECT_EQ(answered("service_pusher", ours), "0");
    EXPECT_EQ(answered("outbox_relay", Access::runtime()), "0");
    // The login that all workers of the release before share.
    EXPECT_EQ(answered("worker", ours), "4");
    EXPECT_EQ(answered("worker", Access::runtime()), "6");
    EXPECT_EQ(answered("operator", Access::login()), "6");
}

TEST_F(WorkerRights, AreThoseOfALoginThatIsAMember) {
    database().run("do $$ begin create role mapper_2027 login in role calfleet_host_mapper; "
                   "exception when duplicate_object then null; end $$");
    Session session({.dsn = database().dsn("mapper_2027")});
    const auto seen = session.transact(Access::runtime(), [](Transaction& t) {
        return std::string(
            t.exec_text("select current_user::text || ' ' || count(*) from calfleet.jobs")[0].text(0
            )
        );
    });
    ASSERT_TRUE(seen) << seen.error().message;
    EXPECT_EQ(*seen, "calfleet_host_mapper_runtime 1");
}

} // namespace
} // namespace calfleet::postgres
