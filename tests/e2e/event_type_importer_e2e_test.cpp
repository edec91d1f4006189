// Event types become services, with a real broker, a real database and the programs as processes.

#include "common/core/clock.h"
#include "common/core/text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "tests/fleet/fleet.h"
#include "tests/support/requirements.h"

namespace calfleet::fleet {
namespace {

using namespace std::chrono_literals;
using Key = std::pair<int, std::int64_t>; ///< company, event type

constexpr const char* kTopic = "event-type-updated";

/// What is true of an event type at last.
struct Truth {
    Instant as_of;
    bool deleted{false};
    std::string title;
    int price{0};
    int host{0};
};

struct EventTypeStory {
    std::vector<kafka::OutgoingRecord> records;
    std::map<Key, Truth> truth;
    std::int64_t events{0}; ///< identities
};

kafka::OutgoingRecord record_of(
    const std::string& id,
    const std::string& company,
    std::int64_t event_type,
    Instant time,
    std::string data
) {
    return {
        .topic = kTopic,
        .key = company + ":" + std::to_string(event_type),
        .value = std::move(data),
        .headers = {
            {"ce_specversion", "1.0"},
            {"ce_id", id},
            {"ce_source", "/tests/event-types"},
            {"ce_type", kTopic},
            {"ce_time", format_instant(time)},
            {"ce_companyid", company},
            {"content-type", "application/json"}}};
}

std::string snapshot_json(std::int64_t event_type, const Truth& truth) {
    if (truth.deleted)
        return R"({"change":"deleted","event_type":{"id":)" + std::to_string(event_type) + "}}";
    return R"({"change":"updated","event_type":{"id":)" + std::to_string(event_type) +
           R"(,"teamId":811,"schedulingType":"roundRobin","title":")" + truth.title +
           R"(","slug":"s)" + std::to_string(event_type) + R"(","lengthInMinutes":45,"price":)" +
           std::to_string(truth.price) + R"(,"currency":"eur","hosts":[{"userId":)" +
           std::to_string(truth.host) + "}]}}";
}

/// Every event type is told of several times, some are deleted, some of those come back; every
/// tenth event is repeated and every fifth changes places with its neighbour, its own successor
/// among them.
EventTypeStory
tell_event_types(std::uint64_t seed, Instant start, int companies, int event_types, int rounds) {
    EventTypeStory story;
    std::mt19937_64 random(seed);
    for (int round = 0; round < rounds; ++round)
        for (int company = 1; company <= companies; ++company)
            for (int number = 0; number < event_types; ++number) {
                const std::int64_t event_type = std::int64_t{5000} + number;
                Truth& truth = story.truth[{company, event_type}];
                truth.as_of = start + std::chrono::milliseconds{story.events};
                truth.deleted = random() % 8 == 0;
                truth.title = "Title " + std::to_string(random() % 3);
                truth.price = static_cast<int>(random() % 3);
                truth.host = 1 + static_cast<int>(random() % 3);
                const std::string id =
                    "e" + std::to_string(seed) + "-" + std::to_string(story.events++);
                story.records.push_back(record_of(
                    id,
                    std::to_string(company),
                    event_type,
                    truth.as_of,
                    snapshot_json(event_type, truth)
                ));
                if (random() % 10 == 0) story.records.push_back(story.records.back());
            }
    const auto stride = static_cast<std::size_t>(companies * event_types);
    for (std::size_t i = 0; i + stride < story.records.size(); ++i)
        if (random() % 5 == 0) std::swap(story.records[i], story.records[i + stride]);
    return story;
}

/// One fleet for the file: starting servers takes longer than most tests.
class EventTypeImporterE2e : public ::testing::Test {
protected:
    static void TearDownTestSuite() { fleet_.reset(); }

    void SetUp() override {
        REQUIRE_OR_SKIP("postgres", test_support::postgres_is_missing());
        REQUIRE_OR_SKIP("kafka", test_support::kafka_is_missing());
        if (!fleet_) fleet_ = std::make_unique<Fleet>();
    }

