#include "common/matching/matcher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace calfleet::matching {
namespace {

const StaffMember kAnna{
    .id = "anna", .name = "Anna Müller", .email = "anna.mueller@salon.de", .branch = "Nord"};
const StaffMember kPeter{
    .id = "peter", .name = "Peter Schmidt", .email = "peter.schmidt@salon.de", .branch = "Süd"};

StaffMember departed(StaffMember member) {
    member.is_active = false;
    return member;
}

Match ask(
    std::vector<StaffMember> staff,
    std::string name,
    std::string email,
    std::string branch = {},
    int threshold = 75
) {
    const CompanyIndex index{Company{std::move(staff), threshold}};
    return match(
        index,
        Host{.id = "1", .name = std::move(name), .email = std::move(email), .username = {}},
        branch
    );
}

bool says(const Match& match, std::string_view code) {
    return std::any_of(match.reasons.begin(), match.reasons.end(), [&](const Reason& r) {
        return r.code == code;
    });
}

TEST(Matcher, LinksByMailboxWithScore95) {
    const auto match = ask({kAnna, kPeter}, "Anna Müller", "Anna.Mueller+cal@salon.de");
    EXPECT_EQ(match.decision, Decision::Link);
    EXPECT_EQ(match.staff_id, "anna");
    EXPECT_EQ(match.score, 95);
    EXPECT_EQ(match.source, Source::Email);
}

TEST(Matcher, LinksByFullNameWithScore75) {
    const auto match = ask({kAnna, kPeter}, "Mueller, Anna", "mausi83@gmx.de");
    EXPECT_EQ(match.decision, Decision::Link);
    EXPECT_EQ(match.score, 75);
    EXPECT_EQ(match.source, Source::Name);
}

TEST(Matcher, ReviewsFuzzyNamesBelow75) {
    const auto match = ask({kAnna, kPeter}, "A. Müller", "");
    EXPECT_EQ(match.decision, Decision::Review);
    EXPECT_EQ(match.staff_id, "anna");
    EXPECT_LT(match.score, 75);
    EXPECT_EQ(match.source, Source::Fuzzy);
}

TEST(Matcher, NeverLinksAgainstAContradictionWhateverTheThreshold) {
    for (const int threshold : {0, 50, 75}) {
        EXPECT_EQ(
            ask({kAnna, kPeter}, "Peter Schmidt", kAnna.email, "", threshold).decision,
            Decision::Review
        );
        EXPECT_EQ(
            ask({kAnna, kPeter}, "Anna Müller", "info@salon.de", "", threshold).decision,
            Decision::Review
        );
        EXPECT_EQ(ask({kAnna, kPeter}, "Anna", "", "", threshold).decision, Decision::Review);
    }
}

TEST(Matcher, TakesASharedMailboxForNobodysAndGoesByTheFullName) {
    auto peter = kPeter;
    peter.email = kAnna.email;
    const auto named = ask({kAnna, peter}, "Peter Schmidt", kAnna.email);
    EXPECT_EQ(named.decision, Decision::Link);
    EXPECT_EQ(named.staff_id, "peter");
    EXPECT_EQ(named.source, Source::Name);
    EXPECT_LT(named.score, ask({kAnna, kPeter}, "Anna Müller", kAnna.email).score);
    EXPECT_TRUE(says(named, "mailbox.shared"));
    for (const char* name : {"", "Peter", "P. Schmidt", "Peter Schmitt", "Peter Müller"})
        EXPECT_EQ(ask({kAnna, peter}, name, kAnna.email).decision, Decision::Review) << name;
    for (const char* name : {"Kalender Erdgeschoss", "Lukas Weber"})
        EXPECT_EQ(ask({kAnna, peter}, name, kAnna.email).decision, Decision::None) << name;
    for (const char* name : {"王伟", "Salon", "Wer Kommt Morgen Nach Nord Statt Peter"})
        EXPECT_EQ(ask({kAnna, peter}, name, kAnna.email).decision, Decision::Review) << name;
    auto namesake = kPeter;
    namesake.id = "namesake";
    namesake.email = "";
    EXPECT_EQ(
        ask({kAnna, peter, namesake}, "Peter Schmidt", kAnna.email).decision, Decision::Review
    ) << "and another has the name";
}

TEST(Matcher, NeverLinksDepartedStaff) {
    EXPECT_EQ(ask({departed(kAnna)}, "Anna Müller", kAnna.email).decision, Decision::None);
    auto namesake = kAnna;
    namesake.id = "other";
    namesake.email = "am@salon.de";
    const auto match = ask({namesake, departed(kAnna)}, "Anna Müller", kAnna.email);
    EXPECT_EQ(match.decision, Decision::Review);
    EXPECT_EQ(match.staff_id, "other");
}

TEST(Matcher, SeparatesNamesakesByBranchOnly) {
    auto second = kAnna;
    second.id = "second";
    second.email = "am@salon.de";
    second.branch = "Süd";
    EXPECT_EQ(ask({kAnna, second}, "Anna Müller", "").decision, Decision::Review);
    EXPECT_EQ(ask({kAnna, second}, "Anna Müller", "", "sued").staff_id, "second");
    EXPECT_EQ(ask({kAnna, second}, "Anna Müller", "", "sued").decision, Decision::Link);
}

TEST(Matcher, AsksAboutAPersonOfAnotherBranch) {
    const auto match = ask({kAnna}, "Anna Müller", kAnna.email, "Süd");
    EXPECT_EQ(match.decision, Decision::Review);
    EXPECT_EQ(match.staff_id, "anna");
    EXPECT_TRUE(says(match, "branch.other"));
}

TEST(Matcher, AsksWhenAColleaguesNameIsAnotherReadingOfTheSameLetters) {
    const auto two = [](std::string first, std::string second) {
        return std::vector<StaffMember>{
            {.id = "1", .name = std::move(first), .email = {}, .branch = {}},
            {.id = "2", .name = std::move(second), .email = {}, .branch = {}}};
    };
    EXPECT_EQ(
        ask(two("Petra Schäfer", "Petra Schaffer"), "Petra Schafer", "").decision, Decision::Review
    );
    EXPECT_EQ(
        ask(two("Jürgen Kloss", "Jürgen Kloß"), "Jürgen Kloss", "").decision, Decision::Review
    );
    EXPECT_EQ(
        ask(two("Nguyen Van Minh", "Nguyen Thi Minh"), "Minh Nguyen", "").decision, Decision::Review
    );
    EXPECT_EQ(ask(two("Anna Moser", "Anna Möser"), "Anna Moeser", "").decision, Decision::Review);
    EXPECT_EQ(ask(two("Marc Ott", "Mark Ott"), "Marc Ott", "").decision, Decision::Review);
    EXPECT_EQ(
        ask(two("Petra Schäfer", "Petra Schaffer"), "Petra Schaefer", "").decision, Decision::Link
    );
    EXPECT_EQ(
        ask(two("Petra Schäfer", "Petra Schuster"), "Petra Schafer", "").decision, Decision::Link
    );
}

TEST(Matcher, NamesTheRunnerUpAndTheDistanceToIt) {
    const auto alone = ask({kAnna, kPeter}, "Anna Müller", "");
    EXPECT_TRUE(alone.runner_up.empty());
    auto anja = kAnna;
    anja.id = "anja";
    anja.name = "Anja Müller";
    anja.email = "anja@salon.de";
    const auto match = ask({kAnna, anja}, "Anna Müller", "");
    EXPECT_EQ(match.runner_up, "anja");
    EXPECT_GT(match.margin, 0);
    const auto other = ask({kAnna, anja}, "Anja Müller", kAnna.email);
    EXPECT_EQ(other.decision, Decision::Review);
    EXPECT_LT(other.margin, 0);
}

TEST(Matcher, SetsTheTitleOfOneAgainstTheMailboxOfAnother) {
    auto doctor = kAnna;
    doctor.id = "doctor";
    doctor.name = "Dr. Anna Müller";
    doctor.email = "am@salon.de";
    EXPECT_EQ(ask({kAnna, doctor}, "Dr. Anna Müller", kAnna.email).decision, Decision::Review);
    EXPECT_EQ(ask({kAnna, doctor}, "Dr. Anna Müller", "am@salon.de").decision, Decision::Link);
}

TEST(Matcher, LetsAFunctionMailboxOfOneRecordAgreeWithItsName) {
    auto owner = kAnna;
    owner.email = "info@salon.de";
    EXPECT_EQ(ask({owner, kPeter}, "Anna Müller", "info@salon.de").decision, Decision::Link);
    EXPECT_EQ(ask({owner, kPeter}, "", "info@salon.de").decision, Decision::Review);
    EXPECT_EQ(ask({owner, kPeter}, "Peter Schmidt", "info@salon.de").decision, Decision::Review);
}

TEST(Matcher, MatchesNobodyToRoomsAndDeletedUsers) {
    EXPECT_TRUE(says(ask({kAnna}, "Raum 3", kAnna.email), "host.not_a_person"));
    const auto deleted = ask({kAnna}, "unknown", "unknown");
    EXPECT_EQ(deleted.decision, Decision::None);
    EXPECT_TRUE(deleted.staff_id.empty());
    EXPECT_EQ(deleted.score, 0);
}

TEST(Matcher, ObeysTheCompanysThreshold) {
    EXPECT_EQ(ask({kAnna}, "Anna Müller", "", "", 80).decision, Decision::Review);
    EXPECT_EQ(ask({kAnna}, "Anna Mueler", "", "", 60).decision, Decision::Link);
    EXPECT_EQ(ask({kAnna}, "Anna Müller", kAnna.email, "", 96).decision, Decision::Review);
}

TEST(Matcher, ReasonsHoldNoPersonalData) {
    for (const auto& found :
         {ask({kAnna, kPeter}, "Peter Schmidt", kAnna.email), ask({kAnna}, "Anna Müller", "")}) {
        ASSERT_FALSE(found.reasons.empty());
        for (const auto& reason : found.reasons) {
            EXPECT_EQ(reason.text.find("ller"), std::string::npos) << reason.text;
            EXPECT_EQ(reason.text.find('@'), std::string::npos) << reason.text;
        }
    }
}

TEST(Matcher, SharesOneIndexAmongThreads) {
    const CompanyIndex index{Company{{kAnna, kPeter}}};
    std::vector<std::thread> threads;
    std::vector<int> links(4, 0);
    for (std::size_t t = 0; t < links.size(); ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 50; ++i) {
                const Host host{
                    .id = "1",
                    .name = i % 2 ? "アンナ" : "Anna Müller",
                    .email = "",
                    .username = ""};
                links[t] += match(index, host, "").decision == Decision::Link;
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(links, std::vector<int>(4, 25));
}

} // namespace
} // namespace calfleet::matching
