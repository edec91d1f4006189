#include "common/matching/matcher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

// What a mailbox, a user name or the words around a name add to it, one rule a test.
namespace calfleet::matching {
namespace {

StaffMember member(std::string name, std::string email = {}) {
    return {.id = name, .name = name, .email = std::move(email), .branch = {}};
}

Match ask(std::vector<StaffMember> staff, std::string name, std::string email, std::string user) {
    const CompanyIndex index{Company{std::move(staff)}};
    return match(
        index,
        Host{
            .id = "1",
            .name = std::move(name),
            .email = std::move(email),
            .username = std::move(user)},
        ""
    );
}

Decision asked(std::vector<StaffMember> staff, std::string name, std::string email = {}) {
    return ask(std::move(staff), std::move(name), std::move(email), "").decision;
}

bool says(const Match& match, std::string_view code) {
    return std::any_of(match.reasons.begin(), match.reasons.end(), [&](const Reason& r) {
        return r.code == code;
    });
}

const std::vector<StaffMember> kGarage{
    member("Olaf Brandt", "olaf.brandt@garage.example"), member("Ines Voss")};

TEST(MatcherEvidence, ADomainWithTheNameAmongOtherWordsIsAnotherBusiness) {
    for (const char* domain :
         {"lacke-brandt.de", "brandt-und-partner-gmbh.de", "brandt.tuning.de", "lackebrandt.de"})
        EXPECT_TRUE(says(
            ask(kGarage, "Olaf Brandt", std::string{"olaf@"} + domain, ""), "mailbox.other_business"
        )) << domain;
    for (const char* domain :
         {"brandt.de",
          "olaf-brandt.com",
          "familie-brandt.de",
          "o-brandt.net",
          "brandt-online.de",
          "olafbrandt.net"})
        EXPECT_EQ(asked(kGarage, "Olaf Brandt", std::string{"olaf@"} + domain), Decision::Link)
            << domain;
}

TEST(MatcherEvidence, TwoLettersWithoutAVowelAreInitials) {
    const std::vector<StaffMember> staff{
        member("Hans-Peter Lehm", "hp@garage.example"), member("Ng Wei", "ng@garage.example")};
    EXPECT_EQ(asked(staff, "HP Lehm", "hp@garage.example"), Decision::Link);
    EXPECT_EQ(asked(staff, "HP Lehm"), Decision::Review) << "initials alone are too little";
    EXPECT_EQ(asked(staff, "Ng Wei"), Decision::Link) << "a family name";
}

TEST(MatcherEvidence, ALetterFromTheWrongKeyboardIsNothingInTheOwnAccount) {
    const std::string mixed = "Olаf Brandt"; // the third letter is Cyrillic
    EXPECT_EQ(asked(kGarage, mixed, "olaf.brandt@garage.example"), Decision::Link);
    EXPECT_EQ(asked(kGarage, mixed), Decision::Review);
    auto shared = kGarage;
    shared[1].email = shared[0].email;
    EXPECT_EQ(asked(shared, mixed, shared[0].email), Decision::Review);
}

TEST(MatcherEvidence, AUserNameOfSeveralPeopleIsAQuestion) {
    const std::vector<StaffMember> staff{member("Ines Voss"), member("Ilka Voss")};
    const auto found = ask(staff, "", "", "ivoss");
    EXPECT_EQ(found.decision, Decision::Review);
    EXPECT_TRUE(says(found, "handle.several"));
    EXPECT_NE(found.staff_id, found.runner_up);
    auto left = staff;
    left[0].is_active = false;
    const auto one = ask(left, "", "", "ivoss");
    EXPECT_EQ(one.staff_id, "Ilka Voss");
    EXPECT_FALSE(says(one, "handle.several")) << "who left does not count";
    std::swap(left[0], left[1]);
    EXPECT_FALSE(says(ask(left, "", "", "ivoss"), "handle.several")) << "in whatever order";
    left[0].is_active = false;
    EXPECT_EQ(ask(left, "", "", "ivoss").decision, Decision::None);
}

TEST(MatcherEvidence, AllInitialsBeforeAFamilyNameAreAUserName) {
    const std::vector<StaffMember> staff{member("Jan Pieter Bakker"), member("Els Bakker")};
    EXPECT_EQ(ask(staff, "", "", "jpbakker").staff_id, "Jan Pieter Bakker");
    EXPECT_EQ(ask(staff, "", "", "pjbakker").decision, Decision::None);
}

TEST(MatcherEvidence, AUserNameThatIsOneWordOfOnePersonIsAQuestion) {
    const std::vector<StaffMember> staff{member("Anjali Rao"), member("Meera Rao")};
    EXPECT_EQ(ask(staff, "", "", "anjali").staff_id, "Anjali Rao");
    EXPECT_EQ(ask(staff, "", "", "anjali").decision, Decision::Review);
    EXPECT_EQ(ask(staff, "", "", "anja").decision, Decision::None);
    EXPECT_EQ(ask(staff, "", "", "rao").decision, Decision::None) << "too short to be meant";
}

TEST(MatcherEvidence, AFamilyNameBehindAParticleIsNoGivenName) {
    EXPECT_EQ(asked({member("Francesca De Luca")}, "De Luca Francesca"), Decision::Link);
    EXPECT_EQ(asked({member("Francesca Luca")}, "Luca Francesca"), Decision::Review);
}

TEST(MatcherEvidence, AFamilyNameMayStandFirstWhereTheOtherWordsAreNone) {
    EXPECT_EQ(asked({member("Ana Ioana Marin")}, "Marin Ana Ioana"), Decision::Link);
    EXPECT_EQ(asked({member("Ana Ioana Marin")}, "Ioana Marin Ana"), Decision::Review);
    EXPECT_EQ(asked({member("Martin Werner")}, "Werner Martin"), Decision::Review);
}

TEST(MatcherEvidence, AMailboxMadeOfTheWholeNameIsNoDesks) {
    const std::vector<StaffMember> staff{member("Mara Quast", "mara.quast.yoga@gmx.net")};
    EXPECT_EQ(asked(staff, "Mara", "mara.quast.yoga@gmx.net"), Decision::Link);
    const std::vector<StaffMember> desk{member("Mara Quast", "yoga.quast@gmx.net")};
    EXPECT_EQ(asked(desk, "Mara", "yoga.quast@gmx.net"), Decision::Review);
}

TEST(MatcherEvidence, ARecordThatIsNoPersonIsKnownByItsVeryName) {
    const std::vector<StaffMember> staff{member("Vertretung Praxis 2"), member("Room 2")};
    EXPECT_EQ(asked(staff, "room 2"), Decision::Review);
    EXPECT_EQ(asked(staff, "Room 3"), Decision::None);
}

TEST(MatcherEvidence, AMiddleInitialThatFitsIsTheMiddleName) {
    EXPECT_EQ(asked({member("Edith Mary Crane")}, "Edith M. Crane"), Decision::Link);
    EXPECT_EQ(asked({member("Edith Mary Crane")}, "Edith K. Crane"), Decision::Review);
    EXPECT_EQ(asked({member("Edith Mary Crane")}, "E. Mary Crane"), Decision::Review);
    EXPECT_EQ(
        asked({member("Edith Mary Crane"), member("Edith Crane")}, "Edith M. Crane"),
        Decision::Review
    );
}

TEST(MatcherEvidence, WhoLeftIsMeantWhenTheOthersAreOnlyALittleLikeIt) {
    auto gone = member("Malte Sommer");
    gone.is_active = false;
    EXPECT_EQ(asked({gone, member("Malte Sonmar")}, "Malte Sommer"), Decision::None);
    EXPECT_EQ(asked({gone, member("Malte Somer")}, "Malte Sommer"), Decision::Review);
    EXPECT_EQ(
        asked({gone, member("Malte Sonmar", "malte@x.example")}, "Malte Sommer", "malte@x.example"),
        Decision::Review
    ) << "in somebody's mailbox";
}

TEST(MatcherEvidence, ANumberInARemarkTellsNobodyApart) {
    EXPECT_EQ(asked(kGarage, "Ines Voss (Deutsch C1)"), Decision::Link);
    EXPECT_EQ(asked(kGarage, "Ines Voss (2)"), Decision::Review) << "the second of that name";
}

TEST(MatcherEvidence, ADeskOfABusinessIsNobodyWhoeverHasTheMailbox) {
    const std::vector<StaffMember> staff{member("Olaf Brandt", "werkstatt@garage.example")};
    EXPECT_EQ(asked(staff, "Werkstatt Annahme", "werkstatt@garage.example"), Decision::None);
    EXPECT_EQ(asked(staff, "Werkstatt", "werkstatt@garage.example"), Decision::Review);
}

TEST(MatcherEvidence, AnotherGivenNameOfOneLetterIsNoReading) {
    EXPECT_EQ(asked({member("René Duval"), member("Renée Duval")}, "Rene Duval"), Decision::Link);
    EXPECT_EQ(asked({member("Jan Böhler"), member("Jana Bohler")}, "Jan Bohler"), Decision::Review)
        << "the family name is the other's";
}

TEST(MatcherEvidence, ANameWithAnArticleIsReadByItsLetters) {
    EXPECT_EQ(ask({member("Salim Al-Hassan")}, "سليم الحسن", "", "").decision, Decision::Link);
    EXPECT_EQ(ask({member("Salim Hossain")}, "سليم الحسن", "", "").decision, Decision::None);
}

} // namespace
} // namespace calfleet::matching
