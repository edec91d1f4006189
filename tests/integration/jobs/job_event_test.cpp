#include <gmock/gmock.h>

#include "tests/integration/jobs/word_events.h"

namespace calfleet::executor {
namespace {

using namespace std::chrono_literals;
using postgres::Access;
using postgres::Transaction;
using test_support::eventually;

TEST_F(EventJobsTest, AppliesTheRecordAndTellsTheInbox) {
    put_aside({"e1", "apply", CompanyId{1}, "a"}, CompanyId{1});
    run_all();
    EXPECT_EQ(count("calfleet.effects"), 1);
    EXPECT_EQ(inbox(), "1");
}

TEST_F(EventJobsTest, RemembersWhyNothingWasChanged) {
    put_aside({"e1", "newer", CompanyId{1}, "a"}, CompanyId{1});
    put_aside({"e2", "skip", CompanyId{2}, "b"}, CompanyId{2});
    run_all();
    EXPECT_EQ(inbox(), "2,3");
}

TEST_F(EventJobsTest, KeepsTheOrderOfAnEntitysEvents) {
    batches_.failures = 1;
    put_aside({"e1", "fail", CompanyId{1}, "a"}, CompanyId{1});
    put_aside({"e2", "apply", CompanyId{1}, "a"}, CompanyId{1});
    intake::EventJobs jobs{std::string(kWorker), batches_};
    RunningExecutor executor(quick_settings(settings()));
    executor->add(std::string(intake::kEventJobKind), jobs);
    executor.start();
    ASSERT_TRUE(eventually(20s, [&] { return count("calfleet.jobs where attempts = 1") == 1; }));
    EXPECT_EQ(states("a"), "parked,waiting");
    let_pass(100s);
    ASSERT_TRUE(eventually(20s, [&] { return count("calfleet.jobs") == 0; }));
    EXPECT_EQ(
        database().ask("select string_agg(entity, ',' order by id) from calfleet.effects"),
        "\"fail\",\"apply\""
    );
}

TEST_F(EventJobsTest, BuriesWithRecordUntouchedInTableAndTopic) {
    put_aside({"e1", "bury", CompanyId{1}, "a"}, CompanyId{1});
    run_all();
    EXPECT_EQ(inbox(), "4");
    EXPECT_EQ(count("calfleet.effects where entity is not null"), 1);
    const std::string same = "record_key = 'a' and record_value = '\"bury\"' and record_headers @> "
                             "'[{\"name\":\"ce_id\",\"text\":\"e1\"},{\"name\":\"empty\"},{"
                             "\"name\":\"binary\",\"base64\":\"/wB6\"}]'";
    EXPECT_EQ(
        count(
            "calfleet.dead_letters where reason_class = 'hopeless' and event_source = '/test' and "
            "event_type = 'words' "
            "and event_id = 'e1' and record_topic = 'words' and record_partition = 3 and "
            "record_offset = 17 and " +
            same
        ),
        1
    );
    EXPECT_EQ(
        count(
            "calfleet.outbox where topic = 'test-worker.dlq' and record_headers @> "
            "'[{\"name\":\"calfleet_dlq_class\",\"text\":\"hopeless\"}]' and " +
            same
        ),
        1
    );
}

TEST_F(EventJobsTest, BuriesWhatNoLongerFitsTheSchema) {
    put_aside({"e1", "refuse", CompanyId{1}, "a"}, CompanyId{1});
    run_all();
    EXPECT_EQ(database().ask("select reason_class from calfleet.dead_letters"), "schema");
}

TEST_F(EventJobsTest, DoesNotApplyWhatTheInboxKnowsAsDone) {
    put_aside({"e1", "apply", CompanyId{1}, "a"}, CompanyId{1});
    database().run("update calfleet.inbox set outcome = 1");
    run_all();
    EXPECT_EQ(count("calfleet.effects"), 0);
    EXPECT_EQ(count("calfleet.jobs"), 0);
}

TEST_F(EventJobsTest, ClosesTheDeadLetterItsReplayCameFrom) {
    const Delivered record("e1", "bury", CompanyId{1}, "a");
    put_aside(record, CompanyId{1});
    run_all();
    const DeadLetterId letter{
        parse_int64(database().ask("select id from calfleet.dead_letters")).value()};
    database().run("update calfleet.dead_letters set state = 'replaying'; update calfleet.inbox "
                   "set outcome = 5");
    const Delivered mended("e1", "apply", CompanyId{1}, "a");
    put_aside(mended, CompanyId{1}, letter);
    run_all();
    EXPECT_EQ(database().ask("select state || failures from calfleet.dead_letters"), "replayed1");
    EXPECT_EQ(inbox(), "1");
}

TEST_F(EventJobsTest, OpensTheDeadLetterAgainWhenItsReplayFails) {
    const Delivered record("e1", "bury", CompanyId{1}, "a");
    put_aside(record, CompanyId{1});
    run_all();
    const DeadLetterId letter{
        parse_int64(database().ask("select id from calfleet.dead_letters")).value()};
    database().run("update calfleet.dead_letters set state = 'replaying'; update calfleet.inbox "
                   "set outcome = 5");
    put_aside(record, CompanyId{1}, letter);
    run_all();
    EXPECT_EQ(database().ask("select state || failures from calfleet.dead_letters"), "open2");
    EXPECT_EQ(count("calfleet.outbox"), 2) << "published again: it failed again";
}

using DeadLetterStore = EventJobsTest;

messaging::DeadLetterRecord letter_of(const Delivered& record, CompanyId company) {
    messaging::DeadLetterRecord letter;
    letter.keys = messaging::letter_keys_of(messaging::EventKey{company, record.event_key()});
    letter.may_be_read_again = true;
    letter.company = company;
    letter.reason = {"schema", std::string(2000, 'x')};
    letter.first_failed_at = letter.last_failed_at = system_clock().now();
    letter.record = record.view;
    return letter;
}

TEST_F(DeadLetterStore, TheSameFailureIsOneRowAndOneRecord) {
    const Delivered record("e1", "bury", CompanyId{1}, "a");
    const messaging::DeadLetterRecord twice[] = {
        letter_of(record, CompanyId{1}), letter_of(record, CompanyId{1})};
    for (int i = 0; i < 2; ++i)
        ASSERT_TRUE(desk_->transact(Access::company(CompanyId{1}), [&](Transaction& transaction) {
            messaging::record_dead_letters(transaction, kWorker, twice, system_clock().now());
        }));
    EXPECT_EQ(count("calfleet.dead_letters where octet_length(reason) <= 500"), 1);
    EXPECT_EQ(count("calfleet.outbox"), 1);
}

TEST_F(DeadLetterStore, OneIdentityOfTwoCompaniesIsTwoLetters) {
    const Delivered record("e1", "bury", CompanyId{1}, "a");
    for (const CompanyId company : {CompanyId{1}, CompanyId{2}}) {
        const messaging::DeadLetterRecord letter = letter_of(record, company);
        const auto written =
            desk_->transact(Access::company(company), [&](Transaction& transaction) {
                messaging::record_dead_letters(
                    transaction, kWorker, std::span(&letter, 1), system_clock().now()
                );
            });
        EXPECT_TRUE(written) << written.error().message;
    }
    EXPECT_EQ(
        database().ask(
            "select string_agg(company_id::text, ',' order by id) from calfleet.dead_letters"
        ),
        "1,2"
    );
}

TEST_F(DeadLetterStore, ALetterOfAnUnknownCompanyIsKept) {
    const Delivered record("e1", "bury", CompanyId{1}, "a");
    const messaging::DeadLetterRecord letter = letter_of(record, CompanyId{});
    const auto written = desk_->transact(Access::companies({}), [&](Transaction& transaction) {
        messaging::record_dead_letters(
            transaction, kWorker, std::span(&letter, 1), system_clock().now()
        );
    });
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(count("calfleet.dead_letters where company_id is null"), 1);
}

} // namespace
} // namespace calfleet::executor