    static test_support::Process& start_importer(const std::string& batch_records = "1000") {
        return fleet_->start(
            "event-type-importer",
            {{"EVENT_TYPE_IMPORTER_SESSION_TIMEOUT", "6s"},
             {"EVENT_TYPE_IMPORTER_BATCH_RECORDS", batch_records}}
        );
    }

    static bool wait_drained() {
        return fleet_->wait_drained(90s, {"event-type-importer", {kTopic}});
    }

    /// Everything that tells about event types, without what differs between two runs.
    static std::string tables() {
        return fleet_->postgres().sql(
            "copy (select s.company_id, s.calcom_event_type_id, s.name, s.is_active, "
            "s.sync_status, s.version, s.calcom_price_cents, s.xmin, s.ctid from "
            "platform.services s order by 1, 2) to stdout; "
            "copy (select id, field, calcom_value, resolution, xmin from "
            "platform.service_divergences order by 1) to stdout; "
            "copy (select id, xmin from platform.service_sync_history order by 1) to stdout; "
            "copy (select company_id, calcom_event_type_id, hosts, state, xmin from "
            "platform.team_event_type_mappings order by 1, 2) to stdout; "
            "copy (select company_id, calcom_event_type_id, as_of, is_deleted, xmin from "
            "platform.calcom_event_types order by 1, 2) to stdout"
        );
    }

    static void expect_row(const Key& key, const Truth& truth, const std::string& row);
    static void expect_truth();
    static void expect_nothing(const std::string& what, const std::string& from) {
        EXPECT_EQ(fleet_->count("select count(*) from " + from), 0) << what;
    }

    static inline std::unique_ptr<Fleet> fleet_;
    static inline EventTypeStory story_;
    static inline std::int64_t buried_{0}; ///< dead events that the inbox knows
};

/// row: name, price, active, status, hosts, mapping's state, open divergence of the name; empty
/// without a service. What was made and what differs depends on what the batches met first; that
/// both together tell the truth does not.
void EventTypeImporterE2e::expect_row(const Key& key, const Truth& truth, const std::string& row) {
    const std::string what =
        std::to_string(key.first) + ":" + std::to_string(key.second) + " is " + row;
    if (row.empty()) {
        EXPECT_TRUE(truth.deleted) << what;
        return;
    }
    const auto cell = split(row, '\t');
    ASSERT_EQ(cell.size(), 7U) << what;
    EXPECT_EQ(cell[2], truth.deleted ? "f" : "t") << what;
    EXPECT_EQ(cell[3], truth.deleted ? "error" : "synced") << what;
    EXPECT_EQ(cell[5], truth.deleted ? "deleted" : "active") << what;
    if (truth.deleted) return;
    EXPECT_EQ(cell[1], std::to_string(truth.price)) << what;
    EXPECT_EQ(cell[4], std::to_string(truth.host)) << what;
    EXPECT_EQ(cell[6], cell[0] == truth.title ? "-" : truth.title) << what;
}

void EventTypeImporterE2e::expect_truth() {
    ASSERT_TRUE(wait_drained()) << "not drained";
    std::map<Key, std::string> rows;
    const std::string text = fleet_->postgres().sql(
        "copy (select e.company_id, e.calcom_event_type_id, s.name, s.calcom_price_cents, "
        "s.is_active, s.sync_status, m.hosts->0->>'user_id', m.state, coalesce(d.calcom_value->>0, "
        "'-') from platform.calcom_event_types e "
        "join platform.services s using (company_id, calcom_event_type_id) "
        "left join platform.team_event_type_mappings m on m.company_id = s.company_id and "
        "m.service_id = s.id "
        "left join platform.service_divergences d on d.service_id = s.id and d.field = 'name' and "
        "d.resolved_at is null) to stdout"
    );
    for (const std::string_view line : split(text, '\n')) {
        const auto cells = split(line, '\t');
        if (cells.size() < 3) continue;
        const auto begin = cells[0].size() + cells[1].size() + 2;
        rows[{
            static_cast<int>(parse_int64(cells[0]).value_or(0)),
            parse_int64(cells[1]).value_or(0)}] = std::string(line.substr(begin));
    }
    for (const auto& [key, truth] : story_.truth)
        expect_row(key, truth, rows[key]);
    EXPECT_EQ(
        fleet_->count("select count(*) from platform.calcom_event_types"),
        static_cast<std::int64_t>(story_.truth.size())
    );
    EXPECT_EQ(fleet_->count("select count(*) from calfleet.inbox"), story_.events + buried_);
    expect_nothing(
        "services with two beginnings",
        "(select 1 from platform.service_sync_history where before is null group by service_id "
        "having count(*) > 1) twice"
    );
    expect_nothing(
        "services without a beginning",
        "platform.services s where not exists (select 1 from platform.service_sync_history h "
        "where h.service_id = s.id and h.before is null)"
    );
    expect_nothing("events caused by imports", "calfleet.outbox where topic = 'service-changed'");
}

