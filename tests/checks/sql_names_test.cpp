// No name in the fleet's SQL depends on who may create what: the sessions' search path holds schema
// calfleet only, so tables of schema platform are named with it.

#include <gtest/gtest.h>

#include <regex>

#include "tests/checks/source_tree.h"

namespace calfleet::checks {
namespace {

// Tables that the migrations make in schema platform.
std::vector<std::string> platform_tables() {
    static const std::regex kCreate(R"(\ncreate table (?:platform\.)?(\w+))");
    static const std::regex kPath(R"(set local search_path = platform)");
    std::vector<std::string> tables;
    for (const SourceFile& file : source_tree()) {
        if (!file.is_under("migrations") || !std::regex_search(file.text, kPath)) continue;
        for (std::sregex_iterator match(file.text.begin(), file.text.end(), kCreate), end;
             match != end;
             ++match)
            tables.push_back((*match)[1].str());
    }
    return tables;
}

TEST(SqlNames, SayTheSchemaOfThePlatformsTables) {
    const auto tables = platform_tables();
    ASSERT_GE(tables.size(), 16U);
    std::string any;
    for (const std::string& table : tables)
        any += (any.empty() ? "" : "|") + table;
    const std::regex bare(
        R"(\b(from|join|into|update|using|lock table|only) ()" + any + R"()\b(?![.(]))"
    );
    static const std::regex kRaw(R"re(R"(\w*)\(([^]*?)\)\1")re");
    Violations wrong;
    for (const SourceFile& file : source_tree()) {
        if (!file.is_cpp() || !(file.is_under("common") || file.is_under("workers"))) continue;
        for (std::sregex_iterator raw(file.text.begin(), file.text.end(), kRaw), end; raw != end;
             ++raw) {
            const std::string sql = (*raw)[2].str();
            std::smatch found;
            if (std::regex_search(sql, found, bare))
                wrong.push_back(
                    file.path + ": \"" + found.str() + "\" means nothing: write platform." +
                    found[2].str()
                );
        }
    }
    EXPECT_TRUE(wrong.empty()) << listed(wrong);
}

TEST(SqlNames, OfNewMigrationsAreNotResolvedInSchemaPlatform) {
    static const std::regex kPath(R"(search_path\s*(=|to)[^;]*platform)");
    Violations wrong;
    for (const SourceFile& file : source_tree()) {
        const std::string name = file.path.substr(file.path.rfind('/') + 1);
        // Those up to 0013 had run before anybody knew better; the migrator looks before it runs
        // them.
        if (file.is_under("migrations") && name > "0014" && std::regex_search(file.text, kPath))
            wrong.push_back(
                file.path + ": others may create in schema platform: name it in front of its tables"
            );
    }
    EXPECT_TRUE(wrong.empty()) << listed(wrong);
}

} // namespace
} // namespace calfleet::checks
