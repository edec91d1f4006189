// What intake decides about a record before it asks the database.

#include "common/intake/intake_batch.h"
#include "common/messaging/inbox_store.h"

#include <gtest/gtest.h>

#include <deque>

namespace calfleet::intake {
namespace {

using namespace std::chrono_literals;

/// Takes every event whose data is not "bad"; the entity is the record's key.
class AnyBatch final : public Batch {
public:
    void clear() override { count = 0; }
    Result<std::string_view> add(const Event& event) override {
        if (event.envelope.data == "bad") return invalid("data: bad");
        ++count;
        return event.record.key.value_or("");
    }
    void
    apply(postgres::Transaction&, std::span<const std::uint32_t>, std::span<Verdict>) override {}
    int count{0};
};

class IntakeBatchTest : public ::testing::Test {
protected:
    IntakeBatchTest()
        : batch_("host-mapper", std::make_unique<AnyBatch>()) {}

    const Entry&
    add(const std::string& id, std::string_view data, Instant time, std::string replay = {}) {
        auto& text = texts_.emplace_back(Texts{id, format_instant(time), std::move(replay), {}});
        text.headers = {
            {"ce_specversion", "1.0"},
            {"ce_source", "/shop"},
            {"ce_type", "booking-created"},
            {"ce_time", text.time},
            {"ce_companyid", "17"}};
        if (!id.empty()) text.headers.push_back({"ce_id", text.id});
        if (!text.replay.empty()) text.headers.push_back({"calfleet_replay", text.replay});
        RecordView record;
        record.topic = "booking-created";
        record.offset = static_cast<std::int64_t>(texts_.size());
        record.key = "17:u1";
        record.value = data;
        record.headers = text.headers;
        batch_.add(record, {}, kToday);
        return batch_.entries().back();
    }

    struct Texts {
        std::string id, time, replay;
        std::vector<HeaderView> headers;
    };
    static constexpr Date kToday{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21}};
    std::deque<Texts> texts_;
    IntakeBatch batch_;
};

TEST_F(IntakeBatchTest, TheSameIdentityTwiceIsOneEventAndADuplicate) {
    EXPECT_EQ(add("e-1", "{}", kToday).kind, Entry::Kind::Fresh);
    EXPECT_EQ(add("e-1", "{}", kToday).kind, Entry::Kind::Duplicate);
    EXPECT_EQ(add("e-2", "{}", kToday).kind, Entry::Kind::Fresh);
    EXPECT_EQ(batch_.entries()[0].number, 0U);
    EXPECT_EQ(batch_.entries()[2].number, 1U) << "numbers are those of the handler's batch";
}

TEST_F(IntakeBatchTest, AnEventOutsideTheDaysOfTheInboxIsRefusedWithTheDays) {
    const Entry old = add("e-1", "{}", Instant{kToday} - messaging::kInboxDaysKept - 24h);
    EXPECT_EQ(old.kind, Entry::Kind::Dead);
    EXPECT_EQ(old.reason.code, "time_out_of_range");
    EXPECT_NE(old.reason.text.find("2026-10-17..2026-11-22"), std::string::npos) << old.reason.text;
    EXPECT_FALSE(old.bucket.has_value()) << "the inbox has no partition for it";
    EXPECT_EQ(add("e-2", "{}", Instant{kToday} + 49h).reason.code, "time_out_of_range");
    EXPECT_EQ(
        add("e-3", "{}", Instant{kToday} - messaging::kInboxDaysKept).kind, Entry::Kind::Fresh
    );
}

TEST_F(IntakeBatchTest, WhatTheHandlerRefusesIsDeadButRemembered) {
    const Entry bad = add("e-1", "bad", kToday);
    EXPECT_EQ(bad.kind, Entry::Kind::Dead);
    EXPECT_EQ(bad.reason.code, "schema");
    EXPECT_TRUE(bad.bucket.has_value());
    EXPECT_EQ(add("e-1", "bad", kToday).kind, Entry::Kind::Duplicate);
}

TEST_F(IntakeBatchTest, ARecordWithoutIdentityIsKnownByItsPlace) {
    const Entry first = add("", "{}", kToday);
    const Entry second = add("", "{}", kToday);
    EXPECT_EQ(first.kind, Entry::Kind::Dead);
    EXPECT_EQ(first.reason.code, "envelope");
    EXPECT_NE(first.reason.text.find("ce_id"), std::string::npos) << first.reason.text;
    EXPECT_NE(first.key, second.key);
}

TEST_F(IntakeBatchTest, AReplayNamesItsDeadLetter) {
    EXPECT_EQ(add("e-1", "{}", kToday, "42").replay_of, DeadLetterId{42});
    const Entry from_topic = add("e-2", "{}", kToday, "topic");
    EXPECT_TRUE(from_topic.replay);
    EXPECT_FALSE(from_topic.replay_of.has_value());
    EXPECT_FALSE(add("e-3", "{}", kToday).replay);
}

} // namespace
} // namespace calfleet::intake
