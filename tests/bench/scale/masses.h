#pragma once
// The database of the benchmark, and who asks it.

#include "common/postgres/session.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tests/bench/scale/figure.h"
#include "tests/support/postgres_server.h"

namespace calfleet::bench {

class Masses {
public:
    /// rows: of the greatest mass; the counts of the others go with it.
    explicit Masses(std::int64_t rows);

    std::int64_t rows() const { return rows_; }
    std::string count(std::int64_t share) const { return std::to_string(rows_ / share); }

    postgres::Session& desk() const { return *desk_; } ///< a worker's
    postgres::Session& operator_session() const { return *operator_; }
    std::string dsn(const std::string& role) const { return server_.dsn(role); }

    void sql(const std::string& text) const { server_.sql(text); }
    /// insert_from: "insert into ... select ... from", n numbers the rows.
    void insert_rows(const std::string& insert_from, std::int64_t rows) const;
    /// While a snapshot is held that is older than anything done meanwhile.
    void under_old_snapshot(const std::function<void()>& work) const;

private:
    std::unique_ptr<postgres::Session> session(const std::string& role) const;

    std::int64_t rows_;
    test_support::PostgresServer server_{
        {.durability = test_support::Durability::Quick,
         .settings = {"shared_buffers = 512MB", "max_wal_size = 4GB", "autovacuum = off"}}};
    std::unique_ptr<postgres::Session> desk_, operator_;
};

} // namespace calfleet::bench
