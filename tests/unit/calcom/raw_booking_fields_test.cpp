// What the questions of an event type lose when they are written through the API.

#include "common/calcom/raw_booking_fields.h"
#include "common/json/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calfleet::calcom {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<QuestionLosses> losses_of(const std::string& fields) {
    json::Parser parser;
    const auto data = parser.parse(R"({"eventType":{"bookingFields":[)" + fields + "]}}");
    EXPECT_TRUE(data);
    auto raw = read_raw_questions(*data);
    EXPECT_TRUE(raw);
    return raw ? raw->losses : std::vector<QuestionLosses>{};
}

TEST(QuestionLosses, AreNoneOfWhatEveryEventTypeHas) {
    EXPECT_THAT(
        losses_of(
            R"({"name":"name","type":"name","defaultLabel":"your_name","required":true,"variant":"fullName",)"
            R"("variantsConfig":{"variants":{}},"editable":"system","sources":[{"id":"default"}]},)"
            R"({"name":"location","type":"radioInput","getOptionsAt":"locations","optionsInputs":{},)"
            R"("hideWhenJustOneOption":true},{"name":"rescheduleReason","views":[{"id":"reschedule"}]})"
        ),
        IsEmpty()
    );
}

TEST(QuestionLosses, AreWhatOnlyTheWebApplicationSets) {
    EXPECT_THAT(
        losses_of(
            R"({"name":"age","type":"number","minLength":2,"maxLength":3},)"
            R"({"name":"email","type":"email","excludeEmails":"spam@x","requireEmails":""},)"
            R"({"name":"room","type":"select","options":[{"label":"Big one","value":"big"}]},)"
            R"({"name":"plain","type":"select","options":[{"label":"a","value":"a"}],"price":null})"
        ),
        ElementsAre(
            QuestionLosses{"age", "minLength, maxLength"},
            QuestionLosses{"email", "excludeEmails"},
            QuestionLosses{"room", "labels of options"}
        )
    );
}

TEST(QuestionLosses, OfWhatIsNoEventTypeAreUnknown) {
    json::Parser parser;
    EXPECT_FALSE(read_raw_questions(*parser.parse("{}")));
    EXPECT_FALSE(read_raw_questions(*parser.parse(R"({"eventType":{"bookingFields":3}})")));
    EXPECT_FALSE(read_raw_questions(*parser.parse("[]")));
}

} // namespace
} // namespace calfleet::calcom
