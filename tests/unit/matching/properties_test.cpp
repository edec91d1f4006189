// What holds for every name: the order of the staff, capitals, blanks and composed letters do not
// matter, and one more colleague never makes a doubtful host certain.
#include "common/matching/decide.h"
#include "common/matching/matcher.h"
#include "common/matching/staff_words.h"

#include <gtest/gtest.h>
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace calfleet::matching {
namespace {

constexpr unsigned kSeed = 20'261'201;

constexpr std::array kGiven{"Anna",   "Anja",      "Hanna",     "Jan",      "Jana",
                            "Jürgen", "Joerg",     "Martin",    "Walter",   "Eva-Maria",
                            "Eva",    "Alexander", "Alexandra", "Sasha",    "Ömer",
                            "Omar",   "Zoë",       "Thi Minh",  "Van Minh", "Željko"};
constexpr std::array kFamily{
    "Müller",
    "Mueller",
    "Muller",
    "Möller",
    "Schäfer",
    "Schaffer",
    "Kloß",
    "Kloss",
    "Petrović",
    "Petrovic",
    "Kowalska",
    "Kowalski",
    "Martin",
    "Walter",
    "Li",
    "Lee",
    "von Berg",
    "Berg",
    "Yılmaz"};
constexpr std::array kAround{"", "Dr. ", "Frau "};
constexpr std::array kBehind{"", " | Salon", " (sie/ihr)", ", MSc", " Jr."};

class Names {
public:
    std::string person() {
        auto name = std::string{pick(kAround)} + pick(kGiven) + " " + pick(kFamily);
        return name + pick(kBehind);
    }
    Company company(std::size_t size) {
        Company staff;
        for (std::size_t i = 0; i < size; ++i)
            staff.staff.push_back(
                {.id = std::to_string(i),
                 .name = person(),
                 .email = "p" + std::to_string(random_() % (2 * size)) + "@salon.de",
                 .branch = random_() % 3 == 0 ? "Nord" : "",
                 .is_active = random_() % 6 != 0}
            );
        return staff;
    }
    Host host(std::size_t size) {
        return {
            .id = "h",
            .name = random_() % 12 == 0 ? "" : person(),
            .email = random_() % 2 == 0
                         ? ""
                         : "p" + std::to_string(random_() % (2 * size)) + "@salon.de",
            .username = ""};
    }
    std::mt19937& random() { return random_; }

private:
    template <std::size_t Size>
    const char* pick(const std::array<const char*, Size>& list) {
        return list[random_() % Size];
    }
    std::mt19937 random_{kSeed};
};

auto answer(const Company& company, const Host& host) {
    const auto match = matching::match(CompanyIndex{company}, host, "Nord");
    return std::tuple{match.decision, match.staff_id, match.score, match.margin};
}

std::string normalised(const std::string& text, const icu::Normalizer2* form) {
    UErrorCode status = U_ZERO_ERROR;
    std::string out;
    form->normalize(icu::UnicodeString::fromUTF8(text), status).toUTF8String(out);
    return out;
}

std::string in_capitals(const std::string& text) {
    std::string out;
    icu::UnicodeString::fromUTF8(text).toUpper(icu::Locale("de")).toUTF8String(out);
    return out;
}

TEST(MatchingProperties, TheOrderOfTheStaffDoesNotMatter) {
    Names names;
    for (int round = 0; round < 300; ++round) {
        auto company = names.company(8);
        const auto host = names.host(8);
        const auto before = answer(company, host);
        std::shuffle(company.staff.begin(), company.staff.end(), names.random());
        EXPECT_EQ(answer(company, host), before) << host.name << ", seed " << kSeed;
    }
}

TEST(MatchingProperties, BlanksAndComposedLettersDoNotMatter) {
    UErrorCode status = U_ZERO_ERROR;
    const auto* nfd = icu::Normalizer2::getNFDInstance(status);
    Names names;
    for (int round = 0; round < 300; ++round) {
        const auto company = names.company(6);
        auto host = names.host(6);
        const auto before = answer(company, host);
        host.name = "  " + normalised(host.name, nfd) + " \t";
        for (auto at = host.name.find(' ', 2); at != std::string::npos;
             at = host.name.find(' ', at + 2))
            host.name.insert(at, " ");
        EXPECT_EQ(answer(company, host), before) << host.name << ", seed " << kSeed;
    }
}

TEST(MatchingProperties, CapitalsDoNotMatter) {
    Names names;
    for (int round = 0; round < 300; ++round) {
        const auto company = names.company(6);
        auto host = names.host(6);
        // Capitals write ß as SS and ı as I: those names are others then.
        if (host.name.find("ß") != std::string::npos || host.name.find("ı") != std::string::npos)
            continue;
        const auto before = answer(company, host);
        host.name = in_capitals(host.name);
        std::transform(host.email.begin(), host.email.end(), host.email.begin(), [](char c) {
            return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        });
        EXPECT_EQ(answer(company, host), before) << host.name << ", seed " << kSeed;
    }
}

TEST(MatchingProperties, AnotherColleagueNeverTurnsAReviewIntoALink) {
    Names names;
    for (int round = 0; round < 400; ++round) {
        auto company = names.company(6);
        const auto host = names.host(6);
        const auto before = matching::match(CompanyIndex{company}, host, "Nord");
        if (before.decision != Decision::Review) continue;
        company.staff.push_back(
            {.id = "new", .name = "Wolfram Xylander", .email = "wx@salon.de", .branch = "Nord"}
        );
        const auto after = matching::match(CompanyIndex{company}, host, "Nord");
        EXPECT_EQ(after.decision, Decision::Review) << host.name << ", seed " << kSeed;
        EXPECT_EQ(after.staff_id, before.staff_id) << host.name << ", seed " << kSeed;
    }
}

// What could be linked, or forbid a link: a name itself and whatever is less than a margin farther.
TEST(MatchingProperties, TheIndexLeavesOutNobodyWhoCouldLinkOrForbidALink) {
    static constexpr std::array kOthers{
        "Юлия Щербакова",
        "Yuliya Shcherbakova",
        "Julia Schtscherbakowa",
        "王小明",
        "Wang Xiaoming",
        "김민준",
        "Minjun Kim",
        "محمد الأحمد",
        "Mohammed Al-Ahmad",
        "Mohamad Ahmad",
        "يوسف عبد الرحمن",
        "Youssef Abdul Rahman",
        "Νίκος Βλάχος",
        "Nikos Vlachos",
        "สมชาย ใจดี",
        "Somchai Jaidee",
        "राहुल शर्मा",
        "Rahul Sharma",
        "山田太郎",
        "Taro Yamada",
        "Anneliese Großkopf",
        "Annelise Grosskopf",
        "Karlheinz Meurer",
        "Karl-Heinz Meurer",
        "Zarko Djordjevic",
        "Žarko Đorđević",
        "Delatour Anne",
        "Anne de la Tour",
        "Guenes Duezel",
        "Güneş Düzel",
        "נועה בן-עמי",
        "Noa Ben-Ami"};
    constexpr int kCouldMatter = kSameName + kMargin;
    Names names;
    std::vector<std::string> all{kOthers.begin(), kOthers.end()};
    for (int i = 0; i < 60; ++i)
        all.push_back(names.person());
    int near = 0;
    for (const auto& staff : all) {
        StaffWords words;
        const auto record = read_display_name(staff);
        words.add(0, record, {});
        words.finish();
        for (const auto& host : all) {
            const auto shown = read_display_name(host);
            if (distance(shown, record).cost > kCouldMatter) continue;
            ++near;
            EXPECT_FALSE(words.near(shown).empty()) << host << " and " << staff;
        }
    }
    EXPECT_GT(near, 150);
}

} // namespace
} // namespace calfleet::matching
