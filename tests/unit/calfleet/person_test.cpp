#include "workers/calfleet/person.h"

#include "common/json/parser.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace calfleet::cli {
namespace {

Person person(const std::string& email = "anna@x.de") {
    return *Person::of(email);
}

std::string example(const std::string& name) {
    std::ifstream file(std::string(CALFLEET_SOURCE_DIR) + "/proto/" + name);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

TEST(Person, IsKnownByTheAddressAsCustomersAreKept) {
    EXPECT_EQ(person("  Anna.B+cal@X.DE\n").key(), "anna.b+cal@x.de");
    for (const std::string& wrong :
         {std::string(),
          std::string("anna"),
          std::string("@x.de"),
          std::string("anna@"),
          std::string("a@b@c"),
          std::string("an na@x.de"),
          std::string("a\x01@x.de"),
          std::string("\xff@x.de"),
          std::string(320, 'a') + "@x.de",
          std::string("%")})
        EXPECT_FALSE(Person::of(wrong)) << wrong;
}

TEST(Person, IsNamedByTheWholeAddressHoweverItIsWritten) {
    for (const std::string text :
         {R"({"email":"anna@x.de"})",
          R"(ANNA@X.DE)",
          R"(<Anna@x.de>)",
          R"(mailto:anna@x.de?subject=x)",
          R"(Write to anna@x.de.)",
          R"({"a":"\u0061nna\u0040x.de"})",
          R"({"a":"\u0041nna@x\u002Ede"})",
          R"("{\"email\":\"anna\\u0040x.de\"}")",
          R"(https://book.example/?email=anna%40x.de&a=1)",
          R"(https://book.example/?to=%20anna%40x.de)",
          "\xff anna@x.de \xff",
          R"({"specversion":"1.0","id":"1","data_base64":"eyJlbWFpbCI6ImFubmFAeC5kZSJ9"})"})
        EXPECT_TRUE(person().named_in(text)) << text;
    EXPECT_TRUE(person("a/b@x.de").named_in(R"({"a":"a\/b@x.de"})"));
}

TEST(Person, IsNotNamedByAnAddressThatOnlyContainsTheirs) {
    for (const std::string text :
         {"joanna@x.de",
          "jo.anna@x.de",
          "jo-anna@x.de",
          "jo+anna@x.de",
          "anna@x.dex",
          "anna@x.de.com",
          "anna@x.de-mail.com",
          "anna@x,de",
          "anna at x.de",
          "\xC3\xA4nna@x.de",
          "\xC3\xA4"
          "anna@x.de",
          "",
          "anna@x.d"})
        EXPECT_FALSE(person().named_in(text)) << text;
}

TEST(Person, HasOneDigestPerCompany) {
    EXPECT_EQ(person("Anna@x.de").digest(1), person().digest(1));
    EXPECT_NE(person().digest(1), person().digest(11));
    EXPECT_NE(person().digest(1), person("anna@y.de").digest(1));
}

TEST(WithoutCustomer, KeepsTheFactsOfABookingAndNobodyWhoBooked) {
    for (const std::string name :
         {"booking-created/examples/webhook.json", "booking-created/examples/rest.json"}) {
        const std::string whole = example(name);
        ASSERT_FALSE(whole.empty()) << name;
        const auto facts = without_customer(whole);
        ASSERT_TRUE(facts) << name;
        for (const std::string gone :
             {"attendees", "Noor", "noor@", "responses", "title", "location"})
            EXPECT_EQ(facts->find(gone), std::string::npos) << name << ": " << *facts;
        json::Parser before, after;
        const auto held = before.parse(whole)->find("booking");
        const auto left = after.parse(*facts)->find("booking");
        ASSERT_TRUE(held && left);
        for (const std::string fact : {"uid", "status", "startTime", "start", "eventTypeId"})
            EXPECT_EQ(held->find(fact).has_value(), left->find(fact).has_value()) << fact;
        EXPECT_EQ(held->find("uid")->as_text(), left->find("uid")->as_text());
        EXPECT_EQ(without_customer(*facts), facts) << "once is enough";
    }
}

TEST(WithoutCustomer, UnderstandsStructuredEvents) {
    const auto facts = without_customer(
        R"({"specversion":"1.0","id":"e","source":"s","type":"booking-created","companyid":7,"subject":"anna@x.de",)"
        R"("data":{"booking":{"uid":"u","attendees":[{"email":"anna@x.de"}]},"branch_id":3}})"
    );
    EXPECT_EQ(
        facts,
        R"({"specversion":"1.0","id":"e","source":"s","type":"booking-created","companyid":7,)"
        R"("data":{"booking":{"uid":"u"},"branch_id":3}})"
    );
    EXPECT_TRUE(without_customer(
        R"({"specversion":"1.0","id":"e","data_base64":"eyJib29raW5nIjp7InVpZCI6InUifX0="})"
    ));
}

TEST(WithoutCustomer, HasNothingToKeepOfWhatIsNoBooking) {
    for (const std::string value :
         {"",
          "{",
          "[]",
          "7",
          "{}",
          R"({"booking":7})",
          R"({"booking":{}})",
          R"({"payload":{"uid":"u"}})",
          R"({"specversion":"1.0"})",
          R"({"specversion":"1.0","data":7})",
          "\xff"})
        EXPECT_FALSE(without_customer(value)) << value;
}

} // namespace
} // namespace calfleet::cli
