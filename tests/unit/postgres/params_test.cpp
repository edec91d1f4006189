// What parameters and array literals look like on the wire.

#include "common/postgres/error.h"
#include "common/postgres/params.h"
#include "common/postgres/text_form.h"

#include <gtest/gtest.h>

#include <limits>

namespace calfleet::postgres {
namespace {

using namespace std::chrono_literals;

Instant instant(std::string_view text) {
    return parse_instant(text).value();
}

TEST(PostgresArray, IsEmptyBracesWithoutElements) {
    EXPECT_EQ(Array().literal(), "{}");
}

TEST(PostgresArray, QuotesTextAndEscapesQuotesAndBackslashes) {
    Array array;
    array.add("plain");
    array.add(R"(say "hi" \ bye)");
    array.add("a,b{c} d");
    array.add("");
    array.add("NULL");
    array.add_null();
    EXPECT_EQ(array.literal(), R"({"plain","say \"hi\" \\ bye","a,b{c} d","","NULL",NULL})");
    EXPECT_EQ(array.size(), 6u);
}

TEST(PostgresArray, WritesEveryTypeInPostgresForm) {
    Array array;
    array.add(std::numeric_limits<std::int64_t>::min());
    array.add(7);
    array.add(true);
    array.add(instant("2026-11-20T08:10:13.315Z"));
    array.add(Instant::max());
    array.add(Date{std::chrono::year{2026} / 11 / 20});
    array.add(parse_uuid("0190163d-8694-7f9e-bf3c-1f2e3d4c5b6a").value());
    array.add_bytes(std::string_view("\0\xff", 2));
    array.add(std::optional<std::int64_t>{});
    array.add(std::optional<std::int64_t>{3});
    EXPECT_EQ(
        array.literal(),
        R"({-9223372036854775808,7,t,2026-11-20T08:10:13.315000Z,infinity,2026-11-20,)"
        R"(0190163d-8694-7f9e-bf3c-1f2e3d4c5b6a,"\\x00ff",NULL,3})"
    );
}

TEST(PostgresArray, GoesOnAfterTheLiteralWasRead) {
    Array array;
    array.add(1);
    EXPECT_EQ(array.literal(), "{1}");
    EXPECT_EQ(array.literal(), "{1}");
    array.add(2);
    EXPECT_EQ(array.literal(), "{1,2}");
    array.clear();
    EXPECT_EQ(array.literal(), "{}");
    array.add(3);
    EXPECT_EQ(array.literal(), "{3}");
}

TEST(PostgresArray, StaysWholeWhenAnInstantCannotBeStored) {
    Array array;
    array.add(Instant{});
    EXPECT_THROW(array.add(Instant::max() - 1us), DatabaseError);
    EXPECT_EQ(array.size(), 1u);
    EXPECT_EQ(array.literal(), "{1970-01-01T00:00:00.000000Z}");
}

TEST(PostgresArray, AllocatesNothingOnceItsMemoryIsThere) {
    Array array;
    const auto fill = [&] {
        for (int i = 0; i < 1000; ++i)
            array.add(R"(somebody@"example\.org)");
        return array.literal().data();
    };
    const char* first = fill();
    array.clear();
    EXPECT_EQ(fill(), first);
}

TEST(PostgresParams, KeepsNullApartFromEmpty) {
    const Params values = params(
        "", nullptr, std::optional<std::string>{}, std::optional<std::string>{""}, 5, true, 1.5
    );
    ASSERT_EQ(values.size(), 7u);
    EXPECT_EQ(values.values()[0], "");
    EXPECT_EQ(values.values()[1], std::nullopt);
    EXPECT_EQ(values.values()[2], std::nullopt);
    EXPECT_EQ(values.values()[3], "");
    EXPECT_EQ(values.values()[4], "5");
    EXPECT_EQ(values.values()[5], "t");
    EXPECT_EQ(values.values()[6], "1.5");
}

TEST(PostgresText, ReadsTimestampsAsTheServerWritesThem) {
    EXPECT_EQ(read_instant("2026-11-20 08:10:13.315+00"), instant("2026-11-20T08:10:13.315Z"));
    EXPECT_EQ(
        read_instant("2026-11-20 08:10:13.000001+00"), instant("2026-11-20T08:10:13.000001Z")
    );
    EXPECT_EQ(read_instant("2026-11-20 08:10:13+05:30"), instant("2026-11-20T02:40:13Z"));
    EXPECT_EQ(read_instant("2026-11-20 08:10:13-01"), instant("2026-11-20T09:10:13Z"));
    EXPECT_EQ(read_instant("2026-11-20 08:10:13"), instant("2026-11-20T08:10:13Z"));
    EXPECT_EQ(read_instant("2026-11-20"), instant("2026-11-20T00:00:00Z"));
    EXPECT_EQ(read_instant("infinity"), Instant::max());
    EXPECT_EQ(read_instant("-infinity"), Instant::min());
}

TEST(PostgresText, RefusesWhatIsNoTimestamp) {
    for (const auto* text :
         {"", "now", "2026-13-01", "2026-11-20 08:10", "2026-11-20 08:10:13 BC", "2026-02-30"})
        EXPECT_EQ(read_instant(text), std::nullopt) << text;
}

TEST(PostgresText, WhatIsWrittenIsReadBack) {
    for (const auto* text :
         {"1970-01-01T00:00:00Z",
          "1999-12-31T23:59:59.999999Z",
          "2026-02-28T12:00:00.5Z",
          "9999-12-31T23:59:59Z"}) {
        char buffer[kInstantRoom];
        const char* end = write_instant(buffer, instant(text));
        EXPECT_EQ(read_instant({buffer, static_cast<std::size_t>(end - buffer)}), instant(text))
            << text;
    }
    EXPECT_EQ(
        read_bytes("\\x00ff61"),
        std::string(
            "\0\xff"
            "a",
            3
        )
    );
    EXPECT_EQ(read_bytes("\\x0"), std::nullopt);
    EXPECT_EQ(read_bytes("abc"), std::nullopt);
    EXPECT_EQ(read_bytes("\\xzz"), std::nullopt);
}

} // namespace
} // namespace calfleet::postgres
