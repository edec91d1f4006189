#include "tests/integration/calfleet/command_test.h"

#include <fstream>

namespace calfleet::cli {

void CommandTest::prepare() {
    database().migrate();
    run(R"sql(
        insert into platform.companies (id, name) values (1, 'Nordlicht'), (2, 'Südwind');
        insert into platform.staff (id, company_id, reference, name, email, is_active) values
            (11, 1, 'a', 'Anna Albrecht', 'anna@example.com', true),
            (12, 1, 'b', 'Bruno Brandt', 'bruno@example.com', true),
            (13, 1, 'c', 'Carla Conrad', null, false),
            (21, 2, 'd', 'Dora Dietz', null, true);
        select setval(pg_get_serial_sequence('platform.companies', 'id'), 100),
               setval(pg_get_serial_sequence('platform.staff', 'id'), 100);
    )sql");
}

test_support::Finished CommandTest::calfleet(const std::vector<std::string>& arguments) const {
    std::vector<std::string> argv{std::string(CALFLEET_BIN_DIR) + "/calfleet"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    std::map<std::string, std::string> environment{
        {"CALFLEET_POSTGRES_URL", database().dsn("calfleet_operator").reveal_for_use()},
        {"CALFLEET_ADMIN_URL", database().dsn().reveal_for_use()},
        {"USER", "anna"}};
    if (!brokers.empty()) environment["CALFLEET_KAFKA_BROKERS"] = brokers;
    return test_support::run(
        {.argv = std::move(argv),
         .environment = std::move(environment),
         .directory = directory_.path()},
        std::chrono::seconds{60}
    );
}

std::string CommandTest::story(const test_support::Finished& done) {
    return "exit " + std::to_string(done.exit.code) + ", signal " +
           std::to_string(done.exit.signal) + "\n" + done.out + done.err;
}

std::string
CommandTest::output_of(std::initializer_list<std::string> arguments, int expected_code) const {
    const auto done = calfleet(arguments);
    return done.exit == test_support::Exit{expected_code, 0} ? done.out : story(done);
}

std::string
CommandTest::complaint_of(std::initializer_list<std::string> arguments, int expected_code) const {
    const auto done = calfleet(arguments);
    return done.exit == test_support::Exit{expected_code, 0} ? done.err : story(done);
}

std::string CommandTest::file(const std::string& name, const std::string& content) const {
    const auto path = directory_.path() / name;
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
}

} // namespace calfleet::cli
