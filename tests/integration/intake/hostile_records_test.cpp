// Whatever is sent, every sound event is applied once, every other is a dead letter once, and the
// positions stand at the end: told by the tables, from an account that no worker wrote.

#include "workers/host-mapper/handler.h"

#include "common/intake/intake.h"

#include <iostream>
#include <thread>

#include "tests/integration/intake/hostile_records.h"
#include "tests/integration/intake/lane_fixture.h"
#include "tests/support/wait.h"

namespace calfleet::intake {
namespace {

using namespace std::chrono_literals;

constexpr int kPartitions = 6;
constexpr const char* kMapper = "host-mapper";

struct Shape {
    std::size_t lanes;
    std::size_t batch_records;
    std::chrono::milliseconds statement_timeout;
};

class HostileRecords : public postgres::PostgresTest, public ::testing::WithParamInterface<Shape> {
protected:
    void prepare() override {
        database().migrate();
        database().run("insert into platform.companies (id, name) select c, 'C' || c from "
                       "generate_series(1, 3) c");
        database().run(
            "insert into platform.staff (company_id, reference, name, email) select c, 'anna', "
            "'Anna Albrecht', 'anna@example.com' from generate_series(1, 3) c"
        );
        database().run("select * from calfleet.maintain_inbox(current_date, 3, 35)");
        cluster_.create_topic(kLaneTopic, kPartitions);
    }

    IntakeSettings settings() const {
        IntakeSettings intake;
        intake.worker = kMapper;
        intake.owner = "test";
        intake.kafka = kafka::consumer_settings(cluster_.brokers(), kLaneTopic, "hostile");
        intake.kafka.group = kMapper;
        intake.kafka.session_timeout = 30s;
        intake.database.dsn = database().dsn("calfleet_worker");
        intake.database.statement_timeout = GetParam().statement_timeout;
        intake.lanes = GetParam().lanes;
        intake.lane.batch_records = GetParam().batch_records;
        intake.lane.queue_records = GetParam().batch_records * 2;
        return intake;
    }

    std::string positions() const {
        return database().ask(
            "select coalesce(string_agg(next_offset::text, ' ' order by partition), "
            "'') from calfleet.consumer_positions"
        );
    }
    /// What the query tells and the account does not, and the other way round.
    void expect_same(const std::string& query, const std::set<std::string>& expected) const {
        std::set<std::string> missing = expected;
        std::string lines = database().ask(
            "select coalesce(string_agg(line, E'\n'), '') from (" + query + ") as t (line)"
        );
        std::string too_much;
        for (std::size_t at = 0; at < lines.size();) {
            const std::size_t end = std::min(lines.find('\n', at), lines.size());
            const std::string line = lines.substr(at, end - at);
            if (missing.erase(line) == 0) too_much += line + ", ";
            at = end + 1;
        }
        EXPECT_EQ(too_much, "") << "not in the account, or twice";
        for (const std::string& line : missing)
            ADD_FAILURE() << "missing: " << line;
    }

    kafka::MockCluster cluster_;
};

TEST_P(HostileRecords, StopAndHarmNobody) {
    const std::uint64_t seed = test_support::seed();
    std::cout << "seed " << seed << '\n';
    const kafka::HostileStory story = kafka::tell_hostile_story(seed, kPartitions);
    kafka::publish_raw(cluster_.brokers(), story.records);
    std::string ends;
    for (const std::int64_t end : story.ends)
        ends += (ends.empty() ? "" : " ") + std::to_string(end);

    host_mapper::Metrics metrics;
    host_mapper::BookingBatches batches(metrics, system_clock());
    HeardFromLane heard;
    Intake intake(settings(), batches, heard, nullptr, system_clock());
    StopSignal stop;
    std::thread running([&] { EXPECT_TRUE(intake.run(stop)); });
    EXPECT_TRUE(test_support::eventually(120s, [&] { return positions() == ends; }))
        << positions() << " instead of " << ends << "; " << intake.status().not_ready << "; "
        << heard.last_error();
    stop.request();
    running.join();

    expect_same(
        "select record_topic || ' ' || record_partition || ' ' || record_offset "
        "from calfleet.dead_letters",
        story.letters
    );
    expect_same(
        "select company_id || ' ' || calcom_booking_uid from platform.appointments",
        story.appointments
    );
    EXPECT_EQ(
        database().ask("select count(*) from calfleet.outbox where topic = 'host-mapper.dlq'"),
        std::to_string(story.letters.size())
    );
    EXPECT_EQ(database().ask("select count(*) from calfleet.jobs"), "0");
}

INSTANTIATE_TEST_SUITE_P(
    Shapes,
    HostileRecords,
    ::testing::Values(Shape{2, 1000, 5000ms}, Shape{1, 1, 5000ms}, Shape{3, 16, 100ms})
);

} // namespace
} // namespace calfleet::intake