TEST_F(EventTypeImporterE2e, KilledHalfWayEndsWithTheSameServices) {
    story_ = tell_event_types(test_support::seed() % 100'000, system_clock().now() - 2h, 5, 60, 8);
    fleet_->publish(story_.records);
    auto& victim = start_importer("25");
    const std::string seen = "select count(*) from calfleet.inbox";
    ASSERT_TRUE(test_support::eventually(60s, [&] {
        return fleet_->count(seen) >= story_.events / 3;
    })) << victim.text(test_support::Process::Stream::Output);
    victim.signal(SIGKILL);
    ASSERT_TRUE(victim.wait_exit(10s));
    ASSERT_LT(fleet_->count(seen), story_.events) << "killed too late to prove anything";
    start_importer();
    expect_truth();
}

TEST_F(EventTypeImporterE2e, ATopicProducedTwiceHasOneEffect) {
    ASSERT_FALSE(story_.records.empty()) << "needs the test before it";
    const std::string before = tables();
    fleet_->publish(story_.records);
    expect_truth();
    EXPECT_EQ(tables(), before);
}

TEST_F(EventTypeImporterE2e, PoisonBecomesDeadLettersThatNameFieldAndLength) {
    const Instant now = system_clock().now();
    const auto poison = [&](const std::string& id, const std::string& company, std::string members
                        ) {
        return record_of(
            id,
            company,
            9999,
            now,
            R"({"change":"updated","event_type":{"id":9999,"title":"T","slug":"s",)"
            R"("lengthInMinutes":5)" +
                members + "}}"
        );
    };
    fleet_->postgres().sql(
        "insert into platform.companies (id, name, is_active) values (777, 'Closed', false)"
    );
    fleet_->publish(
        {poison("long", "1", R"(,"metadata":{"x":")" + std::string(70'000, 'x') + "\"}"),
         poison("huge", "1", R"(,"price":99999999999)"),
         poison("alien", "987654", ""),
         poison("closed", "777", "")}
    );
    buried_ += 4;
    expect_truth();
    EXPECT_EQ(
        fleet_->ask("select string_agg(reason_class || ': ' || left(reason, 64), '; ' order by "
                    "reason_class, reason) from calfleet.dead_letters where reason_class = 'schema'"
        ),
        "schema: data.event_type.metadata: 70008 bytes, at most 65536 are accepte; "
        "schema: data.event_type.price: '99999999999' is more than 2147483647"
    );
    EXPECT_EQ(
        fleet_->ask("select string_agg(reason_class, ' ' order by reason_class) from "
                    "calfleet.dead_letters where reason_class <> 'schema'"),
        "inactive_company unknown_company"
    );
}

TEST_F(EventTypeImporterE2e, SigtermUnderLoadEndsWithCodeZeroAndLosesNothing) {
    const EventTypeStory more =
        tell_event_types(test_support::seed() % 100'000 + 1, system_clock().now() - 1h, 5, 60, 6);
    story_.truth = more.truth; // the same event types, later
    story_.events += more.events;
    fleet_->publish(more.records);
    auto& worker = *fleet_->processes().back();
    worker.signal(SIGTERM);
    const auto exit = worker.wait_exit(45s);
    ASSERT_TRUE(exit.has_value()) << "still running 45 s after SIGTERM";
    EXPECT_EQ(*exit, (test_support::Exit{0, 0}));
    start_importer();
    expect_truth();
}

} // namespace
} // namespace calfleet::fleet
