// Bookings become staff assignments, with a real broker, a real database and the programs as
// processes.

#include "common/core/clock.h"
#include "common/kafka/admin.h"

#include <gtest/gtest.h>

#include "tests/fleet/fleet.h"
#include "tests/fleet/story.h"
#include "tests/support/requirements.h"

namespace calfleet::fleet {
namespace {

using namespace std::chrono_literals;

/// One fleet for the file: starting servers takes longer than most tests.
class HostMapperE2e : public ::testing::Test {
protected:
    static void TearDownTestSuite() { fleet_.reset(); }

    void SetUp() override {
        REQUIRE_OR_SKIP("postgres", test_support::postgres_is_missing());
        REQUIRE_OR_SKIP("kafka", test_support::kafka_is_missing());
        if (fleet_) return;
        fleet_ = std::make_unique<Fleet>();
        auto& worker = fleet_->start("host-mapper");
        ASSERT_TRUE(Fleet::wait_assigned(worker, 60s))
            << worker.text(test_support::Process::Stream::Output);
        fleet_->start("outbox-relay");
    }

    static StorySettings settings(std::uint64_t number, int bookings) {
        return {
            .population = {},
            .seed = test_support::seed() * 100 + number,
            .bookings = bookings,
            .start = system_clock().now() - 1h};
    }

    void expect_sound() {
        ASSERT_TRUE(fleet_->wait_drained(60s)) << "not drained";
        for (const std::string& complaint : fleet_->audit(story_.expected, story_.events + buried_))
            ADD_FAILURE() << complaint;
    }

