// A commit whose answer was lost is believed only when the transaction number still means the same
// transaction.

#include "common/postgres/commit_resolution.h"

#include <gtest/gtest.h>

namespace calfleet::postgres {
namespace {

const ServerLife kBefore{"7001", "00000001", "monday"};
const ServerLife kCrashed{"7001", "00000001", "tuesday"};

CommitEvidence seen(std::string status, ServerLife life = kBefore) {
    return {.status = std::move(status), .life = std::move(life)};
}

CommitEvidence after_recovery(std::string status, bool before_checkpoint) {
    auto evidence = seen(std::move(status), kCrashed);
    evidence.checkpoint_ended_recovery = true;
    evidence.before_checkpoint = before_checkpoint;
    return evidence;
}

TEST(LostCommit, IsWhatTheSameServerSays) {
    EXPECT_EQ(judge(kBefore, seen("committed")), CommitVerdict::Committed);
    EXPECT_EQ(judge(kBefore, seen("aborted")), CommitVerdict::Aborted);
    EXPECT_EQ(judge(kBefore, seen("in progress")), CommitVerdict::StillRunning);
}

TEST(LostCommit, IsUnknownWhenTheServerHasForgotten) {
    EXPECT_EQ(judge(kBefore, seen("")), CommitVerdict::Unknown);
}

TEST(LostCommit, IsCommittedAfterACrashOnlyWhenTheNumberIsOlderThanTheRecovery) {
    EXPECT_EQ(judge(kBefore, after_recovery("committed", true)), CommitVerdict::Committed);
    // The number died in the crash and was given out again: somebody else's commit.
    EXPECT_EQ(judge(kBefore, after_recovery("committed", false)), CommitVerdict::Aborted);
}

TEST(LostCommit, IsUnknownWhenACrashedServerHasMovedOnTooFar) {
    EXPECT_EQ(judge(kBefore, seen("committed", kCrashed)), CommitVerdict::Unknown);
}

TEST(LostCommit, IsAbortedWhenTheCrashTookTheNumberWithIt) {
    EXPECT_EQ(judge(kBefore, seen("future", kCrashed)), CommitVerdict::Aborted);
    EXPECT_EQ(judge(kBefore, seen("in progress", kCrashed)), CommitVerdict::Aborted);
    EXPECT_EQ(judge(kBefore, seen("aborted", kCrashed)), CommitVerdict::Aborted);
}

TEST(LostCommit, IsUnknownAfterAFailOver) {
    for (const auto* status : {"committed", "aborted", "in progress", "future"}) {
        EXPECT_EQ(
            judge(kBefore, seen(status, {"7001", "00000002", "monday"})), CommitVerdict::Unknown
        ) << status;
        EXPECT_EQ(
            judge(kBefore, seen(status, {"7002", "00000001", "monday"})), CommitVerdict::Unknown
        ) << status;
    }
}

} // namespace
} // namespace calfleet::postgres
