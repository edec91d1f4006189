#include "common/matching/mailbox.h"

#include <gtest/gtest.h>

namespace calfleet::matching {
namespace {

std::string key(std::string_view address) {
    return read_mailbox(address).key;
}

TEST(Mailbox, IsTheSameInEveryWayItIsWritten) {
    for (const auto* address :
         {"ANNA@Salon.de",
          " anna@salon.de ",
          "anna+cal@salon.de",
          "Anna M <anna@salon.de>",
          "mailto:anna@salon.de",
          "anna@salon.de.",
          "ａｎｎａ@salon.de",
          "anna\u200b@salon.de"})
        EXPECT_EQ(key(address), "anna@salon.de") << address;
}

TEST(Mailbox, IgnoresDotsOnlyAtGmail) {
    EXPECT_EQ(key("a.n.na@googlemail.com"), "anna@gmail.com");
    EXPECT_EQ(key("a.nna@gmx.de"), "a.nna@gmx.de");
}

TEST(Mailbox, KnowsInternationalDomainsInBothSpellings) {
    EXPECT_EQ(key("anna@müller.de"), key("anna@xn--mller-kva.de"));
}

TEST(Mailbox, IsNothingWhenTheAddressIsBroken) {
    for (const auto* address :
         {"", "unknown", "@", "anna@", "@salon.de", "anna@localhost", "a@b@", "anna salon.de"})
        EXPECT_FALSE(read_mailbox(address)) << address;
}

TEST(Mailbox, KeepsLookAlikeLettersApart) {
    EXPECT_NE(key("аnna@salon.de"), key("anna@salon.de"));
}

TEST(Mailbox, RecognisesRolesInManyLanguages) {
    for (const auto* local :
         {"info", "empfang", "Office2", "praxis.nord", "recepcion", "biuro", "randevu", "accueil"})
        EXPECT_TRUE(read_mailbox(std::string{local} + "@x.de").is_role) << local;
    for (const auto* local : {"anna", "infante", "o.ffice-r", "praxmarer"})
        EXPECT_FALSE(read_mailbox(std::string{local} + "@x.de").is_role) << local;
}

TEST(Handle, FitsThePersonItIsMadeOf) {
    const auto anna = read_display_name("Anna Müller");
    for (const auto* whole :
         {"anna.mueller", "amueller", "mueller-anna", "anna_muller", "annam", "muellera"})
        EXPECT_EQ(handle_fit(whole, anna), HandleFit::Whole) << whole;
    EXPECT_EQ(handle_fit("anna", anna), HandleFit::Part);
    EXPECT_EQ(handle_fit("mueller23", anna), HandleFit::Part);
    EXPECT_EQ(handle_fit("am", anna), HandleFit::Initials);
    EXPECT_EQ(handle_fit("peter.schmidt", anna), HandleFit::None);
    EXPECT_TRUE(has_other_initial("b.mueller", anna));
    EXPECT_FALSE(has_other_initial("a.mueller", anna));
}

} // namespace
} // namespace calfleet::matching
