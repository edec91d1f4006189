#pragma once
// A change that is made, or made and taken back at once to say what it would do (--dry-run).

#include "common/postgres/error.h"
#include "common/postgres/session.h"

#include <optional>
#include <type_traits>
#include <utility>

namespace calfleet::cli {

enum class Deed { Done, Rehearsed };

/// What the body returns, or why it aborted. Rehearsed: with every effect rolled back.
template <class Body>
auto perform(postgres::Session& session, Deed deed, const Body& body)
    -> Result<std::invoke_result_t<const Body&, postgres::Transaction&>> {
    std::optional<std::invoke_result_t<const Body&, postgres::Transaction&>> made;
    const auto done =
        session.transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            made.reset();
            made.emplace(body(transaction));
            if (deed == Deed::Rehearsed)
                throw postgres::Abort({ErrorKind::Conflict, "only rehearsed"});
        });
    if (!done && !(made && deed == Deed::Rehearsed)) return done.error();
    return std::move(*made);
}

} // namespace calfleet::cli
