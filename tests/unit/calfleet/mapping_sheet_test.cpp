// Mappings as a spreadsheet.

#include "workers/calfleet/csv.h"
#include "workers/calfleet/mapping_candidates.h"
#include "workers/calfleet/mapping_sheet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calfleet::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const Instant kSeen{Microseconds{1'763'625'600'000'001}};

MappingDescription mapping() {
    MappingDescription described;
    described.mapping = MappingId{17};
    described.decided_at = kSeen;
    described.company = CompanyId{1};
    described.company_name = "Nordlicht, Mitte";
    described.host = "101";
    described.state = "review";
    described.source = "fuzzy";
    described.host_name = "=HYPERLINK(\"http://x\")";
    described.staff = 11;
    described.reasons = "against: a\nfor: b";
    return described;
}

/// The exported sheet with the mapping, and the decision filled in.
std::string filled(const std::string& decision, const std::string& why = {}) {
    std::string record = sheet_record(mapping());
    record.replace(record.size() - 3, 1, decision + ',' + why);
    return sheet_heads() + record;
}
std::string complaint(const std::string& sheet) {
    const auto lines = parse_sheet(sheet);
    return lines ? "nothing" : lines.error().message;
}

TEST(FormulaText, IsNoFormulaInASheetAndComesBackAsItWas) {
    for (const char* text :
         {"=1+1",
          "+49 30",
          "-x",
          "@a",
          "\tx",
          "\rx",
          "\nx",
          "'=1",
          "''=1",
          " =1",
          "'",
          "''",
          "a=b",
          "",
          "' x",
          "＝1"}) {
        const std::string field = without_formula(text);
        EXPECT_TRUE(
            field.empty() || std::string_view("=+-@\t\r\n").find(field[0]) == std::string::npos
        ) << field;
        EXPECT_EQ(with_formula(field), text);
    }
    EXPECT_EQ(without_formula("=1"), "'=1");
    EXPECT_EQ(without_formula("Anna"), "Anna");
}

TEST(CsvWriter, WritesWhatTheReaderReads) {
    const std::vector<std::string> fields{
        "", "a,b", "a;b", "say \"x\"", "two\r\nlines", " blank ", "=1", "ü"};
    CsvWriter csv;
    for (int record = 0; record < 2; ++record) {
        for (const std::string& field : fields)
            csv.add(field);
        csv.end_record();
    }
    const auto records = parse_csv(csv.take());
    ASSERT_TRUE(records);
    ASSERT_EQ(records->size(), 2U);
    for (const CsvRecord& record : *records) {
        ASSERT_EQ(record.fields.size(), fields.size());
        for (std::size_t i = 0; i < fields.size(); ++i)
            EXPECT_EQ(with_formula(record.fields[i]), fields[i]);
    }
}

TEST(Sheet, HasNoFormulaAndNoDecisionAtFirst) {
    EXPECT_TRUE(sheet_heads().starts_with("\xEF\xBB\xBFmapping,version,company,"));
    EXPECT_TRUE(sheet_heads().ends_with(",reasons,decision,why\r\n"));
    EXPECT_THAT(
        sheet_record(mapping()),
        AllOf(
            HasSubstr("17,v1763625600000001,1,\"Nordlicht, Mitte\",101,"),
            HasSubstr("\"'=HYPERLINK(\"\"http://x\"\")\"")
        )
    );
    const auto lines = parse_sheet(sheet_heads() + sheet_record(mapping()));
    ASSERT_TRUE(lines);
    EXPECT_TRUE(lines->empty());
}

TEST(Sheet, ReadsItsDecisionsBack) {
    auto lines = parse_sheet(filled("Approve ", "asked her"));
    ASSERT_TRUE(lines) << lines.error().message;
    ASSERT_EQ(lines->size(), 1U);
    const SheetLine& line = lines->front();
    EXPECT_EQ(line.line, 2);
    EXPECT_EQ(line.decision.mapping, MappingId{17});
    EXPECT_EQ(line.decision.seen, kSeen);
    EXPECT_EQ(line.decision.verb, MappingVerb::Approve);
    EXPECT_EQ(line.decision.staff, StaffId{11});
    EXPECT_EQ(line.decision.why, "asked her");
    EXPECT_EQ(line.host, "101");
    for (const char* written : {"assign:12", "assign: 12", "ASSIGN 12"}) {
        lines = parse_sheet(filled(written));
        ASSERT_TRUE(lines) << lines.error().message;
        EXPECT_EQ(lines->front().decision.verb, MappingVerb::Assign);
        EXPECT_EQ(lines->front().decision.staff, StaffId{12});
    }
    lines = parse_sheet(filled("deactivate"));
    ASSERT_TRUE(lines);
    EXPECT_EQ(lines->front().decision.verb, MappingVerb::PutAway);
}

