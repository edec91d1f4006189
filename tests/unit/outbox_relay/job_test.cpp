#include "workers/outbox-relay/job.h"

#include <gtest/gtest.h>

#include <map>

namespace calfleet::outbox_relay {
namespace {

using Places = std::vector<std::size_t>;

std::vector<ShardLease> sixteen(const std::string& owner = "", bool expired = false) {
    std::vector<ShardLease> shards;
    for (int shard = 0; shard < 16; ++shard)
        shards.push_back({shard, owner, expired});
    return shards;
}

TEST(OutboxShare, GivesEverythingToTheOnlyRelay) {
    const LeasePlan plan = share_out(sixteen(), "a", {});
    EXPECT_EQ(plan.take.size(), 16u);
    EXPECT_TRUE(plan.renew.empty());
    EXPECT_TRUE(plan.release.empty());
}

TEST(OutboxShare, TakesNothingThatAnotherHoldsAndRenews) {
    const LeasePlan plan = share_out(sixteen("b"), "a", {"a", "b"});
    EXPECT_TRUE(plan.take.empty());
}

TEST(OutboxShare, TakesWhatADeadRelayHeld) {
    EXPECT_EQ(share_out(sixteen("b", true), "a", {"a"}).take.size(), 16u);
}

TEST(OutboxShare, RenewsAnExpiredLeaseOfItsOwnThatNobodyTook) {
    const LeasePlan plan = share_out(sixteen("a", true), "a", {"a"});
    EXPECT_EQ(plan.renew.size(), 16u);
    EXPECT_TRUE(plan.take.empty());
}

TEST(OutboxShare, MakesRoomForARelayThatHoldsNothingYet) {
    const LeasePlan plan = share_out(sixteen("a"), "a", {"a", "b"});
    EXPECT_EQ(plan.renew.size(), 8u);
    EXPECT_EQ(plan.release.size(), 8u);
}

TEST(OutboxShare, SplitsEquallyAmongAnyNumberOfRelaysAfterOneRoundEach) {
    for (std::size_t count = 1; count <= 20; ++count) {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < count; ++i)
            names.push_back(std::string(1, static_cast<char>('a' + i)));
        std::vector<ShardLease> shards = sixteen("a");
        std::map<std::string, std::size_t> held;
        for (int round = 0; round < 2; ++round) { // the first makes room, the second takes it
            for (const std::string& name : names) {
                const LeasePlan plan = share_out(shards, name, names);
                for (const int shard : plan.release)
                    shards[static_cast<std::size_t>(shard)].owner.clear();
                for (const int shard : plan.take)
                    shards[static_cast<std::size_t>(shard)].owner = name;
                held[name] = plan.renew.size() + plan.take.size();
            }
        }
        for (const auto& [name, part] : held) {
            EXPECT_GE(part, 16 / count) << count << " relays, " << name;
            EXPECT_LE(part, 16 / count + 1) << count << " relays, " << name;
        }
        for (const ShardLease& each : shards)
            EXPECT_FALSE(each.owner.empty()) << each.shard;
    }
}

TEST(OutboxFailure, IsTheRecordsFaultOnlyWhenTheBrokerSaysSo) {
    EXPECT_EQ(judge_failure({ErrorKind::Invalid, "too large"}).fate, Fate::Undeliverable);
    EXPECT_EQ(judge_failure({ErrorKind::NotFound, "no topic"}).fate, Fate::TopicBlocked);
    EXPECT_EQ(judge_failure({ErrorKind::Forbidden, "not allowed"}).fate, Fate::TopicBlocked);
    for (const ErrorKind kind :
         {ErrorKind::Unavailable,
          ErrorKind::Timeout,
          ErrorKind::InDoubt,
          ErrorKind::Bug,
          ErrorKind::Conflict})
        EXPECT_EQ(judge_failure({kind, "?"}).fate, Fate::Later) << name(kind);
    EXPECT_EQ(judge_failure({ErrorKind::Invalid, "too large"}).reason, "too large");
}

TEST(OutboxRow, HasAFlawWhenNoKafkaCouldTakeIt) {
    EXPECT_EQ(flaw_of({.topic = "booking-created"}), std::nullopt);
    EXPECT_EQ(flaw_of({.topic = "host-mapper.dlq"}), std::nullopt);
    for (const std::string topic : {"", ".", "..", "a b", "größe", "a/b"})
        EXPECT_NE(flaw_of({.topic = topic}), std::nullopt) << topic;
    EXPECT_EQ(flaw_of({.topic = std::string(249, 'a')}), std::nullopt);
    EXPECT_NE(flaw_of({.topic = std::string(250, 'a')}), std::nullopt);
    EXPECT_EQ(flaw_of({.topic = "t", .flaw = "headers"}), "headers");
}

/// "a+" topic-key "a" delivered, "a?" later, "a!" undeliverable, "a#" topic blocked.
Settlement settled(const std::vector<std::string>& batch) {
    const std::map<char, Fate> fates{
        {'+', Fate::Delivered},
        {'?', Fate::Later},
        {'!', Fate::Undeliverable},
        {'#', Fate::TopicBlocked}};
    std::vector<Row> rows;
    std::vector<Report> reports;
    for (const std::string& each : batch) {
        rows.push_back({.topic = "t", .key = each.substr(0, 1)});
        reports.push_back({fates.at(each[1]), ""});
    }
    return settle(rows, reports);
}

TEST(OutboxSettlement, DeletesWhatWasDelivered) {
    EXPECT_EQ(settled({"a+", "b+", "a+"}).gone, (Places{0, 1, 2}));
    EXPECT_EQ(settled({"a+", "b+", "a+"}).delivered, (Places{0, 1, 2}));
    EXPECT_TRUE(settled({}).gone.empty());
}

TEST(OutboxSettlement, KeepsWhatIsNotKnownToBeWritten) {
    EXPECT_EQ(settled({"a?", "b+", "c#"}).gone, (Places{1}));
}

TEST(OutboxSettlement, KeepsADeliveredRowBehindAKeptOneOfItsKey) {
    EXPECT_EQ(settled({"a+", "a?", "a+", "b+", "a+"}).gone, (Places{0, 3}));
}

TEST(OutboxSettlement, HoldsNothingUpForAnUndeliverableRow) {
    const Settlement result = settled({"a!", "a+", "b?", "b!", "b+"});
    EXPECT_EQ(result.dead, (Places{0, 3}));
    EXPECT_EQ(result.delivered, (Places{1}));
    EXPECT_EQ(result.gone, (Places{0, 1, 3}));
}

TEST(OutboxSettlement, TellsTopicsAndMissingKeysApart) {
    const std::vector<Row> rows{
        {.topic = "t", .key = std::nullopt},
        {.topic = "t", .key = ""},
        {.topic = "u", .key = std::nullopt},
        {.topic = "t", .key = std::nullopt}};
    const std::vector<Report> reports{
        {Fate::Later, ""}, {Fate::Delivered, ""}, {Fate::Delivered, ""}, {Fate::Delivered, ""}};
    EXPECT_EQ(settle(rows, reports).gone, (Places{1, 2}));
}

TEST(OutboxSettlement, DropsACopyOfADeadLetterInsteadOfMakingALetterOfALetter) {
    const std::vector<Row> rows{
        {.topic = "w.dlq", .headers = {{"ce_id", "1"}, {"calfleet_dlq_id", "7"}}}};
    const Settlement result = settle(rows, std::vector<Report>{{Fate::Undeliverable, "too large"}});
    EXPECT_EQ(result.dropped, (Places{0}));
    EXPECT_EQ(result.gone, (Places{0}));
    EXPECT_TRUE(result.dead.empty());
}

} // namespace
} // namespace calfleet::outbox_relay
