// No company ever sees or touches another's rows: tried for every table there is, with the roles
// programs log in as.

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>

#include "tests/integration/postgres/database.h"

namespace calfleet::postgres {
namespace {

constexpr CompanyId kOurs{1};
constexpr CompanyId kTheirs{2};

// Tables without a company: nothing in them belongs to anybody.
const std::set<std::string> kWithoutCompany{
    "calfleet.schema_migrations",
    "calfleet.consumer_positions",
    "calfleet.inbox_upkeep",
    "calfleet.outbox_shards",
    "calfleet.outbox_relays",
    "calfleet.rate_buckets", // of an API key, whichever companies use it
    "calfleet.breakers",
    "calfleet.sync_schedule",
    "calfleet.retention_state"};

// How to insert a row of company {C} into each table that has one.
const std::map<std::string, std::string> kRows{
    {"calfleet.inbox", "values ({C}, gen_random_uuid(), current_date, 1)"},
    {"calfleet.jobs",
     "(worker, kind, company_id, entity, deadline_at) values ('w', 'k', {C}, 'e', now())"},
    {"calfleet.outbox", "(shard, company_id, topic, record_headers) values (0, {C}, 't', '[]')"},
    {"calfleet.dead_letters",
     "(letter_key, worker, company_id, reason_class, reason, first_failed_at, last_failed_at) "
     "values (gen_random_uuid(), 'w', {C}, 'c', 'r', now(), now())"},
    {"calfleet.erasures", "(company_id, actor, counts) values ({C}, 't', '{}')"},
    {"calfleet.event_sources",
     "(company_id, source, bound_by) values ({C}, gen_random_uuid()::text, 't')"},
    {"calfleet.bound_companies", "(company_id, bound_by) values ({C}, 't')"},
    {"platform.companies", "(id, name) values ({C}, 'c')"},
    {"platform.branches", "(company_id, name) values ({C}, gen_random_uuid()::text)"},
    {"platform.staff", "(company_id, reference, name) values ({C}, gen_random_uuid()::text, 'n')"},
    {"platform.services", "(company_id, name) values ({C}, 'n')"},
    {"platform.customers",
     "(company_id, customer_key, name, seen_at) values ({C}, gen_random_uuid()::text, 'n', now())"},
    {"platform.calcom_host_mappings",
     "(company_id, calcom_host_id, state, source, staff_version, decided_by, decided_at) "
     "values ({C}, gen_random_uuid()::text, 'unmatched', 'none', 1, 'test', now())"},
    {"platform.calcom_host_mapping_audits",
     "(company_id, mapping_id, calcom_host_id, action, source, score, reasons, actor, at) "
     "select {C}, (select min(id) from platform.calcom_host_mappings where company_id = {C}), 'h', "
     "'a', 'none', 0, '[]', 'test', now()"},
    {"platform.appointments",
     "(company_id, calcom_booking_uid, status, assignment, source_updated_at) "
     "values ({C}, gen_random_uuid()::text, 'pending', 'none', now())"},
    {"platform.appointment_attendees",
     "(company_id, calcom_booking_uid, person, state, seated_at, as_of) "
     "values ({C}, 'u', gen_random_uuid()::text, 'booked', now(), now())"},
    {"platform.appointment_hosts",
     "(company_id, calcom_booking_uid, calcom_host_id, assignment, as_of) "
     "values ({C}, 'u', gen_random_uuid()::text, 'none', now())"},
    {"platform.service_sync_history",
     "(company_id, service_id, actor, direction, version, outcome) "
     "select {C}, (select min(id) from platform.services where company_id = {C}), 't', 'push', 1, "
     "'unchanged'"},
    {"platform.service_divergences",
     "(company_id, service_id, field) "
     "select {C}, (select min(id) from platform.services where company_id = {C}), "
     "gen_random_uuid()::text"},
    {"platform.calcom_teams",
     "(company_id, calcom_team_id, name) "
     "select {C}, 1 + count(*), 't' from platform.calcom_teams where company_id = {C}"},
    {"platform.calcom_team_members",
     "(company_id, calcom_team_id, calcom_user_id, calcom_membership_id, role, accepted) "
     "select {C}, 1, 1 + count(*), 1, 'member', true from platform.calcom_team_members "
     "where company_id = {C}"},
    {"platform.team_event_type_mappings",
     "(company_id, calcom_team_id, calcom_event_type_id, title, slug) "
     "select {C}, 1, 1 + count(*), 't', 's' from platform.team_event_type_mappings "
     "where company_id = {C}"},
    {"platform.calcom_event_types",
     "(company_id, calcom_event_type_id, as_of, is_deleted, digest) "
     "select {C}, 1 + count(*), now(), false, '' from platform.calcom_event_types "
     "where company_id = {C}"},
    {"platform.team_syncs", "(company_id, mode, reason, event_id) values ({C}, 'sync', 't', 'e')"},
    {"platform.calcom_event_map",
     "(company_id, parent_event_type_id, calcom_user_id) "
     "select {C}, 1, 1 + count(*) from platform.calcom_event_map where company_id = {C}"},
    {"calfleet.sealing_keys",
     "(dek_id, company_id, kek_id, wrapped, is_current) "
     "values (gen_random_uuid(), {C}, '0123456789abcdef', '', false)"},
    {"calfleet.calcom_credentials",
     "(credential_id, company_id, purpose, dek_id, sealed, fingerprint, created_by) "
     "select gen_random_uuid(), {C}, 'webhook-secret', "
     "(select dek_id from calfleet.sealing_keys where company_id = {C} limit 1), '', "
     "'0123456789abcdef', 't'"},
};

// What people decided about people: no worker reads it.
const std::set<std::string> kOperatorOnly{
    "calfleet.erasures", "calfleet.event_sources", "calfleet.bound_companies"};

// Others point to their rows, so they are inserted first and in this order.
const std::vector<std::string> kParents{
    "platform.companies",
    "platform.services",
    "platform.calcom_host_mappings",
    "platform.calcom_teams",
    "calfleet.sealing_keys"};

std::string company_column(const std::string& table) {
    return table == "platform.companies" ? "id" : "company_id";
}

std::string insert_into(const std::string& table, CompanyId company) {
    return "insert into " + table + " " +
           std::regex_replace(
               kRows.at(table), std::regex("\\{C\\}"), std::to_string(company.value)
           );
}

class RowSecurity : public PostgresTest {
protected:
    void prepare() override {
        database().migrate();
        const std::set<std::string> parents(kParents.begin(), kParents.end());
        for (const CompanyId company : {kOurs, kTheirs}) {
            for (const std::string& table : kParents)
                database().run(insert_into(table, company));
            for (const auto& [table, row] : kRows)
                if (!parents.contains(table)) database().run(insert_into(table, company));
        }
        worker_.emplace(Settings{.dsn = database().dsn("calfleet_worker")});
    }

