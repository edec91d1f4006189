// What makes an event the same, and for how long: source and id within a company, 35 days, by the
// database's clock.

#include <gmock/gmock.h>

#include "tests/integration/jobs/word_events.h"

namespace calfleet::executor {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr CompanyId kOurs{1};
constexpr CompanyId kTheirs{2};

class EventIdentity : public EventJobsTest {};

TEST_F(EventIdentity, IsTheCompanysOwnWithinABatch) {
    const Delivered ours("e1", "apply", kOurs), theirs("e1", "apply", kTheirs);
    EXPECT_EQ(deliver({&ours, &theirs}), "AA");
    EXPECT_EQ(deliver({&theirs, &ours, &theirs}), "DDD");
    EXPECT_EQ(count("calfleet.effects"), 2);
}

TEST_F(EventIdentity, IsTheCompanysOwnAcrossBatchesAndStopsNobody) {
    const Delivered ours("e1", "apply", kOurs), theirs("e1", "apply", kTheirs);
    EXPECT_EQ(deliver({&ours}), "A");
    EXPECT_EQ(deliver({&theirs}), "A") << "row security hides the first row";
    EXPECT_EQ(deliver({&theirs}), "D");
    EXPECT_EQ(count("calfleet.inbox"), 2);
}

TEST_F(EventIdentity, OfAHundredCompaniesAtOnce) {
    std::deque<Delivered> records;
    for (std::int64_t company = 1; company <= 100; ++company)
        records.emplace_back("e1", company % 3 == 0 ? "bury" : "apply", CompanyId{company});
    for (const Delivered& record : records)
        EXPECT_THAT(deliver({&record}), testing::AnyOf("A", "L"));
    EXPECT_EQ(count("calfleet.inbox"), 100);
    EXPECT_EQ(count("calfleet.dead_letters"), 33);
    EXPECT_EQ(count("calfleet.outbox where topic = 'test-worker.dlq'"), 33);
}

TEST_F(EventIdentity, OfLettersIsTheCompanysOwn) {
    const Delivered ours("e1", "refuse", kOurs), theirs("e1", "refuse", kTheirs);
    EXPECT_EQ(deliver({&ours, &theirs}), "LL");
    EXPECT_EQ(letters(), "1:open1 2:open1");
}

TEST_F(EventIdentity, IsTheSameWhateverDayTheEventNames) {
    const Instant now = system_clock().now();
    const Delivered first("e1", "apply", kOurs, "a", now);
    const Delivered tomorrow("e1", "apply", kOurs, "a", now + 24h);
    const Delivered last_week("e1", "apply", kOurs, "b", now - 7 * 24h);
    EXPECT_EQ(deliver({&first}), "A");
    EXPECT_EQ(deliver({&tomorrow}), "D");
    EXPECT_EQ(deliver({&last_week}), "D");
    EXPECT_EQ(deliver({&tomorrow, &last_week}), "DD");
    EXPECT_EQ(count("calfleet.effects"), 1);
}

TEST_F(EventIdentity, IsTheSameInOneBatchWhateverDayTheEventNames) {
    const Instant now = system_clock().now();
    const Delivered first("e1", "apply", kOurs, "a", now);
    const Delivered tomorrow("e1", "apply", kOurs, "a", now + 24h);
    EXPECT_EQ(deliver({&first, &tomorrow}), "AD");
}

TEST_F(EventIdentity, OfALetterIsTheSameWhateverDayTheEventNames) {
    const Instant now = system_clock().now();
    const Delivered first("e1", "refuse", kOurs, "a", now);
    const Delivered tomorrow("e1", "refuse", kOurs, "a", now + 24h);
    EXPECT_EQ(deliver({&first}), "L");
    EXPECT_EQ(deliver({&tomorrow}), "D");
    EXPECT_EQ(letters(), "1:open1");
}

TEST_F(EventIdentity, BoundsAreThoseOfTheDatabasesDays) {
    const Instant today = std::chrono::floor<std::chrono::days>(system_clock().now());
    const Delivered oldest("e1", "apply", kOurs, "a", today - 35 * 24h);
    const Delivered too_old("e2", "apply", kOurs, "a", today - 35 * 24h - 1us);
    const Delivered newest("e3", "apply", kOurs, "a", today + 47h);
    const Delivered too_new("e4", "apply", kOurs, "a", today + 48h);
    EXPECT_EQ(deliver({&oldest, &too_old, &newest, &too_new}), "ALAL");
    EXPECT_EQ(
        database().ask("select string_agg(event_id || reason_class, ' ' order by event_id) from "
                       "calfleet.dead_letters"),
        "e2time_out_of_range e4time_out_of_range"
    );
    EXPECT_EQ(count("calfleet.inbox"), 2) << "sent again with the right time it is applied";
    const Delivered mended("e2", "apply", kOurs);
    EXPECT_EQ(deliver({&mended}), "A");
}

TEST_F(EventIdentity, BelievesNoClockOfAProcess) {
    for (const auto off : {400 * 24h, -400 * 24h, 9 * 24h}) {
        ManualClock wrong(system_clock().now() + off);
        clock = &wrong;
        const std::string id = "e" + std::to_string(off.count());
        const Delivered today(id, "apply", kOurs);
        const Delivered there(id + "there", "apply", kOurs, "a", system_clock().now() + 400 * 24h);
        EXPECT_EQ(deliver({&today}), "A");
        EXPECT_EQ(deliver({&there}), "L");
    }
    EXPECT_EQ(
        count("calfleet.dead_letters where first_failed_at > now() - interval '1 hour' and "
              "first_failed_at <= now() and created_at <= now()"),
        3
    );
}

TEST_F(EventIdentity, AJobsPauseIsNotStretchedByAWrongClock) {
    ManualClock wrong(system_clock().now() + 400 * 24h);
    clock = &wrong;
    const Error why{ErrorKind::Bug, "no idea"};
    const Delivered record("e1", "apply", kOurs);
    EXPECT_EQ(deliver({&record}, &why), "Q");
    EXPECT_EQ(
        count("calfleet.jobs where run_at between now() and now() + interval '2 minutes'"), 1
    );
}

TEST_F(EventIdentity, OfABrokenEnvelopeIsItsContent) {
    Delivered first("e1", "apply", kOurs), again("e1", "apply", kOurs), other("e1", "skip", kOurs);
    for (Delivered* record : {&first, &again, &other})
        record->headers[3].name = "ce_kind"; // no ce_type
    again.view.offset = 18;
    other.view.offset = 19;
    EXPECT_EQ(deliver({&first, &again, &other}), "LLL");
    EXPECT_EQ(letters(), "1:open1 1:open1");
    EXPECT_EQ(deliver({&first, &again, &other}), "LLL") << "read once more: nothing new";
    EXPECT_EQ(letters(), "1:open1 1:open1");
    EXPECT_EQ(count("calfleet.outbox"), 2);
    const Delivered whole("e1", "apply", kOurs);
    EXPECT_EQ(deliver({&whole}), "A") << "a broken copy does not stand for the event";
}

TEST_F(EventIdentity, OfARecordWithoutAnyIsNotTheNextOneAtItsPlace) {
    Delivered first("e1", "apply", kOurs), in_a_new_topic("e1", "skip", kOurs);
    for (Delivered* record : {&first, &in_a_new_topic})
        record->headers[1].name = "ce_no";
    EXPECT_EQ(deliver({&first}), "L");
    EXPECT_EQ(deliver({&first}), "L");
    EXPECT_EQ(deliver({&in_a_new_topic}), "L");
    EXPECT_EQ(count("calfleet.dead_letters"), 2);
}

TEST_F(EventIdentity, OfALetterDecidedAboutIsNotTroubledByReadingItOnceMore) {
    Delivered record("e1", "apply", kOurs), elsewhere("e1", "apply", kOurs);
    for (Delivered* each : {&record, &elsewhere})
        each->headers[3].name = "ce_kind";
    elsewhere.view.offset = 99;
    EXPECT_EQ(deliver({&record}), "L");
    database().run("update calfleet.dead_letters set state = 'discarded', decided_by = 'anna', "
                   "decided_reason = 'test data'");
    EXPECT_EQ(deliver({&record}), "L") << "positions were set back";
    EXPECT_EQ(letters(), "1:discarded1");
    EXPECT_EQ(deliver({&elsewhere}), "L") << "sent once more";
    EXPECT_EQ(letters(), "1:open2");
    EXPECT_EQ(
        database().ask("select decided_reason from calfleet.dead_letters"),
        "failed again after it was discarded by anna: test data"
    );
}

TEST_F(EventIdentity, FindsTheLetterThatTheFormerReleaseWrote) {
    const Delivered record("e1", "refuse", kOurs);
    EXPECT_EQ(deliver({&record}), "L");
    database().run(
        "update calfleet.dead_letters set letter_key = '" + to_string(record.event_key()) +
        "', event_key = null, state = 'discarded'; delete from calfleet.inbox"
    );
    EXPECT_EQ(deliver({&record}), "L");
    EXPECT_EQ(letters(), "1:open2");
    EXPECT_EQ(
        database().ask("select event_key from calfleet.dead_letters"), to_string(record.event_key())
    );
}

} // namespace
} // namespace calfleet::executor
