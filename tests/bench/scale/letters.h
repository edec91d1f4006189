#pragma once
// Dead letters: listed, written, opened again and replayed beside a million of open ones.

#include "common/postgres/session.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/scale/figure.h"

namespace calfleet::bench {

class Letters {
public:
    /// All outlive this. desk: a worker's session; rows: of letters, beside which is measured.
    Letters(
        const test_support::PostgresServer& server,
        postgres::Session& desk,
        postgres::Session& operator_session,
        std::int64_t rows
    )
        : server_(server)
        , desk_(desk)
        , operator_(operator_session)
        , rows_(rows) {}

    std::vector<Figure> run();

private:
    Figure measure(const std::string& what, const std::function<void()>& call);
    void list(const std::optional<std::string>& reason_class = std::nullopt);
    void bury(std::int64_t number);
    void take_and_bury();
    void progress();

    const test_support::PostgresServer& server_;
    postgres::Session& desk_;
    postgres::Session& operator_;
    std::int64_t rows_;
    std::int64_t number_{0};
};

} // namespace calfleet::bench
