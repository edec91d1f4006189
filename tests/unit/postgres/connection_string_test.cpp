#include "common/postgres/connection_string.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace calfleet::postgres {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kVerified = "sslmode='verify-full'";

/// The variables of libpq are taken away for the time of a test.
class ServerVerification : public testing::Test {
protected:
    ServerVerification() {
        for (const char* name : {"PGHOST", "PGHOSTADDR", "PGSSLMODE", "PGSSLROOTCERT", "PGSERVICE"})
            ::unsetenv(name);
    }
    static std::string
    of(const std::string& dsn, const std::string& ca_file = "", const std::string& name = "w") {
        Settings settings;
        settings.dsn = Secret<std::string>(dsn);
        settings.ca_file = ca_file;
        settings.application_name = name;
        return connection_string(settings);
    }
};

TEST_F(ServerVerification, MeansVerifyFullWhereverItLeadsBeyondThisMachine) {
    for (const char* dsn :
         {"postgresql://u:p@db.example/x",
          "postgres://u:p@10.0.0.5:5433/x?application_name=a",
          "postgresql://u@127.0.0.1,db.example/x", // one of several is enough
          "postgresql://u@[2001:db8::1]/x",
          "postgresql://u@0.0.0.0/x",
          "host=db.example user=u dbname=x",
          "host=db.example hostaddr=127.0.0.1 dbname=x", // a tunnel: the far end is the named one
          "host=localhost hostaddr=10.0.0.5 dbname=x",
          "service=elsewhere",
          "host=localhost service=elsewhere",
          "postgresql://u:sslmode=disable@db.example/x", // a password that looks like the setting
          "postgresql://u:what?sslmode=disable@db.example/x",
          "host=db.example password='a sslmode=disable b'",
          "host=db.example sslmode=''"})
        EXPECT_THAT(of(dsn), HasSubstr(kVerified)) << dsn;
}

TEST_F(ServerVerification, LeavesThisMachineAndSocketsAlone) {
    for (const char* dsn :
         {"postgresql://u@localhost/x",
          "postgresql://u@127.0.0.1:5433,[::1]/x",
          "postgresql:///x?host=/run/postgresql",
          "postgresql://%2Frun%2Fpostgresql/x",
          "host=/run/postgresql dbname=x",
          "host=@socket",
          "dbname=x",
          ""})
        EXPECT_THAT(of(dsn), Not(HasSubstr("sslmode"))) << dsn;
}

TEST_F(ServerVerification, KeepsLessThatWasAskedFor) {
    EXPECT_THAT(of("postgresql://u@db.example/x?sslmode=disable"), HasSubstr("sslmode='disable'"));
    EXPECT_THAT(of("host=db.example sslmode = require"), HasSubstr("sslmode='require'"));
    EXPECT_THAT(of("postgresql://u@db.example/x?ssl=true"), HasSubstr("sslmode='require'"));
    EXPECT_THAT(of("postgresql://u@localhost/x?sslmode=verify-full"), HasSubstr(kVerified));
}

TEST_F(ServerVerification, TakesNoLessFromTheEnvironment) {
    ::setenv("PGSSLMODE", "disable", 1);
    EXPECT_THAT(of("host=db.example"), HasSubstr(kVerified));
    ::setenv("PGHOST", "db.example", 1);
    EXPECT_THAT(of("dbname=x"), HasSubstr(kVerified));
    ::unsetenv("PGHOST");
    ::setenv("PGHOSTADDR", "10.0.0.5", 1);
    EXPECT_THAT(of("host=localhost"), HasSubstr(kVerified));
    ::unsetenv("PGHOSTADDR");
    ::setenv("PGSERVICE", "elsewhere", 1);
    EXPECT_THAT(of("dbname=x"), HasSubstr(kVerified));
    ::unsetenv("PGSERVICE");
    ::unsetenv("PGSSLMODE");
}

TEST_F(ServerVerification, TrustsTheFileOfTheSettingElseTheSystem) {
    EXPECT_THAT(of("host=db.example", "/ca.pem"), HasSubstr("sslrootcert='/ca.pem'"));
    EXPECT_THAT(
        of("host=db.example sslrootcert=/mine.pem", "/ca.pem"), HasSubstr("sslrootcert='/mine.pem'")
    );
    EXPECT_THAT(
        of("host=db.example"), AnyOf(HasSubstr("sslrootcert='/"), HasSubstr("sslrootcert='system'"))
    );
    EXPECT_THAT(of("host=db.example sslmode=disable", "/ca.pem"), Not(HasSubstr("sslrootcert")));
    EXPECT_THAT(of("host=db.example sslmode=require"), Not(HasSubstr("sslrootcert")));
    ::setenv("PGSSLROOTCERT", "/other.pem", 1);
    EXPECT_THAT(of("host=db.example", "/ca.pem"), Not(HasSubstr("sslrootcert")));
    ::unsetenv("PGSSLROOTCERT");
}

TEST_F(ServerVerification, LosesNothingOfWhatTheOperatorWrote) {
    const std::string text = of(
        R"(postgresql://u%20ser:p%27a%5C%3Fss@h1:5433,h2/d%26b?keepalives_idle=7&options=-c%20a%3D1)",
        "",
        "it's"
    );
    for (const char* part :
         {R"(user='u ser')",
          R"(password='p\'a\\?ss')",
          "host='h1,h2'",
          "port='5433,'",
          "dbname='d&b'",
          "keepalives_idle='7'",
          "options='-c a=1'",
          R"(application_name='it\'s')",
          "target_session_attrs='read-write'",
          "client_encoding='UTF8'",
          "connect_timeout='5'"})
        EXPECT_THAT(text, HasSubstr(part));
    EXPECT_EQ(of("not a connection string"), "not a connection string");
}

} // namespace
} // namespace calfleet::postgres