    // What a statement changed or returned, or the kind of its refusal. Always rolled back.
    struct Tried {
        std::optional<ErrorKind> refused;
        std::int64_t rows{0};
    };
    static Tried attempt(Session& session, const Access& access, const std::string& sql) {
        Tried tried;
        const auto done = session.transact(access, [&](Transaction& t) {
            const Rows rows = t.exec_text(sql);
            tried.rows = rows.columns() > 0 ? rows[0].int64(0) : rows.affected();
            throw Abort({ErrorKind::Conflict, "rolled back on purpose"});
        });
        if (done.error().kind != ErrorKind::Conflict) tried.refused = done.error().kind;
        EXPECT_TRUE(!tried.refused || tried.refused == ErrorKind::Forbidden)
            << sql << ": " << done.error().message;
        return tried;
    }
    Tried as_worker(const Access& access, const std::string& sql) {
        return attempt(*worker_, access, sql);
    }

    Session login_as(const std::string& role) { return Session({.dsn = database().dsn(role)}); }

    std::optional<Session> worker_;
};

std::string theirs(const std::string& table) {
    return " where " + company_column(table) + " = " + std::to_string(kTheirs.value);
}

TEST_F(RowSecurity, IsForcedOnEveryTable) {
    static constexpr Statement kTables{
        "test.tables",
        "select c.oid::regclass::text, c.relrowsecurity and c.relforcerowsecurity, "
        "c.relispartition, "
        "exists (select from pg_policy p where p.polrelid = c.oid) "
        "from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname in ('calfleet', 'platform') and c.relkind in ('r', 'p', 'm', 'v', 'f') "
        "order by 1"};
    Session admin = login_as("postgres");
    ASSERT_TRUE(admin.transact(Access::login(), [](Transaction& t) {
        t.exec_text("set local search_path = pg_catalog");
        std::set<std::string> found;
        for (const Row row : t.exec(kTables)) {
            const std::string table(row.text(0));
            if (kWithoutCompany.contains(table)) continue;
            EXPECT_TRUE(row.boolean(1))
                << table << ": enable and force row level security in its migration";
            if (row.boolean(2))
                continue; // a partition is reached through its parent only, see below
            EXPECT_TRUE(row.boolean(3)) << table << " has no policy";
            EXPECT_TRUE(kRows.contains(table))
                << table << " is new: say here how to insert a row, so that it is tried";
            found.insert(table);
        }
        EXPECT_EQ(found.size(), kRows.size());
    }));
}

TEST_F(RowSecurity, ShowsAWorkerItsOwnCompanyOnly) {
    for (const auto& [table, row] : kRows) {
        SCOPED_TRACE(table);
        if (kOperatorOnly.contains(table)) {
            EXPECT_EQ(
                as_worker(Access::company(kOurs), "select count(*) from " + table).refused,
                ErrorKind::Forbidden
            );
            continue;
        }
        EXPECT_EQ(as_worker(Access::company(kOurs), "select count(*) from " + table).rows, 1);
        EXPECT_EQ(
            as_worker(Access::company(kOurs), "select count(*) from " + table + theirs(table)).rows,
            0
        );
        EXPECT_EQ(
            as_worker(Access::companies({kOurs, kTheirs}), "select count(*) from " + table).rows, 2
        );
    }
}

TEST_F(RowSecurity, IsClosedWithoutACompany) {
    for (const auto& [table, row] : kRows) {
        SCOPED_TRACE(table);
        EXPECT_EQ(as_worker(Access::companies({}), "select count(*) from " + table).rows, 0);
        // The setting reads '' and not NULL from now on.
        EXPECT_EQ(as_worker(Access::login(), "select count(*) from " + table).rows, 0);
        EXPECT_TRUE(as_worker(Access::companies({}), insert_into(table, kOurs)).refused);
    }
}

TEST_F(RowSecurity, LetsNoWorkerWriteAnotherCompanysRows) {
    for (const auto& [table, row] : kRows) {
        SCOPED_TRACE(table);
        EXPECT_EQ(
            as_worker(Access::company(kOurs), insert_into(table, kTheirs)).refused,
            ErrorKind::Forbidden
        );
        const std::string column = company_column(table);
        EXPECT_EQ(
            as_worker(
                Access::company(kOurs),
                "update " + table + " set " + column + " = " + column + theirs(table)
            )
                .rows,
            0
        );
        EXPECT_EQ(
            as_worker(Access::company(kOurs), "delete from " + table + theirs(table)).rows, 0
        );
        // Nor give ours away.
        EXPECT_EQ(
            as_worker(Access::company(kOurs), "update " + table + " set " + column + " = 2")
                .refused,
            ErrorKind::Forbidden
        );
    }
}

TEST_F(RowSecurity, LetsHousekeepingWriteRuntimeTablesAndCountWithoutSeeingAnybody) {
    const std::set<std::string> across{"calfleet.jobs", "calfleet.outbox", "calfleet.dead_letters"};
    const std::set<std::string> counted{
        "platform.appointments",
        "platform.calcom_host_mappings",
        "platform.companies",
        "platform.team_syncs",
        "calfleet.calcom_credentials"};
    for (const auto& [table, row] : kRows) {
        SCOPED_TRACE(table);
        const Tried seen = as_worker(Access::runtime(), "select count(*) from " + table);
        if (across.contains(table)) {
            EXPECT_EQ(seen.rows, 2);
            continue;
        }
        const std::string column = company_column(table);
        const std::string change = "update " + table + " set " + column + " = " + column;
        EXPECT_EQ(as_worker(Access::runtime(), change).refused, ErrorKind::Forbidden);
        EXPECT_EQ(
            as_worker(Access::runtime(), insert_into(table, kOurs)).refused, ErrorKind::Forbidden
        );
        if (counted.contains(table))
            EXPECT_EQ(seen.rows, 2);
        else if (table == "platform.staff")
            EXPECT_EQ(seen.rows, 0) << "only who has left is counted";
        else
            EXPECT_EQ(seen.refused, ErrorKind::Forbidden);
    }
    for (const char* personal : {
             "select count(customer_id) from platform.appointments",
             "select count(calcom_booking_uid) from platform.appointments",
             "select count(host_name) from platform.calcom_host_mappings",
             "select count(host_email) from platform.calcom_host_mappings",
             "select count(name) from platform.companies",
             "select count(name) from platform.staff",
             "select count(email) from platform.staff",
             "select count(requested_by), count(report) from platform.team_syncs",
             "select count(sealed) from calfleet.calcom_credentials",
             "select count(*) from calfleet.sealing_keys",
         })
        EXPECT_EQ(as_worker(Access::runtime(), personal).refused, ErrorKind::Forbidden) << personal;
}

TEST_F(RowSecurity, BindsTheOwnerToo) {
    Session admin = login_as("postgres");
    for (const auto& [table, row] : kRows) {
        SCOPED_TRACE(table);
        const Tried seen = attempt(
            admin, Access::login(), "set local role calfleet_owner; select count(*) from " + table
        );
        // As the owner, triggers count a company's changes of staff, keep erased people out, and
        // take them out of seats.
        // Sources are compared for workers by a function of the owner's.
        const bool for_triggers = table == "platform.companies" || table == "calfleet.erasures" ||
                                  table == "calfleet.event_sources" ||
                                  table == "platform.appointment_attendees" ||
                                  table == "calfleet.bound_companies";
        EXPECT_EQ(seen.rows, for_triggers ? 2 : 0);
    }
}

TEST_F(RowSecurity, ShowsTheOperatorEverything) {
    Session operator_session = login_as("calfleet_operator");
    for (const auto& [table, row] : kRows) {
        SCOPED_TRACE(table);
        EXPECT_EQ(
            attempt(operator_session, Access::login(), "select count(*) from " + table).rows, 2
        );
    }
}

TEST_F(RowSecurity, HasNoWayAround) {
    for (const std::string& sql : {
             std::string("set local role calfleet_operator"),
             std::string("set local role calfleet_owner"),
             std::string("set local row_security = off; select count(*) from platform.staff"),
             std::string("alter table platform.staff disable row level security"),
             std::string("truncate calfleet.jobs"),
             std::string("create table calfleet.mine (a int)"),
             std::string("create table platform.mine (a int)"),
             std::string("create function platform.mine() returns int language sql as 'select 1'"),
             std::string("drop table calfleet.jobs"),
             std::string("delete from calfleet.inbox"),
             std::string("update calfleet.inbox_upkeep set swept_on = current_date"),
             std::string("select forgotten from calfleet.forget_events(1)"),
             std::string("select moved from calfleet.fold_former_inbox(1)"),
             std::string("select count(*) from calfleet.maintain_inbox(current_date, 1, 1)"),
             std::string("select calfleet.queue_events('t', '{2}', '{e}', '{d}')"),
             std::string("select count(*) from calfleet.rate_buckets"),
             std::string("select count(*) from calfleet.breakers"),
             std::string("update calfleet.calcom_credentials set state = state"),
             std::string("update platform.services set branch_id = branch_id"),
             std::string("update platform.services set calcom_event_type_id = null"),
             std::string("update calfleet.schema_migrations set dirty = dirty"),
         }) {
        EXPECT_EQ(as_worker(Access::company(kOurs), sql).refused, ErrorKind::Forbidden) << sql;
    }
}

TEST_F(RowSecurity, OpensNoFunctionToEverybodyAndPinsTheSearchPathOfThoseThatRunAsTheOwner) {
    EXPECT_EQ(
        database().ask(
            "select coalesce(string_agg(p.oid::regprocedure::text, ', '), '') from pg_proc p "
            "where p.pronamespace in ('calfleet'::regnamespace, 'platform'::regnamespace) and "
            "has_function_privilege('public', p.oid, 'execute')"
        ),
        ""
    );
    EXPECT_EQ(
        database().ask(
            "select coalesce(string_agg(p.oid::regprocedure::text, ', '), '') from pg_proc p "
            "where p.pronamespace in ('calfleet'::regnamespace, 'platform'::regnamespace) and "
            "p.prosecdef "
            "and not coalesce(p.proconfig::text like '%search_path=%pg_temp%', false)"
        ),
        ""
    );
}

TEST_F(RowSecurity, CountsStaffChangesWhoeverMakesThem) {
    database().run(
        "create role hr_" + database().name() + "; grant usage on schema platform to hr_" +
        database().name() + "; grant select, insert, update, delete on platform.staff to hr_" +
        database().name() + "; create policy hr on platform.staff to hr_" + database().name() +
        " using (true)"
    );
    const auto version = [&] {
        return database().ask("select staff_version from platform.companies where id = 1");
    };
    const std::string as_hr = "set local role hr_" + database().name() + "; ";
    EXPECT_EQ(version(), "2"); // the row of the fixture
    database().run(
        as_hr + "insert into platform.staff (company_id, reference, name) values (1, 'new', 'n')"
    );
    EXPECT_EQ(version(), "3");
    database().run(as_hr + "update platform.staff set name = 'm' where reference = 'new'");
    EXPECT_EQ(version(), "4");
    database().run(
        as_hr +
        "update platform.staff set calcom_user_id = 7, updated_at = now() where reference = 'new'"
    );
    EXPECT_EQ(version(), "4"); // nothing that a match depends on
    database().run(as_hr + "delete from platform.staff where reference = 'new'");
    EXPECT_EQ(version(), "5");
    database().run("drop owned by hr_" + database().name() + "; drop role hr_" + database().name());
}

TEST_F(RowSecurity, ReadsTheCompaniesOncePerStatementAndNotPerRow) {
    database().run(
        "insert into platform.companies (id, name) select g, 'c' from generate_series(3, 700) g"
    );
    std::vector<CompanyId> scope;
    for (std::int64_t id = 1; id <= 600; ++id)
        scope.push_back({id});
    const auto explained = worker_->transact(Access::companies(scope), [](Transaction& t) {
        std::string plan;
        for (const Row row :
             t.exec_text("explain (analyze, timing off) insert into platform.customers "
                         "(company_id, customer_key, name, seen_at) "
                         "select c, k, 'n', now() from unnest((select array_agg(1 + g % 600) from "
                         "generate_series(1, 1000) g), "
                         "(select array_agg('k' || g) from generate_series(1, 1000) g)) as x(c, k) "
                         "on conflict (company_id, customer_key) do update set name = excluded.name"
             ))
            plan.append(row.text(0)).append("\n");
        return plan;
    });
    ASSERT_TRUE(explained) << explained.error().message;
    // "ProjectSet ... (actual rows=600 loops=1)" is company_scope() being read.
    static const std::regex kReads("ProjectSet.*loops=([0-9]+)");
    int plans = 0;
    for (std::sregex_iterator read(explained->begin(), explained->end(), kReads), end; read != end;
         ++read, ++plans)
        EXPECT_EQ((*read)[1].str(), "1") << *explained;
    EXPECT_GE(plans, 1) << *explained;
}

} // namespace
} // namespace calfleet::postgres
