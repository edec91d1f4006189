// What happens to jobs when their process is killed, frozen or told to stop, seen from the tables.

#include "common/core/text.h"

#include <gmock/gmock.h>

#include "tests/integration/jobs/job_fixture.h"
#include "tests/support/process.h"
#include "tests/support/wait.h"

namespace calfleet::executor {
namespace {

using namespace std::chrono_literals;
using test_support::eventually;
using test_support::Exit;
using test_support::Process;

class JobsChaos : public JobsTest {
protected:
    std::unique_ptr<Process> worker(const std::string& owner, const std::string& crash = {}) {
        test_support::ProcessOptions options;
        options.argv = {CALFLEET_BIN_DIR "/jobs_worker", settings().dsn.reveal_for_use(), owner};
        if (!crash.empty()) options.environment["CALFLEET_CRASH"] = crash;
        options.directory = directory_.path();
        options.name = owner;
        return std::make_unique<Process>(std::move(options));
    }
    /// Every kind of end, order within entities, several companies.
    void enqueue_mixture() {
        for (int i = 0; i < 5; ++i) {
            enqueue({"1/plain1", "1/plain1", "2/plain2", "3/plain3", "8/plain8", "9/plain9"});
            enqueue({"5/far5", "6/far6", "6/far6"}, "remote");
        }
        enqueue({"7/bury7", "7/plain7", "4/retry4", "4/retry4"});
    }
    bool empty() const { return count("calfleet.jobs") == 0; }
    /// The independent account: what was asked for against what is there.
    void expect_exact_effects() {
        EXPECT_EQ(count("calfleet.effects"), 5 * 6 + 3)
            << "one per transactional job that can succeed";
        EXPECT_EQ(
            count("(select job from calfleet.effects group by job having count(*) > 1) twice"), 0
        );
        EXPECT_EQ(
            count("(select job, lag(job) over (partition by entity order by id) former from "
                  "calfleet.effects) pairs "
                  "where former > job"),
            0
        ) << "out of order within an entity";
        EXPECT_EQ(
            database().ask("select string_agg(entity || failures, ',') from calfleet.dead_letters"),
            "bury71"
        );
        EXPECT_EQ(count("calfleet.outbox"), 1);
    }
    std::string log(const std::string& owner) {
        return test_support::read_file(directory_.path() / (owner + ".out"));
    }

    test_support::TemporaryDirectory directory_{"jobs"};
};

class KilledAt : public JobsChaos, public testing::WithParamInterface<const char*> {};

TEST_P(KilledAt, LosesNothingAndRepeatsNothing) {
    enqueue_mixture();
    auto victim = worker("victim", GetParam());
    const auto end = victim->wait_exit(30s);
    ASSERT_TRUE(end) << "the point was never passed";
    ASSERT_EQ(*end, (Exit{0, SIGKILL}));
    auto heir = worker("heir");
    ASSERT_TRUE(eventually(60s, [&] { return empty(); })) << log("heir");
    expect_exact_effects();
    EXPECT_EQ(heir->stop(20s), (Exit{0, 0}));
}

INSTANTIATE_TEST_SUITE_P(
    Points,
    KilledAt,
    testing::Values(
        "J1", "J1:3", "J9", "J9:3", "J10", "J10:3", "J11", "J11:3", "J12", "J12:2", "J13", "J14"
    ),
    [](const auto& point) {
        std::string name = point.param;
        for (char& c : name)
            if (c == ':') c = 'x';
        return name;
    }
);

TEST_F(JobsChaos, SurvivesRandomKills) {
    enqueue_mixture();
    Random random(test_support::seed());
    for (int life = 0; life < 6 && !empty(); ++life) {
        auto victim = worker("victim" + std::to_string(life));
        const auto lifetime = std::chrono::milliseconds(200 + random.below(1500));
        (void)victim->wait_exit(lifetime);
        victim->signal(SIGKILL);
        // Crashes of the process are not the jobs' fault here; three in a row of one job would bury
        // it.
        database().run("update calfleet.jobs set crashes = 0");
    }
    auto heir = worker("heir");
    ASSERT_TRUE(eventually(60s, [&] { return empty(); })) << log("heir");
    expect_exact_effects();
}

TEST_F(JobsChaos, AFrozenProcessWritesNothingWhenItWakes) {
    enqueue({"1/slow", "2/slow", "3/slow", "4/slow"});
    auto zombie = worker("zombie");
    ASSERT_TRUE(eventually(20s, [&] { return count("calfleet.jobs where state = 'running'") > 0; })
    );
    zombie->signal(SIGSTOP);
    const std::string held =
        database().ask("select string_agg(id::text, ',') from calfleet.jobs where state = 'running'"
        );
    // Its open transaction holds the row; the server ends it as an idle or waiting one, here at
    // once.
    database().run("select pg_terminate_backend(pid) from pg_stat_activity where application_name "
                   "like 'zombie%'");
    auto heir = worker("heir");
    ASSERT_TRUE(eventually(60s, [&] { return empty(); })) << log("heir");
    zombie->signal(SIGCONT);
    enqueue({"5/plain"});
    ASSERT_TRUE(eventually(20s, [&] { return empty(); }));
    EXPECT_EQ(zombie->stop(20s), (Exit{0, 0}));
    EXPECT_EQ(
        count("(select job from calfleet.effects group by job having count(*) > 1) twice"), 0
    );
    EXPECT_EQ(count("calfleet.effects"), 5) << "held by the zombie: " << held;
    EXPECT_EQ(count("calfleet.dead_letters"), 0);
}

TEST_F(JobsChaos, ATermSignalReleasesEverything) {
    for (int i = 0; i < 20; ++i)
        enqueue({"1/a", "2/b", "3/c"}, "remote");
    auto leaver = worker("leaver");
    ASSERT_TRUE(eventually(20s, [&] { return count("calfleet.jobs where state = 'running'") > 0; })
    );
    EXPECT_EQ(leaver->stop(20s), (Exit{0, 0}));
    EXPECT_EQ(count("calfleet.jobs where state = 'running' or attempts > 0 or crashes > 0"), 0);
    auto heir = worker("heir");
    EXPECT_TRUE(eventually(20s, [&] { return empty(); })) << log("heir");
}

TEST_F(JobsChaos, AKilledProcessIsFollowedWithinItsLeaseAndTwoRounds) {
    enqueue({"1/slow", "2/slow"});
    auto victim = worker("victim");
    ASSERT_TRUE(eventually(20s, [&] { return count("calfleet.jobs where state = 'running'") > 0; })
    );
    victim->signal(SIGKILL);
    const auto killed = std::chrono::steady_clock::now();
    auto heir = worker("heir");
    ASSERT_TRUE(eventually(20s, [&] { return empty(); })) << log("heir");
    // Lease 3 s, reaper every 0.2 s, two jobs of 0.5 s: in production 30 s, 10 s, at most 45 s.
    EXPECT_LT(std::chrono::steady_clock::now() - killed, 8s);
}

TEST_F(JobsChaos, KeepsItsBooksWhileTheServerIsRestarted) {
    enqueue_mixture();
    auto busy = worker("busy");
    for (int i = 0; i < 3; ++i) {
        (void)busy->wait_exit(700ms);
        postgres::test_server().restart_immediate();
    }
    ASSERT_TRUE(eventually(60s, [&] { return empty(); })) << log("busy");
    expect_exact_effects();
    EXPECT_EQ(count("calfleet.dead_letters where reason_class <> 'test'"), 0);
    EXPECT_EQ(busy->stop(20s), (Exit{0, 0}));
}

} // namespace
} // namespace calfleet::executor
