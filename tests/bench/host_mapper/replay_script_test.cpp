#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/bench/host_mapper/replay_script.h"

namespace calfleet::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

PreparedRun run_of(std::string_view message, std::string_view detail) {
    const auto command = read_logged(message, detail);
    if (!command) throw std::runtime_error(command.error().message);
    return std::get<PreparedRun>(*command);
}

std::string add(ReplayScript& script, std::string_view message, std::string_view detail = {}) {
    const auto command = read_logged(message, detail);
    if (!command) return command.error().message;
    const Result<> added = script.add(*command);
    return added ? "" : added.error().message;
}

/// One session: settings, the claim of the position, one batch.
ReplayScript short_session() {
    ReplayScript script;
    add(script, "statement: select set_config('search_path', 'a', false)");
    add(script, "statement: begin");
    add(script, "execute positions.fence: insert into p values ($1)", "parameters: $1 = 'w'");
    add(script, "statement: commit");
    add(script, "statement: begin; select set_config('app.ids', '1;2', true)");
    add(script, "execute find: select $1", "parameters: $1 = '{1}'");
    add(script, "execute positions.advance: update p set n = $1", "parameters: $1 = '9'");
    add(script, "statement: commit");
    return script;
}

TEST(StatementLog, ParametersKeepQuotesCommasAndNulls) {
    const PreparedRun run = run_of(
        "execute store.write: insert into t values ($1, $2, $3, $4)",
        "parameters: $1 = 'it''s, $2 = NULL', $2 = NULL, $3 = '', $4 = ''''"
    );
    EXPECT_EQ(run.name, "store.write");
    EXPECT_EQ(run.sql, "insert into t values ($1, $2, $3, $4)");
    EXPECT_THAT(run.parameters, ElementsAre("'it''s, $2 = NULL'", "NULL", "''", "''''"));
}

TEST(StatementLog, TheCapitalLetterOfNewerServersIsUnderstood) {
    EXPECT_THAT(run_of("execute a: b", "Parameters: $1 = '7'").parameters, ElementsAre("'7'"));
}

TEST(StatementLog, AValueThatWasCutShortIsAnError) {
    EXPECT_FALSE(read_logged("execute a: b", "parameters: $1 = 'half"));
    EXPECT_FALSE(read_logged("execute a: b", "parameters: $1 = 'abc'..."));
    EXPECT_FALSE(read_logged("execute a: b", "parameters: $2 = 'abc'"));
}

TEST(StatementLog, WhatIsNoStatementOfOursIsAnError) {
    EXPECT_FALSE(read_logged("duration: 1 ms", ""));
    EXPECT_FALSE(read_logged("execute <unnamed>: select 1", ""));
    EXPECT_FALSE(read_logged("execute name/portal: select 1", ""));
}

TEST(ReplayScript, BatchesFollowTheBarrierAndEverythingElsePrecedesIt) {
    EXPECT_EQ(
        short_session().text("select wait();", "select done();"),
        "select set_config('search_path', 'a', false);\n"
        "begin;\n"
        "prepare \"positions.fence\" as insert into p values ($1);\n"
        "execute \"positions.fence\"('w');\n"
        "commit;\n"
        "prepare \"find\" as select $1;\n"
        "prepare \"positions.advance\" as update p set n = $1;\n"
        "select wait();\n"
        "begin\\; select set_config('app.ids', '1;2', true);\n"
        "execute \"find\"('{1}');\n"
        "execute \"positions.advance\"('9');\n"
        "commit;\n"
        "select done();\n"
    );
    EXPECT_EQ(short_session().batches(), 1);
}

TEST(ReplayScript, AStatementIsPreparedOnce) {
    ReplayScript script = short_session();
    EXPECT_EQ(add(script, "execute find: select $1", "parameters: $1 = '{2}'"), "");
    const std::string text = script.text("", "");
    EXPECT_EQ(text.find("prepare \"find\""), text.rfind("prepare \"find\""));
    EXPECT_THAT(text, HasSubstr("execute \"find\"('{2}');\n"));
}

TEST(ReplayScript, PgbenchFindsNoVariableInALiteral) {
    EXPECT_EQ(shielded_from_pgbench("'12:30:00Z'"), "'12:30:00Z'");
    EXPECT_EQ(shielded_from_pgbench("NULL"), "NULL");
    EXPECT_EQ(shielded_from_pgbench(R"('a\b:scale')"), R"(E'a\\b\x3ascale')");
    EXPECT_EQ(
        shielded_from_pgbench("'it''s :client_id :random_seed'"),
        R"(E'it''s \x3aclient_id \x3arandom_seed')"
    );
}

TEST(ReplayScript, AVariableInTheStatementItselfIsRefused) {
    ReplayScript script;
    EXPECT_THAT(add(script, "statement: select a[1:scale]"), HasSubstr("variable"));
    EXPECT_THAT(add(script, "execute find: select a[1:scale]"), HasSubstr("variable"));
    EXPECT_EQ(add(script, "statement: select '1'::bigint"), "");
}

} // namespace
} // namespace calfleet::bench
