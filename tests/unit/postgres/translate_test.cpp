// Each class of complaint becomes the kind that tells the caller what to do, and never quotes a
// value.

#include "common/postgres/translate.h"

#include <gtest/gtest.h>

namespace calfleet::postgres {
namespace {

struct Case {
    const char* sqlstate;
    ErrorKind kind;
};

class Sqlstate : public ::testing::TestWithParam<Case> {};

TEST_P(Sqlstate, BecomesTheKindThatTellsWhatToDo) {
    EXPECT_EQ(name(kind_of(GetParam().sqlstate)), name(GetParam().kind)) << GetParam().sqlstate;
}

INSTANTIATE_TEST_SUITE_P(
    Classes,
    Sqlstate,
    ::testing::Values(
        Case{"", ErrorKind::Unavailable},      // no answer: connection lost
        Case{"08006", ErrorKind::Unavailable}, // connection failure
        Case{"57P01", ErrorKind::Unavailable}, // admin shutdown
        Case{"57P02", ErrorKind::Unavailable}, // crash shutdown
        Case{"57P03", ErrorKind::Unavailable}, // starting up
        Case{"53300", ErrorKind::Unavailable}, // too many connections
        Case{"53100", ErrorKind::Unavailable}, // disk full
        Case{"25006", ErrorKind::Unavailable}, // read-only: a standby
        Case{"25P03", ErrorKind::Timeout},     // idle in transaction
        Case{"40001", ErrorKind::Timeout},     // serialisation failure
        Case{"40P01", ErrorKind::Timeout},     // deadlock
        Case{"55P03", ErrorKind::Timeout},     // lock timeout
        Case{"57014", ErrorKind::Timeout},     // statement timeout, cancelled
        Case{"58030", ErrorKind::Unavailable}, // I/O error
        Case{"26000", ErrorKind::Unavailable}, // prepared statement gone
        Case{"23505", ErrorKind::Conflict},    // unique
        Case{"23P01", ErrorKind::Conflict},    // exclusion
        Case{"23514", ErrorKind::Invalid},     // check
        Case{"23503", ErrorKind::Invalid},     // foreign key
        Case{"23502", ErrorKind::Invalid},     // not null
        Case{"22021", ErrorKind::Invalid},     // not UTF-8
        Case{"22P02", ErrorKind::Invalid},     // not a number
        Case{"22003", ErrorKind::Invalid},     // out of range
        Case{"22001", ErrorKind::Invalid},     // too long
        Case{"42501", ErrorKind::Forbidden},   // privilege, row-level security
        Case{"28P01", ErrorKind::Forbidden},   // password
        Case{"42601", ErrorKind::Bug},         // syntax
        Case{"42703", ErrorKind::Bug},         // no such column
        Case{"42P01", ErrorKind::Bug},         // no such table
        Case{"42804", ErrorKind::Bug},         // types
        Case{"25P02", ErrorKind::Bug},         // used after a failure
        Case{"P0001", ErrorKind::Bug},         // raise exception
        Case{"XX000", ErrorKind::Bug}
    )
);

TEST(PostgresError, NamesTheStatementAndWhatHappened) {
    const auto error = describe(
        "customers.upsert",
        "23514",
        "ERROR:  new row for relation \"customers\" violates check constraint "
        "\"customers_have_name\"\n"
        "DETAIL:  Failing row contains (1, Erika Mustermann, erika@example.org).\n"
    );
    EXPECT_EQ(
        error.error().message,
        "postgres: customers.upsert: new row for relation \"customers\" violates check constraint "
        "\"customers_have_name\" [23514]"
    );
    EXPECT_EQ(error.sqlstate(), "23514");
}

TEST(PostgresError, LeavesOutDetailAndContext) {
    const auto error = describe(
        "customers.upsert",
        "23505",
        "ERROR:  duplicate key value violates unique constraint \"customers_key_is_unique\"\n"
        "DETAIL:  Key (company_id, customer_key)=(3, erika@example.org) already exists.\n"
        "CONTEXT:  SQL statement \"insert ... 'erika@example.org'\"\n"
    );
    EXPECT_EQ(error.error().message.find("erika"), std::string::npos) << error.error().message;
    EXPECT_EQ(error.error().kind, ErrorKind::Conflict);
}

TEST(PostgresError, NeverQuotesAValueThatCouldNotBeRead) {
    const auto text = [](const char* server) {
        return describe("s", "22P02", server).error().message;
    };
    EXPECT_EQ(
        text("ERROR:  invalid input syntax for type bigint: \"Erika \"the\" Mustermann\"\nCONTEXT: "
             " unnamed portal parameter $1"),
        "postgres: s: invalid input syntax for type bigint: \"...\" [22P02]"
    );
    EXPECT_EQ(
        text("FEHLER:  value \"4915112345678\" is out of range for type integer"),
        "postgres: s: value \"...\" is out of range for type integer [22P02]"
    );
}

TEST(PostgresError, KeepsTheServersHintAboutAWrongColumn) {
    const auto error = describe(
        "staff.find",
        "42703",
        "ERROR:  column \"nam\" does not exist\nLINE 1: select nam from staff\n               ^\n"
        "HINT:  Perhaps you meant to reference the column \"staff.name\".\n"
    );
    EXPECT_EQ(
        error.error().message,
        "postgres: staff.find: column \"nam\" does not exist "
        "(Perhaps you meant to reference the column \"staff.name\".) [42703]"
    );
}

TEST(PostgresError, BlamesNoRowForAMissingPartition) {
    const char* text = "ERROR:  no partition of relation \"inbox\" found for row";
    EXPECT_EQ(describe("s", "23514", text).error().kind, ErrorKind::Unavailable);
}

TEST(PostgresError, TreatsAPlanThatNoLongerFitsAsATiredConnection) {
    const char* text = "ERROR:  cached plan must not change result type";
    EXPECT_EQ(describe("s", "0A000", text).error().kind, ErrorKind::Unavailable);
    EXPECT_TRUE(spoils_connection("0A000", text));
    EXPECT_EQ(describe("s", "0A000", "ERROR:  not supported").error().kind, ErrorKind::Bug);
    EXPECT_FALSE(spoils_connection("0A000", "ERROR:  not supported"));
}

TEST(PostgresError, TreatsAWrongNumberOfParametersAsOurBug) {
    const char* text =
        "ERROR:  bind message supplies 2 parameters, but prepared statement \"s\" requires 3";
    for (const char* sqlstate : {"08P01", "08006"}) {
        EXPECT_EQ(describe("s", sqlstate, text).error().kind, ErrorKind::Bug);
        EXPECT_FALSE(spoils_connection(sqlstate, text));
    }
}

TEST(PostgresError, GivesUpAConnectionThatLedToAStandbyOrALeavingServer) {
    for (const char* sqlstate : {"", "08006", "57P01", "57P02", "57P03", "25006", "25P03", "26000"})
        EXPECT_TRUE(spoils_connection(sqlstate, "")) << sqlstate;
    for (const char* sqlstate : {"23505", "40001", "55P03", "57014", "42501", "53300"})
        EXPECT_FALSE(spoils_connection(sqlstate, "")) << sqlstate;
}

TEST(PostgresConnectFailure, NeverRepeatsTheConnectionString) {
    const auto error =
        describe_connect_failure("missing \"=\" after \"hunter2\" in connection info string\n");
    EXPECT_EQ(error.kind, ErrorKind::Invalid);
    EXPECT_EQ(error.message.find("hunter2"), std::string::npos);
}

TEST(PostgresConnectFailure, TellsARefusalFromAnAbsence) {
    const auto kind = [](const char* text) { return describe_connect_failure(text).kind; };
    EXPECT_EQ(kind("FATAL:  password authentication failed for user \"x\""), ErrorKind::Forbidden);
    EXPECT_EQ(kind("FATAL:  no pg_hba.conf entry for host"), ErrorKind::Forbidden);
    EXPECT_EQ(kind("FATAL:  database \"x\" does not exist"), ErrorKind::Forbidden);
    EXPECT_EQ(kind("connection refused"), ErrorKind::Unavailable);
    EXPECT_EQ(kind("FATAL:  the database system is starting up"), ErrorKind::Unavailable);
    EXPECT_EQ(kind("FATAL:  sorry, too many clients already"), ErrorKind::Unavailable);
    EXPECT_EQ(kind("session is read-only"), ErrorKind::Unavailable);
}

} // namespace
} // namespace calfleet::postgres