    static inline std::unique_ptr<Fleet> fleet_;
    static inline Story story_;
    static inline std::int64_t buried_{0}; ///< dead events that the inbox knows
};

TEST_F(HostMapperE2e, AssignsEveryBookingOnceWhateverIsRepeatedOrOutOfOrder) {
    fleet_->publish(tell(story_, settings(1, 400)));
    expect_sound();
}

TEST_F(HostMapperE2e, ATopicProducedTwiceHasOneEffect) {
    Story again;
    fleet_->publish(tell(again, settings(1, 400)));
    expect_sound();
}

TEST_F(HostMapperE2e, APositionSetBackToTheStartHasNoSecondEffect) {
    for (const char* topic : {"booking-created", "booking-rescheduled", "booking-cancelled"}) {
        const auto reset = fleet_->cli(
            {"positions",
             "reset",
             "--worker",
             "host-mapper",
             "--topic",
             topic,
             "--to",
             "earliest",
             "--yes"}
        );
        ASSERT_EQ(reset.exit.code, 0) << reset.err;
    }
    // The running worker is fenced, follows the new position and goes through everything again.
    ASSERT_TRUE(fleet_->wait_drained(90s));
    expect_sound();
}

TEST_F(HostMapperE2e, PoisonBecomesDeadLettersWithReasonsAndLeavesItsNeighboursAlone) {
    std::vector<kafka::OutgoingRecord> records = tell(story_, settings(2, 100));
    const auto poison = poison_records(system_clock().now(), test_support::seed());
    std::map<std::string, std::int64_t> classes;
    for (std::size_t i = 0; i < poison.size(); ++i) {
        records.insert(
            records.begin() + static_cast<std::ptrdiff_t>(i * records.size() / poison.size()),
            poison[i].record
        );
        ++classes[poison[i].reason_class];
    }
    fleet_->publish(records);
    ASSERT_TRUE(fleet_->wait_drained(60s));
    for (const auto& [reason_class, expected] : classes)
        EXPECT_EQ(
            fleet_->count(
                "select count(*) from calfleet.dead_letters where reason_class = '" + reason_class +
                "'"
            ),
            expected
        ) << reason_class;
    // Those with an identity and a time within bounds are remembered: 7 of a bad shape and 1 of an
    // unknown company.
    buried_ += classes["schema"] + classes["unknown_company"];
    expect_sound();
    // Each of them is published for other readers too, by the relay.
    auto admin = kafka::Admin::create(fleet_->kafka().bootstrap(), "e2e");
    ASSERT_TRUE(admin);
    const bool published = test_support::eventually(30s, [&] {
        std::int64_t letters = 0;
        for (int partition = 0; partition < 3; ++partition)
            if (const auto marks = (*admin)->watermarks({"host-mapper.dlq", partition}, 5s))
                letters += marks->high;
        return letters == static_cast<std::int64_t>(poison.size());
    });
    EXPECT_TRUE(published) << "the .dlq topic does not hold every dead letter";
}

TEST_F(HostMapperE2e, AMendedDeadLetterIsReplayedAndASecondReplayFindsNothing) {
    fleet_->postgres().sql(
        "insert into platform.companies (id, name) values (987654, 'Late Company')"
    );
    const auto dry =
        fleet_->cli({"dlq", "replay", "--class", "unknown_company", "--dry-run", "--json"});
    EXPECT_EQ(dry.exit.code, 0) << dry.err;
    EXPECT_NE(dry.out.find("\"would_replay\":1"), std::string::npos) << dry.out;
    const auto replay = fleet_->cli({"dlq", "replay", "--class", "unknown_company", "--json"});
    EXPECT_EQ(replay.exit.code, 0) << replay.err << replay.out;
    EXPECT_NE(replay.out.find("\"replayed\":1"), std::string::npos) << replay.out;
    EXPECT_EQ(
        fleet_->count("select count(*) from platform.appointments where company_id = 987654"), 1
    );
    const auto again = fleet_->cli({"dlq", "replay", "--class", "unknown_company", "--json"});
    EXPECT_EQ(again.exit.code, 0);
    EXPECT_NE(again.out.find("\"sent\":0"), std::string::npos) << again.out;
}

TEST_F(HostMapperE2e, AReplayThatDoesNotHelpStopsAndLeavesTheLettersOpen) {
    const auto open = [&] {
        return fleet_->count("select count(*) from calfleet.dead_letters where state = 'open' and "
                             "reason_class = 'schema'");
    };
    const std::int64_t before = open();
    const auto replay = fleet_->cli({"dlq", "replay", "--class", "schema", "--json"});
    EXPECT_EQ(replay.exit.code, 4) << replay.err << replay.out;
    EXPECT_EQ(open(), before);
}

TEST_F(HostMapperE2e, SigtermUnderLoadEndsWithCodeZeroAndLosesNothing) {
    fleet_->publish(tell(story_, settings(3, 2000)));
    auto& worker = *fleet_->processes().front();
    const auto begun = std::chrono::steady_clock::now();
    worker.signal(SIGTERM);
    const auto exit = worker.wait_exit(45s);
    ASSERT_TRUE(exit.has_value()) << "still running 45 s after SIGTERM";
    EXPECT_EQ(exit->code, 0);
    EXPECT_EQ(exit->signal, 0);
    RecordProperty(
        "sigterm_to_exit_ms", static_cast<int>((std::chrono::steady_clock::now() - begun) / 1ms)
    );
    auto& next = fleet_->start("host-mapper");
    ASSERT_TRUE(Fleet::wait_assigned(next, 60s));
    expect_sound();
}

TEST_F(HostMapperE2e, HeadersOfNearlyAMegabyteTakeNoMoreMemoryThanOtherRecords) {
    for (auto& process : fleet_->processes())
        process->stop(30s);
    const auto letters = [] {
        return fleet_->count(
            "select count(*) from calfleet.dead_letters where reason like 'header %'"
        );
    };
    const std::int64_t before = letters();
    constexpr int kRecords = 600;
    const Poison poison = poison_records(system_clock().now(), 1).front();
    for (int sent = 0; sent < kRecords; sent += 20) {
        std::vector<kafka::OutgoingRecord> records;
        for (int i = sent; i < sent + 20; ++i) {
            kafka::OutgoingRecord& record = records.emplace_back(poison.record);
            record.key = "1:large-" + std::to_string(i);
            record.value = "{}";
            for (kafka::Header& header : record.headers)
                if (header.name == "ce_id") header.value = "large-" + std::to_string(i);
            record.headers.push_back({"x-large", std::string(900'000, 'x')});
        }
        fleet_->publish(records);
    }
    auto& worker = fleet_->start("host-mapper");
    ASSERT_TRUE(Fleet::wait_assigned(worker, 60s));
    EXPECT_TRUE(fleet_->wait_drained(180s)) << "not drained";
    EXPECT_EQ(letters() - before, kRecords);
    RecordProperty("peak_rss_kib", static_cast<int>(worker.peak_rss_kib()));
    EXPECT_LE(worker.peak_rss_kib(), 128 * 1024);
    fleet_->start("outbox-relay");
}

TEST_F(HostMapperE2e, AWrongConfigurationNamesEveryProblemAndExits78) {
    auto& worker = fleet_->start(
        "host-mapper",
        {{"HOST_MAPPER_KAFKA_BROKERS", ""},
         {"HOST_MAPPER_LANES", "many"},
         {"HOST_MAPPER_BATCH_RECORD", "5"}}
    );
    const auto exit = worker.wait_exit(10s);
    ASSERT_TRUE(exit.has_value());
    EXPECT_EQ(exit->code, 78);
    const std::string errors = worker.text(test_support::Process::Stream::Errors);
    EXPECT_NE(errors.find("3 problems"), std::string::npos) << errors;
    EXPECT_NE(errors.find("HOST_MAPPER_KAFKA_BROKERS"), std::string::npos) << errors;
    EXPECT_NE(errors.find("HOST_MAPPER_LANES"), std::string::npos) << errors;
    EXPECT_NE(errors.find("HOST_MAPPER_BATCH_RECORDS"), std::string::npos)
        << "no nearest name: " << errors;
}

// The last one: its servers do not come back.
TEST_F(HostMapperE2e, SigtermWhileBrokersAndDatabaseAreAwayEndsWithCodeZeroInTenSeconds) {
    auto& worker = fleet_->start("host-mapper");
    ASSERT_TRUE(Fleet::wait_assigned(worker, 60s));
    fleet_->kafka().kill9();
    fleet_->postgres().stop_immediate();
    ASSERT_TRUE(test_support::eventually(30s, [&] {
        const std::string said = worker.text(test_support::Process::Stream::Output);
        return said.find("brokers are down") != std::string::npos &&
               said.find("cannot connect") != std::string::npos;
    }));
    worker.signal(SIGTERM);
    const auto exit = worker.wait_exit(10s);
    ASSERT_TRUE(exit.has_value()) << "still running 10 s after SIGTERM";
    EXPECT_EQ(exit->code, 0);
    EXPECT_EQ(exit->signal, 0);
}

} // namespace
} // namespace calfleet::fleet
