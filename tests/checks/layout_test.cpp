// The tree keeps the shape that its documents describe.
#include "common/core/text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "tests/checks/source_tree.h"

namespace calfleet::checks {
namespace {

constexpr std::size_t kLongFile = 400;
constexpr std::size_t kTooLongFile = 450;

std::size_t count_lines(std::string_view text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

bool says(std::string_view text, std::string_view words) {
    return text.find(words) != std::string_view::npos;
}

TEST(Layout, EveryHeaderBeginsWithPragmaOnceAndOneSentenceSayingWhatItIsFor) {
    Violations wrong;
    for (const SourceFile& file : source_tree()) {
        if (!file.is_header()) continue;
        const auto lines = split(file.text, '\n');
        if (lines.size() < 2 || lines[0] != "#pragma once" || !lines[1].starts_with("// "))
            wrong.push_back(at(file, 1, "must begin with #pragma once and a // sentence"));
    }
    EXPECT_TRUE(wrong.empty()) << listed(wrong);
}

TEST(Layout, FilesAreShortEnoughToBeRead) {
    Violations wrong;
    for (const SourceFile& file : source_tree()) {
        if (!file.is_cpp()) continue;
        const std::size_t lines = count_lines(file.text);
        if (lines > kTooLongFile)
            wrong.push_back(file.path + " has " + std::to_string(lines) + " lines: split it");
        else if (lines > kLongFile)
            std::cerr << "[  WARNING ] " << file.path << " has " << lines << " lines, more than "
                      << kLongFile << '\n';
    }
    EXPECT_TRUE(wrong.empty()) << listed(wrong);
}

TEST(Layout, SourcesAloneStandInTheFoldersOfSources) {
    Violations wrong;
    for (const char* top : {"common", "deploy", "migrations", "proto", "tests", "workers"})
        for (const auto& entry : std::filesystem::recursive_directory_iterator(
                 std::filesystem::path(CALFLEET_SOURCE_DIR) / top
             ))
            if (const std::string ending = entry.path().extension().string();
                ending == ".o" || ending == ".a" || ending == ".so" || ending == ".gch")
                wrong.push_back(entry.path().string() + ": made by a build, remove it");
    EXPECT_TRUE(wrong.empty()) << listed(wrong);
}

TEST(Layout, NothingIsCalledAfterNothing) {
    static const std::regex kEmptyName(
        R"((^|[/_-])(utils?|helpers?|misc|managers?|types|stuff|base)([/_.-]|$))"
    );
    static const std::regex kEventType("event[_-]types?"); // Cal.com's own word
    Violations wrong;
    for (const SourceFile& file : source_tree())
        if (file.is_cpp() &&
            std::regex_search(std::regex_replace(file.path, kEventType, "event"), kEmptyName))
            wrong.push_back(file.path + ": name it after its concern");
    EXPECT_TRUE(wrong.empty()) << listed(wrong);
}

TEST(Layout, TheReadmesMapShowsEveryFolder) {
    const auto readme = text_of("README.md");
    ASSERT_TRUE(readme) << "there is no README.md";
    Violations missing;
    for (const char* top : {"common", "deploy", "migrations", "proto", "tests", "workers"})
        if (!says(*readme, std::string(top) + "/")) missing.push_back(std::string(top) + "/");
    for (const std::string& worker : folders_in("workers"))
        if (!says(*readme, "workers/" + worker)) missing.push_back("workers/" + worker);
    // The inside of common/ may be shown by its own map.
    const std::string maps = *readme + text_of("common/ARCHITECTURE.md").value_or("");
    for (const std::string& folder : folders_in("common"))
        if (!says(maps, "common/" + folder)) missing.push_back("common/" + folder);
    EXPECT_TRUE(missing.empty()) << "not in README.md's map (nor, for common/, in "
                                    "common/ARCHITECTURE.md):"
                                 << listed(missing);
}

TEST(Layout, DocumentsNameOnlyPathsThatExist) {
    static const std::regex kPath(
        R"(`((workers|common|tests|proto|deploy|migrations)/[A-Za-z0-9_./-]*)`)"
    );
    Violations wrong;
    for (const SourceFile& file : source_tree()) {
        if (!file.path.ends_with(".md")) continue;
        std::size_t number = 0;
        for (const std::string_view line : split(file.text, '\n')) {
            ++number;
            using Matches = std::regex_iterator<std::string_view::const_iterator>;
            for (Matches found(line.begin(), line.end(), kPath); found != Matches(); ++found)
                if (!exists((*found)[1].str()))
                    wrong.push_back(at(file, number, "names " + (*found)[1].str()));
        }
    }
    EXPECT_TRUE(wrong.empty()) << "no such path:" << listed(wrong);
}

TEST(Layout, EveryAlertOpensARunbookAndAsksForMetricsThatAreDefined) {
    static const std::regex kMetric("calfleet_[a-z_]+");
    static const std::regex kDefined("\"(calfleet_[a-z_]+)\"");
    static const std::regex kRunbook("runbook: (\\S+)");
    std::set<std::string> defined;
    for (const SourceFile& file : source_tree()) {
        if (!file.is_cpp() || file.is_under("tests")) continue;
        for (std::sregex_iterator found(file.text.begin(), file.text.end(), kDefined), end;
             found != end;
             ++found)
            defined.insert((*found)[1].str());
    }
    const std::string rules = text_of("deploy/alerts/calfleet.rules.yaml").value_or("");
    Violations wrong;
    for (std::sregex_iterator found(rules.begin(), rules.end(), kMetric), end; found != end;
         ++found)
        if (!defined.contains(found->str())) wrong.push_back("no program has " + found->str());
    std::ptrdiff_t runbooks = 0;
    for (std::sregex_iterator found(rules.begin(), rules.end(), kRunbook), end; found != end;
         ++found, ++runbooks)
        if (!exists((*found)[1].str())) wrong.push_back("there is no " + (*found)[1].str());
    const std::regex alert("- alert: ");
    const std::sregex_iterator alerts(rules.begin(), rules.end(), alert);
    EXPECT_EQ(std::distance(alerts, std::sregex_iterator()), runbooks) << "one runbook per alert";
    EXPECT_TRUE(wrong.empty()) << listed(wrong);
}

/// promtool runs the stories (tests/alerts/run); that there are some, everybody finds out here.
TEST(Layout, EveryAlertIsSeenToFireAndToBeSilent) {
    static const std::regex kAlert("- alert: (\\S+)");
    const std::string rules = text_of("deploy/alerts/calfleet.rules.yaml").value_or("");
    const std::string stories = text_of("tests/alerts/calfleet.rules.test.yaml").value_or("");
    Violations wrong;
    for (std::sregex_iterator found(rules.begin(), rules.end(), kAlert), end; found != end;
         ++found) {
        const std::string alert = (*found)[1].str();
        std::set<char> values;
        for (const std::string_view line : split(stories, '\n')) {
            const auto value = line.rfind("value: ");
            if (says(line, "alertname=\"" + alert + "\"") && value != std::string_view::npos)
                values.insert(line.at(value + 7));
        }
        if (values != std::set{'0', '1'})
            wrong.push_back(
                "tests/alerts/calfleet.rules.test.yaml does not show when " + alert +
                " fires and when it does not"
            );
    }
    EXPECT_TRUE(wrong.empty()) << listed(wrong);
}

TEST(Layout, EveryWorkerHasAnOperatorsPageWithTheSameHeadings) {
    static constexpr std::array<std::string_view, 6> kOfWorkers{
        "Consumes", "Produces", "Tables", "Settings", "Failure modes", "Replay"};
    static constexpr std::array<std::string_view, 3> kOfCommandLine{
        "Commands", "Settings", "Exit codes"};
    Violations wrong;
    for (const std::string& worker : folders_in("workers")) {
        const std::string path = "workers/" + worker + "/README.md";
        const auto page = text_of(path);
        if (!page) {
            wrong.push_back(path + " does not exist");
            continue;
        }
        const auto want = [&](std::string_view heading) {
            if (!says(*page, "\n## " + std::string(heading) + "\n"))
                wrong.push_back(path + " has no heading \"## " + std::string(heading) + "\"");
        };
        if (worker == "calfleet")
            std::for_each(kOfCommandLine.begin(), kOfCommandLine.end(), want);
        else
            std::for_each(kOfWorkers.begin(), kOfWorkers.end(), want);
    }
    EXPECT_TRUE(wrong.empty()) << listed(wrong);
}

TEST(Layout, EveryWorkerHasTheSameFiles) {
    Violations wrong;
    for (const std::string& worker : folders_in("workers")) {
        std::vector<std::string> files{"main.cpp", "CMakeLists.txt"};
        if (worker != "calfleet") files.insert(files.end(), {"config.h", "job.h", "job.cpp"});
        for (const std::string& file : files)
            if (!exists("workers/" + worker + "/" + file))
                wrong.push_back("workers/" + worker + "/" + file + " does not exist");
    }
    EXPECT_TRUE(wrong.empty()) << listed(wrong);
}

TEST(Layout, EveryEventHasASchemaExamplesAndALineInTheCatalogues) {
    Violations wrong;
    const std::string catalogue = text_of("proto/README.md").value_or("");
    const std::string asyncapi = text_of("proto/asyncapi.yaml").value_or("");
    for (const std::string& event : folders_in("proto")) {
        const std::string folder = "proto/" + event;
        if (!exists(folder + "/v1.schema.json")) wrong.push_back(folder + " has no v1.schema.json");
        const auto is_example = [&](const SourceFile& file) {
            return file.is_under(folder + "/examples") && file.path.ends_with(".json");
        };
        if (std::none_of(source_tree().begin(), source_tree().end(), is_example))
            wrong.push_back(folder + " has no examples/*.json");
        if (!says(catalogue, event)) wrong.push_back("proto/README.md does not name " + event);
        if (!says(asyncapi, event)) wrong.push_back("proto/asyncapi.yaml does not name " + event);
    }
    for (const std::string& worker : folders_in("workers")) {
        if (worker == "calfleet") continue;
        const std::string letters = worker + ".dlq";
        if (!says(catalogue, letters)) wrong.push_back("proto/README.md does not name " + letters);
        if (!says(asyncapi, letters))
            wrong.push_back("proto/asyncapi.yaml does not name " + letters);
    }
    EXPECT_TRUE(wrong.empty()) << listed(wrong);
}

TEST(Layout, MigrationsAreNumberedWithoutGaps) {
    static const std::regex kName(R"(migrations/([0-9]{4})_[a-z0-9]+(_[a-z0-9]+)+\.sql)");
    Violations wrong;
    std::size_t expected = 1;
    for (const SourceFile& file : source_tree()) {
        if (!file.path.ends_with(".sql") || !file.is_under("migrations")) continue;
        std::smatch parts;
        if (!std::regex_match(file.path, parts, kName)) {
            wrong.push_back(file.path + " is not called NNNN_verb_noun.sql");
            continue;
        }
        if (parse_int64(parts[1].str()) != static_cast<std::int64_t>(expected))
            wrong.push_back(file.path + " should be number " + std::to_string(expected));
        ++expected;
    }
    EXPECT_TRUE(wrong.empty()) << listed(wrong);
}

TEST(Layout, DecisionsAreNumberedAndSayWhenToRevisit) {
    Violations wrong;
    for (const SourceFile& file : source_tree()) {
        if (!file.is_under("common/decisions") || !file.path.ends_with(".md")) continue;
        for (const std::string part : {"Context", "Choice", "Consequences", "Revisit"})
            if (!says(file.text, "**" + part) && !says(file.text, "## " + part))
                wrong.push_back(file.path + " has no part called " + part);
    }
    EXPECT_TRUE(wrong.empty()) << listed(wrong);
}

TEST(Layout, TextEndsWithALineBreakAndHasNoTabsOrTrailingBlanksInCode) {
    Violations wrong;
    for (const SourceFile& file : source_tree()) {
        if (!file.is_cpp() && !file.path.ends_with(".sql")) continue;
        if (!file.text.ends_with('\n')) wrong.push_back(file.path + " must end with a line break");
        std::size_t number = 0;
        for (const std::string_view line : split(file.text, '\n')) {
            ++number;
            if (line.ends_with(' ') || line.ends_with('\r') || says(std::string(line), "\t"))
                wrong.push_back(at(file, number, "has a tab or a blank at its end"));
        }
    }
    EXPECT_TRUE(wrong.empty()) << listed(wrong);
}

} // namespace
} // namespace calfleet::checks
