#pragma once
// Named SQL: the catalogue entries that tests prepare against a freshly migrated database.

#include <span>
#include <string_view>

namespace calfleet::postgres {

/// name: "inbox.find_seen"; appears in metrics, logs and errors. Both views must outlive the
/// program (literals).
struct Statement {
    std::string_view name;
    std::string_view sql;
};

using Catalogue = std::span<const Statement>;

} // namespace calfleet::postgres
