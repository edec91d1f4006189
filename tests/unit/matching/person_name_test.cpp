#include "common/matching/name_agreement.h"

#include <gtest/gtest.h>

namespace calfleet::matching {
namespace {

NameLevel level(std::string_view host, std::string_view staff) {
    return compare(read_display_name(host), read_display_name(staff)).level;
}

TEST(DisplayName, TellsPeopleFromRoomsTeamsAndBusinesses) {
    for (const auto* room :
         {"Raum 3", "Meeting Room Berlin", "Behandlungszimmer", "Team Nord", "Empfang", "会議室"})
        EXPECT_EQ(read_display_name(room).kind, NameKind::Resource) << room;
    for (const auto* business : {"Salon Blick GmbH", "Praxis am Ring", "Klein & Partner"})
        EXPECT_EQ(read_display_name(business).kind, NameKind::Organisation) << business;
    for (const auto* nobody : {"", "unknown", "-", "Deleted User", "🙂"})
        EXPECT_EQ(read_display_name(nobody).kind, NameKind::Empty) << nobody;
    for (const auto* person :
         {"Peter Hall", "Tom Schwarz", "Klaus Meister", "Ngozi Mba", "Jack Ma"})
        EXPECT_EQ(read_display_name(person).kind, NameKind::Person) << person;
}

TEST(DisplayName, IsFreeOfItsDecorations) {
    for (const auto* name :
         {"Frau Dr. Anna Müller",
          "Müller, Anna",
          "MÜLLER Anna",
          "Anna Müller (sie/ihr)",
          "Anna Müller | Salon Blick",
          "Anna „Anni“ Müller",
          "Anna Müller, M.Sc.",
          "✂️ Anna Müller – Team Nord",
          "Anna Müller (geb. Krause)",
          "Anna Mueller - Friseurmeisterin",
          "Ａｎｎａ Mu\u0308ller",
          "Anna Müller @ Blick",
          "Anna Müller PhD"})
        EXPECT_EQ(level(name, "Anna Müller"), NameLevel::Full) << name;
}

TEST(NameAgreement, IsOnlyFuzzyForWeakerForms) {
    for (const auto* name :
         {"A. Müller", "Anna", "Anna Mueler", "Anna Maria Müller", "Anna Müller-Groß"})
        EXPECT_EQ(level(name, "Anna Müller"), NameLevel::Fuzzy) << name;
    EXPECT_EQ(level("Bob Smith", "Robert Smith"), NameLevel::Fuzzy);
}

TEST(NameAgreement, KeepsNamesOfTwoPeopleApart) {
    EXPECT_EQ(level("Daniela Koch", "Daniel Koch"), NameLevel::Conflict);
    EXPECT_EQ(level("Peter Müller", "Anna Müller"), NameLevel::Conflict);
    EXPECT_EQ(level("محمد صالح", "Mahmoud Saleh"), NameLevel::Conflict);
    EXPECT_EQ(level("Liz Brown", "Beth Brown"), NameLevel::Conflict);
    EXPECT_EQ(level("Sabine Müller", "Anna Müller"), NameLevel::Conflict);
}

TEST(NameAgreement, ReadsOtherScripts) {
    EXPECT_EQ(level("Юлия Щербакова", "Yuliya Shcherbakova"), NameLevel::Full);
    EXPECT_EQ(level("王小明", "Wang Xiaoming"), NameLevel::Full);
    EXPECT_EQ(level("김민준", "Minjun Kim"), NameLevel::Full);
    EXPECT_EQ(level("أحمد المصري", "Ahmed Al-Masri"), NameLevel::Full);
    EXPECT_EQ(level("山田太郎", "Taro Yamada"), NameLevel::Full);
}

TEST(NameAgreement, SeesMarksOfGenerationAndNumbers) {
    const auto marks = [](std::string_view a, std::string_view b) {
        return compare(read_display_name(a), read_display_name(b));
    };
    EXPECT_TRUE(marks("John Smith Jr.", "John Smith Sr.").marks_differ);
    EXPECT_TRUE(marks("John Smith", "John Smith III").mark_on_one_side);
    EXPECT_TRUE(marks("Jan Müller 2", "Jan Müller 1").marks_differ);
    EXPECT_FALSE(marks("John Smith, Jr", "John Smith junior").marks_differ);
}

} // namespace
} // namespace calfleet::matching
