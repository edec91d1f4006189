// A person's walk through the hosts that wait: keys in, screens and wishes out.

#include "workers/calfleet/mapping_review.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace calfleet::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Key key(char32_t character) {
    return {.character = character};
}

HostCard card(std::int64_t mapping) {
    return {
        .mapping = MappingId{mapping},
        .seen = Instant{std::chrono::hours{mapping}},
        .company = CompanyId{1},
        .company_name = "Nordlicht",
        .host = "101",
        .name = "A. Albrecht",
        .email = "a@example.com",
        .event_type = "7001 Haircut",
        .state = "review",
        .waiting = 4,
        .reasons = {"against: initials only"},
        .candidates = {
            {.staff = StaffId{11},
             .name = "Anna Albrecht",
             .is_proposed = true,
             .score = 60,
             .appointments = 4},
            {.staff = StaffId{12}, .name = "Arno Albrecht", .score = 40, .appointments = 5},
            {.staff = StaffId{13}, .name = "Ada Albrecht", .is_active = false, .score = 40}}};
}

/// Three hosts wait: mappings 1, 2 and 3. Each is shown as soon as the walk asks for it.
class Walk : public testing::Test {
protected:
    void SetUp() override { settle(walk.begin()); }

    /// Presses the keys; the first wish that only an outside can grant, if any.
    std::optional<Wish> press(const std::string& keys) {
        for (const char each : keys)
            if (auto wish = settle(walk.press(key(static_cast<char32_t>(each))))) return wish;
        return std::nullopt;
    }
    std::optional<Wish> settle(std::optional<Wish> wish) {
        while (wish && wish->kind == Wish::Kind::Show)
            wish = walk.shown(
                gone == wish->mapping ? std::nullopt : std::optional(card(wish->mapping.value))
            );
        return wish;
    }
    std::string screen() const {
        std::string text;
        for (const std::string& line : walk.screen())
            text += line + '\n';
        return text;
    }

    ReviewWalk walk{{MappingId{1}, MappingId{2}, MappingId{3}}, "seen"};
    MappingId gone{};
};

TEST_F(Walk, ShowsWhatADecisionNeedsAndHowManyAppointmentsItTouches) {
    EXPECT_THAT(
        screen(),
        AllOf(
            HasSubstr("1 of 3   mapping 1, review   company 1 Nordlicht"),
            HasSubstr("A. Albrecht   a@example.com"),
            HasSubstr("4 wait   event type 7001 Haircut"),
            HasSubstr("against: initials only"),
            HasSubstr("Arno Albrecht"),
            HasSubstr("has left"),
            HasSubstr("1-9 link")
        )
    );
    EXPECT_THAT(screen(), HasSubstr("     40             5\n")) << "score and appointments of Arno";
}

TEST_F(Walk, ApprovesTheProposedOneAndAssignsAnother) {
    auto wish = press("1");
    ASSERT_TRUE(wish);
    EXPECT_EQ(wish->kind, Wish::Kind::Decide);
    EXPECT_EQ(wish->decision.verb, MappingVerb::Approve);
    EXPECT_EQ(wish->decision.staff, StaffId{11});
    EXPECT_EQ(wish->decision.seen, card(1).seen) << "holds only for what was seen";
    EXPECT_EQ(wish->decision.why, "seen");
    settle(walk.decided(4));
    EXPECT_THAT(screen(), AllOf(HasSubstr("2 of 3"), HasSubstr("4 appointments moved")));
    wish = press("2");
    ASSERT_TRUE(wish);
    EXPECT_EQ(wish->decision.verb, MappingVerb::Assign);
    EXPECT_EQ(wish->decision.staff, StaffId{12});
}

TEST_F(Walk, LinksNobodyWhoHasLeftNorANumberThatIsNotThere) {
    EXPECT_FALSE(press("3"));
    EXPECT_THAT(screen(), HasSubstr("Staff member 13 has left"));
    EXPECT_FALSE(press("9"));
    EXPECT_THAT(screen(), HasSubstr("There is no number 9 here."));
    EXPECT_FALSE(press("x"));
    EXPECT_THAT(screen(), HasSubstr("does nothing here"));
}

TEST_F(Walk, PutsAwayAndSkipsAndEnds) {
    auto wish = press("d");
    ASSERT_TRUE(wish);
    EXPECT_EQ(wish->decision.verb, MappingVerb::PutAway);
    EXPECT_FALSE(wish->decision.staff);
    settle(walk.decided(0));
    EXPECT_FALSE(press("s"));
    EXPECT_THAT(screen(), HasSubstr("3 of 3"));
    wish = press("s");
    ASSERT_TRUE(wish);
    EXPECT_EQ(wish->kind, Wish::Kind::Leave);
    EXPECT_EQ(walk.summary(), "1 decided, 2 skipped, 0 undone; 0 not looked at");
}

TEST_F(Walk, TakesBackTheLastDecisionThenTheOneBefore) {
    press("1");
    settle(walk.decided(4));
    press("2");
    settle(walk.decided(1));
    EXPECT_THAT(screen(), HasSubstr("3 of 3"));
    auto wish = press("u");
    ASSERT_TRUE(wish);
    EXPECT_EQ(wish->kind, Wish::Kind::Undo);
    EXPECT_EQ(wish->mapping, MappingId{2});
    settle(walk.undone(1));
    EXPECT_THAT(
        screen(), AllOf(HasSubstr("2 of 3"), HasSubstr("no longer linked to staff member 12"))
    );
    wish = press("u");
    ASSERT_TRUE(wish);
    EXPECT_EQ(wish->mapping, MappingId{1});
    settle(walk.undone(4));
    EXPECT_FALSE(press("u"));
    EXPECT_THAT(screen(), HasSubstr("Nothing was decided in this walk"));
    EXPECT_EQ(walk.summary(), "0 decided, 0 skipped, 2 undone; 3 not looked at");
}

