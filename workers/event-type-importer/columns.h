#pragma once
// Columns of a batch as the statements of this worker take them.

#include "workers/event-type-importer/job.h"

#include "common/postgres/params.h"

#include <span>
#include <string_view>

namespace calfleet::event_type_importer {

inline void add_or_null(postgres::Array& column, std::string_view text) {
    if (text.empty())
        column.add_null();
    else
        column.add(text);
}

/// Which event types, of which companies.
struct EventTypeColumns {
    postgres::Array companies, event_types;

    EventTypeColumns() = default;
    explicit EventTypeColumns(std::span<const Snapshot* const> snapshots) {
        for (const Snapshot* snapshot : snapshots)
            add(*snapshot);
    }
    void add(const Snapshot& snapshot) {
        companies.add(snapshot.company.value);
        event_types.add(snapshot.event_type);
    }
};

} // namespace calfleet::event_type_importer
