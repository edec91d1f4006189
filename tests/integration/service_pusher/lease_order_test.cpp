// Several pushes share a transaction; while one begins, the executor renews the leases of all.

#include "workers/service-pusher/store.h"

#include "common/jobs/job_leases.h"
#include "common/jobs/job_store.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

#include "tests/integration/service_pusher/pusher_fixture.h"
#include "tests/support/wait.h"

namespace calfleet::service_pusher {
namespace {

using namespace std::chrono_literals;
using postgres::Access;
using postgres::Transaction;

class LeaseOrder : public PusherTest {};

TEST_F(LeaseOrder, IsThatOfTheIdsWhateverTheOrderOfTheAsks) {
    queue(1, 1001);
    queue(2, 2001);
    postgres::Session worker({.dsn = database().dsn("calfleet_service_pusher"), .lock_timeout = 20s}
    );
    auto claimed = worker.transact(Access::runtime(), [](Transaction& transaction) {
        return jobs::claim_jobs(
            transaction, {.worker = kWorker, .owner = "test", .after = {}, .limit = 2}
        );
    });
    ASSERT_TRUE(claimed) << claimed.error().message;
    ASSERT_EQ(claimed->size(), 2U);
    const bool in_order = claimed->front().id < claimed->back().id;
    const job::Job& first = in_order ? claimed->front() : claimed->back();
    const job::Job& last = in_order ? claimed->back() : claimed->front();
    const std::array<const job::Job*, 2> asks{&last, &first};

    std::vector<bool> held;
    std::thread holder;
    postgres::Session renewal({.dsn = database().dsn()});
    const auto renewed = renewal.transact(Access::login(), [&](Transaction& transaction) {
        const auto lock = [&](const job::Job& job) {
            const std::string id = std::to_string(job.id.value);
            return transaction
                .exec_text("select from calfleet.jobs where id = " + id + " for update skip locked")
                .size();
        };
        EXPECT_EQ(lock(first), 1);
        holder = std::thread([&] {
            const auto access = Access::companies({CompanyId{1}, CompanyId{2}});
            const auto done = worker.transact(access, [&](Transaction& theirs) {
                held = jobs::hold_leases(theirs, asks);
            });
            EXPECT_TRUE(done) << done.error().message;
        });
        EXPECT_TRUE(test_support::eventually(10s, [&] {
            return ask("select count(*) from pg_stat_activity where wait_event_type = 'Lock'") ==
                   "1";
        }));
        EXPECT_EQ(lock(last), 1) << "somebody who waits for the first holds the last";
    });
    holder.join();
    EXPECT_TRUE(renewed) << renewed.error().message;
    EXPECT_EQ(held, (std::vector<bool>{true, true}));
}

} // namespace
} // namespace calfleet::service_pusher
