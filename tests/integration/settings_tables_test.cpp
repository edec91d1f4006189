// What a worker's README says of its settings is what the program reads.
#include "common/core/text.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/support/process.h"

namespace calfleet {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// The rows that name a setting, each "| `NAME..." to the end of the line.
std::set<std::string> rows_of(std::string_view text) {
    std::set<std::string> rows;
    for (const std::string_view line : split(text, '\n'))
        if (line.starts_with("| `") && line.find("_") != std::string_view::npos)
            rows.emplace(trim(line));
    return rows;
}

std::string text_of(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

/// Every worker but the command line tool, which has options instead.
std::vector<std::string> workers() {
    std::vector<std::string> names;
    for (const auto& folder : fs::directory_iterator(fs::path(CALFLEET_SOURCE_DIR) / "workers"))
        if (folder.is_directory() && folder.path().filename() != "calfleet")
            names.push_back(folder.path().filename());
    return names;
}

class SettingsTable : public ::testing::TestWithParam<std::string> {};

TEST_P(SettingsTable, InTheReadmeIsWhatTheProgramReads) {
    const test_support::Finished program = test_support::run(
        {.argv = {CALFLEET_BIN_DIR "/" + GetParam(), "--settings-markdown"}}, 10s
    );
    ASSERT_EQ(program.exit, (test_support::Exit{0, 0})) << program.err;
    const auto known = rows_of(program.out);
    ASSERT_FALSE(known.empty());
    const fs::path readme = fs::path(CALFLEET_SOURCE_DIR) / "workers" / GetParam() / "README.md";
    const std::string written = text_of(readme);
    for (const std::string& row : known)
        EXPECT_TRUE(written.find(row) != std::string::npos) << readme << " lacks:\n" << row;
    const std::string prefix = known.begin()->substr(0, known.begin()->find('_'));
    for (const std::string& row : rows_of(written))
        EXPECT_TRUE(!row.starts_with(prefix) || known.contains(row))
            << readme << " has what the program does not read:\n"
            << row;
}

INSTANTIATE_TEST_SUITE_P(Workers, SettingsTable, ::testing::ValuesIn(workers()), [](const auto& p) {
    std::string name = p.param;
    for (char& c : name)
        if (c == '-') c = '_';
    return name;
});

} // namespace
} // namespace calfleet
