// Every statement of the fleet fits a freshly migrated database, and whoever runs it may run it.

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "tests/integration/catalogues.h"
#include "tests/integration/postgres/database.h"
#include "tests/integration/statement_trial.h"

namespace calfleet::postgres {
namespace {

class FleetStatements : public PostgresTest {
protected:
    void prepare() override { database().migrate(); }
};

TEST_F(FleetStatements, FitTheMigratedDatabaseAndThePrivilegesOfTheirPrograms) {
    Session worker({.dsn = database().dsn("calfleet_worker")});
    Session operator_session({.dsn = database().dsn("calfleet_operator")});
    for (const FleetCatalogue& catalogue : fleet_catalogues()) {
        for (const Statement& statement : catalogue.statements) {
            const bool by_operator = catalogue.run_by == RunBy::Operator;
            Session& login = by_operator ? operator_session : worker;
            const Access access = by_operator ? Access::login() : Access::company(CompanyId{1});
            std::string problem = complaint(login, access, statement);
            if (problem.find("[42501]") != std::string::npos &&
                complaint(login, Access::runtime(), statement).empty())
                continue; // housekeeping
            EXPECT_EQ(problem, "") << catalogue.owner << ": " << statement.name << "\n"
                                   << statement.sql;
        }
    }
}

TEST_F(FleetStatements, HaveNamesThatTellThemApart) {
    static const std::regex kName("[a-z0-9_]+\\.[a-z0-9_]+");
    std::map<std::string_view, std::string_view> owners;
    for (const FleetCatalogue& catalogue : fleet_catalogues()) {
        EXPECT_FALSE(catalogue.statements.empty()) << catalogue.owner;
        for (const Statement& statement : catalogue.statements) {
            EXPECT_TRUE(std::regex_match(std::string(statement.name), kName)) << statement.name;
            const auto [other, fresh] = owners.try_emplace(statement.name, catalogue.owner);
            EXPECT_TRUE(fresh) << statement.name << " is in " << other->second << " and in "
                               << catalogue.owner;
        }
    }
}

// A statement outside every catalogue would be tried by nobody.
TEST(FleetStatementsInTheSources, AreAllInACatalogue) {
    static const std::regex kDefinition("Statement k[A-Za-z0-9]+(?:\\{|\\()\\s*\"([^\"]+)\"");
    std::set<std::string, std::less<>> known;
    for (const FleetCatalogue& catalogue : fleet_catalogues())
        for (const Statement& statement : catalogue.statements)
            known.emplace(statement.name);
    int found = 0;
    for (const char* folder : {"common", "workers"}) {
        const auto root = std::filesystem::path(CALFLEET_SOURCE_DIR) / folder;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
            if (entry.path().extension() != ".cpp" && entry.path().extension() != ".h") continue;
            const std::string text = test_support::read_file(entry.path());
            for (std::sregex_iterator match(text.begin(), text.end(), kDefinition), end;
                 match != end;
                 ++match) {
                ++found;
                EXPECT_TRUE(known.contains((*match)[1].str()))
                    << entry.path() << ": " << (*match)[1].str()
                    << " is in no catalogue of tests/integration/catalogues.h";
            }
        }
    }
    EXPECT_EQ(found, static_cast<int>(known.size()))
        << "a statement is not defined as `Statement kName{\"name\", ...}`";
}

} // namespace
} // namespace calfleet::postgres
