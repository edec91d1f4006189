// Nobody who may create objects somewhere gets them run by a worker, an operator or whoever
// migrates.

#include "common/postgres/migrator.h"

#include <gtest/gtest.h>

#include "tests/integration/postgres/database.h"

namespace calfleet::postgres {
namespace {

// Objects named like the server's and like ours. A function with the very types of a call is taken
// before one of pg_catalog that takes any type, wherever it stands in the path. Each writes down as
// whom it was run. {S}: the schema.
constexpr const char* kShadows = R"sql(
create function {S}.caught() returns void language sql as 'insert into public.caught values (current_user, session_user)';
create function {S}.unnest(bigint[]) returns setof bigint language sql as 'select {S}.caught(); select 7::bigint';
create function {S}.unnest(text[]) returns setof text language sql as 'select {S}.caught(); select ''7''::text';
create function {S}.cardinality(bigint[]) returns int language sql as 'select {S}.caught(); select 7';
create function {S}.format(text, text) returns text language sql as 'select {S}.caught(); select ''select 1''';
create function {S}.to_jsonb(text) returns jsonb language sql as 'select {S}.caught(); select ''{}''::jsonb';
create function {S}.set_config(text, text, boolean) returns text language sql as 'select {S}.caught(); select $2';
create function {S}.current_setting(text) returns text language sql as 'select {S}.caught(); select $1';
create function {S}.pg_try_advisory_lock(bigint) returns boolean language sql as 'select {S}.caught(); select true';
create function {S}.glued(text, bigint) returns text language sql as 'select {S}.caught(); select $1';
create operator {S}.|| (function = {S}.glued, leftarg = text, rightarg = bigint);
create function {S}.same(bigint, bigint) returns boolean language sql as 'select {S}.caught(); select true';
create operator {S}.= (function = {S}.same, leftarg = bigint, rightarg = bigint);
create table {S}.jobs (id bigint);
create table {S}.schema_migrations (version int, name text, checksum text, started_at timestamptz, finished_at timestamptz,
                                    dirty boolean);
grant all on {S}.jobs, {S}.schema_migrations to public)sql";

std::string in_schema(std::string text, const std::string& schema) {
    for (std::size_t at = 0; (at = text.find("{S}", at)) != std::string::npos;)
        text.replace(at, 3, schema);
    return text;
}

std::vector<Migration> tree() {
    return read_migrations(std::filesystem::path(CALFLEET_SOURCE_DIR) / "migrations").value();
}

class SearchPath : public PostgresTest {
protected:
    void prepare() override {
        run("do $$ begin create role mallory login; exception when duplicate_object then null; end "
            "$$;"
            "grant create on schema public to mallory; grant create on database " +
            database().name() +
            " to mallory; create table public.caught (by_user text, in_session_of text);"
            "grant insert on public.caught to public");
    }
    void run(const std::string& sql) { database().run(sql); }
    std::string ask(const std::string& sql) { return database().ask(sql); }
    void as_mallory(const std::string& sql) { run("set local role mallory; " + sql); }
    Migrator migrator() { return Migrator({.dsn = database().dsn()}, tree()); }
    void expect_that_nothing_was_caught() {
        EXPECT_EQ(ask("select coalesce(string_agg(by_user, ', '), '') from public.caught"), "");
    }
};

TEST_F(SearchPath, ShowsWorkersAndOperatorsNothingThatOthersMade) {
    database().migrate();
    run("grant usage, create on schema platform to mallory; insert into platform.companies (id, "
        "name) "
        "values (1, 'c')");
    for (const char* schema : {"platform", "public"}) {
        as_mallory(in_schema(kShadows, schema));
        run("alter database " + database().name() + " set search_path = " + schema + ", pg_catalog"
        );
    }
    run("alter role calfleet_worker in database " + database().name() +
        " set search_path = platform, pg_catalog");
    for (const char* login : {"calfleet_worker", "calfleet_operator"}) {
        SCOPED_TRACE(login);
        Session session({.dsn = database().dsn(login)});
        const auto done = session.transact(Access::company(CompanyId{1}), [](Transaction& t) {
            t.exec_text("select * from unnest('{1}'::bigint[])");
            t.exec_text("select * from unnest('{1}'::text[])");
            t.exec_text("select cardinality('{1}'::bigint[]), to_jsonb('x'::text)");
            t.exec_text("select format('%s', 'x'::text)");
            t.exec_text("select current_setting('timezone'), set_config('app.x', 'y', true)");
            t.exec_text("select 'x'::text || 1::bigint, 1::bigint = 2::bigint");
            EXPECT_EQ(
                t.exec_text("select 'jobs'::regclass::oid = 'calfleet.jobs'::regclass")[0].boolean(0
                ),
                true
            );
        });
        EXPECT_TRUE(done) << done.error().message;
    }
    expect_that_nothing_was_caught();
}

TEST_F(SearchPath, CannotBeLedAstrayByTheCallerOfAFunctionOfOurs) {
    database().migrate();
    EXPECT_EQ(
        ask("select coalesce(string_agg(p.oid::regprocedure::text, ', '), '') from pg_proc p "
            "where p.pronamespace in ('calfleet'::regnamespace, 'platform'::regnamespace) "
            "and p.prosqlbody is null and not exists (select from unnest(p.proconfig) c "
            "where c like 'search_path=%pg_temp' and c not like '%platform%')"),
        ""
    );
    as_mallory("create schema trap");
    as_mallory(in_schema(kShadows, "trap"));
    run("insert into platform.companies (id, name) values (1, 'c');"
        "set local search_path = trap, pg_catalog;"
        "insert into platform.services (company_id, name, calcom_event_type_id) values (1, 'n', 5);"
        "update platform.services set name = 'm', version = 3");
    expect_that_nothing_was_caught();
}

TEST_F(SearchPath, OfWhoeverMigratesIsBareFromTheFirstStatementOn) {
    as_mallory(in_schema(kShadows, "public"));
    run("alter database " + database().name() + " set search_path = public, pg_catalog");
    const auto plan = migrator().plan();
    ASSERT_TRUE(plan) << plan.error().message;
    const auto done = migrator().apply();
    ASSERT_TRUE(done) << done.error().message;
    expect_that_nothing_was_caught();
}

struct Trap {
    std::string name;
    std::string sql; ///< run by mallory, after the fleet's first migrations when `later`
    bool later{false};
    std::string said;     ///< in the refusal
    std::string before{}; ///< run by a superuser
};

void PrintTo(const Trap& trap, std::ostream* out) {
    *out << trap.name;
}

class WhoeverMigrates : public SearchPath, public testing::WithParamInterface<Trap> {};

constexpr const char* kCaught =
    "create function public.caught() returns int language sql as "
    "'insert into public.caught values (current_user, session_user); select 1'; ";
constexpr const char* kBook =
    "create table calfleet.schema_migrations (version int primary key, name text, checksum text, "
    "started_at timestamptz, finished_at timestamptz, dirty boolean); ";

TEST_P(WhoeverMigrates, RunsAndTrustsNothingThatAnybodyMadeBefore) {
    const Trap& trap = GetParam();
    if (trap.later) database().migrate();
    if (!trap.later) run("create schema if not exists platform; " + trap.before);
    run("grant usage, create on schema platform to mallory; do $$ begin "
        "if to_regnamespace('calfleet') is not null then "
        "grant usage, create on schema calfleet to mallory; end if; end $$");
    if (trap.later) run("grant all on calfleet.schema_migrations to mallory");
    as_mallory(trap.sql);
    if (trap.name != "MayCreate" && trap.name != "SchemaOfAnother")
        run("do $$ begin if to_regnamespace('calfleet') is not null then "
            "revoke create on schema calfleet from mallory; end if; end $$");
    for (const Result<>& refused :
         {[&]() -> Result<> {
              const auto plan = migrator().plan();
              return plan ? Result<>() : Result<>(plan.error());
          }(),
          [&]() -> Result<> {
              const auto done = migrator().apply();
              return done ? Result<>() : Result<>(done.error());
          }(),
          migrator().settle_dirty(1, DirtyVerdict::DidNothing)}) {
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
        EXPECT_NE(refused.error().message.find(trap.said), std::string::npos)
            << refused.error().message;
    }
    expect_that_nothing_was_caught();
}

std::vector<Trap> traps() {
    const std::string schema = "create schema calfleet; ";
    const std::string caught = kCaught;
    const std::string book = kBook;
    return {
        {"SchemaOfAnother", schema, false, "schema calfleet belongs to mallory"},
        {"BookThatIsAView",
         schema + caught +
             "create view calfleet.schema_migrations as select public.caught() as version, "
             "''::text as name, "
             "''::text as checksum, now() as started_at, now() as finished_at, false as dirty",
         false,
         "mallory"},
        {"BookOfAnother",
         book,
         false,
         "calfleet.schema_migrations belongs to mallory",
         "create schema calfleet"},
        {"BookWithATrigger",
         caught +
             "create function public.fire() returns trigger language plpgsql as "
             "'begin perform public.caught(); return new; end'; "
             "create trigger fire before insert or update or delete on calfleet.schema_migrations "
             "for each row execute function public.fire()",
         true,
         "triggers"},
        {"FunctionAmongOurs",
         "create function calfleet.now() returns timestamptz language sql as 'select "
         "clock_timestamp()'",
         true,
         "calfleet.now() belongs to mallory"},
        {"TableAmongOurs",
         "create table calfleet.letters (a int)",
         true,
         "calfleet.letters belongs to mallory"},
        {"MayCreate", "select 1", true, "role mallory may create in schema calfleet"},
        {"FunctionOfTheServersName",
         "create function platform.format(text, text) returns text language sql as 'select $1'",
         true,
         "function platform.format(text,text) belongs to mallory"},
        {"OperatorOfTheServersName",
         "create function platform.glued(text, bigint) returns text language sql as 'select $1'; "
         "create operator platform.|| (function = platform.glued, leftarg = text, rightarg = "
         "bigint)",
         true,
         "operator platform.||(text,bigint) belongs to mallory"},
        {"FunctionInAPlatformThatWasThereBefore",
         "create function platform.format(text, text) returns text "
         "language sql as 'select $1'",
         false,
         "function platform.format(text,text) belongs to mallory"},
    };
}

std::string name_of(const testing::TestParamInfo<Trap>& trap) {
    return trap.param.name;
}

INSTANTIATE_TEST_SUITE_P(Traps, WhoeverMigrates, testing::ValuesIn(traps()), name_of);

TEST_F(SearchPath, DoesNotKeepAPlatformWithFunctionsOfItsOwnFromBeingMigrated) {
    database().migrate();
    run("grant usage, create on schema platform to mallory");
    as_mallory("create function platform.price_of(bigint) returns int language sql as 'select 1'");
    EXPECT_TRUE(migrator().plan());
    EXPECT_EQ(migrator().apply().value(), 0);
}

} // namespace
} // namespace calfleet::postgres
