#include "workers/calfleet/person.h"

#include "common/json/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

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
    EXPECT_EQ(person("  Anna.B+cal@X.DE\n").keys(), std::vector<std::string>{"anna.b+cal@x.de"});
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
    EXPECT_EQ(person("Anna@x.de").digests(1), person().digests(1));
    EXPECT_NE(person().digests(1), person().digests(11));
    EXPECT_NE(person().digests(1), person("anna@y.de").digests(1));
}

TEST(Person, IsKnownByTheDigitsOfATelephoneAsCustomersAreKept) {
    const std::vector<std::string> keys{"tel:491701234567", "tel:00491701234567"};
    for (const std::string written :
         {"+49 170 1234567", "0049-170/1234567", "491701234567", "+49 (170) 123.45.67"})
        EXPECT_EQ(Person::of_phone(written)->keys(), keys) << written;
    // What is dialled within a country only is no part of the key.
    EXPECT_THAT(Person::of_phone("+49 (0)170 1234567")->keys(), testing::Contains(keys[0]));
    EXPECT_EQ(Person::of_key("tel:491701234567")->keys(), keys);
    EXPECT_EQ(Person::of_key("anna@x.de")->keys(), person().keys());
    for (const std::string& wrong :
         {std::string(),
          std::string("123"),
          std::string("call 49170"),
          std::string(41, '1'),
          std::string("tel:491701234567"),
          std::string("4917\0", 5)})
        EXPECT_FALSE(Person::of_phone(wrong)) << wrong;
    EXPECT_FALSE(Person::of_key("tel:"));
}

TEST(Person, IsNamedByTheirNumberHoweverItIsWritten) {
    const Person anna = *Person::of_phone("+49 170 1234567");
    for (const std::string text :
         {R"({"phoneNumber":"+491701234567"})",
          R"({"phoneNumber":491701234567})",
          "call 0049 (170) 123-45 67, please",
          "on 3.5. 10:30 call +49\xC2\xA0"
          "170\xC2\xA0"
          "1234567",
          "5 491701234567",
          R"({"a":"\u002b49\/170\/1234567"})",
          "https://book.example/?phone=%2B49%20170%201234567",
          "tel:491701234567",
          R"({"specversion":"1.0","id":"1","data_base64":"eyJwIjoiKzQ5MTcwMTIzNDU2NyJ9"})"})
        EXPECT_TRUE(anna.named_in(text)) << text;
    for (const std::string text :
         {"1491701234567",
          "4917012345678",
          "+49 170 123456",
          "49170, 1234567",
          "170 1234567",
          "49 1701 234568",
          "",
          "anna@x.de"})
        EXPECT_FALSE(anna.named_in(text)) << text;
    EXPECT_FALSE(anna.named_in(std::string(300'000, '1'))) << "and in no time";
    std::string groups;
    for (int i = 0; i < 50'000; ++i)
        groups += "1 ";
    EXPECT_FALSE(anna.named_in(groups));
}

TEST(Person, MayBeKnownByMoreThanOneKey) {
    Person anna = person();
    anna.also(*Person::of_phone("491701234567"));
    anna.also(person());
    EXPECT_EQ(anna.keys().size(), 3U);
    EXPECT_EQ(anna.digests(1).size(), 3U);
    EXPECT_TRUE(anna.named_in("anna@x.de"));
    EXPECT_TRUE(anna.named_in("+49 170 1234567"));
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
