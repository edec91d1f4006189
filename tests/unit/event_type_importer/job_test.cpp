// What a snapshot decides, row by row.

#include "workers/event-type-importer/job.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

namespace calfleet::event_type_importer {
namespace {

using events::EventTypeChange;
using events::EventTypeUpdated;

Instant at(int minute) {
    return Instant{std::chrono::days{20'000}} + std::chrono::minutes{minute};
}

Snapshot snapshot(int minute, EventTypeChange change = EventTypeChange::Updated) {
    Snapshot made;
    made.company = CompanyId{1};
    made.event_type = 5120;
    made.as_of = at(minute);
    made.change = change;
    made.title = "Haircut";
    made.slug = "haircut";
    if (made.deleted()) return made;
    made.values[Field::Name] = "\"Haircut\"";
    made.values[Field::Duration] = "45";
    made.values[Field::Active] = "true";
    return made;
}

ServiceRow service() {
    ServiceRow row;
    row.id = 9;
    row.version = 3;
    row.pushed_version = 3;
    row.sync_status = "synced";
    row.values = snapshot(0).values;
    return row;
}

std::string fields(const std::vector<Difference>& differences) {
    std::string text;
    for (const Difference& difference : differences)
        text += std::string(service_fields::column(difference.field)) + " " +
                std::string(difference.platform) + " " + std::string(difference.calcom) + "; ";
    return text;
}

// ------------------------------------------------------------------------------------- moves

struct MoveRow {
    const char* name;
    bool known;
    bool deleted;
    bool child;
    bool gone;
    Move move;
};

class Moves : public ::testing::TestWithParam<MoveRow> {};

TEST_P(Moves, AreDecidedFromWhatIsKnownAndTold) {
    Snapshot told =
        snapshot(1, GetParam().deleted ? EventTypeChange::Deleted : EventTypeChange::Updated);
    told.is_child = GetParam().child;
    ServiceRow row = service();
    if (GetParam().gone) {
        row.deactivation_reason = kGoneReason;
        row.sync_status = "error";
        row.sync_error = kGoneError;
    }
    EXPECT_EQ(decide(told, GetParam().known ? &row : nullptr).move, GetParam().move);
}

INSTANTIATE_TEST_SUITE_P(
    Rows,
    Moves,
    ::testing::Values(
        MoveRow{"AnUnknownOneIsMade", false, false, false, false, Move::Create},
        MoveRow{"AnUnknownDeletedOneIsNothing", false, true, false, false, Move::Ignore},
        MoveRow{"AChildMakesNoService", false, false, true, false, Move::Ignore},
        MoveRow{"AKnownOneIsCompared", true, false, false, false, Move::Compare},
        MoveRow{"AChildThatSomebodySellsIsCompared", true, false, true, false, Move::Compare},
        MoveRow{"AKnownDeletedOneIsDeactivated", true, true, false, false, Move::Deactivate},
        MoveRow{"ADeletedOneThatIsSeenReturns", true, false, false, true, Move::Return},
        MoveRow{"ADeletedOneDeletedAgainStaysSo", true, true, false, true, Move::Deactivate}
    ),
    [](const auto& row) { return row.param.name; }
);

// ------------------------------------------------------------------------------- differences

struct DifferenceRow {
    const char* name;
    Field field;
    const char* calcom;
    const char* platform;
    const char* pushed;
    bool differs;
};

class Differences : public ::testing::TestWithParam<DifferenceRow> {};

TEST_P(Differences, AreForeignEditsAndWhatNoPushCanMend) {
    Values calcom, platform;
    Pushed pushed;
    calcom[GetParam().field] = GetParam().calcom;
    platform[GetParam().field] = GetParam().platform;
    pushed.fields[GetParam().field] = GetParam().pushed;
    EXPECT_EQ(differences(calcom, platform, pushed).size(), GetParam().differs ? 1U : 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Rows,
    Differences,
    ::testing::Values(
        DifferenceRow{"EqualOnesAgree", Field::Name, "\"a\"", "\"a\"", "\"a\"", false},
        DifferenceRow{"AForeignEdit", Field::Name, "\"b\"", "\"a\"", "\"a\"", true},
        DifferenceRow{"BothChanged", Field::Name, "\"b\"", "\"c\"", "\"a\"", true},
        DifferenceRow{"NeverPushed", Field::Name, "\"b\"", "\"a\"", "", true},
        DifferenceRow{"APushOnItsWay", Field::Name, "\"a\"", "\"b\"", "\"a\"", false},
        DifferenceRow{"CalcomTellsNothing", Field::Name, "", "\"a\"", "\"a\"", false},
        DifferenceRow{"ThePlatformHasNoOpinion", Field::Name, "\"a\"", "", "", false},
        DifferenceRow{"APriceIsOnNoWay", Field::Price, "3900", "4200", "3900", true},
        DifferenceRow{"NorAreMetadata", Field::Metadata, "{}", "{\"a\":1}", "{}", true},
        DifferenceRow{"ASlugOnItsWay", Field::Slug, "\"a\"", "\"b\"", "\"a\"", false},
        DifferenceRow{"CalcomsOwnIsNeverCompared", Field::BookingUrl, "\"a\"", "\"b\"", "", false}
    ),
    [](const auto& row) { return row.param.name; }
);

TEST(Comparison, TakesWhatWasSentWithoutAnAnswerForThePlatformsOwn) {
    Values calcom, platform;
    calcom[Field::Name] = "\"sent\"";
    platform[Field::Name] = "\"newer\"";
    Pushed pushed;
    pushed.fields[Field::Name] = "\"older\"";
    EXPECT_EQ(differences(calcom, platform, pushed).size(), 1U);
    pushed.unconfirmed.resize(2);
    pushed.unconfirmed[1][Field::Name] = "\"sent\"";
    EXPECT_EQ(differences(calcom, platform, pushed).size(), 0U);
}

TEST(Comparison, NamesEveryFieldThatDiffersOnce) {
    Snapshot told = snapshot(1);
    told.values[Field::Name] = "\"Cut\"";
    told.values[Field::Active] = "false";
    const ServiceRow row = service();
    EXPECT_EQ(
        fields(decide(told, &row).differences), "name \"Haircut\" \"Cut\"; is_active true false; "
    );
}

TEST(Comparison, ClosesOnlyDivergencesThatTheSnapshotDisproves) {
    ServiceRow row = service();
    row.open_divergences = {Field::Name, Field::Duration, Field::Description};
    Snapshot told = snapshot(1);
    told.values[Field::Duration] = "30";
    const Decision decision = decide(told, &row);
    EXPECT_EQ(decision.agreed, std::vector<Field>{Field::Name})
        << "the duration still differs, of the description nothing is told";
    EXPECT_FALSE(decision.changes_row());
}

TEST(Comparison, RefreshesCalcomsOwnFieldsOnlyWhereTheyDiffer) {
    ServiceRow row = service();
    row.values[Field::BookingUrl] = "\"https://a\"";
    row.values[Field::CalcomPrice] = "100";
    row.values[Field::CalcomTeam] = "811";
    Snapshot told = snapshot(1);
    told.values[Field::BookingUrl] = "\"https://a\"";
    told.values[Field::CalcomPrice] = "200";
    const Decision decision = decide(told, &row);
    EXPECT_EQ(decision.refreshed, std::vector<Field>{Field::CalcomPrice});
    EXPECT_TRUE(decision.changes_row());
}

// ------------------------------------------------------------------------ coming and going

TEST(Deactivation, SaysWhyAndIsDoneOnce) {
    ServiceRow row = service();
    const Snapshot gone = snapshot(1, EventTypeChange::Deleted);
    const Decision first = decide(gone, &row);
    EXPECT_EQ(first.state.active, false);
    EXPECT_EQ(first.state.deactivation_reason, kGoneReason);
    EXPECT_EQ(first.state.sync_status, "error");
    EXPECT_EQ(first.state.sync_error, kGoneError);
    row.values[Field::Active] = "false";
    row.deactivation_reason = kGoneReason;
    row.sync_status = "error";
    row.sync_error = kGoneError;
    EXPECT_FALSE(decide(gone, &row).changes_row());
}

TEST(Deactivation, LeavesTheReasonOfAServiceThatWasOffAlready) {
    ServiceRow row = service();
    row.values[Field::Active] = "false";
    row.deactivation_reason = "closed for the season";
    const Decision decision = decide(snapshot(1, EventTypeChange::Deleted), &row);
    EXPECT_FALSE(decision.state.active);
    EXPECT_FALSE(decision.state.deactivation_reason);
    EXPECT_EQ(decision.state.sync_status, "error");
}

struct ReturnRow {
    const char* name;
    const char* status;
    const char* reason;
    std::optional<std::int64_t> pushed_version;
    std::optional<bool> active;
    std::optional<std::string_view> becomes;
    bool asks;
};

class Returns : public ::testing::TestWithParam<ReturnRow> {};

TEST_P(Returns, RestoreWhatTheDeletionDid) {
    ServiceRow row = service();
    row.values[Field::Active] = "false";
    row.deactivation_reason = GetParam().reason;
    row.sync_status = GetParam().status;
    if (row.sync_status == "error") row.sync_error = kGoneError;
    row.pushed_version = GetParam().pushed_version;
    const Decision decision = decide(snapshot(1), &row);
    EXPECT_EQ(decision.move, Move::Return);
    EXPECT_EQ(decision.state.active, GetParam().active);
    EXPECT_EQ(decision.state.sync_status, GetParam().becomes);
    EXPECT_EQ(decision.state.asks_for_push, GetParam().asks);
    EXPECT_EQ(decision.state.sync_error, "");
}

INSTANTIATE_TEST_SUITE_P(
    Rows,
    Returns,
    ::testing::Values(
        ReturnRow{"InStep", "error", kGoneReason.data(), 3, true, "synced", false},
        ReturnRow{"ChangedMeanwhile", "error", kGoneReason.data(), 2, true, std::nullopt, true},
        ReturnRow{"NeverPushed", "error", kGoneReason.data(), {}, true, std::nullopt, true},
        ReturnRow{"OffBefore", "error", "", 3, std::nullopt, "synced", false},
        ReturnRow{"APushIsDue", "pending", kGoneReason.data(), 2, true, std::nullopt, false}
    ),
    [](const auto& row) { return row.param.name; }
);

TEST(Return, HasAServicePushedWhoseEventTypeAPushDidNotFind) {
    ServiceRow row = service();
    row.sync_status = "error";
    const std::string error = std::string(events::kEventTypeNotFound) + "71: it was deleted";
    row.sync_error = error;
    row.pushed_version = 2;
    const Decision decision = decide(snapshot(1), &row);
    EXPECT_EQ(decision.move, Move::Return);
    EXPECT_TRUE(decision.state.asks_for_push);
    EXPECT_FALSE(decision.state.active) << "it was never switched off";
    const std::string other = "Cal.com dropped the field slug";
    row.sync_error = other;
    EXPECT_EQ(decide(snapshot(1), &row).move, Move::Compare) << "that it is there mends nothing";
}

TEST(Return, ComparesTheServiceAsItWillBe) {
    ServiceRow row = service();
    row.values[Field::Active] = "false";
    row.deactivation_reason = kGoneReason;
    EXPECT_EQ(fields(decide(snapshot(1), &row).differences), "")
        << "it is switched on again, and Cal.com shows it";
}

// -------------------------------------------------------------------------------------- rank

TEST(Rank, IsTimeThenDeletionThenArrival) {
    Snapshot early = snapshot(1), late = snapshot(2);
    Snapshot gone = snapshot(1, EventTypeChange::Deleted);
    Snapshot other = snapshot(1);
    other.digest[31] = 1;
    EXPECT_TRUE(is_newer(late, early));
    EXPECT_TRUE(is_newer(late, gone)) << "a deletion that is older changes nothing";
    EXPECT_TRUE(is_newer(gone, early));
    EXPECT_TRUE(is_newer(gone, other));
    EXPECT_TRUE(is_newer(other, early));
    EXPECT_TRUE(is_newer(early, other)) << "of the same instant the one that arrives later holds";
    EXPECT_FALSE(is_newer(early, gone)) << "no event type comes back";
    EXPECT_FALSE(is_newer(early, early)) << "a repetition is not newer";
}

Snapshot told(int minute, Instant now, std::optional<Instant> written = std::nullopt) {
    Snapshot made = snapshot(minute);
    made.arrival = {.written = written, .happened = made.as_of};
    bound_claim(made, now);
    return made;
}

TEST(Rank, OfAClaimOfTheFutureIsTheLeast) {
    const Snapshot lie = told(500, at(10));
    EXPECT_TRUE(lie.bounded);
    EXPECT_EQ(lie.as_of, at(10));
    EXPECT_TRUE(is_newer(lie, told(9, at(10)))) << "it was true when it arrived, for all we know";
    EXPECT_FALSE(is_newer(lie, told(11, at(12)))) << "nothing that was true later";
    EXPECT_TRUE(is_newer(told(5, at(12)), lie)) << "and gives way to whatever comes after it";
    EXPECT_TRUE(is_newer(told(600, at(12)), lie)) << "to the next such claim, too";
}

TEST(Rank, IsBoundedByWhenTheRecordWasWritten) {
    EXPECT_TRUE(told(20, at(100), at(10)).bounded);
    EXPECT_EQ(told(20, at(100), at(10)).as_of, at(10));
    EXPECT_FALSE(told(10, at(100), at(10)).bounded);
    Snapshot close = snapshot(10);
    close.as_of += std::chrono::milliseconds{900};
    bound_claim(close, at(10));
    EXPECT_FALSE(close.bounded) << "clocks differ by less than a second";
    EXPECT_EQ(close.as_of, at(10));
    // What was written days before it happened was not: 1970, say.
    EXPECT_FALSE(told(20, at(100), Instant{}).bounded);
}

TEST(Rank, OfABatchIsThatOfItsOrder) {
    std::vector<Snapshot> all{told(5, at(10)), told(500, at(10)), told(6, at(10))};
    EXPECT_EQ(newest_of_each(all), std::vector<std::uint32_t>{2});
    all.pop_back();
    EXPECT_EQ(newest_of_each(all), std::vector<std::uint32_t>{1});
    std::vector<Snapshot> equal{snapshot(5), snapshot(5), snapshot(5)};
    equal[0].digest[0] = 9;
    EXPECT_EQ(newest_of_each(equal), std::vector<std::uint32_t>{1}) << "the last repeats it";
}

TEST(Rank, KeepsTheNewestOfEachEventTypeInTheOrderOfKeys) {
    std::vector<Snapshot> all;
    for (int i = 0; i < 60; ++i) {
        Snapshot one = snapshot(i % 7);
        one.company = CompanyId{1 + i % 3};
        one.event_type = 100 + i % 5;
        all.push_back(one);
    }
    std::mt19937 engine(7);
    for (int round = 0; round < 20; ++round) {
        std::shuffle(all.begin(), all.end(), engine);
        const auto newest = newest_of_each(all);
        ASSERT_EQ(newest.size(), 15U);
        for (std::size_t i = 0; i + 1 < newest.size(); ++i) {
            const Snapshot &a = all[newest[i]], &b = all[newest[i + 1]];
            EXPECT_LT(std::pair(a.company, a.event_type), std::pair(b.company, b.event_type));
        }
        for (const std::uint32_t index : newest)
            for (const Snapshot& one : all)
                EXPECT_FALSE(
                    one.company == all[index].company && one.event_type == all[index].event_type &&
                    is_newer(one, all[index])
                );
    }
}

// ------------------------------------------------------------------------------------ checks

struct CheckRow {
    const char* name;
    std::function<void(EventTypeUpdated&)> spoil;
    const char* complaint;
};

class Checks : public ::testing::TestWithParam<CheckRow> {};

TEST_P(Checks, NameTheFieldAndItsLengthOrValue) {
    EventTypeUpdated event;
    event.id = 5120;
    event.title = "Haircut";
    GetParam().spoil(event);
    const Result<> sound = check(event);
    EXPECT_EQ(sound ? "" : sound.error().message, GetParam().complaint);
}

const std::string kLong(64 * 1024 + 1, ' ');

INSTANTIATE_TEST_SUITE_P(
    Rows,
    Checks,
    ::testing::Values(
        CheckRow{"SoundOnesPass", [](auto& e) { e.price = kMostPrice, e.currency = "Eur"; }, ""},
        CheckRow{
            "AParentOfItself",
            [](auto& e) { e.parent_id = 5120; },
            "data.event_type.parentEventTypeId: '5120' is the event type itself; expected its "
            "managed parent"},
        CheckRow{
            "APriceThatNoRowHolds",
            [](auto& e) { e.price = kMostPrice + 1; },
            "data.event_type.price: '2147483648' is more than 2147483647"},
        CheckRow{
            "ACurrencyOfFourLetters",
            [](auto& e) { e.currency = "euro"; },
            "data.event_type.currency: 4 bytes that are no currency; expected three letters like "
            "eur"},
        CheckRow{
            "ACurrencyOfThreeBytesThatAreNoLetters",
            [](auto& e) { e.currency = "e\xc3\xbc"; },
            "data.event_type.currency: 3 bytes that are no currency; expected three letters like "
            "eur"},
        CheckRow{
            "LocationsTooLong",
            [](auto& e) { e.locations = kLong; },
            "data.event_type.locations: 65537 bytes, at most 65536 are accepted"},
        CheckRow{
            "BookingFieldsTooLong",
            [](auto& e) { e.booking_fields = kLong; },
            "data.event_type.bookingFields: 65537 bytes, at most 65536 are accepted"},
        CheckRow{
            "MetadataTooLong",
            [](auto& e) { e.metadata = kLong; },
            "data.event_type.metadata: 65537 bytes, at most 65536 are accepted"}
    ),
    [](const auto& row) { return row.param.name; }
);

} // namespace
} // namespace calfleet::event_type_importer
