#pragma once
// What is kept for a time and then taken away, by the database's date and in portions.

#include "common/postgres/session.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace calfleet::cli {

postgres::Catalogue retention_catalogue();

/// Days from the end of a thing's use; 0: for ever.
struct RetentionSettings {
    std::int64_t payload_days{30};     ///< record of a closed letter
    std::int64_t letter_days{365};     ///< closed letter
    std::int64_t open_letter_days{0};  ///< open letter, then closed as discarded
    std::int64_t audit_days{730};      ///< audit of a mapping, but for the newest of each host
    std::int64_t history_days{365};    ///< sync history, but for the newest of each service
    std::int64_t divergence_days{365}; ///< resolved divergence
    std::int64_t sync_days{90};        ///< ended team sync, but for the newest of each company
    std::int64_t customer_days{1095};  ///< customer without an appointment in that time
};

/// An event from before an erasure is accepted for 35 days; until well after that the digest keeps
/// the person out.
inline constexpr std::int64_t kErasureDigestDays = 90;

/// One kind of row, and where the walk over its table stands.
struct RetentionStep {
    std::string_view what; ///< "letters emptied"
    std::int64_t days{0};  ///< 0: left out
    const postgres::Statement* statement{nullptr};
    const postgres::Statement* count{nullptr};
};
std::vector<RetentionStep> retention_steps(const RetentionSettings& settings);

/// A run has gone through all there is: until the next, its age is what the alert looks at.
void note_retention(postgres::Transaction& transaction, std::string_view actor);

struct RetentionPortion {
    std::int64_t last{0}; ///< the greatest id that was looked at; 0: the table is at its end
    std::int64_t rows{0}; ///< changed or deleted
};
/// Looks at no more than rows_looked_at rows behind an id. Nothing is changed with dry_run.
RetentionPortion apply_retention(
    postgres::Transaction& transaction,
    const RetentionStep& step,
    std::int64_t after,
    std::int64_t rows_looked_at
);
RetentionPortion count_retention(
    postgres::Transaction& transaction,
    const RetentionStep& step,
    std::int64_t after,
    std::int64_t rows_looked_at
);

} // namespace calfleet::cli
