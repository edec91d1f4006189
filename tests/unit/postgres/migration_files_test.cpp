// Which files are migrations, and whether they belong to a database.

#include "common/postgres/migration_files.h"
#include "common/postgres/migrator.h"

#include <gtest/gtest.h>

namespace calfleet::postgres {
namespace {

constexpr const char* kAlone = "-- calfleet: no-transaction\n";

std::string complaint(std::string_view name, std::string sql) {
    const auto parsed = parse_migration(name, std::move(sql));
    return parsed ? "" : parsed.error().message;
}

Migration file(int version, std::string sql = "select 1") {
    char name[32];
    std::snprintf(name, sizeof(name), "%04d_do_thing.sql", version);
    return parse_migration(name, std::move(sql)).value();
}

AppliedMigration row(const Migration& of, bool dirty = false) {
    return {
        .version = of.version,
        .name = of.name,
        .checksum = of.checksum,
        .started_at = {},
        .finished_at = {},
        .dirty = dirty};
}

TEST(MigrationFile, IsNamedByNumberAndWords) {
    EXPECT_EQ(complaint("0001_create_table.sql", "select 1"), "");
    for (const char* name :
         {"1_create_table.sql",
          "0001_Create_Table.sql",
          "0001create.sql",
          "0001_create.sql",
          "0001_a_b.SQL"})
        EXPECT_NE(complaint(name, "select 1"), "") << name;
}

TEST(MigrationFile, MustNotControlTransactions) {
    EXPECT_NE(complaint("0001_a_b.sql", "create table x ();\ncommit;"), "");
    EXPECT_NE(complaint("0001_a_b.sql", "BEGIN; select 1;"), "");
    EXPECT_EQ(
        complaint("0001_a_b.sql", "do $$ begin perform 1; end $$; -- commit;\nselect 'commit;'"), ""
    );
}

TEST(MigrationFile, HasOneStatementWhenItRunsWithoutATransaction) {
    EXPECT_EQ(
        complaint(
            "0001_a_b.sql",
            std::string(kAlone) + "create index concurrently i on s.t (a);\n-- done\n"
        ),
        ""
    );
    EXPECT_NE(complaint("0001_a_b.sql", std::string(kAlone) + "vacuum a; vacuum b"), "");
    EXPECT_NE(complaint("0001_a_b.sql", kAlone), "");
}

TEST(MigrationFile, NamesTheIndexItBuildsConcurrently) {
    EXPECT_NE(
        complaint("0001_a_b.sql", std::string(kAlone) + "create index concurrently on s.t (a)"), ""
    );
    EXPECT_NE(
        complaint("0001_a_b.sql", std::string(kAlone) + "create index concurrently i on t (a)"), ""
    );
    EXPECT_EQ(
        concurrent_index_of(
            "CREATE unique INDEX concurrently IF NOT EXISTS By_Name ON ONLY Plat.\"Staff\" (name)"
        ),
        (ConcurrentIndex{"plat", "by_name"})
    );
    EXPECT_EQ(concurrent_index_of("create index i on s.t (a)"), std::nullopt);
}

TEST(MigrationFile, IsSplitOnlyWhereAStatementEnds) {
    const auto statements = split_statements("/* a; /* nested; */ b; */ select ';', \"x;y\", $q$ ; "
                                             "$$ ; $q$, E'it\\'s;', 'it''s;' ; -- c;\n"
                                             "create function f() begin; ;; select $1;");
    ASSERT_EQ(statements.size(), 3u);
    EXPECT_EQ(statements[0].substr(0, 6), "select");
    EXPECT_EQ(statements[1], "create function f() begin");
    EXPECT_EQ(statements[2], "select $1");
}

TEST(MigrationFile, KeepsTheBodyOfAFunctionTogether) {
    const auto statements =
        split_statements("create function f() returns int language sql begin atomic select 1; "
                         "select case when true then 2 end; end; "
                         "select 3");
    ASSERT_EQ(statements.size(), 2u);
    EXPECT_EQ(statements[1], "select 3");
}

TEST(MigrationPlan, IsWhatTheDatabaseLacks) {
    const std::vector files{file(1), file(2), file(3)};
    const auto plan = compare(files, {row(files[0])}).value();
    ASSERT_EQ(plan.pending.size(), 2u);
    EXPECT_EQ(plan.pending[0].version, 2);
}

TEST(MigrationPlan, RefusesAChangedFile) {
    const auto plan = compare({file(1, "select 2")}, {row(file(1, "select 1"))});
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().kind, ErrorKind::Conflict);
    EXPECT_NE(plan.error().message.find("restore the file"), std::string::npos);
}

TEST(MigrationPlan, RefusesADatabaseThatIsNewer) {
    const auto plan = compare({file(1)}, {row(file(1)), row(file(2))});
    ASSERT_FALSE(plan);
    EXPECT_NE(plan.error().message.find("newer than these files"), std::string::npos);
}

TEST(MigrationPlan, RefusesAFileSlippedInBehind) {
    const auto plan = compare({file(1), file(2)}, {row(file(2))});
    ASSERT_FALSE(plan);
    EXPECT_NE(plan.error().message.find("never run"), std::string::npos);
}

TEST(MigrationPlan, RepeatsAnInterruptedIndexByItself) {
    const auto index = file(1, std::string(kAlone) + "create index concurrently i on s.t (a)");
    const auto plan = compare({index}, {row(index, true)}).value();
    ASSERT_EQ(plan.pending.size(), 1u);
}

TEST(MigrationPlan, AsksAPersonAboutAnyOtherInterruptedStatement) {
    const auto type = file(1, std::string(kAlone) + "alter type s.t add value 'x'");
    const auto plan = compare({type}, {row(type, true)});
    ASSERT_FALSE(plan);
    EXPECT_NE(plan.error().message.find("--settle 1 --verdict took-effect"), std::string::npos)
        << plan.error().message;
}

} // namespace
} // namespace calfleet::postgres
