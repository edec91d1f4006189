// Values on their way to the server and back, and what the server says about bad ones.

#include "common/postgres/session.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/integration/postgres/database.h"

namespace calfleet::postgres {
namespace {

constexpr Statement kInsert{"test.insert", "insert into note (id, text) values ($1, $2)"};

class PostgresValues : public PostgresTest {
protected:
    void prepare() override {
        database().run("create schema calfleet; create table calfleet.note "
                       "(id bigint primary key, text text not null, n int check (n > 0))");
    }

    Session session() { return Session({.dsn = database().dsn()}); }
};

TEST_F(PostgresValues, RefusesTextThatPostgresCannotStore) {
    Session tested = session();
    for (const std::string_view text :
         {std::string_view("a\0b", 3),
          std::string_view("\xC3\x28"),
          std::string_view("\xED\xA0\x80")}) {
        const auto result = tested.transact(Access::login(), [&](Transaction& t) {
            t.exec(kInsert, params(1, text));
        });
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().kind, ErrorKind::Invalid) << result.error().message;
    }
    EXPECT_EQ(database().ask("select count(*) from calfleet.note"), "0");
}

TEST_F(PostgresValues, SaysWhatTheDataDidWrong) {
    Session tested = session();
    const auto kind = [&](const char* sql) {
        return tested.transact(Access::login(), [&](Transaction& t) { t.exec_text(sql); })
            .error()
            .kind;
    };
    ASSERT_TRUE(tested.transact(Access::login(), [](Transaction& t) {
        t.exec(kInsert, params(1, "one"));
    }));
    EXPECT_EQ(kind("insert into note values (1, 'twice')"), ErrorKind::Conflict);
    EXPECT_EQ(kind("insert into note values (2, null)"), ErrorKind::Invalid);
    EXPECT_EQ(kind("insert into note values (2, 'two', -1)"), ErrorKind::Invalid);
    EXPECT_EQ(kind("insert into note values (2, 'two', 'three')"), ErrorKind::Invalid);
    EXPECT_EQ(kind("select nonsense"), ErrorKind::Bug);
    EXPECT_EQ(kind("set local role nobody"), ErrorKind::Invalid);
}

TEST_F(PostgresValues, RoundTripsEveryTypeThroughArrays) {
    static constexpr Statement kEcho{
        "test.echo",
        "select t, i, b, at, d, u, raw from unnest($1::text[], $2::bigint[], $3::boolean[], "
        "$4::timestamptz[], $5::date[], "
        "$6::uuid[], $7::bytea[]) as x(t, i, b, at, d, u, raw)"};
    const Instant instant = parse_instant("2026-11-20T08:10:13.315001Z").value();
    const Uuid uuid = parse_uuid("0190163d-8694-7f9e-bf3c-1f2e3d4c5b6a").value();
    const std::string text = "a \"quoted\" back\\slash, {Käse} \n\t NULL 👩";
    const std::string raw("\0\x01\xff\\", 4);
    Array texts, numbers, flags, instants, dates, uuids, bytes;
    texts.add(text), texts.add_null();
    numbers.add(std::numeric_limits<std::int64_t>::min()), numbers.add_null();
    flags.add(false), flags.add_null();
    instants.add(instant), instants.add(Instant::min());
    dates.add(std::chrono::floor<std::chrono::days>(instant)), dates.add_null();
    uuids.add(uuid), uuids.add_null();
    bytes.add_bytes(raw), bytes.add_null();
    Session tested = session();
    const auto checked = tested.transact(Access::login(), [&](Transaction& t) {
        const Rows rows =
            t.exec(kEcho, params(texts, numbers, flags, instants, dates, uuids, bytes));
        ASSERT_EQ(rows.size(), 2);
        ASSERT_EQ(rows.columns(), 7);
        EXPECT_EQ(rows[0].text(0), text);
        EXPECT_EQ(rows[0].int64(1), std::numeric_limits<std::int64_t>::min());
        EXPECT_EQ(rows[0].boolean(2), false);
        EXPECT_EQ(rows[0].instant(3), instant);
        EXPECT_EQ(rows[0].instant(4), Instant{std::chrono::floor<std::chrono::days>(instant)});
        EXPECT_EQ(rows[0].uuid(5), uuid);
        EXPECT_EQ(rows[0].bytes(6), raw);
        EXPECT_EQ(rows[1].instant(3), Instant::min());
        for (const int column : {0, 1, 2, 4, 5, 6})
            EXPECT_TRUE(rows[1].is_null(column)) << column;
        EXPECT_EQ(rows[1].optional_text(0), std::nullopt);
        EXPECT_EQ(rows[1].optional_int64(1), std::nullopt);
        EXPECT_THROW((void)rows[1].text(0), DatabaseError);
        EXPECT_THROW((void)rows[0].int64(0), DatabaseError);
        EXPECT_THROW((void)rows[0].text(7), DatabaseError);
        EXPECT_THROW((void)rows[2], DatabaseError);
    });
    EXPECT_TRUE(checked) << checked.error().message;
}

TEST_F(PostgresValues, AreReadByPositionOrByNameInAnyOrder) {
    static constexpr Statement kWide{
        "test.wide",
        "select 1 as one, null::text as nothing, 'b' as letter, 4 as four, 'c' as letter"};
    Session tested = session();
    const auto read = tested.transact(Access::login(), [](Transaction& t) {
        const Rows rows = t.exec(kWide);
        const Row row = rows[0];
        EXPECT_EQ(row.int64("four"), 4);
        EXPECT_EQ(row.int64("one"), 1);
        EXPECT_EQ(row.int64(0), 1);
        EXPECT_TRUE(row.is_null("nothing"));
        EXPECT_EQ(row.text("letter"), "b");
        EXPECT_EQ(row.int64("four"), 4);
    });
    ASSERT_TRUE(read) << read.error().message;
    const auto missing = tested.transact(Access::login(), [](Transaction& t) {
        const Rows rows = t.exec(kWide);
        rows[0].text("fourth");
    });
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, ErrorKind::Bug);
    EXPECT_NE(
        missing.error().message.find("column \"fourth\" of a result is not there"),
        std::string::npos
    ) << missing.error().message;
}

TEST_F(PostgresValues, CountsWhatAStatementChanged) {
    Session tested = session();
    const auto changed = tested.transact(Access::login(), [](Transaction& t) {
        t.exec(kInsert, params(1, "one"));
        t.exec(kInsert, params(2, "two"));
        return t.exec_text("update note set text = 'x'").affected();
    });
    EXPECT_EQ(changed.value(), 2);
}

} // namespace
} // namespace calfleet::postgres
