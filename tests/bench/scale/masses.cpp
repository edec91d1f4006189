#include "tests/bench/scale/masses.h"

#include "common/postgres/migrator.h"

#include <algorithm>

namespace calfleet::bench {

using namespace std::chrono_literals;
using postgres::Access;
using postgres::Transaction;

Masses::Masses(std::int64_t rows)
    : rows_(rows) {
    auto files =
        postgres::read_migrations(std::string(CALFLEET_SOURCE_DIR) + "/migrations").value();
    postgres::Migrator({.dsn = Secret<std::string>(server_.dsn())}, std::move(files))
        .apply()
        .value();
    desk_ = session("calfleet_worker");
    operator_ = session("calfleet_operator");
}

std::unique_ptr<postgres::Session> Masses::session(const std::string& role) const {
    return std::make_unique<postgres::Session>(postgres::Settings{
        .dsn = Secret<std::string>(server_.dsn(role)),
        .application_name = "bench",
        .statement_timeout = 10min});
}

void Masses::insert_rows(const std::string& insert_from, std::int64_t rows) const {
    constexpr std::int64_t kPortion = 100'000; // psql is given a minute at most
    for (std::int64_t first = 1; first <= rows; first += kPortion)
        server_.sql(
            insert_from + " generate_series(" + std::to_string(first) + ", " +
            std::to_string(std::min(rows, first + kPortion - 1)) + ") n"
        );
}

void Masses::under_old_snapshot(const std::function<void()>& work) const {
    const auto reader = session("postgres");
    reader
        ->transact(
            Access::login(),
            [&](Transaction& snapshot) {
                snapshot.exec_text("set transaction isolation level repeatable read");
                snapshot.exec_text("set local idle_in_transaction_session_timeout = 0");
                snapshot.exec_text("select 1 from calfleet.schema_migrations limit 1");
                work();
            }
        )
        .value();
}

} // namespace calfleet::bench
