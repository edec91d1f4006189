#include "workers/host-mapper/decision_log.h"

#include "common/log/capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calfleet::host_mapper {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

TEST(LineBudget, AllowsSoManyLinesASecondAndTellsOfTheRest) {
    LineBudget budget(2);
    const Monotonic start{1h};
    EXPECT_TRUE(budget.ask(start).write);
    EXPECT_TRUE(budget.ask(start + 500ms).write);
    for (int i = 0; i < 7; ++i)
        EXPECT_FALSE(budget.ask(start + 999ms).write);
    const auto next = budget.ask(start + 1000ms);
    EXPECT_TRUE(next.write);
    EXPECT_EQ(next.left_out, 7);
    EXPECT_EQ(budget.ask(start + 1001ms).left_out, 0) << "told of once";
}

TEST(DecisionLog, NamesHostsAndBookingsByNumbersScoresAndDigests) {
    const log::Capture captured;
    DecisionLog log(system_clock());
    const HostSighting known{.company = CompanyId{1}, .key = "101", .name = "Anna Albrecht"};
    const HostSighting nameless{.company = CompanyId{1}, .key = "email:anna@example.com"};
    log.host(
        known,
        MappingId{7},
        {.state = MappingState::Active,
         .staff = StaffId{11},
         .source = "email",
         .score = 95,
         .reasons = {}}
    );
    log.host(
        nameless,
        MappingId{8},
        {.state = MappingState::Review,
         .staff = StaffId{12},
         .source = "fuzzy",
         .score = 61,
         .reasons = {}}
    );
    Sighting booking;
    booking.company = CompanyId{1};
    booking.uid = "secret-uid";
    booking.host = "101";
    booking.wants_staff = true;
    log.booking(booking, {StaffId{11}, "mapping"});
    log.booking(booking, {std::nullopt, "review"});
    booking.host = {};
    log.booking(booking, {std::nullopt, "unmatched"});

    EXPECT_THAT(
        captured.lines_of("host.matched").at(0),
        HasSubstr(
            R"("company":1,"host":"101","mapping":7,"state":"active","staff":11,"source":"email","score":95)"
        )
    );
    EXPECT_THAT(
        captured.lines_of("host.unresolved").at(0),
        HasSubstr(R"("mapping":8,"state":"review","staff":12,"source":"fuzzy","score":61)")
    );
    EXPECT_THAT(
        captured.lines_of("booking.assigned").at(0),
        HasSubstr(R"("host":"101","staff":11,"how":"mapping")")
    );
    const auto without = captured.lines_of("booking.without_host");
    ASSERT_THAT(without, SizeIs(2));
    EXPECT_THAT(without[0], HasSubstr(R"("why":"review")"));
    EXPECT_THAT(without[1], HasSubstr(R"("why":"none")"));
    for (const std::string& line : captured.lines())
        EXPECT_THAT(
            line,
            AllOf(
                Not(HasSubstr("Anna")), Not(HasSubstr("example.com")), Not(HasSubstr("secret-uid"))
            )
        );
}

TEST(DecisionLog, IsNoLineABookingWhenTheyAreMany) {
    const log::Capture captured;
    DecisionLog log(system_clock());
    Sighting booking;
    booking.uid = "u";
    booking.wants_staff = true;
    for (int i = 0; i < 20'000; ++i)
        log.booking(booking, {StaffId{11}, "mapping"});
    EXPECT_LE(captured.lines().size(), 400U);
    EXPECT_GE(captured.lines_of("booking.assigned").size(), 20U);
}

TEST(DecisionLog, SaysNothingOfABookingThatEndsWithoutAnybody) {
    const log::Capture captured;
    DecisionLog log(system_clock());
    Sighting ended;
    ended.uid = "u";
    log.booking(ended, {});
    EXPECT_THAT(captured.lines(), SizeIs(0));
}

} // namespace
} // namespace calfleet::host_mapper
