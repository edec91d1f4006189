#include "common/matching/try.h"

#include <gtest/gtest.h>

namespace calfleet::matching {
namespace {

std::string answer(std::string_view line) {
    const auto result = try_line(line);
    return result ? *result : "error: " + result.error().message;
}

TEST(TryLine, AnswersWithTheSameKindOfIds) {
    const auto numbers = answer(
        R"({"id":7,"company":{"staff":[{"id":12,"name":"Anna Müller"}]},"host":{"name":"Anna Mueller"}})"
    );
    EXPECT_NE(
        numbers.find(R"("id":7,"decision":"link","staff":12,"score":75,"source":"name")"),
        std::string::npos
    ) << numbers;
    const auto texts = answer(
        R"({"id":"a","company":{"staff":[{"id":"12","name":"Anna Müller"}]},"host":{"name":"Anna Mueller"}})"
    );
    EXPECT_NE(texts.find(R"("id":"a","decision":"link","staff":"12")"), std::string::npos) << texts;
    EXPECT_NE(texts.find(R"("reasons":["for: )"), std::string::npos) << texts;
}

TEST(TryLine, AcceptsNullAndMissingEverywhere) {
    EXPECT_NE(
        answer("{}").find(R"("id":null,"decision":"none","staff":null,"score":0,"source":"none")"),
        std::string::npos
    );
    const auto nulls = answer(
        R"({"id":null,"company":{"staff":[{"id":null,"name":null,"email":null,"is_active":null,"branch":null}],"auto_threshold":null},"branch":null,"host":{"id":null,"name":null,"email":null,"username":null},"more":1})"
    );
    EXPECT_NE(nulls.find(R"("decision":"none")"), std::string::npos) << nulls;
}

TEST(TryLine, HonoursThresholdBranchAndInactive) {
    EXPECT_NE(
        answer(
            R"({"company":{"auto_threshold":80,"staff":[{"id":1,"name":"Anna Müller"}]},"host":{"name":"Anna Müller"}})"
        )
            .find("review"),
        std::string::npos
    );
    EXPECT_NE(
        answer(
            R"({"company":{"staff":[{"id":1,"name":"Anna Müller","is_active":false}]},"host":{"name":"Anna Müller"}})"
        )
            .find("none"),
        std::string::npos
    );
    EXPECT_NE(
        answer(
            R"({"branch":"S","company":{"staff":[{"id":1,"name":"Anna Müller","branch":"N"},{"id":2,"name":"Anna Müller","branch":"S"}]},"host":{"name":"Anna Müller"}})"
        )
            .find(R"("staff":2)"),
        std::string::npos
    );
}

TEST(TryLine, NamesTheFieldThatIsWrong) {
    EXPECT_EQ(
        answer(R"({"company":{"staff":[{"id":1,"name":5}]}})"),
        "error: company.staff[0].name: expected text, got an integer"
    );
    EXPECT_EQ(
        answer(R"({"company":{"auto_threshold":101}})"),
        "error: company.auto_threshold: must be from 0 to 100, got 101"
    );
    EXPECT_NE(answer(R"({"host":[]})").find("error: host: expected"), std::string::npos);
    EXPECT_NE(answer("[]").find("error: line: expected"), std::string::npos);
    EXPECT_NE(answer("{\"id\":").find("error: "), std::string::npos);
    EXPECT_NE(answer("").find("error: "), std::string::npos);
    EXPECT_NE(answer("{\"host\":{\"name\":\"\xff\"}}").find("error: "), std::string::npos);
}

} // namespace
} // namespace calfleet::matching
