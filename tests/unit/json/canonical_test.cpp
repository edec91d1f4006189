// What jsonb calls equal has equal text.

#include "common/json/canonical.h"
#include "common/json/parser.h"

#include <gtest/gtest.h>

namespace calfleet::json {
namespace {

std::string canonical_text(std::string_view json) {
    Parser parser;
    const auto parsed = parser.parse(json);
    return parsed ? canonical(*parsed) : parsed.error().message;
}

TEST(CanonicalJson, HasNeitherBlanksNorAnOrderOfItsOwn) {
    EXPECT_EQ(
        canonical_text(R"( {"b" : [1, {"z":null, "a":true}], "a" : "x"} )"),
        R"({"a":"x","b":[1,{"a":true,"z":null}]})"
    );
}

TEST(CanonicalJson, KeepsOfARepeatedKeyTheLast) {
    EXPECT_EQ(canonical_text(R"({"a":1,"b":2,"a":3})"), R"({"a":3,"b":2})");
}

TEST(CanonicalJson, WritesEqualNumbersAlike) {
    EXPECT_EQ(canonical_text("[1, 1.0, 1e0, 0.5, 5e-1, -0, -0.0, 0]"), "[1,1,1,0.5,0.5,0,0,0]");
}

TEST(CanonicalJson, KeepsTheOrderOfLists) {
    EXPECT_NE(canonical_text("[1,2]"), canonical_text("[2,1]"));
}

} // namespace
} // namespace calfleet::json
