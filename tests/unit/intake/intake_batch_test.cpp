// What intake decides about a record before it asks the database.

#include "common/intake/intake_batch.h"
#include "common/messaging/dead_letter_store.h"
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
    void apply(postgres::Transaction&, std::span<const std::uint32_t>, std::span<Verdict>, Instant)
        override {}
    int count{0};
};

class IntakeBatchTest : public ::testing::Test {
protected:
    IntakeBatchTest()
        : batch_("host-mapper", std::make_unique<AnyBatch>()) {}

    const Entry&
    add(const std::string& id,
        std::string_view data,
        Instant time,
        std::string replay = {},
        std::string company = "17") {
        auto& text = texts_.emplace_back(Texts{
            id, format_instant(time), std::move(replay), std::move(company), {}});
        text.headers = {
            {"ce_specversion", "1.0"},
            {"ce_source", "/shop"},
            {"ce_type", "booking-created"},
            {"ce_time", text.time},
            {"ce_companyid", text.company}};
        if (!id.empty()) text.headers.push_back({"ce_id", text.id});
        if (!text.replay.empty()) text.headers.push_back({"calfleet_replay", text.replay});
        RecordView record;
        record.topic = "booking-created";
        record.offset = static_cast<std::int64_t>(texts_.size());
        record.key = "17:u1";
        record.value = data;
        record.headers = text.headers;
        batch_.add(record, {});
        return batch_.entries().back();
    }

    struct Texts {
        std::string id, time, replay, company;
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

TEST_F(IntakeBatchTest, TheSameIdentityOfTwoCompaniesIsTwoEvents) {
    EXPECT_EQ(add("e-1", "{}", kToday, {}, "17").kind, Entry::Kind::Fresh);
    EXPECT_EQ(add("e-1", "{}", kToday, {}, "18").kind, Entry::Kind::Fresh);
    EXPECT_EQ(add("e-1", "{}", kToday, {}, "18").kind, Entry::Kind::Duplicate);
    EXPECT_EQ(batch_.entries()[1].number, 1U);
    EXPECT_NE(batch_.entries()[0].key, batch_.entries()[1].key);
    EXPECT_EQ(batch_.entries()[0].key.event, batch_.entries()[1].key.event)
        << "the former release must find it";
}

TEST_F(IntakeBatchTest, TheSameIdentityOnAnotherDayIsTheSameEvent) {
    EXPECT_EQ(add("e-1", "{}", kToday).kind, Entry::Kind::Fresh);
    EXPECT_EQ(add("e-1", "{}", Instant{kToday} + 24h).kind, Entry::Kind::Duplicate);
    EXPECT_EQ(add("e-1", "{}", Instant{kToday} - 30 * 24h).kind, Entry::Kind::Duplicate);
}

TEST_F(IntakeBatchTest, WhatTheHandlerRefusesIsDeadButRemembered) {
    const Entry bad = add("e-1", "bad", kToday);
    EXPECT_EQ(bad.kind, Entry::Kind::Dead);
    EXPECT_EQ(bad.reason.code, "schema");
    EXPECT_TRUE(bad.bucket.has_value());
    EXPECT_EQ(add("e-1", "bad", kToday).kind, Entry::Kind::Duplicate);
}

TEST_F(IntakeBatchTest, ARecordWithoutIdentityIsDead) {
    const Entry& entry = add("", "{}", kToday);
    EXPECT_EQ(entry.kind, Entry::Kind::Dead);
    EXPECT_EQ(entry.reason.code, "envelope");
    EXPECT_NE(entry.reason.text.find("ce_id"), std::string::npos) << entry.reason.text;
    EXPECT_FALSE(entry.bucket.has_value()) << "the inbox cannot know it";
}

TEST_F(IntakeBatchTest, AReplayNamesItsDeadLetterAndIsNotHeldBackByACopy) {
    EXPECT_EQ(add("e-1", "{}", kToday).kind, Entry::Kind::Fresh);
    EXPECT_EQ(add("e-1", "{}", kToday, "42").kind, Entry::Kind::Fresh)
        << "which of the two may pass is known in the transaction";
    EXPECT_EQ(batch_.entries()[1].replay_of, DeadLetterId{42});
    EXPECT_FALSE(add("e-2", "{}", kToday, "topic").replay_of.has_value());
    EXPECT_FALSE(add("e-3", "{}", kToday, "-1").replay_of.has_value());
    EXPECT_FALSE(add("e-4", "{}", kToday).replay_of.has_value());
}

RecordView at(std::string_view value, std::int64_t offset, Instant time) {
    RecordView record;
    record.topic = "booking-created";
    record.partition = 3;
    record.offset = offset;
    record.timestamp = time;
    record.value = value;
    return record;
}

TEST(LetterKeys, OfAnEventHoldItsCompanyAndFindTheLetterOfTheFormerRelease) {
    const Uuid event = messaging::event_uuid("host-mapper", "/shop", "e-1");
    EXPECT_EQ(event, name_uuid({"host-mapper", "/shop", "e-1"}));
    const messaging::LetterKeys ours =
        messaging::letter_keys_of(messaging::EventKey{CompanyId{17}, event});
    EXPECT_EQ(ours.former, event);
    EXPECT_NE(ours.key, messaging::letter_keys_of(messaging::EventKey{CompanyId{18}, event}).key);
}

TEST(LetterKeys, OfARecordWithoutIdentityAreNotThoseOfItsPlaceInATopicMadeAnew) {
    const events::PartialIdentity nobody;
    const auto key = [&](const RecordView& record) {
        return messaging::letter_keys_of("host-mapper", nobody, record).key;
    };
    const Instant time{std::chrono::seconds{1'700'000'000}};
    EXPECT_EQ(key(at("x", 7, time)), key(at("x", 7, time)));
    EXPECT_NE(key(at("x", 7, time)), key(at("y", 7, time)));
    EXPECT_NE(key(at("x", 7, time)), key(at("x", 8, time)));
    EXPECT_NE(key(at("x", 7, time)), key(at("x", 7, time + 1s)));
}

} // namespace
} // namespace calfleet::intake
