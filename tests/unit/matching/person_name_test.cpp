#include "common/matching/person_name.h"

#include <gtest/gtest.h>

namespace calfleet::matching {
namespace {

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

TEST(DisplayName, HasAReadingForEveryWayToTakeItApart) {
    EXPECT_EQ(read_display_name("Anna Müller").readings.size(), 1U);
    EXPECT_EQ(read_display_name("BL Basel: Priya Nair").readings.size(), 2U);
    EXPECT_EQ(read_display_name("Gesa Meyn geb. Sandhorst").readings.size(), 2U);
    EXPECT_EQ(read_display_name("Anna✂️Müller").readings.size(), 2U);
    EXPECT_EQ(read_display_name("Coach Quirin").readings.size(), 2U);
    EXPECT_EQ(read_display_name("Anna Müller | Anna Müller | Anna Müller").readings.size(), 1U);
}

TEST(DisplayName, IsReadInThreeScriptsAndNoMore) {
    const auto words = [](const char* name) {
        return read_display_name(name).readings.front().tokens.size();
    };
    EXPECT_EQ(words("Anna Anna"), 2U);
    EXPECT_EQ(words("Anna Анна"), 2U);
    EXPECT_EQ(words("Anna Анна Άννα"), 3U);
    EXPECT_EQ(words("Anna Анна Άννα אנה آنا"), 3U);
}

TEST(DisplayName, KnowsDoctorsByAnyTitle) {
    for (const auto* doctor :
         {"Dr. Anna Müller",
          "OA DDr. Anna Müller, MSc",
          "Müller, Anna, Dr.",
          "Univ.-Prof. Anna Müller"})
        EXPECT_TRUE(read_display_name(doctor).readings.front().has_doctorate) << doctor;
    for (const auto* other : {"Anna Müller", "Mag. Anna Müller", "Frau Müller"})
        EXPECT_FALSE(read_display_name(other).readings.front().has_doctorate) << other;
}

} // namespace
} // namespace calfleet::matching
