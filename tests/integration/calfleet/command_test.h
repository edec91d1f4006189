#pragma once
// The real program against a real database.

#include "common/json/parser.h"

#include <initializer_list>
#include <string>
#include <vector>

#include "tests/integration/postgres/database.h"
#include "tests/support/process.h"
#include "tests/support/wait.h"

namespace calfleet::cli {

/// A migrated database with company 1 "Nordlicht" (staff 11 Anna Albrecht, 12 Bruno Brandt, 13
/// Carla Conrad who left) and company 2 "Südwind" (staff 21 Dora Dietz).
class CommandTest : public postgres::PostgresTest {
protected:
    void prepare() override;

    /// Logged in as the operator, as actor "anna", unless the arguments say otherwise.
    test_support::Finished calfleet(const std::vector<std::string>& arguments) const;
    /// What it printed, when it ended with that code; else a description of what happened.
    std::string
    output_of(std::initializer_list<std::string> arguments, int expected_code = 0) const;
    /// What it wrote to standard error, when it ended with that code; else a description.
    std::string complaint_of(std::initializer_list<std::string> arguments, int expected_code) const;
    std::string ask(const std::string& sql) const { return database().ask(sql); }
    void run(const std::string& sql) const { database().run(sql); }
    std::string file(const std::string& name, const std::string& content) const;

    std::string brokers;

private:
    static std::string story(const test_support::Finished& done);
    test_support::TemporaryDirectory directory_{"calfleet"};
};

} // namespace calfleet::cli
