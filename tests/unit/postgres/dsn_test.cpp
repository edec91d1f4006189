#include "common/postgres/dsn.h"

#include <gtest/gtest.h>

namespace calfleet::postgres {
namespace {

TEST(ConnectionString, IsRefusedWhenAPartOfThePasswordWouldBeTakenForAHost) {
    for (const char* dsn :
         {"postgresql://me:p@ss@db/x",
          "postgresql://me:p@ss@word@db:5432/x?sslmode=require",
          "postgres://me:pa/ss@db/x",
          "postgresql://me:5432/ss@db/x",
          "postgresql://me:pa?ss@db/x",
          "postgresql://me:pa?x=y@db/x",
          "postgresql://m@e:hunter2@db/x"}) {
        const Result<> checked = check_connection_string(dsn);
        ASSERT_FALSE(checked) << dsn;
        EXPECT_EQ(checked.error().kind, ErrorKind::Invalid);
        EXPECT_EQ(checked.error().message.find("ss@"), std::string::npos);
    }
}

TEST(ConnectionString, IsTakenWhenItCanBeReadInOneWayOnly) {
    for (const char* dsn :
         {"postgresql://me:p%40ss@db/x",
          "postgresql://me:a:b#c@db:5432,other:5432/x?application_name=a@b",
          "postgresql://me@/x?host=/run/postgresql",
          "postgresql:///x?user=me",
          "postgresql://[::1]:5432/x",
          "host=db user=me password='p@ss@/word' dbname=x",
          "service=platform",
          ""})
        EXPECT_TRUE(check_connection_string(dsn)) << dsn;
}

} // namespace
} // namespace calfleet::postgres