TEST(Sheet, IsReadWhateverASpreadsheetDoesToItsColumns) {
    const auto lines =
        parse_sheet("decision;note;VERSION;mapping\r\ndeactivate;x;V5;3\r\n;y;;\r\n");
    ASSERT_TRUE(lines) << lines.error().message;
    ASSERT_EQ(lines->size(), 1U);
    EXPECT_EQ(lines->front().decision.mapping, MappingId{3});
    EXPECT_EQ(lines->front().decision.seen, Instant{Microseconds{5}});
    EXPECT_FALSE(lines->front().host);
}

TEST(Sheet, NamesEveryMistakeWithItsLineAndColumn) {
    EXPECT_THAT(
        complaint(filled("aprove")),
        AllOf(
            HasSubstr("1 mistake; nothing was changed"),
            HasSubstr("line 2, decision: 'aprove' is none of")
        )
    );
    EXPECT_THAT(complaint(filled("assign:Anna")), HasSubstr("write assign:7 for number 7"));
    EXPECT_THAT(
        complaint("mapping,version,decision\nx,2026-11-20,deactivate\n"),
        AllOf(
            HasSubstr("2 mistakes"),
            HasSubstr("line 2, mapping: 'x'"),
            HasSubstr("line 2, version: '2026-11-20'")
        )
    );
    EXPECT_THAT(
        complaint("mapping,version,decision\n3,v5,approve\n"), HasSubstr("names nobody to approve")
    );
    EXPECT_THAT(
        complaint("mapping,version,decision\n3,v5,deactivate\n3,v5,deactivate\n"),
        HasSubstr("line 3, mapping: '3' has a decision in line 2 already")
    );
    EXPECT_THAT(
        complaint("mapping,version,decison\n"),
        HasSubstr("column 'decision' is missing; is 'decison' that column?")
    );
    EXPECT_THAT(complaint("mapping,mapping,decision\n"), HasSubstr("stands twice"));
    EXPECT_THAT(complaint(""), HasSubstr("is empty"));
    std::string many = "mapping,version,decision\n";
    for (int i = 0; i < 30; ++i)
        many += "0,v1,approve\n";
    EXPECT_THAT(complaint(many), AllOf(HasSubstr("..."), Not(HasSubstr("line 30,"))));
}

TEST(Sheet, IsRefusedWhenItsColumnsWereSortedApart) {
    auto line = parse_sheet(filled("deactivate"))->front();
    MappingFacts facts{
        .mapping = MappingId{17},
        .company = CompanyId{1},
        .host = "101",
        .state = "review",
        .decided_at = kSeen};
    EXPECT_EQ(judge(line, facts).kind, Verdict::Kind::Do);
    facts.host = "102";
    EXPECT_THAT(judge(line, facts).why_not, HasSubstr("columns were moved"));
    line.host.reset();
    line.company = 2;
    EXPECT_THAT(judge(line, facts).why_not, HasSubstr("columns were moved"));
}

TEST(Candidates, AreTheProposedOneThenWhoeverIsPlausible) {
    const std::vector<matching::StaffMember> staff{
        {"1", "Anna Albrecht", "anna@example.com", "", true},
        {"2", "Bruno Brandt", "bruno@example.com", "", true},
        {"3", "Anna Albrecht", "", "", false}};
    const matching::Host host{"101", "Anna Albrecht", "anna@example.com", ""};
    const auto ranked = rank_candidates(staff, host, "", std::nullopt);
    ASSERT_EQ(ranked.size(), 2U) << "Bruno is not like this host";
    EXPECT_EQ(ranked[0].staff_id, "1");
    EXPECT_GT(ranked[0].score, ranked[1].score);
    EXPECT_FALSE(ranked[0].reasons.empty());
    EXPECT_EQ(ranked[1].staff_id, "3") << "a person must see that it could be who left";
    const auto proposed = rank_candidates(staff, host, "", "2");
    ASSERT_EQ(proposed.size(), 3U);
    EXPECT_EQ(proposed[0].staff_id, "2");
    EXPECT_TRUE(proposed[0].is_proposed);
}

} // namespace
} // namespace calfleet::cli
