// Names come from strangers: whatever they send, the matcher answers, soon, and never with a link.
#include "common/matching/matcher.h"

#include <gtest/gtest.h>

#include <random>

namespace calfleet::matching {
namespace {

Match ask(const CompanyIndex& index, const std::string& text) {
    return match(index, Host{.id = "1", .name = text, .email = text, .username = text}, text);
}

CompanyIndex small_company() {
    return CompanyIndex{Company{
        {{.id = "1", .name = "Anna Müller", .email = "anna@x.de", .branch = "Nord"},
         {.id = "2", .name = "王小明", .email = "wang@x.de", .branch = ""},
         {.id = "3", .name = "", .email = "", .branch = ""}}}};
}

TEST(HostileInput, IsAnsweredHoweverLongItIs) {
    const auto index = small_company();
    for (const std::string unit :
         {"a",
          "a ",
          "a-",
          "a.",
          "(",
          "(a",
          "ü",
          "щ",
          "김",
          "王",
          "م",
          "💅",
          "|a",
          ",a",
          "& a",
          "1",
          "von "}) {
        std::string text;
        while (text.size() < 10'000)
            text += unit;
        EXPECT_NE(ask(index, text).decision, Decision::Link) << unit;
    }
}

TEST(HostileInput, MayBeInvalidUtf8OrControls) {
    const auto index = small_company();
    for (const std::string& text :
         {std::string("\xff\xfe\x80"),
          std::string("\xe2\x80"),
          std::string("\0\0\0", 3),
          std::string("\xed\xa0\x80"),
          std::string("\u202e\u202d\u2066"),
          std::string("\xf4\x90\x80\x80"),
          std::string("@"),
          std::string("+@x.de"),
          std::string(".@."),
          std::string("<>"),
          std::string("\"\"")})
        EXPECT_NE(ask(index, text).decision, Decision::Link);
}

TEST(HostileInput, MayBeRandomBytesOnBothSides) {
    constexpr unsigned kSeed = 20'261'121;
    std::mt19937 random{kSeed};
    for (int round = 0; round < 300; ++round) {
        const auto noise = [&] {
            static constexpr std::string_view kAlphabet =
                "aA .,-@+()|&'\"1\xc3\xbc\xd1\x8e\xe7\x8e\x8b\xea\xb9\x80\xff";
            std::string text;
            for (auto length = random() % 40; length > 0; --length)
                text.push_back(kAlphabet[random() % kAlphabet.size()]);
            return text;
        };
        const CompanyIndex index{Company{
            {{.id = "1", .name = noise(), .email = noise(), .branch = noise()},
             {.id = "2", .name = noise(), .email = noise(), .branch = ""}}}};
        static_cast<void>(match(
            index, Host{.id = "1", .name = noise(), .email = noise(), .username = noise()}, noise()
        ));
    }
    SUCCEED() << "seed " << kSeed;
}

TEST(HostileInput, MayMeetFiveThousandColleagues) {
    Company company;
    for (int i = 0; i < 5'000; ++i) {
        const auto number = std::to_string(i);
        company.staff.push_back(
            {.id = number,
             .name = "Anna Müller" + std::string(i % 7 == 0 ? " von" : "") + " Nr" + number,
             .email = "a" + number + "@x.de",
             .branch = ""}
        );
    }
    const CompanyIndex index{std::move(company)};
    EXPECT_EQ(
        match(index, Host{.id = "1", .name = "Anna Müller", .email = "", .username = ""}, "")
            .decision,
        Decision::Review
    );
    EXPECT_EQ(
        match(index, Host{.id = "1", .name = "", .email = "a4999@x.de", .username = ""}, "")
            .staff_id,
        "4999"
    );
}

TEST(HostileInput, MayBeNoStaffAtAll) {
    const CompanyIndex index{Company{}};
    EXPECT_EQ(ask(index, "Anna Müller").decision, Decision::None);
}

} // namespace
} // namespace calfleet::matching