TEST_F(Walk, SaysThatSomebodyElseWasFirstAndGoesOn) {
    press("1");
    gone = MappingId{1};
    settle(walk.refused("mapping 1 was decided meanwhile: active for staff member 12"));
    EXPECT_THAT(
        screen(),
        AllOf(
            HasSubstr("2 of 3"),
            HasSubstr("Not done: mapping 1 was decided meanwhile: active for staff member 12."),
            HasSubstr("Mapping 1 waits no longer")
        )
    );
}

TEST_F(Walk, LooksAgainAtAHostThatStillWaitsAfterARefusal) {
    press("1");
    settle(walk.refused("staff member 11 of company 1 is not active"));
    EXPECT_THAT(screen(), AllOf(HasSubstr("1 of 3"), HasSubstr("is not active")));
}

TEST_F(Walk, AsksNoMoreToUndoWhatCannotBeUndone) {
    press("1");
    settle(walk.decided(4));
    press("u");
    settle(walk.refused("mapping 1 was decided again meanwhile"));
    EXPECT_THAT(screen(), AllOf(HasSubstr("2 of 3"), HasSubstr("decided again")));
    EXPECT_FALSE(press("u"));
    EXPECT_THAT(screen(), HasSubstr("Nothing was decided in this walk"));
    press("1");
    settle(walk.refused("no"));
    EXPECT_FALSE(press("u")) << "a decision that was refused is none";
}

TEST_F(Walk, FindsSomebodyElseByTypedText) {
    EXPECT_FALSE(press("a"));
    EXPECT_TRUE(walk.is_typing());
    press("brx");
    walk.press(Key{.kind = Key::Kind::Backspace});
    walk.press(key(U'ü'));
    EXPECT_THAT(screen(), HasSubstr("(Enter finds, Esc leaves): brü"));
    const auto wish = walk.press(Key{.kind = Key::Kind::Enter});
    ASSERT_TRUE(wish);
    EXPECT_EQ(wish->kind, Wish::Kind::Find);
    EXPECT_EQ(wish->text, "brü");
    walk.found({{.staff = StaffId{15}, .name = "Brünhild", .appointments = 2}});
    EXPECT_THAT(screen(), AllOf(HasSubstr("Brünhild"), Not(HasSubstr("Arno"))));
    const auto chosen = walk.press(key(U'1'));
    ASSERT_TRUE(chosen);
    EXPECT_EQ(chosen->decision.verb, MappingVerb::Assign);
    EXPECT_EQ(chosen->decision.staff, StaffId{15});
}

TEST_F(Walk, ComesBackFromASearchThatFindsNobodyOrIsLeft) {
    press("ax");
    walk.press(Key{.kind = Key::Kind::Escape});
    EXPECT_FALSE(walk.is_typing());
    EXPECT_THAT(screen(), HasSubstr("1-9 link"));
    press("az");
    walk.press(Key{.kind = Key::Kind::Enter});
    walk.found({});
    EXPECT_THAT(screen(), HasSubstr("Nobody of this company is called 'z'."));
}

TEST_F(Walk, TellsTheHistoryAndTheKeys) {
    EXPECT_EQ(press("h")->kind, Wish::Kind::History);
    walk.told({"2026-11-20T08:00  decided by host-mapper"});
    EXPECT_THAT(screen(), HasSubstr("decided by host-mapper"));
    EXPECT_FALSE(press("x")) << "any key comes back";
    EXPECT_THAT(screen(), HasSubstr("1-9 link"));
    press("?");
    EXPECT_THAT(screen(), HasSubstr("undo the last decision"));
}

TEST_F(Walk, ReadsLinesWhereThereIsNoTerminal) {
    EXPECT_FALSE(walk.press(std::string_view("12")));
    EXPECT_THAT(screen(), HasSubstr("One key a line; nothing was done."));
    EXPECT_FALSE(walk.press(std::string_view("")));
    EXPECT_FALSE(walk.press(std::string_view("a")));
    const auto wish = walk.press(std::string_view(" Bruno Brandt "));
    ASSERT_TRUE(wish);
    EXPECT_EQ(wish->text, "Bruno Brandt");
    walk.found({{.staff = StaffId{12}, .name = "Bruno Brandt"}});
    const auto chosen = walk.press(std::string_view("1"));
    ASSERT_TRUE(chosen);
    EXPECT_EQ(chosen->decision.staff, StaffId{12});
}

TEST_F(Walk, ShowsNothingThatATerminalWouldObey) {
    HostCard hostile = card(1);
    hostile.name = "\x1b[2JAnna\u202e";
    hostile.reasons = {"a\nb\x07"};
    hostile.candidates[0].name = "B\x1b]0;x\x07";
    walk.shown(hostile);
    for (const std::string& line : walk.screen())
        for (const char byte : line)
            EXPECT_GE(static_cast<unsigned char>(byte), 0x20) << line;
    EXPECT_THAT(screen(), AllOf(HasSubstr("<U+001B>[2JAnna<U+202E>"), HasSubstr("a<U+000A>b")));
}

TEST_F(Walk, EndsWithItsInput) {
    EXPECT_EQ(walk.press(Key{.kind = Key::Kind::End})->kind, Wish::Kind::Leave);
    EXPECT_EQ(walk.summary(), "0 decided, 0 skipped, 0 undone; 3 not looked at");
}

} // namespace
} // namespace calfleet::cli
