#include "tests/integration/statement_trial.h"

namespace calfleet::postgres {

std::string complaint(Session& session, const Access& access, const Statement& statement) {
    const auto done = session.transact(access, [&](Transaction& t) {
        t.exec_text("prepare tried as " + std::string(statement.sql));
        const auto parameters = t.exec_text("select coalesce(cardinality(parameter_types), 0) from "
                                            "pg_prepared_statements where name = 'tried'")[0]
                                    .int64(0);
        std::string nulls;
        for (std::int64_t i = 0; i < parameters; ++i)
            nulls += i == 0 ? "(null" : ", null";
        if (!nulls.empty()) nulls += ")";
        t.exec_text("explain execute tried" + nulls);
        throw Abort({ErrorKind::NotFound, ""}
        ); // a prepared statement outlives a rollback, so also:
    });
    (void)session.transact(access, [](Transaction& t) { t.exec_text("deallocate all"); });
    return done.error().kind == ErrorKind::NotFound ? "" : done.error().message;
}

} // namespace calfleet::postgres
