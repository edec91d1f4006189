#include "workers/calfleet/csv.h"
#include "workers/calfleet/staff_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calfleet::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::vector<std::string>> fields_of(std::string_view text) {
    std::vector<std::vector<std::string>> all;
    const auto records = parse_csv(text);
    EXPECT_TRUE(records) << records.error().message;
    if (records)
        for (const CsvRecord& record : *records)
            all.push_back(record.fields);
    return all;
}

std::string complaint(std::string_view text) {
    const auto lines = parse_staff_file(text);
    return lines ? "accepted" : lines.error().message;
}

TEST(Csv, ReadsQuotedFieldsWithCommasQuotesAndLineBreaks) {
    EXPECT_THAT(
        fields_of("a,\"b,\"\"c\"\"\",\"d\ne\"\r\nf,,\n"),
        ElementsAre(ElementsAre("a", "b,\"c\"", "d\ne"), ElementsAre("f", "", ""))
    );
}

TEST(Csv, TakesWhatSpreadsheetsWrite) {
    EXPECT_THAT(
        fields_of("\xEF\xBB\xBF"
                  "a;b\r\n1;\"2;3\"\r\n"),
        ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2;3"))
    );
    EXPECT_THAT(
        fields_of("a,b\n\n\n1,2"), ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2"))
    );
    EXPECT_TRUE(fields_of("").empty());
}

TEST(Csv, KnowsTheLineOfEveryRecord) {
    const auto records = parse_csv("a\n\"b\nc\nd\"\ne\n");
    ASSERT_TRUE(records);
    EXPECT_EQ((*records)[1].line, 2);
    EXPECT_EQ((*records)[2].line, 5);
}

TEST(Csv, RefusesWhatCannotBeReadAndNamesTheLine) {
    EXPECT_THAT(parse_csv("a\nb,\"c\nd").error().message, HasSubstr("line 2: a quote is opened"));
    EXPECT_THAT(parse_csv("a\n\"b\"c").error().message, HasSubstr("line 2: text behind a closing"));
    EXPECT_THAT(
        parse_csv("a\nM\xFCller").error().message, HasSubstr("line 2: field 1 is not UTF-8")
    );
    EXPECT_THAT(
        parse_csv(std::string_view("a\n\0", 3)).error().message, HasSubstr("field 1 has a NUL byte")
    );
}

TEST(StaffFile, ReadsColumnsInAnyOrderAndFillsInWhatIsMissing) {
    const auto lines = parse_staff_file("Name, reference ,email\n Ana Ruiz ,r1,\nBo,r2,bo@x.de\n");
    ASSERT_TRUE(lines) << lines.error().message;
    ASSERT_EQ(lines->size(), 2U);
    EXPECT_EQ((*lines)[0].name, "Ana Ruiz");
    EXPECT_EQ((*lines)[0].reference, "r1");
    EXPECT_FALSE((*lines)[0].email);
    EXPECT_TRUE((*lines)[0].is_active);
    EXPECT_EQ((*lines)[1].email, "bo@x.de");
}

TEST(StaffFile, UnderstandsYesAndNoInBothLanguages) {
    const auto lines =
        parse_staff_file("reference,name,is_active\na,A,ja\nb,B,Nein\nc,C,TRUE\nd,D,0\ne,E,\n");
    ASSERT_TRUE(lines);
    std::string active;
    for (const StaffLine& line : *lines)
        active += line.is_active ? '+' : '-';
    EXPECT_EQ(active, "+-+-+");
}

TEST(StaffFile, NamesLineFieldAndValueOfEveryMistake) {
    EXPECT_EQ(
        complaint("reference,name,email,is_active\n"
                  "r1,,x,maybe\n"
                  "r2,Bo,bo@x.de\n"
                  "r1,Cy,,yes\n"
                  "r3,\"D\nE\",,yes\n"),
        "the file has 6 problems; nothing was imported\n"
        "  line 2: name is empty\n"
        "  line 2: email: 'x' is no address\n"
        "  line 2: is_active: 'maybe' is neither yes nor no\n"
        "  line 3: has 3 fields, the head has 4\n"
        "  line 4: reference 'r1' stands in line 2 already\n"
        "  line 5: name: 'D\uFFFDE' has a line break or another control character"
    );
}

TEST(StaffFile, RefusesAHeadItDoesNotUnderstand) {
    EXPECT_THAT(complaint(""), HasSubstr("reference,name,email,branch,is_active"));
    EXPECT_THAT(complaint("reference,nmae\n"), HasSubstr("did you mean 'name'?"));
    EXPECT_THAT(complaint("reference,name,name\n"), HasSubstr("'name' stands twice"));
    EXPECT_THAT(complaint("name\nAna\n"), HasSubstr("'reference' is missing"));
    EXPECT_THAT(complaint("reference,name\n"), HasSubstr("no staff"));
}

} // namespace
} // namespace calfleet::cli
