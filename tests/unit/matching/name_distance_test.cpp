#include "common/matching/name_distance.h"

#include <gtest/gtest.h>

#include <string_view>
#include <utility>
#include <vector>

namespace calfleet::matching {
namespace {

Distance between(std::string_view host, std::string_view staff) {
    return distance(read_display_name(host), read_display_name(staff));
}

int cost(std::string_view host, std::string_view staff) {
    return between(host, staff).cost;
}

TEST(NameDistance, IsSmallForTheSameNameInAnotherOrthography) {
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
          "Anna Muller",
          "Anna✂️Müller",
          "Haare by Anna Müller",
          "Anna Müller PhD"})
        EXPECT_TRUE(between(name, "Anna Müller").full()) << name;
}

TEST(NameDistance, JoinsTwoWordsAndThree) {
    for (const auto* name :
         {"Anna Lena Meyer Landrut", "Annalena Meyer-Landrut", "Anna-Lena Meyerlandrut"})
        EXPECT_TRUE(between(name, "Annalena Meyerlandrut").full()) << name;
    EXPECT_TRUE(between("Luc de la Tour", "Luc Delatour").full());
    EXPECT_FALSE(between("Luc Tour", "Luc Delatour").full());
}

TEST(NameDistance, KnowsAShortFormInAnotherScript) {
    EXPECT_TRUE(between("Саша Петров", "Alexander Petrov").near());
    EXPECT_FALSE(between("Миша Петров", "Alexander Petrov").near());
}

TEST(NameDistance, PutsOrthographiesInOrder) {
    EXPECT_EQ(cost("Zoë Đorđević", "Zoë Đorđević"), 0);
    EXPECT_LT(cost("Zarko Djordjević", "Žarko Đorđević"), cost("Zarko Eordevic", "Žarko Đorđević"));
    EXPECT_LT(cost("Petra Schaefer", "Petra Schäfer"), cost("Petra Schafer", "Petra Schäfer"));
    EXPECT_LT(cost("Petra Schafer", "Petra Schäfer"), cost("Petra Schäfer", "Petra Schafer"));
    EXPECT_LT(cost("Petra Schäfer", "Petra Schafer"), cost("Petra Schaffer", "Petra Schäfer"));
}

TEST(NameDistance, CountsAHabitOnceAndASlipEveryTime) {
    EXPECT_EQ(cost("Gunes Duzel", "Güneş Düzel"), cost("Guneş Düzel", "Güneş Düzel"));
    EXPECT_GT(
        cost("Gerlnde Kallwit", "Gerlinde Kallweit"), cost("Gerlinde Kallwit", "Gerlinde Kallweit")
    );
}

TEST(NameDistance, IsNearButNoNameForWeakerForms) {
    for (const auto* name :
         {"A. Müller",
          "Anna",
          "Anna Mueler",
          "Anna Maria Müller",
          "Anna Müller-Groß",
          "Anja Müller",
          "Anna Möller"}) {
        EXPECT_TRUE(between(name, "Anna Müller").near()) << name;
        EXPECT_FALSE(between(name, "Anna Müller").full()) << name;
    }
    EXPECT_TRUE(between("Bob Smith", "Robert Smith").near());
    EXPECT_TRUE(between("Ewa Kowalska", "Ewa Kowalski").near());
    EXPECT_FALSE(between("Ewa Kowalska", "Ewa Kowalski").full());
}

TEST(NameDistance, IsFarBetweenTwoPeople) {
    EXPECT_FALSE(between("Peter Müller", "Anna Müller").near());
    EXPECT_FALSE(between("محمد صالح", "Mahmoud Saleh").near());
    EXPECT_FALSE(between("Liz Brown", "Beth Brown").near());
    EXPECT_FALSE(between("Nguyễn Thị Minh", "Nguyễn Văn Minh").near());
    EXPECT_FALSE(between("Daniela Koch", "Daniel Koch").full());
}

TEST(NameDistance, TurnsNamesButDoesNotSwapGivenNames) {
    EXPECT_TRUE(between("Szabó Zoltán", "Zoltán Szabó").full());
    EXPECT_FALSE(between("Walter Martin", "Martin Walter").full());
    EXPECT_FALSE(between("Martin, Walter", "Martin Walter").full());
    EXPECT_FALSE(between("Maria Anna Huber", "Anna Maria Huber").full());
}

TEST(NameDistance, ReadsOtherScripts) {
    for (const auto& [host, staff] : std::vector<std::pair<const char*, const char*>>{
             {"Юлия Щербакова", "Yuliya Shcherbakova"},
             {"王小明", "Wang Xiaoming"},
             {"김민준", "Minjun Kim"},
             {"أحمد المصري", "Ahmed Al-Masri"},
             {"山田太郎", "Taro Yamada"}})
        EXPECT_TRUE(between(host, staff).full()) << host;
}

TEST(NameDistance, SeesMarksOfGenerationAndDoctorates) {
    EXPECT_TRUE(between("John Smith Jr.", "John Smith Sr.").steps.has(Step::GenerationDiffers));
    EXPECT_TRUE(between("John Smith", "John Smith III").steps.has(Step::GenerationMissing));
    EXPECT_EQ(cost("John Smith, Jr", "John Smith junior"), 0);
    EXPECT_LT(
        cost("Dr. Thomas Wagner", "Dr. Thomas Wagner"), cost("Dr. Thomas Wagner", "Thomas Wagner")
    );
    EXPECT_EQ(cost("Frau Anna Müller", "Anna Müller"), 0);
}

TEST(NameDistance, LetsTheRecordsMailboxExplainAWord) {
    const auto host = read_display_name("Silke Hagen");
    const auto staff = read_display_name("Silke Wolters");
    EXPECT_FALSE(distance(host, staff).near());
    EXPECT_TRUE(distance(host, staff, "silke.hagen").near());
}

} // namespace
} // namespace calfleet::matching
